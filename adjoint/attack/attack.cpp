#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/adjoint/attack/attack.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde {

namespace {

using Values = std::vector<double>;

double length(std::span<const double> values) {
  double square = 0.0;
  for (const double v : values) square += v * v;
  return std::sqrt(square);
}

void require(std::span<const double> input, double epsilon, const AttackSpec& spec) {
  if (!(epsilon >= 0.0) || !std::isfinite(epsilon))
    throw UsageError(fmt::format("the radius of an attack is {}, it has to be 0 or more", epsilon));
  if (spec.steps < 1) throw UsageError("an attack needs at least 1 step");
  if (!(spec.lowest < spec.highest))
    throw UsageError(
        fmt::format("the box of an attack goes from {} to {}", spec.lowest, spec.highest));
  for (std::size_t i = 0; i < input.size(); ++i)
    if (!(input[i] >= spec.lowest && input[i] <= spec.highest))
      throw UsageError(
          fmt::format("value {} of an input is {}, outside of the box of the attack, {} to {}; "
                      "widen the box or scale the input",
                      i, input[i], spec.lowest, spec.highest));
}

// Back into the ball about `centre`, then into the box.
void project(Values& point, std::span<const double> centre, double epsilon,
             const AttackSpec& spec) {
  if (spec.norm == AttackNorm::l2) {
    Values away(point.size());
    for (std::size_t i = 0; i < point.size(); ++i) away[i] = point[i] - centre[i];
    const double distance = length(away);
    if (distance > epsilon)
      for (std::size_t i = 0; i < point.size(); ++i)
        point[i] = centre[i] + away[i] * (epsilon / distance);
  } else {
    for (std::size_t i = 0; i < point.size(); ++i)
      point[i] = std::clamp(point[i], centre[i] - epsilon, centre[i] + epsilon);
  }
  for (double& v : point) v = std::clamp(v, spec.lowest, spec.highest);
}

// Uniform in the ball.
Values random_point(std::span<const double> centre, double epsilon, const AttackSpec& spec,
                    Random& random) {
  Values point(centre.begin(), centre.end());
  if (spec.norm == AttackNorm::linf) {
    for (double& v : point) v += epsilon * random.uniform(-1.0, 1.0);
  } else {
    Values direction(point.size());
    for (double& v : direction) v = random.normal();
    const double distance = length(direction);
    const double radius =
        epsilon * std::pow(random.uniform(), 1.0 / static_cast<double>(point.size()));
    if (distance > 0.0)
      for (std::size_t i = 0; i < point.size(); ++i) point[i] += radius / distance * direction[i];
  }
  project(point, centre, epsilon, spec);
  return point;
}

AttackPoint looked_at(const AttackTarget& target, const Values& point) {
  AttackPoint seen = target(point);
  if (seen.gradient.size() != point.size())
    throw InternalError(fmt::format("an attack's target gave {} gradients for {} values",
                                    seen.gradient.size(), point.size()));
  bool finite = std::isfinite(seen.margin);
  for (const double g : seen.gradient) finite = finite && std::isfinite(g);
  if (!finite)
    throw NumericalError(
        "the margin under attack or its gradient is not finite at a point of the "
        "input; take a smaller radius, or look at the model");
  return seen;
}

// One step down the gradient. False where there is none.
bool step_down(Values& point, const Values& gradient, double step, AttackNorm norm) {
  const double size = length(gradient);
  if (size == 0.0) return false;
  for (std::size_t i = 0; i < point.size(); ++i) {
    const double g = gradient[i];
    if (norm == AttackNorm::l2)
      point[i] -= step * (g / size);
    else if (g != 0.0)
      point[i] -= std::copysign(step, g);
  }
  return true;
}

}  // namespace

Attacked attack(const AttackTarget& target, std::span<const double> input, double epsilon,
                const AttackSpec& spec, std::uint64_t id) {
  require(input, epsilon, spec);
  Random random(spec.seed, "attack/start", id);
  Attacked worst{Values(input.begin(), input.end()), std::numeric_limits<double>::infinity(),
                 false};
  const double step = epsilon / spec.steps;
  for (std::uint32_t start = 0; start <= spec.restarts; ++start) {
    Values point = start == 0 ? Values(input.begin(), input.end())
                              : random_point(input, epsilon, spec, random);
    for (std::uint32_t k = 0;; ++k) {
      const AttackPoint seen = looked_at(target, point);
      if (seen.margin < worst.margin) {
        worst.margin = seen.margin;
        worst.input = point;
      }
      if (k == spec.steps || epsilon == 0.0) break;
      if (!step_down(point, seen.gradient, step, spec.norm)) {
        worst.vanished = true;
        break;
      }
      project(point, input, epsilon, spec);
    }
    if (epsilon == 0.0) break;
  }
  return worst;
}

}  // namespace retrograde
