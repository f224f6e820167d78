// The graph of a NIR file before its values are read: nodes, edges, which of the nodes are
// populations and in which order, and the ways of signals from one population to another.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <retrograde/scenarios/io/hdf5/hdf5.hpp>
#include <retrograde/scenarios/io/limits.hpp>

namespace retrograde::nir {

enum class Type { input, output, cuba_lif, cuba_li, linear, affine, delay, flatten };

struct Node {
  std::string name, path;  // the path in the file
  Type type = Type::flatten;
  std::vector<std::size_t> from, to;  // nodes, in the order of their names

  bool holds_neurons() const {
    return type == Type::input || type == Type::cuba_lif || type == Type::cuba_li;
  }
  bool has_matrix() const { return type == Type::linear || type == Type::affine; }
};

inline constexpr std::size_t no_node = std::numeric_limits<std::size_t>::max();

// From the neurons of one population to those of another.
struct Way {
  std::uint32_t source = 0, target = 0;  // populations
  std::vector<std::size_t> nodes;        // in between, in order
  std::size_t matrix = no_node;          // that one of them which has a matrix
  std::string name;                      // of the projection that it is
};

struct Graph {
  std::vector<Node> nodes;               // by name
  std::vector<std::size_t> populations;  // nodes with neurons, in the order of the populations
  std::map<std::size_t, std::uint32_t> population_of;  // of such a node

  const Node& population(std::uint32_t p) const { return nodes[populations[p]]; }
};

// Nodes, edges and the order of populations. Throws FormatError with the path of what is wrong, for
// nodes that are not supported with a list of them; LimitError.
Graph read_graph(const hdf5::Reader& in, const ScenarioLimits& limits);

// All ways, in the order of the projections. Throws FormatError, LimitError.
std::vector<Way> read_ways(const hdf5::Reader& in, const Graph& graph,
                           const ScenarioLimits& limits);

}  // namespace retrograde::nir
