// What every rank has to know of the whole network of which it has a part, so that all make the plan of
// the whole: windows, bounds and the order of spikes at one instant. Put together from what each
// finds in its own part; nobody ever holds the whole.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/distributed/neuron_shares.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/ranks/ranks.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>

namespace retrograde {

// Per projection, what all parts together have. Asked by all ranks at once. O(synapses of the part).
std::vector<ProjectionExtent> whole_extents(Ranks& ranks, const Network& part);

// instant_ranks (engine/network/analysis.hpp) of the whole. Asked by all ranks at once, of a network
// whose cycles all have delays. O(synapses of the part), times the longest chain without delays.
std::vector<std::uint32_t> whole_instant_ranks(Ranks& ranks, const NeuronShares& shares,
                                               const Network& part);

}  // namespace retrograde
