#include <algorithm>
#include <cmath>
#include <numeric>

#include <retrograde/adjoint/train/structure/budget.hpp>

namespace retrograde {

namespace {

// What rounding leaves below a whole number means that number; of so many pairs.
std::uint64_t whole(double share, std::uint64_t pairs) {
  return std::min(static_cast<std::uint64_t>(std::floor(share * (1.0 + 1e-12))), pairs);
}

// The real numbers of synapses whose sum is `total`: who would have more than all its pairs has
// those, and the others share what is left.
std::vector<double> erdos_renyi(double total, std::span<const BudgetedProjection> projections) {
  const auto raw = [](const BudgetedProjection& p) {
    return (double{1} * p.sources + p.targets) / (double{1} * p.sources * p.targets) *
           static_cast<double>(p.pairs);
  };
  std::vector<char> full(projections.size(), 0);
  std::vector<double> wanted(projections.size(), 0.0);
  for (bool changed = true; changed;) {
    changed = false;
    double left = total, sum = 0.0;
    for (std::size_t k = 0; k < projections.size(); ++k)
      if (full[k])
        left -= static_cast<double>(projections[k].pairs);
      else
        sum += raw(projections[k]);
    for (std::size_t k = 0; k < projections.size(); ++k) {
      const auto pairs = static_cast<double>(projections[k].pairs);
      wanted[k] = full[k] ? pairs : left / sum * raw(projections[k]);
      if (full[k] || wanted[k] <= pairs) continue;
      full[k] = 1;
      changed = true;
    }
  }
  return wanted;
}

// Whole numbers whose sum is `total`, each one of the two next to what is wanted.
std::vector<std::uint64_t> rounded(const std::vector<double>& wanted, std::uint64_t total,
                                   std::span<const BudgetedProjection> projections) {
  std::vector<std::uint64_t> counts;
  counts.reserve(wanted.size());
  for (std::size_t k = 0; k < wanted.size(); ++k)
    counts.push_back(whole(wanted[k], projections[k].pairs));
  std::uint64_t sum = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  std::vector<std::size_t> order(wanted.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto rest = [&](std::size_t k) { return wanted[k] - static_cast<double>(counts[k]); };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return rest(a) > rest(b); });
  for (const std::size_t k : order) {
    if (sum >= total) break;
    if (counts[k] >= projections[k].pairs) continue;
    ++counts[k];
    ++sum;
  }
  return counts;
}

}  // namespace

std::vector<std::uint64_t> budgets(Budget budget, double density,
                                   std::span<const BudgetedProjection> projections) {
  std::uint64_t pairs = 0;
  for (const BudgetedProjection& p : projections) pairs += p.pairs;
  const std::uint64_t total = whole(density * static_cast<double>(pairs), pairs);
  if (budget == Budget::network) return {total};
  if (budget == Budget::erdos_renyi)
    return rounded(erdos_renyi(static_cast<double>(total), projections), total, projections);
  std::vector<std::uint64_t> counts;
  for (const BudgetedProjection& p : projections)
    counts.push_back(whole(density * static_cast<double>(p.pairs), p.pairs));
  return counts;
}

}  // namespace retrograde
