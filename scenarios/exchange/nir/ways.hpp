// The ways of signals from population to population, or to an Output, with what the nodes in between
// make of them; and the constants that nodes add.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <retrograde/events/time.hpp>
#include <retrograde/scenarios/exchange/nir/graph.hpp>
#include <retrograde/scenarios/exchange/nir/signal.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>
#include <retrograde/scenarios/io/limits.hpp>

namespace retrograde::nir {

// Values of nodes, and the shapes of what leaves them.
class Values {
 public:
  Values(const hdf5::Reader& in, const Graph& graph, const ScenarioLimits& limits)
      : in_(in), graph_(graph), limits_(limits), shapes_(graph.nodes.size()) {}

  // Of the neurons of a population, or of the signals that leave another node. What its own
  // parameters leave open is as what comes in.
  const Shape& shape_of(std::size_t node);

  // A finite value for each of `size`; a scalar stands for all, as in nir's own reader.
  std::vector<double> list(const std::string& path, std::size_t size) const;
  // Times in s under `key` of a node, in ms.
  std::vector<double> times(const Node& node, const std::string& key, std::size_t size, double low,
                            double high) const;
  // What the node is to signals of that shape: one with weights.
  SignalMatrix matrix(std::size_t node, const Shape& in) const;
  // The constant that it adds to what leaves it.
  std::vector<double> bias(std::size_t node);

  [[noreturn]] void fail(const std::string& path, const std::string& message) const {
    in_.fail(path, message);
  }

 private:
  Shape own_shape(const Node& node) const;
  Shape incoming(std::size_t node);
  Shape flattened(const Node& node, Shape shape) const;
  SignalMatrix linear(const Node& node, const Shape& in) const;
  Convolution convolution(const Node& node, const Shape& in) const;
  Convolution pool(const Node& node, const Shape& in) const;
  std::vector<std::int64_t> whole_numbers(const Node& node, const char* key, std::size_t count,
                                          std::int64_t low, std::int64_t usual) const;
  std::uint64_t extent(const std::string& path, double value) const;

  const hdf5::Reader& in_;
  const Graph& graph_;
  const ScenarioLimits& limits_;
  std::vector<std::optional<Shape>> shapes_;
  std::set<std::size_t> open_;  // nodes whose shapes are being worked out
};

// From the neurons of one population to those of another or to an Output.
struct Way {
  std::size_t source = 0, target = 0;  // nodes
  std::vector<std::size_t> nodes;      // in between, in order
  Signal signal;
  std::string name;  // of the projection that it is
};

// A constant that reaches neurons or an Output through nodes in between.
struct Constant {
  std::size_t from = 0, target = 0;  // nodes
  std::vector<double> values;        // per neuron
  bool delayed = false;              // it passes a Delay
};

struct Ways {
  std::vector<Way> ways;  // in the order of the projections
  std::vector<Constant> constants;
};

// `neuron_delays`: Delay nodes that belong to neurons and act elsewhere. Throws FormatError,
// LimitError.
Ways read_ways(const hdf5::Reader& in, const Graph& graph, const ScenarioLimits& limits,
               Values& values, const std::set<std::size_t>& neuron_delays);

}  // namespace retrograde::nir
