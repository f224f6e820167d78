#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <utility>

#include <retrograde/engine/distributed/whole_network.hpp>

namespace retrograde {

namespace {

// body(position, source, total delay) over the synapses of a projection; source and target are those
// of the populations.
template <typename Body>
void for_each_synapse(const Network& network, const Projection& p, const Body& body) {
  const NeuronId source_first = network.populations()[p.source].first;
  const NeuronId target_first = network.populations()[p.target].first;
  const std::span<const double> axonal = network.parameters(ParameterKind::axonal_delay),
                                dendritic = network.parameters(ParameterKind::dendritic_delay);
  for (std::uint32_t i = 0; i + 1 < p.rows.size(); ++i)
    for (SynapseId k = p.rows[i]; k < p.rows[i + 1]; ++k) {
      const NeuronId source = source_first + i, target = target_first + p.targets[k];
      const Time own = network.delay(p.first + k);
      body(p.first + k, source, target,
           network.has_neuron_delays() ? axonal[source] + own + dendritic[target] : own + 0.0);
    }
}

template <typename Item>
std::span<const Item> items(const AllGathered& all, int rank, std::vector<Item>& room) {
  const std::span<const std::byte> bytes = all.of(rank);
  room.resize(bytes.size() / sizeof(Item));
  if (!bytes.empty()) std::memcpy(room.data(), bytes.data(), bytes.size());
  return room;
}

}  // namespace

std::vector<ProjectionExtent> whole_extents(Ranks& ranks, const Network& part) {
  std::vector<ProjectionExtent> own;
  for (const Projection& p : part.projections()) {
    ProjectionExtent extent;
    extent.synapses = p.size;
    for_each_synapse(part, p, [&](SynapseId s, NeuronId, NeuronId, Time delay) {
      extent.min_delay = std::min(extent.min_delay, delay);
      extent.max_delay = std::max(extent.max_delay, delay);
      extent.max_weight = std::max(extent.max_weight, std::fabs(part.weight(s)));
    });
    own.push_back(extent);
  }
  AllGathered all;
  ranks.all_gather(std::as_bytes(std::span(own)), all);
  std::vector<ProjectionExtent> whole(own.size()), room;
  for (int rank = 0; rank < ranks.size(); ++rank) {
    const std::span<const ProjectionExtent> theirs = items(all, rank, room);
    for (std::size_t k = 0; k < whole.size(); ++k) {
      whole[k].synapses += theirs[k].synapses;
      whole[k].min_delay = std::min(whole[k].min_delay, theirs[k].min_delay);
      whole[k].max_delay = std::max(whole[k].max_delay, theirs[k].max_delay);
      whole[k].max_weight = std::max(whole[k].max_weight, theirs[k].max_weight);
    }
  }
  return whole;
}

std::vector<std::uint32_t> whole_instant_ranks(Ranks& ranks, const NeuronShares& shares,
                                               const Network& part) {
  struct Place {
    NeuronId neuron;
    std::uint32_t place;
  };
  std::vector<std::uint32_t> places(part.neuron_count(), 1);
  for (NeuronId n = 0; n < part.neuron_count(); ++n)
    if (part.is_input(n)) places[n] = 0;
  AllGathered all;
  std::vector<Place> moved, room;
  do {
    std::vector<char> here(part.neuron_count(), 0);
    for (const Projection& p : part.projections())
      for_each_synapse(part, p, [&](SynapseId, NeuronId source, NeuronId target, Time delay) {
        if (delay != 0.0 || places[target] > places[source]) return;
        places[target] = places[source] + 1;
        here[target] = 1;
      });
    moved.clear();
    for (NeuronId n = 0; n < part.neuron_count(); ++n)
      if (here[n] && shares.owns(part, n)) moved.push_back({n, places[n]});
    ranks.all_gather(std::as_bytes(std::span(moved)), all);
    for (int rank = 0; rank < ranks.size(); ++rank)
      for (const Place& one : items(all, rank, room)) places[one.neuron] = one.place;
  } while (!all.bytes.empty());
  return places;
}

}  // namespace retrograde
