// The graph of a NIR file before its values are read: nodes and edges, nested graphs inlined, and
// which of the nodes are populations and in which order.
//
// A node of a nested graph is called GRAPH.NODE. The Inputs and Outputs of a nested graph pass on
// what reaches them: an edge to GRAPH leads to its one Input, one to GRAPH.NODE to that Input; an
// edge from GRAPH comes from its one Output.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/scenarios/io/hdf5/hdf5.hpp>
#include <retrograde/scenarios/io/limits.hpp>

namespace retrograde::nir {

enum class Type : std::uint8_t {
  input,
  output,
  lif,
  li,
  if_,
  i,
  cuba_lif,
  cuba_li,
  threshold,
  linear,
  affine,
  scale,
  conv1d,
  conv2d,
  sum_pool2d,
  avg_pool2d,
  flatten,
  delay,
  pass,  // an Input or Output of a nested graph
};

// As files spell it.
std::string_view name(Type type);

struct Node {
  std::string name, path;  // the path in the file
  Type type = Type::flatten;
  std::vector<std::size_t> from, to;  // nodes, in the order of their names

  // A population here.
  bool holds_neurons() const {
    return type == Type::input || (type >= Type::lif && type <= Type::threshold);
  }
  // Neurons that send a voltage and no spikes.
  bool is_readout() const { return type == Type::li || type == Type::i || type == Type::cuba_li; }
  // Signals come out weighted and summed.
  bool has_weights() const { return type >= Type::linear && type <= Type::avg_pool2d; }
  // A constant may be added.
  bool has_bias() const {
    return type == Type::affine || type == Type::conv1d || type == Type::conv2d;
  }
};

inline constexpr std::size_t no_node = std::numeric_limits<std::size_t>::max();

struct Graph {
  std::vector<Node> nodes;               // by name
  std::vector<std::size_t> populations;  // nodes with neurons, in the order of the populations
  std::map<std::size_t, std::uint32_t> population_of;  // of such a node
  std::vector<std::string> warnings;                   // where the file was not taken at its word

  const Node& population(std::uint32_t p) const { return nodes[populations[p]]; }
};

// Throws FormatError with the path of what is wrong, for nodes that are not supported with a list of
// them; LimitError.
Graph read_graph(const hdf5::Reader& in, const ScenarioLimits& limits);

}  // namespace retrograde::nir
