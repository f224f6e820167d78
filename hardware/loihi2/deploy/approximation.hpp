// The way from an exact network to the chip, one approximation at a time.
//
//   time_grid   V is looked at once a step, at its end: a crossing is noticed there, and what V
//   rose
//               above the threshold by then is lost at the reset. Inputs move to the beginning of
//               their step, two of one neuron in one step become one; t_ref becomes whole steps;
//               readouts see V once a step.
//   latency     A spike arrives no earlier than in the step after the one that it was noticed in.
//               Lags (chip_network.hpp) make up for it on feed-forward paths.
//   delays      are whole steps, 0 .. 62 beside the latency.
//   weights     and biases are those that the integers stand for.
//   decays      have 12 bits.
//   truncation  u and v are integers, their decays rounded toward zero.
//   threshold   is an integer, lowered by the calibration (calibrate.hpp) where there was one: what
//               this step changes is usually for the better.
//   overflow    Registers end.
//
// delays, weights, decays and threshold replace parameters; without time_grid the exact engine runs
// them. The others need steps: with any of them a machine in doubles goes through them that knows
// where within its step an arrival lies. With u_n and v_n in register units, alpha and beta the
// decay factors, g = K(dt) the gain of quantize.hpp and K the kernel of engine/neuron/cuba_lif.hpp,
// an arrival of weight w at the time s after the beginning of step n (s may be below 0: noticed
// late) gives
//   u_n = alpha u_(n-1) + g w e^(s/tau_syn),   v_n = beta v_(n-1) + u_n + w K(dt - s) - g w
//   e^(s/tau_syn),
// which is exact as long as there is no reset. With s = 0 it is the chip's step, and with all
// approximations it is the chip, bit for bit: the tests hold it against the emulator.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/hardware/loihi2/deploy/dynamics.hpp>
#include <retrograde/hardware/loihi2/model/chip_network.hpp>
#include <retrograde/hardware/loihi2/model/semantics.hpp>

namespace retrograde::loihi2 {

// In the order in which they are added up.
enum class Approximation : std::uint8_t {
  time_grid,
  latency,
  delays,
  weights,
  decays,
  truncation,
  threshold,
  overflow,
};
inline constexpr std::array approximations = {
    Approximation::time_grid, Approximation::latency,  Approximation::delays,
    Approximation::weights,   Approximation::decays,   Approximation::truncation,
    Approximation::threshold, Approximation::overflow,
};
std::string_view name(Approximation approximation);

class ApproximationSet {
 public:
  constexpr ApproximationSet() = default;
  constexpr ApproximationSet with(Approximation a) const {
    ApproximationSet set = *this;
    set.bits_ |= 1u << static_cast<unsigned>(a);
    return set;
  }
  constexpr bool has(Approximation a) const { return bits_ >> static_cast<unsigned>(a) & 1u; }
  // Whether it takes steps, and not only other parameters.
  constexpr bool stepped() const {
    return has(Approximation::time_grid) || has(Approximation::latency) ||
           has(Approximation::truncation) || has(Approximation::overflow);
  }
  // One alone; with the time grid where it takes steps.
  static constexpr ApproximationSet alone(Approximation a) {
    const ApproximationSet set = ApproximationSet{}.with(a);
    return set.stepped() ? set.with(Approximation::time_grid) : set;
  }
  friend constexpr bool operator==(ApproximationSet, ApproximationSet) = default;
  static constexpr ApproximationSet all() {
    ApproximationSet set;
    for (const Approximation a : approximations) set = set.with(a);
    return set;
  }

 private:
  unsigned bits_ = 0;
};

class ApproximateNetwork {
 public:
  // `chip` was quantised from `network`; both outlive this. Throws what dequantize throws.
  ApproximateNetwork(const Network& network, const ChipNetwork& chip, ApproximationSet set,
                     const Semantics& semantics = {});

  // The network with the parameters of the set: what a backward pass along the tape of `run` takes.
  const Network& network() const { return network_; }

  // In steps, a spike has the time for which it stands, (m + spike_phase) dt of step m, the mean
  // slope of V in its step and that of its release; integrals are sums over steps and maxima those
  // of ends of steps. Then readouts with a trace throw DeploymentError. Const calls may come from
  // many threads. O(steps * neurons + deliveries) in steps. Throws what Machine::run throws.
  Tape run(const Trial& trial, const RunOptions& options) const;

 private:
  struct Neuron {
    Arrival arrival;
    double alpha = 0.0, beta = 0.0;  // decay factors of u and v
    double gain = 0.0;               // from a weight to u, in register units
    double threshold = 0.0, bias = 0.0;
    double tau_syn = 0.0, tau_mem = 0.0;
    double per_volt = 0.0;  // register units per unit of V
    std::int32_t refractory_delay = 0;
  };
  struct Edge {
    NeuronId target;
    double weight;        // in the unit of V
    double input;         // what it adds to u when it arrives at the beginning of a step
    double delay;         // ms
    std::int64_t offset;  // steps from spike to arrival in the target's time
  };
  class SteppedRun;
  Neuron neuron_of(const Network& original, NeuronId neuron, double scale) const;
  Edge edge_of(const ChipProjection& projection, std::size_t synapse, SynapseId id) const;
  void make_edges();

  const ChipNetwork& chip_;
  ApproximationSet set_;
  Semantics semantics_;
  Network network_;                       // with the parameters of the set
  std::unique_ptr<const Machine> exact_;  // without steps; else null
  std::vector<std::uint32_t> population_of_;
  std::vector<std::optional<Neuron>> neurons_;  // inputs: none
  std::vector<std::size_t> edges_begin_;
  std::vector<Edge> edges_;
  double reach_ = 1.0;  // no spike arrives more steps after its own
};

}  // namespace retrograde::loihi2
