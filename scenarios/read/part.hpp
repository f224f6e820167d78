// The part of a scenario's network that one of several ranks runs (engine/distributed): the scenario as it
// is read in one process, but that `network` has only the synapses that reach the rank's neurons.
// Nothing else of the network is kept, and nobody is asked: each part is a function of the
// text, the seed and the rank.
#pragma once

#include <string>

#include <retrograde/engine/distributed/neuron_shares.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

namespace retrograde {

// As read_scenario does, with room for as many synapses as limits say of one process, times the ranks.
// ScenarioError also for what parts have not: [structure], delay_share, silence in [loss], steps, integers. Whether the
// scheduler can run the network is for all ranks to find out together.
Scenario read_part(const std::string& path, const ScenarioOverrides& overrides,
                   const NeuronShares& shares);
Scenario parse_part(std::string text, const std::string& file, const ScenarioOverrides& overrides,
                    const NeuronShares& shares, ScenarioLimits limits = {});

}  // namespace retrograde
