// Runs trials on a chip network, integer for integer as the chip would: cuba_lif.hpp and
// synapse.hpp say what a step does, this file what happens around it.
//
// Input and duration: time_grid.hpp. Every population takes the steps of the trial from its lag on
// (chip_network.hpp); before and after that it does nothing.
// Readout: off the chip, as in the published deployments. The host reads v of a population after
// each step, t the end of the step, and sums weighting(t) v step in double, in the unit (ms times
// that of V) of Tape::voltage_integrals, or keeps the largest v; before the first step it is 0.
//
// Resting neurons cost nothing: a block of 32 that nothing has reached and that has come to rest
// (cells.hpp) is not stepped, and never differs in a bit from one that is. So a run costs
// O(steps * blocks + steps of blocks that do not rest + synaptic operations), the first at a byte a
// block.
//
// An Emulator is immutable and shared by all threads.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/hardware/loihi2/emulator/activity.hpp>
#include <retrograde/hardware/loihi2/emulator/chip_faults.hpp>
#include <retrograde/hardware/loihi2/emulator/fanout.hpp>
#include <retrograde/hardware/loihi2/model/chip_network.hpp>
#include <retrograde/hardware/loihi2/model/semantics.hpp>

namespace retrograde::loihi2 {

struct TraceOptions {
  std::vector<NeuronId> neurons;  // not inputs
};

// [neuron of the options][step], after each step; what other models than cuba_lif show as u and v
// is in their headers. Semantics::spike_register says what v is in the step of a spike.
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
  // Throws as check(ChipNetwork) and check(Semantics) do, and NetworkError for faults that the network
  // cannot have.
  explicit Emulator(ChipNetwork network, const Semantics& semantics = {}, ChipFaults faults = {});

  const ChipNetwork& network() const { return network_; }
  const Semantics& semantics() const { return semantics_; }
  const ChipFaults& faults() const { return faults_; }

  // What happens in the trial besides spikes (Trial::timeline) is not looked at: the faults say what fails
  // here. Throws NetworkError for an input spike outside the trial, out of order, or of a neuron that is
  // not an input, LimitError for a trial of more than 2^31 steps.
  Emulation run(const Trial& trial, const EmulationOptions& options = {}) const;

  // The same for messages as they reach the chip, with payloads: ordered by (step, neuron), one a
  // step and neuron, none of payload 0. Throws NetworkError for others, for a neuron that is not an
  // input and for a step outside 0 .. steps - 1.
  Emulation run(const std::vector<ChipSpike>& inputs, std::uint32_t steps,
                const EmulationOptions& options = {}) const;

  // The trial time (ms) for which a spike stands: the middle of the step in which V crossed; for
  // inputs its beginning, and for all of a network whose spikes are there (spike_phase 0).
  Time time_of(const ChipSpike& spike) const;

 private:
  Emulation emulate(const std::vector<ChipSpike>& inputs, std::uint32_t steps,
                    const EmulationOptions& options, std::uint64_t draw) const;

  std::vector<std::uint32_t> population_of_;  // by neuron
  ChipNetwork network_;
  Semantics semantics_;
  ChipFaults faults_;
  Fanout fanout_;
  std::vector<Fanout> faulty_;  // of each of the other weights
};

}  // namespace retrograde::loihi2
