#include <algorithm>
#include <limits>

#include <retrograde/adjoint/learning.hpp>

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
  at_least(ParameterKind::delay, 0.0);
  at_least(ParameterKind::tau_mem, 0.1);
  at_least(ParameterKind::tau_syn, 0.1);
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
