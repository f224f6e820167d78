#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

#include <retrograde/engine/network/analysis.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

const std::vector<double>& PopulationSpec::values(ParameterKind kind) const {
  using Spec = PopulationSpec;
  // In the order of neuron_parameter_kinds.
  constexpr std::array<std::vector<double> Spec::*, neuron_parameter_kinds.size()> fields = {
      &Spec::tau_mem,        &Spec::tau_syn,   &Spec::v_threshold, &Spec::v_reset,
      &Spec::bias,           &Spec::t_ref,     &Spec::tau_syn_2,   &Spec::tau_syn_3,
      &Spec::tau_syn_4,      &Spec::tau_adapt, &Spec::adaptation,  &Spec::axonal_delay,
      &Spec::dendritic_delay};
  if (belongs_to_synapse(kind))
    throw InternalError("PopulationSpec::values: not a neuron parameter");
  return this->*fields[static_cast<std::size_t>(kind) - synapse_parameter_kinds.size()];
}

std::vector<double>& PopulationSpec::values(ParameterKind kind) {
  return const_cast<std::vector<double>&>(std::as_const(*this).values(kind));
}

std::optional<std::uint32_t> Network::find_population(std::string_view wanted) const {
  for (std::uint32_t p = 0; p < populations().size(); ++p)
    if (populations()[p].name == wanted) return p;
  return std::nullopt;
}

std::optional<std::uint32_t> Network::find_projection(std::string_view wanted) const {
  for (std::uint32_t p = 0; p < projections().size(); ++p)
    if (projections()[p].name == wanted) return p;
  return std::nullopt;
}

std::string Network::neuron_name(NeuronId neuron) const {
  const Population& population = populations()[population_of(neuron)];
  return fmt::format("{}[{}]", population.name, neuron - population.first);
}

Network Network::with_parameters(std::vector<double> values) const {
  if (values.size() != layout().size())
    throw NetworkError("parameters", fmt::format("{} values given, the network has {}",
                                                 values.size(), layout().size()));
  Network other;
  other.topology_ = topology_;
  other.parameters_ = std::move(values);
  other.prepare();
  if (topology_->cyclic) reject_instant_cycles(other);  // delays may have become zero
  return other;
}

Time Network::total_delay(SynapseId s) const {
  return parameter(ParameterKind::axonal_delay, topology_->source_of[s]) + delay(s) +
         parameter(ParameterKind::dendritic_delay, topology_->target_of[s]);
}

void Network::check_synapses() const {
  for (const ParameterKind kind : synapse_parameter_kinds) {
    const std::span<const double> values = parameters(kind);
    const auto wrong = std::find_if_not(values.begin(), values.end(), [&](double value) {
      return traits(kind).range.contains(value);
    });
    if (wrong == values.end()) continue;
    const auto s = static_cast<SynapseId>(wrong - values.begin());
    const Projection& projection =
        *std::find_if(projections().begin(), projections().end(),
                      [&](const Projection& p) { return s < p.first + p.size; });
    const SynapseId k = s - projection.first;
    throw NetworkError(
        fmt::format("{}[{}, {}]", projection.name, projection.targets[k], projection.sources[k]),
        fmt::format("{} is {}; {}", retrograde::name(kind), *wrong, requirement(kind)));
  }
}

void Network::check_neurons() const {
  for (const Population& population : populations()) {
    const auto values_of = [&](ParameterKind kind) {
      return parameters(kind).subspan(population.first, population.size);
    };
    const auto refuse = [&](ParameterKind kind, std::size_t n, const std::string& remedy) {
      throw NetworkError(
          fmt::format("{}[{}]", population.name, n),
          fmt::format("{} is {}; {}", retrograde::name(kind), values_of(kind)[n], remedy));
    };
    for (const ParameterKind kind : neuron_parameter_kinds)
      if (population.has(kind))
        for (std::size_t n = 0; n < population.size; ++n)
          if (!traits(kind).range.contains(values_of(kind)[n])) refuse(kind, n, requirement(kind));
    // V goes on below the threshold.
    if (population.has(ParameterKind::v_reset) && population.has(ParameterKind::v_threshold))
      for (std::size_t n = 0; n < population.size; ++n)
        if (!(values_of(ParameterKind::v_reset)[n] < values_of(ParameterKind::v_threshold)[n]))
          refuse(ParameterKind::v_reset, n, "it must lie below v_threshold");
  }
}

