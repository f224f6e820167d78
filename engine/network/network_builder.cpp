#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <utility>

#include <retrograde/engine/network/analysis.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/network/placing.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// Whether synapses may go from one population to a receptor of another.
void check_ends(const std::string& projection, const PopulationSpec& from, const PopulationSpec& to,
                unsigned receptor) {
  if (to.model->is_input())
    throw NetworkError(projection, fmt::format("its target {} is an input; inputs fire when the "
                                               "trial says so and receive nothing",
                                               to.name));
  if (!from.model->fires())
    throw NetworkError(projection, fmt::format("its source {} is a readout ({}) and never fires",
                                               from.name, name(from.model)));
  if (receptor >= to.receptors.size())
    throw NetworkError(projection, fmt::format("its target {} has {} receptors, there is no "
                                               "receptor {}",
                                               to.name, to.receptors.size(), receptor + 1));
}

}  // namespace

std::uint32_t NetworkBuilder::add(PopulationSpec spec) {
  if (spec.name.empty()) throw NetworkError("population", "it needs a name");
  for (const PopulationSpec& other : populations_)
    if (other.name == spec.name)
      throw NetworkError(spec.name, "another population has this name already");
  if (spec.size == 0)
    throw NetworkError(spec.name, "size is 0; a population has at least one neuron");
  for (const ParameterKind kind : neuron_parameter_kinds) {
    const auto& values = spec.values(kind);
    if (values.size() != 1 && values.size() != spec.size)
      throw NetworkError(
          spec.name, fmt::format("{} has {} values; give one, or one per neuron ({})", name(kind),
                                 values.size(), spec.size));
  }
  if (spec.receptors.empty() || spec.receptors.size() > max_receptors)
    throw NetworkError(spec.name, fmt::format("{} receptors; a population has 1 to {}",
                                              spec.receptors.size(), max_receptors));
  if (!spec.model->has_receptors() &&
      (spec.receptors.size() > 1 || spec.receptors[0] != SynapseShape::exponential))
    throw NetworkError(
        spec.name,
        fmt::format("{} has one exponential receptor; leave receptors out", name(spec.model)));
  populations_.push_back(std::move(spec));
  return static_cast<std::uint32_t>(populations_.size() - 1);
}

Projection NetworkBuilder::projection(std::uint32_t source, std::uint32_t target, std::string name,
                                      unsigned receptor) const {
  if (source >= populations_.size() || target >= populations_.size())
    throw InternalError("connect: no such population");
  const PopulationSpec &from = populations_[source], &to = populations_[target];
  Projection projection;
  projection.name = name.empty() ? from.name + "->" + to.name : std::move(name);
  for (const Projection& other : projections_)
    if (other.name == projection.name)
      throw NetworkError(projection.name,
                         "another projection has this name already; give it one of its own");
  check_ends(projection.name, from, to, receptor);
  projection.source = source;
  projection.target = target;
  projection.receptor = receptor;
  projection.first = synapses_;
  projection.size = 0;
  return projection;
}

ProjectionSizes NetworkBuilder::sizes(const Projection& projection) const {
  return {populations_[projection.source].size, populations_[projection.target].size};
}

void NetworkBuilder::set_rows(Projection& projection, std::vector<SynapseId> sizes) const {
  projection.rows = std::move(sizes);
  const std::uint64_t size = add_up(projection.rows);
  constexpr SynapseId most = std::numeric_limits<SynapseId>::max();
  if (size > most - synapses_)
    throw LimitError("synapses", most, static_cast<double>(size + synapses_),
                     fmt::format("{}: more than 2^32 synapses in one network", projection.name));
  projection.size = static_cast<SynapseId>(size);
}

std::uint32_t NetworkBuilder::add(Projection projection, Values values) {
  synapses_ += projection.size;
  projections_.push_back(std::move(projection));
  values_.push_back(std::move(values));
  return static_cast<std::uint32_t>(projections_.size() - 1);
}

std::uint32_t NetworkBuilder::connect(std::uint32_t source, std::uint32_t target,
                                      std::vector<SynapseSpec> synapses,
                                      std::string projection_name, unsigned receptor,
                                      bool multapses) {
  Projection p = projection(source, target, std::move(projection_name), receptor);
  p.multapses = multapses;
  set_rows(p, row_sizes(p.name, sizes(p), synapses));
  p.targets.resize(p.size);
  Values values{std::vector<double>(p.size), std::vector<double>(p.size), {}};
  place(p, synapses, {p.targets, values.weights, values.delays});
  return add(std::move(p), std::move(values));
}

