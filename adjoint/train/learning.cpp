#include <algorithm>
#include <array>
#include <limits>

#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/engine/network/analysis.hpp>

namespace retrograde {

Learning Learning::none(const Network& network) {
  const ParameterLayout& layout = network.layout();
  Learning learning;
  learning.learned = {layout.size(), 0};
  for (const ParameterTraits& row : parameter_table)
    learning.lower.append(layout.count(row.kind), row.learned_above);
  learning.upper = {layout.size(), std::numeric_limits<double>::infinity()};
  return learning;
}

bool Learning::any(const ParameterLayout& layout, ParameterKind kind) const {
  const std::size_t begin = layout.offset(kind);
  return count(begin, begin + layout.count(kind)) > 0;
}

Learning with_open_cycles(Learning learning, const Network& network) {
  const ParameterLayout& layout = network.layout();
  const std::span<const double> values = network.parameters();
  const auto may_vanish = [&](std::size_t k) {
    return (learning.learned[k] ? learning.lower[k] : values[k]) <= 0.0;
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
  std::vector<std::size_t> raised;
  for (const auto& [source, synapse] : synapses_on_cycles(network, instant))
    for (const std::size_t k : parts(source, synapse))
      if (learning.learned[k]) raised.push_back(k);
  if (raised.empty()) return learning;
  std::sort(raised.begin(), raised.end());
  auto next = raised.begin();
  learning.lower.change(raised.front(), raised.back() + 1, [&](std::size_t k, double lower) {
    if (*next != k) return lower;
    while (next != raised.end() && *next == k) ++next;
    return std::max(lower, std::min(values[k], shortest_cycle_delay));
  });
  return learning;
}

void keep_largest(const Learning& learning, std::vector<double>& values) {
  std::vector<std::size_t> above;
  for (const LearningGroup& group : learning.groups) {
    if (!group.most) continue;
    above.clear();
    learning.lower.for_each_run(group.begin, group.end,
                                [&](std::size_t begin, std::size_t end, double lower) {
                                  for (std::size_t k = begin; k < end; ++k)
                                    if (values[k] > lower) above.push_back(k);
                                });
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
    if (learning.count(begin, begin + size) == 0 &&
        std::none_of(learning.groups.begin(), learning.groups.end(), of_group))
      return;
    count.all += size;
    learning.lower.for_each_run(begin, begin + size,
                                [&](std::size_t from, std::size_t to, double lower) {
                                  for (std::size_t k = from; k < to; ++k)
                                    count.resting += values[k] <= lower;
                                });
  };
  for (const Projection& p : network.projections()) add(ParameterKind::delay, p.first, p.size);
  for (const Population& p : network.populations())
    for (const ParameterKind kind : {ParameterKind::axonal_delay, ParameterKind::dendritic_delay})
      add(kind, p.first, p.size);
  return count;
}

}  // namespace retrograde