void Network::prepare() {
  check_synapses();
  check_neurons();
  dynamics_.clear();
  for (const Population& p : populations())
    dynamics_.push_back(p.model->dynamics({p.first, p.size, p.receptors, layout(), parameters()}));

  outgoing_ = std::make_shared<Outgoing>();
}

std::span<const Synapse> Network::outgoing() const {
  std::call_once(outgoing_->made, [&] {
    std::vector<Synapse>& outgoing = outgoing_->synapses;
    const SynapseId synapses = layout().synapses;
    outgoing.resize(synapses);
    for (SynapseId k = 0; k < synapses; ++k) {
      const SynapseId s = topology_->outgoing_order[k];
      outgoing[k] = {total_delay(s), weight(s), topology_->target_of[s], s};
    }
    const auto earlier = [](const Synapse& a, const Synapse& b) {
      return std::tie(a.delay, a.target, a.id) < std::tie(b.delay, b.target, b.id);
    };
    for (NeuronId n = 0; n < layout().neurons; ++n) {
      const auto begin = outgoing.begin() + topology_->outgoing_begin[n];
      const auto end = outgoing.begin() + topology_->outgoing_begin[n + 1];
      if (!std::is_sorted(begin, end, earlier)) std::sort(begin, end, earlier);
    }
  });
  return outgoing_->synapses;
}

