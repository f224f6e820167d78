#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/nir_graph.hpp>

namespace retrograde::nir {

namespace {

constexpr std::pair<std::string_view, Type> types[] = {
    {"Input", Type::input},    {"Output", Type::output},  {"CubaLIF", Type::cuba_lif},
    {"CubaLI", Type::cuba_li}, {"Linear", Type::linear},  {"Affine", Type::affine},
    {"Delay", Type::delay},    {"Flatten", Type::flatten}};

using Index = std::map<std::string, std::size_t>;  // of nodes, by name

std::vector<std::string> listed(const hdf5::Reader& in, const std::string& path) {
  return in.has(path) ? in.texts(path).values : std::vector<std::string>();
}

Index read_nodes(const hdf5::Reader& in, Graph& graph) {
  if (!in.is_group("/node/nodes"))
    in.fail("/node/nodes", "it is missing; the file is HDF5, but no graph of NIR");
  Index index;
  std::vector<std::string> unknown;
  for (const std::string& name : in.members("/node/nodes")) {
    Node node;
    node.name = name;
    node.path = "/node/nodes/" + name;
    const std::string type = in.text(node.path + "/type");
    const auto known = std::find_if(std::begin(types), std::end(types),
                                    [&](const auto& t) { return t.first == type; });
    if (known == std::end(types)) {
      unknown.push_back(fmt::format("{} ({})", name, type));
      continue;
    }
    node.type = known->second;
    index[name] = graph.nodes.size();
    graph.nodes.push_back(std::move(node));
  }
  if (!unknown.empty())
    in.fail("/node/nodes",
            fmt::format("these nodes have no counterpart here: {}; supported are Input, Output, "
                        "CubaLIF, CubaLI, Linear, Affine, Delay and Flatten, write the network "
                        "with them (a convolution as the Linear that it is)",
                        fmt::join(unknown, ", ")));
  return index;
}

void read_edges(const hdf5::Reader& in, const Index& index, Graph& graph) {
  const std::string path = "/node/edges";
  const hdf5::Array<std::string> edges = in.texts(path);
  if (edges.values.empty()) return;
  if (edges.shape.size() != 2 || edges.shape[1] != 2)
    in.fail(path, fmt::format("its shape is ({}); pairs of names are needed",
                              fmt::join(edges.shape, ", ")));
  std::set<std::pair<std::size_t, std::size_t>> seen;
  for (std::size_t k = 0; k < edges.values.size(); k += 2) {
    const auto refuse = [&](const std::string& why) {
      in.fail(path, fmt::format("edge {} ({} -> {}): {}", k / 2, edges.values[k],
                                edges.values[k + 1], why));
    };
    const auto node = [&](const std::string& name) {
      const auto found = index.find(name);
      if (found == index.end())
        refuse(fmt::format("there is no node {}; remove the edge or add the node", name));
      return found->second;
    };
    const std::size_t from = node(edges.values[k]), to = node(edges.values[k + 1]);
    if (!seen.emplace(from, to).second) refuse("it is there twice; remove one");
    if (graph.nodes[to].type == Type::input) refuse("an Input receives nothing; remove it");
    if (graph.nodes[from].type == Type::output) refuse("an Output sends nothing; remove it");
  }
  for (const auto& [from, to] : seen) {
    graph.nodes[from].to.push_back(to);
    graph.nodes[to].from.push_back(from);
  }
}

// The nodes with neurons, breadth first from the inputs.
std::vector<std::size_t> from_inputs_on(const Graph& graph, const std::vector<std::size_t>& all) {
  std::vector<char> met(graph.nodes.size(), 0);
  std::vector<std::size_t> queue;
  const auto meet = [&](std::size_t n) {
    if (!met[n]) queue.push_back(n);
    met[n] = 1;
  };
  for (const std::size_t n : all)
    if (graph.nodes[n].type == Type::input) meet(n);
  for (const std::size_t start : all) {
    for (std::size_t k = 0; k < queue.size(); ++k)
      for (const std::size_t to : graph.nodes[queue[k]].to) meet(to);
    meet(start);
  }
  std::erase_if(queue, [&](std::size_t n) { return !graph.nodes[n].holds_neurons(); });
  return queue;
}

// As the metadata say; else the inputs, then what is nearest to them.
void order_populations(const hdf5::Reader& in, const Index& index, const ScenarioLimits& limits,
                       Graph& graph) {
  std::vector<std::size_t> all;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n)
    if (graph.nodes[n].holds_neurons()) all.push_back(n);
  if (all.empty()) in.fail("/node/nodes", "it has no neurons; a network needs some");
  if (all.size() > limits.populations)
    throw LimitError("populations", limits.populations, static_cast<double>(all.size()),
                     fmt::format("the graph has {} nodes of neurons; at most {} are possible",
                                 all.size(), limits.populations));
  for (const std::string& name : listed(in, "/node/metadata/populations"))
    if (const auto found = index.find(name); found != index.end())
      graph.populations.push_back(found->second);
  std::vector<std::size_t> sorted = graph.populations;
  std::sort(sorted.begin(), sorted.end());
  if (sorted != all) graph.populations = from_inputs_on(graph, all);
  for (std::uint32_t p = 0; p < graph.populations.size(); ++p)
    graph.population_of[graph.populations[p]] = p;
}

// All ways from one population, depth first.
class WayFinder {
 public:
  WayFinder(const hdf5::Reader& in, const Graph& graph, const ScenarioLimits& limits)
      : in_(in), graph_(graph), limits_(limits) {}

