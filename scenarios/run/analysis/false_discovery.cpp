#include <algorithm>
#include <cstddef>

#include <retrograde/scenarios/run/analysis/false_discovery.hpp>

namespace retrograde {

std::vector<char> false_discovery(std::span<const double> p, double q) {
  std::vector<double> sorted(p.begin(), p.end());
  std::sort(sorted.begin(), sorted.end());
  const auto tests = static_cast<double>(sorted.size());
  double limit = -1.0;
  for (std::size_t k = 0; k < sorted.size(); ++k)
    if (sorted[k] <= q * static_cast<double>(k + 1) / tests) limit = sorted[k];
  std::vector<char> found;
  for (const double value : p) found.push_back(value <= limit ? 1 : 0);
  return found;
}

}  // namespace retrograde