namespace {

void index_columns(Projection& projection, std::uint32_t targets) {
  projection.columns.assign(std::size_t{targets} + 1, 0);
  for (const std::uint32_t target : projection.targets) ++projection.columns[target + 1];
  std::partial_sum(projection.columns.begin(), projection.columns.end(),
                   projection.columns.begin());
  projection.incoming.resize(projection.size);
  projection.incoming_sources.resize(projection.size);
  auto next = projection.columns;
  for (SynapseId k = 0; k < projection.size; ++k) {
    const SynapseId at = next[projection.targets[k]]++;
    projection.incoming[at] = k;
    projection.incoming_sources[at] = projection.sources[k];
  }
}

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

// Into the order of (source, target), each pair once.
void sort_synapses(const std::string& projection, const PopulationSpec& from,
                   const PopulationSpec& to, std::vector<SynapseSpec>& synapses) {
  std::sort(synapses.begin(), synapses.end(), [](const SynapseSpec& a, const SynapseSpec& b) {
    return std::tie(a.source, a.target) < std::tie(b.source, b.target);
  });
  for (std::size_t k = 0; k < synapses.size(); ++k) {
    const SynapseSpec& s = synapses[k];
    if (s.source >= from.size || s.target >= to.size)
      throw NetworkError(
          fmt::format("{}[{}, {}]", projection, s.target, s.source),
          fmt::format("the projection has {} targets and {} sources", to.size, from.size));
    if (k > 0 && synapses[k - 1].source == s.source && synapses[k - 1].target == s.target)
      throw NetworkError(fmt::format("{}[{}, {}]", projection, s.target, s.source),
                         "given twice; join two synapses of one pair by a second projection");
  }
}

// Where the synapses of each source begin, and those of each target.
void index_synapses(Projection& projection, std::uint32_t sources, std::uint32_t targets) {
  projection.rows.assign(std::size_t{sources} + 1, 0);
  for (const std::uint32_t source : projection.sources) ++projection.rows[source + 1];
  std::partial_sum(projection.rows.begin(), projection.rows.end(), projection.rows.begin());
  projection.dense = projection.size == std::size_t{sources} * targets;
  if (!projection.dense) index_columns(projection, targets);
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

std::uint32_t NetworkBuilder::connect(std::uint32_t source, std::uint32_t target,
                                      std::vector<SynapseSpec> synapses,
                                      std::string projection_name, unsigned receptor) {
  if (source >= populations_.size() || target >= populations_.size())
    throw InternalError("connect: no such population");
  const PopulationSpec& from = populations_[source];
  const PopulationSpec& to = populations_[target];
  Projection projection;
  projection.name =
      projection_name.empty() ? from.name + "->" + to.name : std::move(projection_name);
  for (const Projection& other : projections_)
    if (other.name == projection.name)
      throw NetworkError(projection.name,
                         "another projection has this name already; give it one of its own");
  check_ends(projection.name, from, to, receptor);
  sort_synapses(projection.name, from, to, synapses);
  if (synapses.size() + weights_.size() > std::numeric_limits<SynapseId>::max())
    throw LimitError("synapses", std::numeric_limits<SynapseId>::max(),
                     static_cast<double>(synapses.size() + weights_.size()),
                     fmt::format("{}: more than 2^32 synapses in one network", projection.name));

  projection.source = source;
  projection.target = target;
  projection.receptor = receptor;
  projection.first = static_cast<SynapseId>(weights_.size());
  projection.size = static_cast<SynapseId>(synapses.size());
  projection.sources.reserve(synapses.size());
  projection.targets.reserve(synapses.size());
  for (const SynapseSpec& s : synapses) {
    projection.sources.push_back(s.source);
    projection.targets.push_back(s.target);
    weights_.push_back(s.weight);
    delays_.push_back(s.delay);
  }
  index_synapses(projection, from.size, to.size);
  projections_.push_back(std::move(projection));
  return static_cast<std::uint32_t>(projections_.size() - 1);
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
  topology.projections = projections_;
  topology.layout = {static_cast<SynapseId>(weights_.size()), neurons};
}

void NetworkBuilder::place_synapses(Network::Topology& topology) const {
  topology.source_of.resize(weights_.size());
  topology.target_of.resize(weights_.size());
  if (std::any_of(projections_.begin(), projections_.end(),
                  [](const Projection& p) { return p.receptor > 0; }))
    topology.receptor_of.resize(weights_.size());
  topology.outgoing_begin.assign(std::size_t{topology.layout.neurons} + 1, 0);
  for (const Projection& p : projections_)
    for (SynapseId k = 0; k < p.size; ++k) {
      const SynapseId s = p.first + k;
      topology.source_of[s] = topology.populations[p.source].first + p.sources[k];
      topology.target_of[s] = topology.populations[p.target].first + p.targets[k];
      if (!topology.receptor_of.empty())
        topology.receptor_of[s] = static_cast<std::uint8_t>(p.receptor);
      ++topology.outgoing_begin[topology.source_of[s] + 1];
    }

  // Grouped by source neuron, ascending within a source.
  std::partial_sum(topology.outgoing_begin.begin(), topology.outgoing_begin.end(),
                   topology.outgoing_begin.begin());
  topology.outgoing_order.resize(weights_.size());
  auto next = topology.outgoing_begin;
  for (SynapseId s = 0; s < weights_.size(); ++s)
    topology.outgoing_order[next[topology.source_of[s]]++] = s;
}

// In the layout of parameters.hpp.
std::vector<double> NetworkBuilder::parameters() const {
  std::vector<double> all = weights_;
  all.insert(all.end(), delays_.begin(), delays_.end());
  for (const ParameterKind kind : neuron_parameter_kinds)
    for (const PopulationSpec& spec : populations_) {
      const std::vector<double> values =
          spec.model.has(kind, spec.receptors) ? spec.values(kind) : usual(kind);
      for (std::uint32_t n = 0; n < spec.size; ++n)
        all.push_back(values[values.size() == 1 ? 0 : n]);
    }
  return all;
}

Network NetworkBuilder::build() const {
  if (populations_.empty()) throw NetworkError("network", "it has no population");
  auto topology = std::make_shared<Network::Topology>();
  place_neurons(*topology);
  place_synapses(*topology);
  Network network;
  network.topology_ = topology;
  network.parameters_ = parameters();
  network.prepare();
  topology->cyclic = analyse(network, 0).lookahead != never;
  if (topology->cyclic) reject_instant_cycles(network);
  return network;
}

}  // namespace retrograde
