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

void keep_largest(const Learning& learning, std::vector<double>& values) {
  std::vector<std::size_t> above;
  for (const LearningGroup& group : learning.groups) {
    if (!group.most) continue;
    above.clear();
    for (std::size_t k = group.begin; k < group.end; ++k)
      if (values[k] > learning.lower[k]) above.push_back(k);
    if (above.size() <= *group.most) continue;
    const auto kept = above.begin() + static_cast<std::ptrdiff_t>(*group.most);
    std::nth_element(above.begin(), kept, above.end(), [&](std::size_t a, std::size_t b) {
      return values[a] != values[b] ? values[a] > values[b] : a < b;
    });
    for (auto k = kept; k != above.end(); ++k) values[*k] = learning.lower[*k];
  }
}

DelayCount count_delays(const Learning& learning, const Network& network) {
  const ParameterLayout& layout = network.layout();
  const std::span<const double> values = network.parameters();
  DelayCount count;
  const auto add = [&](ParameterKind kind, std::size_t first, std::size_t size) {
    const std::size_t begin = layout.offset(kind) + first;
    const auto of_group = [&](const LearningGroup& g) { return g.most && g.begin == begin; };
    const auto flags = learning.learned.begin() + static_cast<std::ptrdiff_t>(begin);
    if (std::find(flags, flags + static_cast<std::ptrdiff_t>(size), 1) ==
            flags + static_cast<std::ptrdiff_t>(size) &&
        std::none_of(learning.groups.begin(), learning.groups.end(), of_group))
      return;
    count.all += size;
    for (std::size_t k = begin; k < begin + size; ++k)
      count.resting += values[k] <= learning.lower[k];
  };
  for (const Projection& p : network.projections()) add(ParameterKind::delay, p.first, p.size);
  for (const Population& p : network.populations())
    for (const ParameterKind kind : {ParameterKind::axonal_delay, ParameterKind::dendritic_delay})
      add(kind, p.first, p.size);
  return count;
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
