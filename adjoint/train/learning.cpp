#include <algorithm>
#include <array>
#include <limits>

#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/engine/network/analysis.hpp>

namespace retrograde {

Learning Learning::none(const Network& network) {
  const ParameterLayout& layout = network.layout();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Learning learning;
  learning.learned.assign(layout.size(), 0);
  learning.lower.assign(layout.size(), -infinity);
  learning.upper.assign(layout.size(), infinity);
  const auto at_least = [&](ParameterKind kind, double bound) {
    std::fill_n(learning.lower.begin() + static_cast<std::ptrdiff_t>(layout.offset(kind)),
                layout.count(kind), bound);
  };
  for (const ParameterKind kind : parameter_kinds)
    if (is_delay(kind)) at_least(kind, 0.0);
  at_least(ParameterKind::tau_mem, 0.1);
  for (const ParameterKind kind : receptor_kinds) at_least(kind, 0.1);
  at_least(ParameterKind::tau_adapt, 0.1);
  at_least(ParameterKind::adaptation, 0.0);
  at_least(ParameterKind::t_ref, 0.0);
  at_least(ParameterKind::v_threshold, 1e-3);
  return learning;
}

Learning with_open_cycles(Learning learning, const Network& network) {
  const ParameterLayout& layout = network.layout();
  const std::span<const double> values = network.parameters();
  const auto may_vanish = [&](std::size_t k) {
    return (learning.learned[k] ? learning.lower[k] : values[k]) <= 0.0;
  };
  const auto raise = [&](std::size_t k) {
    if (!learning.learned[k]) return;
    const double floor = std::min(values[k], shortest_cycle_delay);
    learning.lower[k] = std::max(learning.lower[k], floor);
  };
  // The three parts of the way from a spike to its arrival.
  const auto parts = [&](NeuronId source, SynapseId s) {
    return std::array{layout.offset(ParameterKind::axonal_delay) + source,
                      layout.offset(ParameterKind::delay) + s,
                      layout.offset(ParameterKind::dendritic_delay) + network.target_of(s)};
  };
  const auto instant = [&](NeuronId source, SynapseId s) {
    const auto all = parts(source, s);
    return std::all_of(all.begin(), all.end(), may_vanish);
  };
  for (const auto& [source, synapse] : synapses_on_cycles(network, instant))
    for (const std::size_t k : parts(source, synapse)) raise(k);
  return learning;
}

bool Learning::any() const {
  return std::any_of(learned.begin(), learned.end(), [](char c) { return c != 0; });
}

bool Learning::any(const ParameterLayout& layout, ParameterKind kind) const {
  const auto begin = learned.begin() + static_cast<std::ptrdiff_t>(layout.offset(kind));
  return std::any_of(begin, begin + static_cast<std::ptrdiff_t>(layout.count(kind)),
                     [](char c) { return c != 0; });
}

}  // namespace retrograde