  void follow(std::uint32_t source) {
    way_ = {};
    way_.source = source;
    std::vector<Step> stack = {{graph_.populations[source], 0}};
    while (!stack.empty()) {
      const std::size_t at = stack.back().first;
      std::size_t& next = stack.back().second;
      if (next == graph_.nodes[at].to.size()) {
        stack.pop_back();
        if (!stack.empty()) leave(at);
        continue;
      }
      const std::size_t to = graph_.nodes[at].to[next++];
      if (graph_.nodes[to].type == Type::output) continue;
      if (graph_.nodes[to].holds_neurons()) {
        arrive(to);
      } else {
        enter(to);
        stack.emplace_back(to, 0);
      }
    }
  }

  std::vector<Way> ways() { return std::move(ways_); }

 private:
  using Step = std::pair<std::size_t, std::size_t>;  // a node, and which of its edges comes next
  static constexpr std::uint64_t most_steps = 1'000'000;

  // At the neurons that the way leads to.
  void arrive(std::size_t to) {
    way_.target = graph_.population_of.at(to);
    ways_.push_back(way_);
    if (ways_.size() > limits_.projections)
      throw LimitError("projections", limits_.projections, static_cast<double>(ways_.size()),
                       fmt::format("the graph has more than {} ways from neurons to neurons",
                                   limits_.projections));
    const Node& source = graph_.population(way_.source);
    if (source.type == Type::cuba_li)
      in_.fail(source.path,
               fmt::format("a CubaLI sends no spikes, but signals of it go to {}; remove the edge "
                           "or make it a CubaLIF",
                           graph_.nodes[to].name));
  }

  // A node in between.
  void enter(std::size_t to) {
    const Node& node = graph_.nodes[to];
    if (std::find(way_.nodes.begin(), way_.nodes.end(), to) != way_.nodes.end())
      in_.fail(node.path, "it lies on a cycle without neurons; remove one of its edges");
    if (node.has_matrix()) {
      if (way_.matrix != no_node)
        in_.fail(node.path, fmt::format("it follows {} without neurons in between; multiply the "
                                        "two into one Linear",
                                        graph_.nodes[way_.matrix].name));
      way_.matrix = to;
    }
    if (++steps_ > most_steps)
      throw LimitError("ways", most_steps, most_steps,
                       "the graph has too many ways from neurons to neurons; make it simpler");
    way_.nodes.push_back(to);
  }

  void leave(std::size_t at) {
    if (way_.matrix == at) way_.matrix = no_node;
    way_.nodes.pop_back();
  }

  const hdf5::Reader& in_;
  const Graph& graph_;
  const ScenarioLimits& limits_;
  Way way_;
  std::vector<Way> ways_;
  std::uint64_t steps_ = 0;
};

// Like its Linear where no other way has that, else like all nodes on it.
void name_ways(const Graph& graph, std::vector<Way>& ways) {
  std::map<std::size_t, int> uses;
  for (const Way& way : ways)
    if (way.matrix != no_node) ++uses[way.matrix];
  for (Way& way : ways) {
    if (way.matrix != no_node && uses[way.matrix] == 1) {
      way.name = graph.nodes[way.matrix].name;
      continue;
    }
    way.name = graph.population(way.source).name;
    for (const std::size_t n : way.nodes) way.name += "->" + graph.nodes[n].name;
    way.name += "->" + graph.population(way.target).name;
  }
}

// As the metadata say, then by source, target and name.
void order_ways(const hdf5::Reader& in, std::vector<Way>& ways) {
  std::map<std::string, std::size_t> place;
  for (const std::string& name : listed(in, "/node/metadata/projections"))
    place.emplace(name, place.size());
  const auto key = [&](const Way& way) {
    const auto found = place.find(way.name);
    return std::tuple(found == place.end() ? place.size() : found->second, way.source, way.target,
                      way.name);
  };
  std::stable_sort(ways.begin(), ways.end(),
                   [&](const Way& a, const Way& b) { return key(a) < key(b); });
}

}  // namespace

Graph read_graph(const hdf5::Reader& in, const ScenarioLimits& limits) {
  Graph graph;
  const Index index = read_nodes(in, graph);
  read_edges(in, index, graph);
  order_populations(in, index, limits, graph);
  return graph;
}

std::vector<Way> read_ways(const hdf5::Reader& in, const Graph& graph,
                           const ScenarioLimits& limits) {
  WayFinder finder(in, graph, limits);
  for (std::uint32_t p = 0; p < graph.populations.size(); ++p) finder.follow(p);
  std::vector<Way> ways = finder.ways();
  name_ways(graph, ways);
  order_ways(in, ways);
  return ways;
}

}  // namespace retrograde::nir
