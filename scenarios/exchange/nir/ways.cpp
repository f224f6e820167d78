#include <algorithm>
#include <fmt/format.h>
#include <tuple>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/nir/ways.hpp>

namespace retrograde::nir {

namespace {

constexpr std::size_t longest_way = 1000;        // nodes without neurons
constexpr std::uint64_t most_steps = 1'000'000;  // from node to node, of all ways
constexpr double any_delay = 1e300;              // ms

class WayFinder {
 public:
  WayFinder(const Graph& graph, const ScenarioLimits& limits, Values& values,
            const std::set<std::size_t>& neuron_delays)
      : graph_(graph), limits_(limits), values_(values), neuron_delays_(neuron_delays) {}

  Ways run() {
    for (const std::size_t population : graph_.populations)
      follow(population, identity(values_.shape_of(population)));
    // A constant is a signal that is always there, of one source.
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      const std::vector<double> bias = values_.bias(n);
      Signal signal{values_.shape_of(n), {}, true};
      for (std::uint32_t k = 0; k < bias.size(); ++k)
        if (bias[k] != 0.0) signal.entries.push_back({0, k, bias[k], 0.0});
      if (!signal.entries.empty()) follow(n, std::move(signal));
    }
    return std::move(result_);
  }

 private:
  // Behind `at`, having come from the start over `nodes`.
  struct Place {
    std::size_t at;
    std::vector<std::size_t> nodes;
    Signal signal;
  };

  void follow(std::size_t start, Signal signal) {
    std::vector<Place> open;
    open.push_back({start, {}, std::move(signal)});
    while (!open.empty()) {
      const Place place = std::move(open.back());
      open.pop_back();
      const std::vector<std::size_t>& next = graph_.nodes[place.at].to;
      // The first of them is looked at first.
      for (auto to = next.rbegin(); to != next.rend(); ++to)
        if (graph_.nodes[*to].holds_neurons() || graph_.nodes[*to].type == Type::output)
          arrive(start, *to, place);
        else
          open.push_back(passed(place, *to));
    }
  }

  void arrive(std::size_t start, std::size_t to, const Place& place) {
    const Node &from = graph_.nodes[start], &target = graph_.nodes[to];
    const std::uint64_t size = size_of(values_.shape_of(to)), comes = size_of(place.signal.shape);
    if (size != comes)
      values_.fail(
          target.path,
          fmt::format("it has {} {}, and {} signals reach it from {}; put a Linear in "
                      "between",
                      size, target.type == Type::output ? "signals" : "neurons", comes,
                      place.nodes.empty() ? from.name : graph_.nodes[place.nodes.back()].name));
    if (!from.holds_neurons()) {
      Constant constant{start, to, std::vector<double>(size, 0.0), false};
      for (const Entry& e : place.signal.entries) {
        constant.values[e.target] += e.weight;
        constant.delayed |= e.delay > 0.0;
      }
      result_.constants.push_back(std::move(constant));
      return;
    }
    if (from.is_readout() && (target.type != Type::output || place.signal.weighted))
      values_.fail(
          from.path,
          fmt::format("it sends a voltage and no spikes, which only an Output may read, and "
                      "directly; remove the edges to {}, or make it a neuron that fires",
                      target.name));
    result_.ways.push_back({start, to, place.nodes, place.signal, {}});
    if (result_.ways.size() > limits_.projections)
      throw LimitError("projections", limits_.projections, static_cast<double>(result_.ways.size()),
                       fmt::format("the graph has more than {} ways from neurons to neurons",
                                   limits_.projections));
  }

  Place passed(const Place& place, std::size_t to) {
    const Node& node = graph_.nodes[to];
    if (std::find(place.nodes.begin(), place.nodes.end(), to) != place.nodes.end() ||
        place.at == to)
      values_.fail(node.path, "it lies on a cycle without neurons; remove one of its edges");
    if (++steps_ > most_steps || place.nodes.size() >= longest_way)
      throw LimitError("ways", most_steps, most_steps,
                       "the graph has too many or too long ways from neurons to neurons; make it "
                       "simpler");
    Place result{to, place.nodes, place.signal};
    result.nodes.push_back(to);
    Signal& signal = result.signal;
    if (node.has_weights() && node.type != Type::scale) {
      if (!apply(signal, values_.matrix(to, signal.shape), limits_.synapses))
        values_.fail(node.path,
                     "signals of one neuron with different delays are summed in it; put the Delay "
                     "behind it, or give all of them the same");
    } else if (node.type == Type::scale) {
      const std::vector<double> scale = values_.list(node.path + "/scale", size_of(signal.shape));
      for (Entry& e : signal.entries) e.weight *= scale[e.target];
      signal.weighted = true;
    } else if (node.type == Type::delay && !neuron_delays_.contains(to)) {
      const std::vector<double> delay =
          values_.times(node, "delay", size_of(signal.shape), 0.0, any_delay);
      for (Entry& e : signal.entries) e.delay += delay[e.target];
    } else if (node.type == Type::flatten) {
      if (const Shape& flat = values_.shape_of(to); size_of(flat) == size_of(signal.shape))
        signal.shape = flat;
    }
    return result;
  }

  const Graph& graph_;
  const ScenarioLimits& limits_;
  Values& values_;
  const std::set<std::size_t>& neuron_delays_;
  Ways result_;
  std::uint64_t steps_ = 0;
};

// Like the one node with weights on it, where no other way has that; else like all nodes.
void name_ways(const Graph& graph, std::vector<Way>& ways) {
  const auto matrix_of = [&](const Way& way) {
    std::size_t matrix = no_node;
    for (const std::size_t n : way.nodes)
      if (graph.nodes[n].has_weights()) {
        if (matrix != no_node) return no_node;
        matrix = n;
      }
    return matrix;
  };
  std::map<std::size_t, int> uses;
  for (const Way& way : ways) ++uses[matrix_of(way)];
  for (Way& way : ways) {
    const std::size_t matrix = matrix_of(way);
    if (matrix != no_node && uses[matrix] == 1) {
      way.name = graph.nodes[matrix].name;
      continue;
    }
    way.name = graph.nodes[way.source].name;
    for (const std::size_t n : way.nodes) way.name += "->" + graph.nodes[n].name;
    way.name += "->" + graph.nodes[way.target].name;
  }
}

// As the metadata say, then by source, target and name.
void order_ways(const hdf5::Reader& in, const Graph& graph, std::vector<Way>& ways) {
  std::map<std::string, std::size_t> place;
  if (const std::string path = "/node/metadata/projections"; in.has(path))
    for (const std::string& name : in.texts(path).values) place.emplace(name, place.size());
  const auto population = [&](std::size_t node) {
    const auto found = graph.population_of.find(node);
    return found == graph.population_of.end() ? graph.populations.size() : found->second;
  };
  const auto key = [&](const Way& way) {
    const auto found = place.find(way.name);
    return std::tuple(found == place.end() ? place.size() : found->second, population(way.source),
                      population(way.target), way.name);
  };
  std::stable_sort(ways.begin(), ways.end(),
                   [&](const Way& a, const Way& b) { return key(a) < key(b); });
}

}  // namespace

Ways read_ways(const hdf5::Reader& in, const Graph& graph, const ScenarioLimits& limits,
               Values& values, const std::set<std::size_t>& neuron_delays) {
  Ways ways = WayFinder(graph, limits, values, neuron_delays).run();
  name_ways(graph, ways.ways);
  order_ways(in, graph, ways.ways);
  return ways;
}

}  // namespace retrograde::nir
