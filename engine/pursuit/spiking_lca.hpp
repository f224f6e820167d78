// The spiking LCA (Shapero, Zhu, Hasler and Rozell 2014, doi 10.1142/S0129065714400012; Tang, Lin and
// Davies 2017, arXiv:1705.05475): basis pursuit by cuba_lif neurons that send spikes, all alike, and
// whose rates become the code.
//
// Neuron i integrates b_i - l1 - sum over j of (D^T D)_ij (what the spikes of j are worth now), b =
// D^T x, and fires when the integral has come to one quantum q of its own atom: a spike stands for a
// coefficient of q held for one ms. So with tau_mem so long that the leak counts for nothing,
//
//   bias = b_i - l1      v_threshold = q |d_i|^2 / tau_mem      weight from j: -q (D^T D)_ij / tau_syn
//
// and the code after t is q times the number of spikes over t. Its error falls as 1 / t, because what
// a neuron has integrated and not yet sent is bounded; where the leak is no longer negligible, at
// about q / tau_mem, it stops falling. Non-negative codes; a signed one has a second neuron for each
// atom, which stands for -d_i.
//
// A membrane that forgets nothing does not forget rounding errors either: the longer tau_mem and the
// more spikes, the more often the arbiter is asked (engine/exact/arbiter.hpp).
#pragma once

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/pursuit/problem.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/engine/trial/trial.hpp>

namespace retrograde {

struct SpikingLcaOptions {
  double quantum = 10.0;  // ms: what one spike is worth in the integral of a coefficient
  Time tau_syn = 5.0;     // ms, of the competition: the tau of the LCA
  Time tau_mem = 1e4;     // ms; longer than a trial
  Time delay = 0.1;       // ms, of every synapse
};

class SpikingLca {
 public:
  // Throws UsageError for a penalty with an l2 weight on more than one coefficient (no such network
  // of equal spikes is known to converge), for atoms of length 0, and for options out of range.
  SpikingLca(const PursuitProblem& problem, const Vector& signal,
             const SpikingLcaOptions& options = {});

  const Network& network() const { return network_; }
  // Nothing comes in: the signal is the bias of the neurons.
  Trial trial(Time duration) const { return {.duration = duration, .inputs = {}}; }
  // The code as the rates within [from, to), of a tape of the network.
  Vector code(const Tape& tape, Time from, Time to) const;

 private:
  Network network_;
  Eigen::Index atoms_;
  double quantum_;
};

}  // namespace retrograde
