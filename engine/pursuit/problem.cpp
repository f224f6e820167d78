#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include <retrograde/engine/pursuit/problem.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// The largest t at most 1 for which t c stays within what the penalty of a group holds back: |soft(t
// c, l1)| <= l2, of which the left side grows with t. Between two sizes of |c_i| at which one more
// coefficient passes its threshold it is the root of a quadratic.
double dual_scale(const Penalty& penalty, Eigen::Index group, const Vector& correlations) {
  const Eigen::Index first = penalty.groups.begin(group), size = penalty.groups.size(group);
  const double l1 = penalty.l1(group), l2 = penalty.l2(group);
  std::vector<double> sizes;
  sizes.reserve(static_cast<std::size_t>(size));
  for (Eigen::Index i = first; i < first + size; ++i) {
    const double c = correlations(i);
    const double against = penalty.non_negative ? std::fmax(c, 0.0) : std::fabs(c);
    if (against > 0.0) sizes.push_back(against);
  }
  std::sort(sizes.begin(), sizes.end(), std::greater<>());
  // The k largest pass: sum over them of (t c - l1)^2 = l2^2.
  double squares = 0.0, sum = 0.0, scale = 1.0;
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    if (scale * sizes[k] <= l1) break;
    squares += sizes[k] * sizes[k];
    sum += sizes[k];
    const auto count = static_cast<double>(k + 1);
    // The discriminant in an order that leaves nothing where there is no l2.
    const double apart = l2 * l2 * squares - l1 * l1 * (count * squares - sum * sum);
    scale = std::fmin(scale, (l1 * sum + std::sqrt(std::fmax(apart, 0.0))) / squares);
  }
  return scale;
}

}  // namespace

void check(const PursuitProblem& problem) {
  const Penalty& penalty = problem.penalty;
  if (penalty.groups.coefficients() != problem.dictionary.size())
    throw UsageError(fmt::format("groups of {} coefficients do not fit a dictionary of {} atoms",
                                 penalty.groups.coefficients(), problem.dictionary.size()));
  for (const Vector* weights : {&penalty.l1, &penalty.l2}) {
    const char* const name = weights == &penalty.l1 ? "l1" : "l2";
    if (weights->size() != penalty.groups.count())
      throw UsageError(fmt::format("{} weights {} for {} groups", weights->size(), name,
                                   penalty.groups.count()));
    for (Eigen::Index g = 0; g < weights->size(); ++g)
      if (!((*weights)(g) >= 0.0) || !std::isfinite((*weights)(g)))
        throw UsageError(fmt::format("weight {} of group {} is {}, it has to be 0 or more", name, g,
                                     (*weights)(g)));
  }
}

void check(const PursuitProblem& problem, const Vector& signal) {
  check(problem);
  if (signal.size() != problem.dictionary.dimension())
    throw UsageError(fmt::format("a signal of {} values for a dictionary of {} dimensions",
                                 signal.size(), problem.dictionary.dimension()));
  if (!std::isfinite(signal.squaredNorm()))
    throw UsageError(
        "a signal has a value that is not finite, or whose square is not; look at what it was made "
        "of, or scale it down");
}

double objective(const PursuitProblem& problem, const Vector& signal, const Vector& code) {
  return 0.5 * (signal - problem.dictionary.signal(code)).squaredNorm() +
         problem.penalty.value(code);
}

double kkt_residual(const PursuitProblem& problem, const Vector& signal, const Vector& code) {
  return kkt_residual(problem.penalty,
                      problem.dictionary.correlations(signal - problem.dictionary.signal(code)),
                      code);
}

double kkt_residual(const Penalty& penalty, const Vector& c, const Vector& code) {
  if (!c.allFinite() || !code.allFinite()) return std::numeric_limits<double>::quiet_NaN();
  double worst = 0.0;
  for (Eigen::Index g = 0; g < penalty.groups.count(); ++g) {
    const Eigen::Index first = penalty.groups.begin(g), size = penalty.groups.size(g);
    const double norm = code.segment(first, size).norm();
    double square = 0.0;
    for (Eigen::Index i = first; i < first + size; ++i) {
      const double a = code(i), pull = norm > 0.0 ? penalty.l2(g) * a / norm : 0.0;
      double off = 0.0;
      if (a != 0.0)
        off = c(i) - pull - std::copysign(penalty.l1(g), a);
      else if (penalty.non_negative)
        off = std::fmax(c(i) - penalty.l1(g), 0.0);
      else
        off = std::fmax(std::fabs(c(i)) - penalty.l1(g), 0.0);
      square += off * off;
    }
    const double off = std::sqrt(square);
    worst = std::fmax(worst, norm > 0.0 ? off : std::fmax(off - penalty.l2(g), 0.0));
  }
  return worst;
}

double duality_gap(const PursuitProblem& problem, const Vector& signal, const Vector& code) {
  const Vector residual = signal - problem.dictionary.signal(code);
  const Vector c = problem.dictionary.correlations(residual);
  if (!std::isfinite(c.squaredNorm())) return std::numeric_limits<double>::quiet_NaN();
  double scale = 1.0;
  for (Eigen::Index g = 0; g < problem.penalty.groups.count(); ++g)
    scale = std::fmin(scale, dual_scale(problem.penalty, g, c));
  // F - (t x.r - t^2 |r|^2 / 2), with x = r + D a, in an order that loses nothing near the optimum.
  const double primal = problem.penalty.value(code) - scale * c.dot(code);
  const double rest = 1.0 - scale;
  const double gap = primal + 0.5 * rest * rest * residual.squaredNorm();
  return gap < 0.0 ? 0.0 : gap;  // NaN stays
}

}  // namespace retrograde
