// Losses: from the tape of one trial to a number and to where it enters the backward pass.
//
// A loss may depend on spike times and on weighted voltage integrals A_j = integral of
// e^(-t/tau_weight) V_j(t) dt, nothing else; so its whole effect on the backward pass is dL/dt_k
// per spike and dL/dA_j per neuron.
//
//   first_spike_cross_entropy: -log softmax_l(-t/tau0) + alpha (e^(t_l/tau1) - 1)
//       t the first spikes of the population, l the label; a silent neuron counts as t = duration
//       (Wunderlich & Pehle 2021)
//   voltage_cross_entropy: -log softmax_l(gain A/T)
//       (Nowotny et al. 2025, L_sum_exp; tau_weight = never: L_sum)
//   spike_time_target: 1/2 sum over neurons and their targets (t_k - t*_k)^2 / scale^2
//       the k-th spike to the k-th target
//   first_spike_margin: 1/2 sum_(i != l) (t_i - t_l - margin)^2 / scale^2
//       only differences of first spikes count (time-invariant form, Meszaros et al. 2025)
//   spike_time_power: sum over spikes c_j (t/scale)^power + sum over neurons a_j A_j
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <retrograde/engine/network.hpp>
#include <retrograde/engine/readout.hpp>
#include <retrograde/engine/tape.hpp>

namespace retrograde {

struct LossValue {
  double value = 0.0;
  std::vector<double> spike_times;  // dL/dt_k per spike of the tape (1/ms); empty: no dependence
  std::vector<double> integrals;    // dL/dA_j per neuron (1/ms); empty: no dependence
};

class Loss {
 public:
  virtual ~Loss() = default;
  virtual std::string_view name() const = 0;
  // What the forward run has to integrate and how a decision is read.
  virtual Readout readout() const = 0;
  // label: the class of the trial; ignored by losses without classes.
  virtual LossValue evaluate(const Network& network, const Tape& tape, int label) const = 0;
};

// tau0, tau1 in ms; alpha without unit.
struct FirstSpikeCrossEntropySpec {
  std::uint32_t population = 0;
  Time tau0 = 1.0;
  double alpha = 0.0;
  Time tau1 = 10.0;
};
std::unique_ptr<Loss> make_loss(const FirstSpikeCrossEntropySpec& spec);

// Logits are A_j / T, T the duration of the trial.
struct VoltageCrossEntropySpec {
  std::uint32_t population = 0;
  Time tau_weight = never;  // never: plain mean
  double gain = 1.0;        // logits are multiplied by it
};
std::unique_ptr<Loss> make_loss(const VoltageCrossEntropySpec& spec);

// A target without its spike counts as if the spike came at the end of the trial (no gradient);
// spikes beyond the targets are free.
struct SpikeTimeTargetSpec {
  std::uint32_t population = 0;
  std::vector<std::vector<Time>> targets;  // per neuron, ascending
  Time scale = 1.0;
};
std::unique_ptr<Loss> make_loss(const SpikeTimeTargetSpec& spec);

struct FirstSpikeMarginSpec {
  std::uint32_t population = 0;
  Time margin = 2.0;
  Time scale = 1.0;
};
std::unique_ptr<Loss> make_loss(const FirstSpikeMarginSpec& spec);

struct SpikeTimePowerSpec {
  std::uint32_t population = 0;
  std::vector<double> coefficient;  // per neuron, or empty
  Time scale = 1.0;
  double power = 1.0;
  std::vector<double> integral;  // per neuron, or empty
  Time tau_weight = never;
};
std::unique_ptr<Loss> make_loss(const SpikeTimePowerSpec& spec);

}  // namespace retrograde
