#include <algorithm>
#include <cmath>

#include <retrograde/adjoint/train/optimizer.hpp>
#include <retrograde/engine/trial/batch.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

Adam::Adam(const ParameterLayout& layout, Learning learning, const AdamSpec& spec)
    : layout_(layout), learning_(std::move(learning)), spec_(spec) {
  if (learning_.learned.size() != layout.size() || learning_.lower.size() != layout.size() ||
      learning_.upper.size() != layout.size())
    throw InternalError("Adam: learning has another layout");
  state_.first_moment.assign(layout.size(), 0.0);
  state_.second_moment.assign(layout.size(), 0.0);
}

void Adam::restore(State state) {
  if (state.first_moment.size() != layout_.size() || state.second_moment.size() != layout_.size())
    throw InternalError("Adam::restore: another layout");
  state_ = std::move(state);
}

void Adam::step(std::vector<double>& values, const std::vector<double>& gradient,
                double rate_factor) {
  ++state_.steps;
  const auto steps = static_cast<double>(state_.steps);
  const double correction1 = 1.0 / (1.0 - std::pow(spec_.beta1, steps));
  const double correction2 = 1.0 / (1.0 - std::pow(spec_.beta2, steps));
  for (const ParameterKind kind : parameter_kinds) {
    const double rate = spec_.rate[static_cast<std::size_t>(kind)] * rate_factor;
    if (rate == 0.0) continue;
    const std::size_t begin = layout_.offset(kind), end = begin + layout_.count(kind);
    for_each_part(begin, end, [&](std::size_t k) {
      if (!learning_.learned[k]) return;
      double& m = state_.first_moment[k];
      double& v = state_.second_moment[k];
      m = spec_.beta1 * m + (1.0 - spec_.beta1) * gradient[k];
      v = spec_.beta2 * v + (1.0 - spec_.beta2) * gradient[k] * gradient[k];
      const double step = rate * (m * correction1) / (std::sqrt(v * correction2) + spec_.epsilon);
      values[k] = std::clamp(values[k] - step, learning_.lower[k], learning_.upper[k]);
    });
  }
}

}  // namespace retrograde
