#include <algorithm>
#include <limits>

#include <retrograde/adjoint/train/learning.hpp>

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

bool Learning::any() const {
  return std::any_of(learned.begin(), learned.end(), [](char c) { return c != 0; });
}

bool Learning::any(const ParameterLayout& layout, ParameterKind kind) const {
  const auto begin = learned.begin() + static_cast<std::ptrdiff_t>(layout.offset(kind));
  return std::any_of(begin, begin + static_cast<std::ptrdiff_t>(layout.count(kind)),
                     [](char c) { return c != 0; });
}

}  // namespace retrograde
