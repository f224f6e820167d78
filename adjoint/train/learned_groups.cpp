#include <algorithm>

#include <retrograde/adjoint/train/learned_groups.hpp>

namespace retrograde {

std::vector<double> LearnedGroup::of(std::span<const double> parameters) const {
  std::vector<double> all;
  all.reserve(values.size());
  for (const std::size_t at : values) all.push_back(parameters[at]);
  return all;
}

std::vector<LearnedGroup> learned_groups(const Network& network, const Learning& learning) {
  std::vector<LearnedGroup> groups;
  const auto add = [&](ParameterKind kind, const std::string& where, std::size_t first,
                       std::size_t size) {
    LearnedGroup group{kind, where, {}};
    const std::size_t begin = network.layout().offset(kind) + first;
    learning.learned.for_each_run(begin, std::min(begin + size, learning.size()),
                                  [&](std::size_t from, std::size_t to, char learned) {
                                    if (!learned) return;
                                    for (; from < to; ++from) group.values.push_back(from);
                                  });
    if (!group.values.empty()) groups.push_back(std::move(group));
  };
  for (const ParameterKind kind : parameter_kinds)
    if (belongs_to_synapse(kind)) {
      for (const Projection& p : network.projections()) add(kind, p.name, p.first, p.size);
    } else {
      for (const Population& p : network.populations())
        if (p.has(kind)) add(kind, p.name, p.first, p.size);
    }
  return groups;
}

}  // namespace retrograde
