// Networks of the same neurons with other synapses: what learning of structure makes after a step,
// and what asks for the gradient of synapses that do not exist.
#pragma once

#include <vector>

#include <retrograde/engine/network/network.hpp>

namespace retrograde {

// A builder that has the populations of a network, in their order and with their values, and no
// projection yet. O(neurons).
NetworkBuilder with_neurons_of(const Network& network);

// The same populations and projections with these synapses, one list for each projection, in any
// order. Throws NetworkError as NetworkBuilder does. O(S log S) for S synapses.
Network with_synapses(const Network& network, std::vector<std::vector<SynapseSpec>> synapses);

// The synapses of a projection as they were given.
std::vector<SynapseSpec> synapses_of(const Network& network, const Projection& projection);

}  // namespace retrograde
