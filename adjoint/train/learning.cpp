#include <algorithm>
#include <limits>

#include <retrograde/adjoint/train/learning.hpp>

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

bool Learning::any() const {
  return std::any_of(learned.begin(), learned.end(), [](char c) { return c != 0; });
}

bool Learning::any(const ParameterLayout& layout, ParameterKind kind) const {
  const auto begin = learned.begin() + static_cast<std::ptrdiff_t>(layout.offset(kind));
  return std::any_of(begin, begin + static_cast<std::ptrdiff_t>(layout.count(kind)),
                     [](char c) { return c != 0; });
}

}  // namespace retrograde
