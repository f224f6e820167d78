#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>
#include <string_view>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/nir/graph.hpp>

namespace retrograde::nir {

namespace {

constexpr std::pair<std::string_view, Type> types[] = {{"Input", Type::input},
                                                       {"Output", Type::output},
                                                       {"LIF", Type::lif},
                                                       {"LI", Type::li},
                                                       {"IF", Type::if_},
                                                       {"I", Type::i},
                                                       {"CubaLIF", Type::cuba_lif},
                                                       {"CubaLI", Type::cuba_li},
                                                       {"Threshold", Type::threshold},
                                                       {"Linear", Type::linear},
                                                       {"Affine", Type::affine},
                                                       {"Scale", Type::scale},
                                                       {"Conv1d", Type::conv1d},
                                                       {"Conv2d", Type::conv2d},
                                                       {"SumPool2d", Type::sum_pool2d},
                                                       {"AvgPool2d", Type::avg_pool2d},
                                                       {"Flatten", Type::flatten},
                                                       {"Delay", Type::delay}};

constexpr int deepest = 16;  // graphs in graphs

using Index = std::map<std::string, std::size_t>;  // of nodes, by name

std::vector<std::string> listed(const hdf5::Reader& in, const std::string& path) {
  return in.has(path) ? in.texts(path).values : std::vector<std::string>();
}

// All nodes of a graph and of the graphs in it.
class GraphReader {
 public:
  GraphReader(const hdf5::Reader& in, const ScenarioLimits& limits) : in_(in), limits_(limits) {}

  Graph run() {
    if (!in_.is_group("/node/nodes"))
      in_.fail("/node/nodes", "it is missing; the file is HDF5, but no graph of NIR");
    read_nodes("/node", "", 0);
    if (!unknown_.empty()) {
      std::vector<std::string_view> known;
      for (const auto& [text, type] : types) known.push_back(text);
      in_.fail("/node/nodes",
               fmt::format("these nodes have no counterpart here: {}; supported are NIRGraph, {}. "
                           "Write the network with them",
                           fmt::join(unknown_, ", "), fmt::join(known, ", ")));
    }
    for (const std::string& graph : graphs_) read_edges(graph);
    for (const auto& [from, to] : edges_) {
      graph_.nodes[from].to.push_back(to);
      graph_.nodes[to].from.push_back(from);
    }
    order_populations();
    return std::move(graph_);
  }

 private:
  // `path` of a graph, and what its nodes are called by before their own names: "" or "lif1.".
  void read_nodes(const std::string& path, const std::string& prefix, int depth) {
    if (depth > deepest)
      in_.fail(path, fmt::format("graphs are nested more than {} deep; inline some", deepest));
    graphs_.push_back(path);
    prefixes_[path] = prefix;
    // A graph without nodes has no group for them, or an empty one.
    if (!in_.is_group(path + "/nodes")) return;
    for (const std::string& name : in_.members(path + "/nodes")) {
      Node node;
      node.name = prefix + name;
      node.path = fmt::format("{}/nodes/{}", path, name);
      const std::string type = in_.text(node.path + "/type");
      if (type == "NIRGraph") {
        nested_[node.name] = node.path;
        read_nodes(node.path, node.name + ".", depth + 1);
        continue;
      }
      const auto known = std::find_if(std::begin(types), std::end(types),
                                      [&](const auto& t) { return t.first == type; });
      if (known == std::end(types)) {
        unknown_.push_back(fmt::format("{} ({})", node.name, type));
        continue;
      }
      node.type = known->second;
      add(std::move(node), path);
    }
  }

  void add(Node node, const std::string& graph) {
    if (node.type == Type::input || node.type == Type::output) {
      if (graph != "/node") {
        (node.type == Type::input ? inputs_ : outputs_)[graph].push_back(graph_.nodes.size());
        node.type = Type::pass;
      }
    }
    if (!index_.emplace(node.name, graph_.nodes.size()).second)
      in_.fail(node.path, fmt::format("another node is called {}, counting graphs in graphs; give "
                                      "it another name",
                                      node.name));
    graph_.nodes.push_back(std::move(node));
  }

  void read_edges(const std::string& graph) {
    const std::string path = graph + "/edges";
    if (!in_.has(path)) return;
    const hdf5::Array<std::string> edges =
        in_.holds_texts(path) ? in_.texts(path) : hdf5::Array<std::string>{};  // an empty list
    if (edges.values.empty()) return;
    if (edges.shape.size() != 2 || edges.shape[1] != 2)
      in_.fail(path, fmt::format("its shape is ({}); pairs of names are needed",
                                 fmt::join(edges.shape, ", ")));
    const std::map<std::string, std::string> meant = misspelt(graph, edges.values);
    const auto spelt = [&](const std::string& name) {
      const auto found = meant.find(name);
      return prefixes_.at(graph) + (found == meant.end() ? name : found->second);
    };
    for (std::size_t k = 0; k < edges.values.size(); k += 2) {
      const auto refuse = [&](const std::string& why) {
        in_.fail(path, fmt::format("edge {} ({} -> {}): {}", k / 2, edges.values[k],
                                   edges.values[k + 1], why));
      };
      const std::size_t from = end(spelt(edges.values[k]), outputs_, "Output", refuse),
                        to = end(spelt(edges.values[k + 1]), inputs_, "Input", refuse);
      if (!edges_.emplace(from, to).second) refuse("it is there twice; remove one");
      if (graph_.nodes[to].type == Type::input) refuse("an Input receives nothing; remove it");
      if (graph_.nodes[from].type == Type::output) refuse("an Output sends nothing; remove it");
    }
  }

