// The synapses of a projection by target: what reaches one neuron. Networks keep synapses by source, as
// spikes meet them; this is made when somebody asks for it (Network::incoming), and takes 8 bytes a
// synapse.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/network/projection.hpp>

namespace retrograde {

struct IncomingSynapses {
  // Those that reach target j are entries begin[j] .. begin[j + 1] - 1 of both, ascending: synapses
  // first + position, which come from `sources`.
  std::vector<SynapseId> begin, positions;
  std::vector<std::uint32_t> sources;
};

// O(synapses), on all threads.
IncomingSynapses incoming_synapses(const Projection& projection, std::uint32_t targets);

}  // namespace retrograde
