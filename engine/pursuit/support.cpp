#include <fmt/format.h>

#include <retrograde/engine/pursuit/support.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

using Eigen::Index;

std::vector<bool> active_groups(const Vector& code, const Groups& groups, double zero) {
  std::vector<bool> active(static_cast<std::size_t>(groups.count()));
  for (Index g = 0; g < groups.count(); ++g)
    active[static_cast<std::size_t>(g)] =
        code.segment(groups.begin(g), groups.size(g)).lpNorm<Eigen::Infinity>() > zero;
  return active;
}

SupportStatistics support_statistics(const Matrix& truths, const Matrix& codes,
                                     const Groups& groups, double zero) {
  if (truths.cols() != codes.cols() || truths.rows() != codes.rows() ||
      truths.rows() != groups.coefficients() || truths.cols() == 0)
    throw UsageError(fmt::format(
        "{} x {} codes, {} x {} true ones and groups of {} coefficients "
        "do not fit each other",
        codes.rows(), codes.cols(), truths.rows(), truths.cols(), groups.coefficients()));
  Index silent = 0, right = 0, exact = 0;
  for (Index j = 0; j < codes.cols(); ++j) {
    const std::vector<bool> truth = active_groups(truths.col(j), groups),
                            found = active_groups(codes.col(j), groups, zero);
    for (std::size_t g = 0; g < truth.size(); ++g) {
      silent += found[g] ? 0 : 1;
      right += found[g] == truth[g] ? 1 : 0;
    }
    exact += found == truth ? 1 : 0;
  }
  const auto samples = static_cast<double>(codes.cols());
  const double all = samples * static_cast<double>(groups.count());
  return {static_cast<double>(silent) / all, static_cast<double>(right) / all,
          static_cast<double>(exact) / samples};
}

}  // namespace retrograde
