// What a run makes the chip do: exact counts of events, per step and core, from the spikes of the
// emulator and the mapping.
//
//   neuron update         every neuron of a core in every step, whether it fires or not
//   synaptic operation    one weight added: a spike arriving over one synapse
//   word read             of synaptic memory, for the synapses of an arriving spike
//   message               a spike on its way to one core; a neuron whose spikes go to k cores sends
//                         k messages
//   link                  of the mesh, messages over it; the links between core and router included
//
// Work on a spike is counted in the step in which it is sent, as the chip does it; a delay moves
// only the moment at which the weight takes effect.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/hardware/loihi2/emulator/emulator.hpp>
#include <retrograde/hardware/loihi2/place/mapping.hpp>
#include <retrograde/hardware/mesh.hpp>

namespace retrograde::loihi2 {

// Of one step: the largest number on any core, and on any link.
struct StepLoad {
  std::uint32_t updates = 0, operations = 0, words = 0, messages = 0;
};

struct CoreLoad {
  std::uint64_t updates = 0, operations = 0, words = 0;
  std::uint64_t sent = 0, received = 0;  // messages
};

struct Workload {
  std::uint32_t steps = 0;
  std::vector<StepLoad> chip;                     // by step
  std::vector<std::vector<StepLoad>> population;  // [population][step]: of its cores; no links
  std::vector<CoreLoad> cores;                    // over all steps
  std::uint64_t updates = 0, operations = 0, words = 0;
  std::uint64_t spikes = 0;        // of neurons on cores
  std::uint64_t input_spikes = 0;  // from outside
  std::uint64_t messages = 0;      // from both
  std::uint64_t hops_x = 0, hops_y = 0;
  std::uint64_t hottest_link = 0;  // messages over the busiest link between routers, all steps
};

// `steps` is Emulation::total_steps, `spikes` are in order of steps. O(steps x cores + messages x
// links on their way).
Workload count_events(const Mapping& mapping, const Mesh& mesh, std::uint32_t populations,
                      std::uint32_t steps, const std::vector<ChipSpike>& spikes);

}  // namespace retrograde::loihi2
