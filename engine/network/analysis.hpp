// What the graph of a network says about its dynamics (Boost.Graph): which neurons influence
// themselves, after how long, and how far ahead the future of a neuron is known.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// One strongly connected component that contains a cycle.
struct RecurrentComponent {
  std::vector<NeuronId> neurons;  // ascending
  SynapseId synapses = 0;         // within the component
  Time min_delay = never;         // of one synapse within it: the lookahead of a windowed scheduler
  Time max_delay = 0;
  // Smallest sum of delays around any cycle: the soonest that a neuron hears itself. never when a
  // component is too large to search (see analyse).
  Time shortest_cycle = never;
  // Largest sum of delays around a cycle that visits no neuron twice. Finding it is hard in
  // general; it is searched exhaustively up to 10 neurons and is `never` beyond.
  Time longest_cycle = never;
};

struct NetworkAnalysis {
  Time min_delay = never;  // over all synapses; never without synapses
  Time max_delay = 0;
  // Smallest delay on a synapse that lies on a cycle: what neurons receive in [t, t + lookahead) is
  // known at t. never for feed-forward networks.
  Time lookahead = never;
  std::uint32_t component_count = 0;  // strongly connected components, single neurons included
  std::vector<RecurrentComponent> recurrent;  // ordered by their first neuron
  std::uint32_t depth = 0;                    // synapses on the longest path between components
};

// O(neurons + synapses), plus for each recurrent component up to `shortest_cycle_limit` neurons O(n
// (m + n log n)).
NetworkAnalysis analyse(const Network& network, std::uint32_t shortest_cycle_limit = 512);

struct OutgoingSynapse {
  NeuronId source;
  SynapseId id;
};

// The synapses that lie on a cycle of such as `counts` says yes to, ordered by source. O(neurons +
// synapses).
std::vector<OutgoingSynapse> synapses_on_cycles(
    const Network& network, const std::function<bool(NeuronId source, SynapseId)>& counts);

// Whether some population reaches itself over projections that have synapses: without that no neuron
// does. O(populations + projections).
bool may_cycle(std::size_t populations, std::span<const Projection> projections);

// Throws NetworkError when a cycle of zero total delay exists: cause and effect would share an
// instant. O(neurons + synapses).
void reject_instant_cycles(const Network& network);

// Per neuron, its place among those that fire at the same instant, so that causes precede effects:
// 0 for inputs, for others one more than the largest of those that reach it without delay, 1 at
// least. O(synapses).
std::vector<std::uint32_t> instant_ranks(const Network& network);

}  // namespace retrograde
