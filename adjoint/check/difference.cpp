#include <array>
#include <cmath>

#include <retrograde/adjoint/check/difference.hpp>

namespace retrograde {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// At one step.
struct Estimate {
  double value = nan;
  double jump = nan;  // derivative to the right less that to the left; NaN where one-sided
};

// Five points a step apart, the first of them at x or two steps before it.
Estimate estimate(const DifferenceProblem& p, double step) {
  const bool at_lower = p.x - 2 * step < p.lower, at_upper = p.x + 2 * step >= p.upper;
  if (at_lower || at_upper) {
    const int side = at_lower ? 1 : -1;
    const auto at = [&](int steps) { return p.one_sided(p.x + side * steps * step) - p.at_x; };
    const double sum = 48 * at(1) - 36 * at(2) + 16 * at(3) - 3 * at(4);
    return {side * sum / (12 * step), nan};
  }
  // Less than f(x), so that nothing cancels that need not.
  const auto at = [&](int steps) { return p.f(p.x + steps * step) - p.at_x; };
  const double left2 = at(-2), left = at(-1), right = at(1), right2 = at(2);
  return {(8 * (right - left) - (right2 - left2)) / (12 * step),
          (4 * (left + right) - (left2 + right2)) / (2 * step)};
}

// What two steps, the second a quarter of the first, say about the derivative at x.
enum class Verdict { smooth, kink, rough };
Verdict judge(const Estimate& longer, const Estimate& shorter, double tolerance, double rounding) {
  const double jump = std::fabs(shorter.jump), before = std::fabs(longer.jump);
  // A smooth function has 64 times less of it; an eighth leaves room for its higher orders.
  const bool falls = jump <= before / 8 + rounding;
  const bool matters = jump > 2 * tolerance * std::fmax(1.0, std::fabs(shorter.value));
  if (falls || !matters) return Verdict::smooth;  // so is what cannot be told: NaN
  return std::fabs(shorter.jump - longer.jump) < 0.5 * jump ? Verdict::kink : Verdict::rough;
}

}  // namespace

Difference differentiate(const DifferenceProblem& problem) {
  Difference best;
  Estimate longer;
  double step = problem.step;
  for (int attempt = 0; attempt < 7; ++attempt, step *= 0.25) {
    const Estimate shorter = estimate(problem, step);
    // Two short steps may agree by chance: what they are off by rounding counts as well.
    const double rounding =
        16.0 * std::numeric_limits<double>::epsilon() * std::fabs(problem.at_x) / step;
    const double apart = std::fabs(shorter.value - longer.value) + rounding;
    const Verdict verdict = judge(longer, shorter, problem.tolerance, rounding);
    longer = shorter;
    if (std::isnan(apart)) continue;
    if (verdict != Verdict::smooth) {
      (verdict == Verdict::kink ? best.kink : best.rough) = true;
      continue;
    }
    if (apart < best.uncertainty) {
      best.value = shorter.value;
      best.uncertainty = apart;
    }
    if (apart <= 1e-10 * std::fmax(1.0, std::fabs(shorter.value))) break;
  }
  const bool found = !std::isnan(best.value);
  best.kink = best.kink && !found;
  best.rough = best.rough && !found && !best.kink;
  return best;
}

}  // namespace retrograde
