// What [[event]] comes to on the emulated chip: the same neurons are dead, the same synapses cut or scaled
// as in exact time, from the first step on that begins at the event or after it.
#pragma once

#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/hardware/finding.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/read/timeline/timeline_spec.hpp>

namespace retrograde {

// `chip` is the network on the chip. Throws DeploymentError for what a chip does not do: other parameters,
// stimulated neurons, late spikes, synapses of a convolution that fail one by one, weights that turn their
// sign where all have one.
loihi2::ChipFaults chip_faults_of(const TimelineSpec& spec, const Network& network,
                                  const loihi2::ChipNetwork& chip);

// Adds a warning for each projection whose weights an event scales to more than the chip can hold.
void add_clipped(const TimelineSpec& spec, const Network& network, const loihi2::ChipNetwork& chip,
                 std::vector<Finding>& findings);

// The emulator of a scenario's network on the chip, with what happens to it.
loihi2::Emulator emulator_of(const Scenario& scenario, const Network& network,
                             loihi2::ChipNetwork chip);

}  // namespace retrograde
