#include <algorithm>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <boost/graph/strong_components.hpp>
#include <fmt/format.h>
#include <functional>

#include <retrograde/engine/network/analysis.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

struct Weighted {
  Time delay;
};
using Graph = boost::compressed_sparse_row_graph<boost::directedS, boost::no_property, Weighted>;
// Without delays.
using Connections = boost::compressed_sparse_row_graph<boost::directedS>;

Connections connections_of(const Network& network) {
  std::vector<std::pair<NeuronId, NeuronId>> edges;
  edges.reserve(network.synapse_count());
  for (NeuronId n = 0; n < network.neuron_count(); ++n)
    for (const SynapseId s : network.synapses_of(n)) edges.emplace_back(n, network.target_of(s));
  return Connections(boost::edges_are_sorted, edges.begin(), edges.end(), network.neuron_count());
}

// Component of every neuron; numbered in reverse topological order.
std::vector<std::uint32_t> components_of(const Connections& graph, std::uint32_t* count) {
  std::vector<std::uint32_t> component(num_vertices(graph));
  *count = boost::strong_components(
      graph, boost::make_iterator_property_map(component.begin(), get(boost::vertex_index, graph)));
  return component;
}

Time shortest_cycle(const Graph& graph, NeuronId size) {
  Time best = never;
  std::vector<Time> distance(size);
  for (NeuronId start = 0; start < size; ++start) {
    boost::dijkstra_shortest_paths(graph, start,
                                   boost::weight_map(get(&Weighted::delay, graph))
                                       .distance_map(boost::make_iterator_property_map(
                                           distance.begin(), get(boost::vertex_index, graph)))
                                       .distance_inf(never));
    for (NeuronId n = 0; n < size; ++n)
      for (auto [e, end] = out_edges(vertex(n, graph), graph); e != end; ++e)
        if (target(*e, graph) == start) best = std::min(best, distance[n] + graph[*e].delay);
  }
  return best;
}

// Depth first over simple cycles through `start` that visit only later neurons. Of parallel
// synapses only the slowest can lie on the longest cycle; following them all would multiply the
// search by their number at every step.
Time longest_cycle(const Graph& graph, NeuronId size) {
  constexpr Time absent = -1.0;
  std::vector<Time> slowest(std::size_t{size} * size, absent);
  for (NeuronId n = 0; n < size; ++n)
    for (auto [e, end] = out_edges(vertex(n, graph), graph); e != end; ++e) {
      Time& delay = slowest[std::size_t{n} * size + target(*e, graph)];
      delay = std::max(delay, graph[*e].delay);
    }
  Time best = 0;
  std::vector<char> visited(size, 0);
  for (NeuronId start = 0; start < size; ++start) {
    const std::function<void(NeuronId, Time)> visit = [&](NeuronId n, Time so_far) {
      visited[n] = 1;
      for (NeuronId next = start; next < size; ++next) {
        const Time delay = slowest[std::size_t{n} * size + next];
        if (delay == absent) continue;
        if (next == start) best = std::max(best, so_far + delay);
        if (next > start && !visited[next]) visit(next, so_far + delay);
      }
      visited[n] = 0;
    };
    visit(start, 0);
  }
  return best;
}

// A template: it is asked about every synapse after every step of a training.
template <typename Counts>
std::vector<OutgoingSynapse> on_cycles(const Network& network, const Counts& counts) {
  std::vector<OutgoingSynapse> candidates, found;
  std::vector<std::pair<NeuronId, NeuronId>> edges;
  for (NeuronId n = 0; n < network.neuron_count(); ++n)
    for (const SynapseId s : network.synapses_of(n)) {
      if (!counts(n, s)) continue;
      candidates.push_back({n, s});
      edges.emplace_back(n, network.target_of(s));
    }
  if (edges.empty()) return found;
  const Connections graph(boost::edges_are_sorted, edges.begin(), edges.end(),
                          network.neuron_count());
  std::uint32_t count = 0;
  const auto component = components_of(graph, &count);
  for (std::size_t k = 0; k < edges.size(); ++k)
    if (component[edges[k].first] == component[edges[k].second]) found.push_back(candidates[k]);
  return found;
}

// Delays, lookahead and depth, and which components have a cycle, in one sweep. Components are
// numbered in reverse topological order: targets have lower numbers, so an ascending sweep sees the
// depth below before it is used.
std::vector<char> sweep(const Network& network, const std::vector<std::uint32_t>& component,
                        const std::vector<std::vector<NeuronId>>& members,
                        NetworkAnalysis& result) {
  std::vector<char> has_cycle(members.size(), 0);
  std::vector<std::uint32_t> depth(members.size(), 0);
  for (std::uint32_t c = 0; c < members.size(); ++c)
    for (const NeuronId n : members[c])
      for (const SynapseId s : network.synapses_of(n)) {
        const Synapse synapse = network.synapse(n, s);
        const std::uint32_t to = component[synapse.target];
        result.min_delay = std::min(result.min_delay, synapse.delay);
        result.max_delay = std::max(result.max_delay, synapse.delay);
        if (to == c) {
          has_cycle[c] = 1;
          result.lookahead = std::min(result.lookahead, synapse.delay);
        } else {
          depth[c] = std::max(depth[c], depth[to] + 1);
        }
      }
  for (const std::uint32_t d : depth) result.depth = std::max(result.depth, d);
  return has_cycle;
}