  // One name in the edges that no node has, and one node that no edge names: they belong together, as
  // in a published file of the NIR paper (braille_noDelay_bias_zero_subgraph.nir).
  std::map<std::string, std::string> misspelt(const std::string& graph,
                                              const std::vector<std::string>& ends) {
    std::set<std::string> unknown, unnamed;
    for (const std::string& name : in_.members(graph + "/nodes")) unnamed.insert(name);
    for (const std::string& name : ends)
      if (const std::string full = prefixes_.at(graph) + name;
          !index_.contains(full) && !nested_.contains(full))
        unknown.insert(name);
    for (const std::string& name : ends) unnamed.erase(name);
    if (unknown.size() != 1 || unnamed.size() != 1) return {};
    graph_.warnings.push_back(fmt::format(
        "{}: its edges speak of a node {} that is not there, and of none called {}; the "
        "two were taken for one",
        graph + "/edges", *unknown.begin(), *unnamed.begin()));
    return {{*unknown.begin(), *unnamed.begin()}};
  }

  using Ports = std::map<std::string, std::vector<std::size_t>>;

  // The node of that name; of a graph its only Input or Output.
  template <typename Refuse>
  std::size_t end(const std::string& name, const Ports& ports, const char* kind,
                  const Refuse& refuse) const {
    if (const auto found = index_.find(name); found != index_.end()) return found->second;
    const auto graph = nested_.find(name);
    if (graph == nested_.end())
      refuse(fmt::format("there is no node {}; remove the edge or add the node", name));
    const auto port = ports.find(graph->second);
    const std::size_t count = port == ports.end() ? 0 : port->second.size();
    if (count != 1)
      refuse(fmt::format("the graph {} has {} nodes {}; name the one that is meant, {}.NODE", name,
                         count, kind, name));
    return port->second.front();
  }

  // The nodes with neurons, breadth first from the inputs.
  std::vector<std::size_t> from_inputs_on(const std::vector<std::size_t>& all) const {
    std::vector<char> met(graph_.nodes.size(), 0);
    std::vector<std::size_t> queue;
    const auto meet = [&](std::size_t n) {
      if (!met[n]) queue.push_back(n);
      met[n] = 1;
    };
    for (const std::size_t n : all)
      if (graph_.nodes[n].type == Type::input) meet(n);
    for (const std::size_t start : all) {
      for (std::size_t k = 0; k < queue.size(); ++k)
        for (const std::size_t to : graph_.nodes[queue[k]].to) meet(to);
      meet(start);
    }
    std::erase_if(queue, [&](std::size_t n) { return !graph_.nodes[n].holds_neurons(); });
    return queue;
  }

  // As the metadata say; else the inputs, then what is nearest to them.
  void order_populations() {
    std::vector<std::size_t> all;
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n)
      if (graph_.nodes[n].holds_neurons()) all.push_back(n);
    if (all.empty()) in_.fail("/node/nodes", "it has no neurons; a network needs some");
    if (all.size() > limits_.populations)
      throw LimitError("populations", limits_.populations, static_cast<double>(all.size()),
                       fmt::format("the graph has {} nodes of neurons; at most {} are possible",
                                   all.size(), limits_.populations));
    for (const std::string& name : listed(in_, "/node/metadata/populations"))
      if (const auto found = index_.find(name); found != index_.end())
        graph_.populations.push_back(found->second);
    std::vector<std::size_t> sorted = graph_.populations;
    std::sort(sorted.begin(), sorted.end());
    if (sorted != all) graph_.populations = from_inputs_on(all);
    for (std::uint32_t p = 0; p < graph_.populations.size(); ++p)
      graph_.population_of[graph_.populations[p]] = p;
  }

  const hdf5::Reader& in_;
  const ScenarioLimits& limits_;
  Graph graph_;
  Index index_;
  std::vector<std::string> graphs_;              // their paths
  std::map<std::string, std::string> prefixes_;  // by path
  std::map<std::string, std::string> nested_;    // path by name
  Ports inputs_, outputs_;                       // of nested graphs, by path
  std::vector<std::string> unknown_;
  std::set<std::pair<std::size_t, std::size_t>> edges_;
};

}  // namespace

std::string_view name(Type type) {
  for (const auto& [text, known] : types)
    if (known == type) return text;
  return "NIRGraph";
}

Graph read_graph(const hdf5::Reader& in, const ScenarioLimits& limits) {
  return GraphReader(in, limits).run();
}

}  // namespace retrograde::nir