std::uint32_t NetworkBuilder::connect_by_rule(std::uint32_t source, std::uint32_t target,
                                              SynapseRule rule, std::string projection_name,
                                              unsigned receptor) {
  Projection p = projection(source, target, std::move(projection_name), receptor);
  p.multapses = rule.multapses;
  set_rows(p, row_sizes(p.name, sizes(p), rule));
  return add(std::move(p), {{}, {}, std::move(rule)});
}

// Where neurons and synapses lie, network-wide.
void NetworkBuilder::place_neurons(Network::Topology& topology) const {
  NeuronId neurons = 0;
  for (std::uint32_t p = 0; p < populations_.size(); ++p) {
    const PopulationSpec& spec = populations_[p];
    topology.populations.push_back({spec.name, spec.model, neurons, spec.size, spec.receptors});
    topology.population_of.insert(topology.population_of.end(), spec.size, p);
    neurons += spec.size;
  }
  topology.layout = {synapses_, neurons};
}

// Whom they meet, and with which values, in the layout of parameters.hpp.
void NetworkBuilder::place_synapses(Network::Topology& topology, std::span<double> parameters) {
  const ParameterLayout& layout = topology.layout;
  const auto values_of = [&](ParameterKind kind, const Projection& p) {
    return parameters.subspan(layout.offset(kind) + p.first, p.size);
  };
  for (std::size_t k = 0; k < projections_.size(); ++k) {
    Projection& p = projections_[k];
    const Values values = std::move(values_[k]);
    const std::span<double> weights = values_of(ParameterKind::weight, p),
                            delays = values_of(ParameterKind::delay, p);
    if (values.rule.visit) {
      p.targets.resize(p.size);
      place(p, values.rule, {p.targets, weights, delays});
    } else {
      std::copy(values.weights.begin(), values.weights.end(), weights.begin());
      std::copy(values.delays.begin(), values.delays.end(), delays.begin());
    }
  }
  for (Projection& p : projections_)
    p.dense = !p.multapses && p.size == std::uint64_t{sizes(p).sources} * sizes(p).targets;
  topology.projections = std::move(projections_);
  topology.incoming = std::make_unique<Network::Incoming[]>(topology.projections.size());
}

void NetworkBuilder::place_rows(Network::Topology& topology) {
  topology.outgoing_begin.assign(std::size_t{topology.layout.neurons} + 1, 0);
  topology.projections_from.resize(topology.populations.size());
  for (std::uint32_t k = 0; k < topology.projections.size(); ++k) {
    const Projection& p = topology.projections[k];
    topology.several_receptors |= p.receptor > 0;
    topology.projections_from[p.source].push_back(k);
    const Population& source = topology.populations[p.source];
    for (std::uint32_t i = 0; i < source.size; ++i)
      topology.outgoing_begin[source.first + i + 1] += p.rows[i + 1] - p.rows[i];
  }
  add_up(topology.outgoing_begin);
}

void NetworkBuilder::place_neuron_values(const ParameterLayout& layout,
                                         std::span<double> parameters) const {
  for (const ParameterKind kind : neuron_parameter_kinds) {
    auto at = parameters.subspan(layout.offset(kind), layout.count(kind)).begin();
    for (const PopulationSpec& spec : populations_) {
      const std::vector<double> values =
          spec.model.has(kind, spec.receptors) ? spec.values(kind) : usual(kind);
      for (std::uint32_t n = 0; n < spec.size; ++n) *at++ = values[values.size() == 1 ? 0 : n];
    }
  }
}

Network NetworkBuilder::take() {
  if (populations_.empty()) throw NetworkError("network", "it has no population");
  auto topology = std::make_shared<Network::Topology>();
  place_neurons(*topology);
  Network network;
  std::vector<double> values(topology->layout.size());
  place_synapses(*topology, values);
  place_rows(*topology);
  place_neuron_values(topology->layout, values);
  topology->cyclic = may_cycle(topology->populations.size(), topology->projections);
  network.topology_ = topology;
  network.hold(std::move(values));
  network.prepare();
  if (topology->cyclic) reject_instant_cycles(network);
  *this = {};
  return network;
}

}  // namespace retrograde
