#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <iterator>
#include <tbb/task_arena.h>
#include <tuple>
#include <utility>

#include <retrograde/engine/network/analysis.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/parallel.hpp>
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

void Network::hold(std::vector<double> values) {
  values_ = std::make_shared<std::vector<double>>(std::move(values));
  parameters_ = *values_;
}

std::vector<double> Network::take_parameters() {
  const std::shared_ptr<std::vector<double>> values = std::exchange(values_, nullptr);
  parameters_ = {};
  return values.use_count() == 1 ? std::move(*values) : *values;
}

Network Network::with_parameters(std::vector<double> values) const {
  if (values.size() != layout().size())
    throw NetworkError("parameters", fmt::format("{} values given, the network has {}",
                                                 values.size(), layout().size()));
  Network other;
  other.topology_ = topology_;
  other.hold(std::move(values));
  other.prepare();
  if (topology_->cyclic) reject_instant_cycles(other);  // delays may have become zero
  return other;
}

const Projection& Network::projection_of(SynapseId s) const {
  const std::vector<Projection>& all = projections();
  if (all.size() == 1) return all.front();
  return *std::prev(std::upper_bound(
      all.begin(), all.end(), s, [](SynapseId id, const Projection& p) { return id < p.first; }));
}

NeuronId Network::target_of(SynapseId s) const {
  const Projection& p = projection_of(s);
  return populations()[p.target].first + p.targets[s - p.first];
}

Synapse Network::synapse(NeuronId source, SynapseId s) const {
  const NeuronId target = target_of(s);
  const Time own = delay(s);
  const Time all = neuron_delays_ ? parameter(ParameterKind::axonal_delay, source) + own +
                                        parameter(ParameterKind::dendritic_delay, target)
                                  : own + 0.0;
  return {all, weight(s), target, s};
}

Time Network::delay_with_neurons(SynapseId s) const {
  const Projection& p = projection_of(s);
  return synapse(populations()[p.source].first + p.source_of(s - p.first), s).delay;
}

void Network::check_synapses() const {
  for (const ParameterKind kind : synapse_parameter_kinds) {
    const std::span<const double> values = parameters(kind);
    const auto wrong = std::find_if_not(values.begin(), values.end(), [&](double value) {
      return traits(kind).range.contains(value);
    });
    if (wrong == values.end()) continue;
    const auto s = static_cast<SynapseId>(wrong - values.begin());
    const Projection& projection = projection_of(s);
    const SynapseId k = s - projection.first;
    throw NetworkError(
        fmt::format("{}[{}, {}]", projection.name, projection.targets[k], projection.source_of(k)),
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

  const auto is_zero = [](double d) { return d == 0.0; };
  neuron_delays_ = !std::ranges::all_of(parameters(ParameterKind::axonal_delay), is_zero) ||
                   !std::ranges::all_of(parameters(ParameterKind::dendritic_delay), is_zero);
  outgoing_ = std::make_shared<Outgoing>();
}

const IncomingSynapses& Network::incoming(std::size_t projection) const {
  Incoming& incoming = topology_->incoming[projection];
  std::call_once(incoming.made, [&] {
    const Projection& p = projections()[projection];
    // In isolation: a thread that waits here must not start something that asks for the same.
    tbb::this_task_arena::isolate(
        [&] { incoming.synapses = incoming_synapses(p, populations()[p.target].size); });
  });
  return incoming.synapses;
}

std::span<const SynapseId> Network::outgoing() const {
  std::call_once(outgoing_->made, [&] {
    outgoing_->order.resize(layout().synapses);
    constexpr NeuronId together = 1024;
    // In isolation: a thread that waits here must not start something that asks for this order.
    tbb::this_task_arena::isolate([&] {
      for_each_trial(layout().neurons / together + 1, [&](std::size_t task) {
        const auto first = static_cast<NeuronId>(task * together);
        std::vector<Synapse> row;
        for (NeuronId n = first; n < std::min<std::size_t>(layout().neurons, first + together);
             ++n) {
          row.clear();
          for (const SynapseId s : synapses_of(n)) row.push_back(synapse(n, s));
          const auto earlier = [](const Synapse& a, const Synapse& b) {
            return std::tie(a.delay, a.target, a.id) < std::tie(b.delay, b.target, b.id);
          };
          if (!std::is_sorted(row.begin(), row.end(), earlier))
            std::sort(row.begin(), row.end(), earlier);
          std::transform(row.begin(), row.end(),
                         outgoing_->order.begin() + topology_->outgoing_begin[n],
                         [](const Synapse& synapse) { return synapse.id; });
        }
      });
    });
  });
  return outgoing_->order;
}

}  // namespace retrograde
