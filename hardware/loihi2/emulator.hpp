// Runs trials on a chip network, integer for integer as the chip would: cuba_lif.hpp and
// synapse.hpp say what a step does, this file what happens around it.
//
// Input: a spike at time t is sent in step round(t / step). A source sends at most one spike a
// step; further ones are dropped and counted.
// Duration: a trial of T ms has ceil(T / step) steps for every population, from its lag on
// (chip_network.hpp). Before and after that the population does nothing.
// Readout: off the chip, as in the published deployments. The host reads v of a population after
// each step, t the end of the step, and sums weighting(t) v step in double, in the unit (ms times
// that of V) of Tape::voltage_integrals, or keeps the largest v; before the first step it is 0.
//
// An Emulator is immutable and shared by all threads. A run costs
// O(steps * neurons + synaptic operations).
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include <retrograde/engine/readout.hpp>
#include <retrograde/engine/trial.hpp>
#include <retrograde/hardware/loihi2/chip_network.hpp>

namespace retrograde::loihi2 {

struct ChipSpike {
  std::uint32_t step;
  NeuronId neuron;

  friend auto operator<=>(const ChipSpike&, const ChipSpike&) = default;
};

// Smallest and largest value that a register held; min > max: none.
struct Extent {
  std::int64_t min = std::numeric_limits<std::int64_t>::max();
  std::int64_t max = std::numeric_limits<std::int64_t>::min();

  bool empty() const { return min > max; }
  void include(std::int64_t value) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  void include(const Extent& other) {
    if (other.min < min) min = other.min;
    if (other.max > max) max = other.max;
  }
  friend bool operator==(const Extent&, const Extent&) = default;
};

struct PopulationActivity {
  std::uint64_t spikes = 0;
  Extent a, u,
      v;  // synaptic input of a step; u after wrapping; v after saturation and before a reset
  std::uint64_t u_wraps = 0;
  std::uint64_t v_saturations = 0;
  std::uint64_t a_overflows = 0;  // inputs beyond 16 bits; they are kept as they are

  friend bool operator==(const PopulationActivity&, const PopulationActivity&) = default;
};

struct TraceOptions {
  std::vector<NeuronId> neurons;  // not inputs
  // The value that v shows in the step of a spike is 128 times this. 0: the model's 0. 1: what the
  // chip shows, which keeps its refractory counter there (measured on a chip with a delay of one
  // step, which is no refractory period at all).
  std::uint32_t refractory_delay = 0;
};

// [neuron of the options][step], after each step.
struct Trace {
  std::vector<std::vector<std::int32_t>> u, v;
};

struct EmulationOptions {
  Readout readout;
  TraceOptions trace;
};

struct Emulation {
  std::uint32_t steps = 0;        // of the trial
  std::uint32_t total_steps = 0;  // with the largest lag
  // Inputs included, ordered by (step, neuron). Steps are the chip's: a population of lag L begins
  // at step L.
  std::vector<ChipSpike> spikes;
  // By neuron, where the readout asks for it; else empty.
  std::vector<double> voltage_integrals, voltage_maxima;
  int decision = no_decision;  // first_spike: the lower neuron of equal steps
  std::vector<PopulationActivity> populations;
  std::uint64_t synaptic_operations = 0;
  std::uint64_t input_collisions = 0;  // input spikes dropped
  Trace trace;
};

class Emulator {
 public:
  // Throws as check(ChipNetwork) does.
  explicit Emulator(ChipNetwork network);

  const ChipNetwork& network() const { return network_; }

  // Throws NetworkError for an input spike outside the trial, out of order, or of a neuron that is
  // not an input, LimitError for a trial of more than 2^31 steps.
  Emulation run(const Trial& trial, const EmulationOptions& options = {}) const;

  // The trial time (ms) for which a spike stands: the middle of the step in which V crossed; for
  // inputs its beginning.
  Time time_of(const ChipSpike& spike) const;

 private:
  // Accumulators of one target population. Projections share one where the shift by their exponent
  // loses nothing and is applied to the weights beforehand; the others have one each and are
  // shifted after the sum.
  struct Lane {
    std::uint32_t offset;  // in a slot of the ring
    int exponent;
  };
  struct Delivery {
    std::uint32_t accumulator;  // in a slot
    std::int32_t weight;
    std::uint32_t delay;
  };
  std::vector<std::uint32_t> population_of_;   // by neuron
  std::vector<std::vector<Lane>> lanes_;       // by population
  std::vector<std::uint64_t> delivery_begin_;  // by neuron, and one past the end
  std::vector<Delivery> deliveries_;           // by source, then accumulator
  std::uint32_t slot_width_ = 0, slots_ = 1;
  ChipNetwork network_;
};

}  // namespace retrograde::loihi2
