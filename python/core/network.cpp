// Networks: who is in them, their values by name, and the same network with others.
#include <cmath>
#include <limits>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>
#include <tuple>

#include <retrograde/engine/network/named_values.hpp>

#include "arrays.hpp"
#include "bind.hpp"
#include "types.hpp"

namespace retrograde::python {

namespace {

using Text = std::string;
// name, model, first, size, receptors
using PopulationRow = std::tuple<Text, Text, std::uint32_t, std::uint32_t, std::size_t>;
// name, source, target, receptor, synapses
using ProjectionRow = std::tuple<Text, std::uint32_t, std::uint32_t, unsigned, std::uint64_t>;
// owner, kind, begin, size
using BlockRow = std::tuple<Text, Text, std::size_t, std::size_t>;

std::vector<PopulationRow> populations(const PyNetwork& self) {
  std::vector<PopulationRow> rows;
  for (const Population& p : self.network().populations())
    rows.emplace_back(p.name, name(p.model), p.first, p.size, p.receptors.size());
  return rows;
}

std::vector<ProjectionRow> projections(const PyNetwork& self) {
  std::vector<ProjectionRow> rows;
  for (const Projection& p : self.network().projections())
    rows.emplace_back(p.name, p.source, p.target, p.receptor + 1, p.size);
  return rows;
}

BlockRow row(const ParameterBlock& block) {
  return {block.owner, Text(name(block.kind)), block.begin, block.size};
}

std::vector<BlockRow> blocks(const PyNetwork& self) {
  std::vector<BlockRow> rows;
  for (const ParameterBlock& block : parameter_blocks(self.network())) rows.push_back(row(block));
  return rows;
}

BlockRow block(const PyNetwork& self, const Text& owner, const Text& kind) {
  return row(parameter_block(self.network(), owner, parameter_kind(kind)));
}

std::pair<View<std::uint32_t>, View<std::uint32_t>> ends(const PyNetwork& self, const Text& name) {
  const Network& network = self.network();
  const Projection& p = network.projections()[projection_named(network, name)];
  std::vector<std::uint32_t> sources(p.size);
  {
    const nb::gil_scoped_release released;
    for (std::size_t i = 0; i + 1 < p.rows.size(); ++i)
      std::fill(sources.begin() + p.rows[i], sources.begin() + p.rows[i + 1],
                static_cast<std::uint32_t>(i));
  }
  return {array(std::move(sources)), array(std::vector<std::uint32_t>(p.targets))};
}

NetworkPtr with_values(const PyNetwork& self, const Doubles& values) {
  want_size(values, self.network().layout().size(), "values", "as many as values of the network");
  std::vector<double> copy = copied(values);
  const nb::gil_scoped_release released;
  return std::make_shared<PyNetwork>(self.network().with_parameters(std::move(copy)),
                                     self.learning(), self.scenario());
}

// Which pairs have a synapse, of a network whose structure is learned; empty: it has that of its scenario.
View<std::uint64_t> pairs(const PyNetwork& self) {
  std::vector<std::uint64_t> all;
  if (const auto& structure = self.scenario()->structure) {
    const std::vector<PairId> taken = structure->pairs().taken_by(self.network());
    all.assign(taken.begin(), taken.end());
  }
  return array(std::move(all));
}

// The network of a scenario with these synapses and values.
NetworkPtr with_pairs(const ScenarioPtr& scenario, const std::vector<std::uint64_t>& taken,
                      const Doubles& values) {
  const std::vector<PairId> pairs(taken.begin(), taken.end());
  Network network = scenario->structure->pairs().network(pairs, copied(values));
  Learning learning = scenario->learned_of(network);
  return std::make_shared<PyNetwork>(std::move(network), std::move(learning), scenario);
}

// One entry for each value.
template <typename T, typename Of>
View<T> per_value(const PyNetwork& self, const Of& of) {
  const Learning& learning = self.learning();
  std::vector<T> all(learning.size());
  learning.for_each_alike(0, all.size(), [&](std::size_t begin, std::size_t end, ValueRange range) {
    std::fill(all.begin() + static_cast<std::ptrdiff_t>(begin),
              all.begin() + static_cast<std::ptrdiff_t>(end), static_cast<T>(of(range)));
  });
  return array(std::move(all));
}

}  // namespace

void bind_network(nb::module_& m) {
  nb::class_<PyNetwork>(m, "Network")
      .def_prop_ro("neuron_count",
                   [](const PyNetwork& self) { return self.network().neuron_count(); })
      .def_prop_ro("synapse_count",
                   [](const PyNetwork& self) { return self.network().synapse_count(); })
      .def("populations", populations)
      .def("projections", projections)
      .def("blocks", blocks)
      .def("block", block, nb::arg("owner"), nb::arg("kind"))
      .def("ends", ends, nb::arg("projection"))
      .def("values",
           [](const NetworkPtr& self) {
             const auto values = self->network().parameters();
             return view(values.data(), {values.size()}, self);
           })
      .def("with_values", with_values, nb::arg("values"))
      .def("pairs", pairs)
      .def("learned",
           [](const PyNetwork& self) {
             return per_value<std::uint8_t>(self, [](const ValueRange& r) { return r.learned; });
           })
      .def("lower",
           [](const PyNetwork& self) {
             return per_value<double>(self, [](const ValueRange& r) { return r.lower; });
           })
      .def("upper",
           [](const PyNetwork& self) {
             return per_value<double>(self, [](const ValueRange& r) { return r.upper; });
           })
      .def(
          "neuron_name",
          [](const PyNetwork& self, NeuronId n) { return self.network().neuron_name(n); },
          nb::arg("neuron"))
      .def(
          "population_named",
          [](const PyNetwork& self, const Text& name) {
            return population_named(self.network(), name);
          },
          nb::arg("name"))
      .def(
          "scenario", [](const PyNetwork& self) { return self.scenario(); },
          nb::sig("def scenario(self) -> Scenario"));
  m.def("network_with_pairs", with_pairs, nb::arg("scenario"), nb::arg("pairs"), nb::arg("values"));
}

}  // namespace retrograde::python
