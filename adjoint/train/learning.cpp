#include <algorithm>
#include <array>
#include <limits>

#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/engine/network/analysis.hpp>

namespace retrograde {

Learning Learning::none(const Network& network) {
  const ParameterLayout& layout = network.layout();
  Learning learning;
  learning.learned.assign(layout.size(), 0);
  learning.lower.resize(layout.size());
  learning.upper.assign(layout.size(), std::numeric_limits<double>::infinity());
  for (const ParameterTraits& row : parameter_table)
    std::fill_n(learning.lower.begin() + static_cast<std::ptrdiff_t>(layout.offset(row.kind)),
                layout.count(row.kind), row.learned_above);
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