// Within one component that has a cycle.
RecurrentComponent recurrent_component(const Network& network, std::vector<NeuronId> neurons,
                                       const std::vector<std::uint32_t>& component,
                                       std::uint32_t shortest_cycle_limit) {
  RecurrentComponent r;
  r.neurons = std::move(neurons);
  const auto size = static_cast<NeuronId>(r.neurons.size());
  const bool searched = size <= shortest_cycle_limit;
  std::vector<std::pair<NeuronId, NeuronId>> edges;
  std::vector<Weighted> delays;
  const auto local = [&](NeuronId n) {
    return static_cast<NeuronId>(std::lower_bound(r.neurons.begin(), r.neurons.end(), n) -
                                 r.neurons.begin());
  };
  for (const NeuronId n : r.neurons)
    for (const SynapseId s : network.synapses_of(n)) {
      const Synapse synapse = network.synapse(n, s);
      if (component[synapse.target] != component[n]) continue;
      ++r.synapses;
      r.min_delay = std::min(r.min_delay, synapse.delay);
      r.max_delay = std::max(r.max_delay, synapse.delay);
      if (!searched) continue;
      edges.emplace_back(local(n), local(synapse.target));
      delays.push_back({synapse.delay});
    }
  if (!searched) return r;
  const Graph part(boost::edges_are_sorted, edges.begin(), edges.end(), delays.begin(), size);
  r.shortest_cycle = shortest_cycle(part, size);
  if (size <= 10) r.longest_cycle = longest_cycle(part, size);
  return r;
}

}  // namespace

NetworkAnalysis analyse(const Network& network, std::uint32_t shortest_cycle_limit) {
  NetworkAnalysis result;
  const auto component = components_of(connections_of(network), &result.component_count);
  std::vector<std::vector<NeuronId>> members(result.component_count);
  for (NeuronId n = 0; n < network.neuron_count(); ++n) members[component[n]].push_back(n);

  const std::vector<char> has_cycle = sweep(network, component, members, result);
  for (std::uint32_t c = 0; c < result.component_count; ++c)
    if (has_cycle[c])
      result.recurrent.push_back(
          recurrent_component(network, std::move(members[c]), component, shortest_cycle_limit));
  std::sort(result.recurrent.begin(), result.recurrent.end(),
            [](const auto& a, const auto& b) { return a.neurons.front() < b.neurons.front(); });
  return result;
}

std::vector<OutgoingSynapse> synapses_on_cycles(
    const Network& network, const std::function<bool(NeuronId, SynapseId)>& counts) {
  return on_cycles(network, counts);
}

bool may_cycle(std::size_t populations, std::span<const Projection> projections) {
  // Populations that nobody open reaches are closed, until none is left or all others lie behind a
  // cycle.
  std::vector<std::uint32_t> open(populations, 0);  // projections that reach it from open ones
  std::vector<std::vector<std::uint32_t>> reached(populations);
  for (const Projection& p : projections) {
    if (p.size == 0) continue;
    ++open[p.target];
    reached[p.source].push_back(p.target);
  }
  std::vector<std::uint32_t> closed;
  closed.reserve(populations);
  for (std::uint32_t p = 0; p < populations; ++p)
    if (open[p] == 0) closed.push_back(p);
  for (std::size_t k = 0; k < closed.size(); ++k)
    for (const std::uint32_t target : reached[closed[k]])
      if (--open[target] == 0) closed.push_back(target);
  return closed.size() < populations;
}

void reject_instant_cycles(const Network& network) {
  if (std::ranges::all_of(network.parameters(ParameterKind::delay),
                          [](Time delay) { return delay > 0.0; }))
    return;
  const auto instant = on_cycles(network, [&](NeuronId source, SynapseId s) {
    return network.delay(s) == 0.0 && !(network.synapse(source, s).delay > 0.0);
  });
  if (instant.empty()) return;
  throw NetworkError(
      network.neuron_name(instant.front().source),
      fmt::format("lies on a cycle (through {}) whose delays are all zero, so that cause and "
                  "effect would share an instant; give at least one of its synapses a delay above "
                  "0 (delay_min for learned ones)",
                  network.neuron_name(network.target_of(instant.front().id))));
}

std::vector<std::uint32_t> instant_ranks(const Network& network) {
  std::vector<std::uint32_t> ranks(network.neuron_count(), 1);
  for (NeuronId n = 0; n < network.neuron_count(); ++n)
    if (network.is_input(n)) ranks[n] = 0;
  const std::span<const double> delays = network.parameters(ParameterKind::delay);
  if (std::find(delays.begin(), delays.end(), 0.0) == delays.end()) return ranks;
  const auto for_each_effect = [&](NeuronId n, const auto& body) {
    for (const SynapseId s : network.synapses_of(n))
      if (network.delay(s) == 0.0)
        if (const Synapse synapse = network.synapse(n, s); synapse.delay == 0.0)
          body(synapse.target);
  };
  std::vector<std::uint32_t> causes(network.neuron_count(), 0);  // not ranked yet
  for (NeuronId n = 0; n < network.neuron_count(); ++n)
    for_each_effect(n, [&](NeuronId target) { ++causes[target]; });
  // There is no cycle (reject_instant_cycles), so this reaches everybody.
  std::vector<NeuronId> ready;
  for (NeuronId n = 0; n < network.neuron_count(); ++n)
    if (causes[n] == 0) ready.push_back(n);
  while (!ready.empty()) {
    const NeuronId n = ready.back();
    ready.pop_back();
    for_each_effect(n, [&](NeuronId target) {
      ranks[target] = std::max(ranks[target], ranks[n] + 1);
      if (--causes[target] == 0) ready.push_back(target);
    });
  }
  return ranks;
}

}  // namespace retrograde
