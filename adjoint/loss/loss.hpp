// Losses: from the tape of one trial to a number and to where it enters the backward pass.
//
// A loss may depend on four things: on spike times, on weighted voltage integrals A_j = integral
// of weighting(t) V_j(t) dt (engine/neuron/time_weight.hpp), on V_j at single instants, and on the
// instants at which spikes arrive. Its whole effect on the backward pass is the derivative by each
// of them.
//
//   first_spike_cross_entropy: -log softmax_l(-t/tau0) + alpha (e^(t_l/tau1) - 1)
//       t the first spikes of the population, l the label; a silent neuron counts as t = duration
//       (Wunderlich & Pehle 2021)
//   voltage_cross_entropy: -log softmax_l(gain A/T)
//       (Nowotny et al. 2025, L_sum; with the exponential weighting of tau = T, L_sum_exp)
//   voltage_maximum_cross_entropy: -log softmax_l(gain max_t V(t))
//       (Wunderlich & Pehle 2021, L_max). By the envelope theorem the instant of a maximum has no
//       derivative of its own, unless it sits on an arrival: where V rises until an arrival and
//       falls after it, the maximum moves with the arrival, by dV/dt just before it.
//   voltage_over_time_cross_entropy: 1/T integral of -log softmax_l(gain V(t)) dt
//       (Nowotny et al. 2025, L_x-entropy) Not linear in V: Gauss-Kronrod panels between the
//       arrivals at the population, halved until the sums of 7 and 15 points agree to 1e-11; the
//       latter are then good to 1e-13. The derivatives are those of the sum.
//   spike_time_target: 1/2 sum over neurons and their targets (t_k - t*_k)^2 / scale^2
//       the k-th spike to the k-th target
//   van_rossum_distance: sum over neurons of 1/tau integral from 0 to infinity of (f - f*)^2 dt
//       f and f* the spikes and targets of a neuron, each a jump by 1 that decays with e^(-t/tau);
//       it goes on beyond the trial, so a late spike costs as much as an early one. One spike too
//       many or too few costs 1/2, two far from each other 1 (van Rossum 2001). Where a spike meets
//       a target the distance has a kink; its derivative there is the mean of both sides.
//   first_spike_margin: 1/2 sum_(i != l) (t_i - t_l - margin)^2 / scale^2
//       only differences of first spikes count (time-invariant form, Meszaros et al. 2025)
//   spike_time_power: sum over spikes c_j (t/scale)^power + sum over neurons a_j A_j
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/neuron/time_weight.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/events/ids.hpp>

namespace retrograde {

struct LossValue {
  struct Sample {
    Time time;
    NeuronId neuron;
    double gradient;  // dL/dV of the neuron at that time, before anything that happens then
  };
  struct Arrival {
    SpikeId spike;  // on the tape
    SynapseId synapse;
    double gradient;  // dL/dt of its arrival over the synapse (1/ms)
  };

  double value = 0.0;
  std::vector<double> spike_times;  // dL/dt_k per spike of the tape (1/ms); empty: no dependence
  std::vector<double> integrals;    // dL/dA_j per neuron (1/ms); empty: no dependence
  std::vector<Sample> samples;      // ascending in time
  std::vector<Arrival> arrivals;

  // The samples of each of so many neurons, ascending in time; empty without samples.
  std::vector<std::vector<Sample>> samples_by_neuron(std::size_t neurons) const;
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
  TimeWeight weighting = {};
  double gain = 1.0;  // logits are multiplied by it
};
std::unique_ptr<Loss> make_loss(const VoltageCrossEntropySpec& spec);

// Logits are the maxima over [0, T], V(0) = 0 and V(T) among them, times gain. The population must
// be one without a threshold: evaluate throws NetworkError otherwise.
struct VoltageMaximumCrossEntropySpec {
  std::uint32_t population = 0;
  double gain = 1.0;
};
std::unique_ptr<Loss> make_loss(const VoltageMaximumCrossEntropySpec& spec);

// Logits are V(t), times gain. The population must be one without a threshold, as above. Decisions
// are read from the mean of V.
struct VoltageOverTimeCrossEntropySpec {
  std::uint32_t population = 0;
  double gain = 1.0;
};
std::unique_ptr<Loss> make_loss(const VoltageOverTimeCrossEntropySpec& spec);

// A target without its spike counts as if the spike came at the end of the trial (no gradient);
// spikes beyond the targets are free.
struct SpikeTimeTargetSpec {
  std::uint32_t population = 0;
  std::vector<std::vector<Time>> targets;  // per neuron, ascending
  Time scale = 1.0;
};
std::unique_ptr<Loss> make_loss(const SpikeTimeTargetSpec& spec);

struct VanRossumDistanceSpec {
  std::uint32_t population = 0;
  std::vector<std::vector<Time>> targets;  // per neuron, ascending
  Time tau = 10.0;
};
std::unique_ptr<Loss> make_loss(const VanRossumDistanceSpec& spec);

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
  TimeWeight weighting = {};     // of the integrals
};
std::unique_ptr<Loss> make_loss(const SpikeTimePowerSpec& spec);

}  // namespace retrograde
