#include <algorithm>
#include <cmath>

#include <retrograde/adjoint/train/optimizer.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

Adam::Adam(const ParameterLayout& layout, Learning learning, const AdamSpec& spec)
    : layout_(layout), learning_(std::move(learning)), index_(learning_.learned), spec_(spec) {
  if (learning_.learned.size() != layout.size() || learning_.lower.size() != layout.size() ||
      learning_.upper.size() != layout.size())
    throw InternalError("Adam: learning has another layout");
  state_.first_moment.assign(index_.size(), 0.0);
  state_.second_moment.assign(index_.size(), 0.0);
  std::sort(learning_.groups.begin(), learning_.groups.end(),
            [](const LearningGroup& a, const LearningGroup& b) { return a.begin < b.begin; });
  for (const ParameterKind kind : parameter_kinds) add_stretches(kind);
}

// The groups of a kind, and what lies between them.
void Adam::add_stretches(ParameterKind kind) {
  const auto k = static_cast<std::size_t>(kind);
  const Stretch usual{0, 0, kind, spec_.rate[k], spec_.decay[k], spec_.l1[k]};
  std::size_t at = layout_.offset(kind);
  const std::size_t end = at + layout_.count(kind);
  const auto add = [&](std::size_t to, Stretch stretch) {
    stretch.begin = at;
    stretch.end = to;
    if (to > at && stretch.rate != 0.0) stretches_.push_back(stretch);
    at = to;
  };
  for (const LearningGroup& group : learning_.groups) {
    if (group.begin < layout_.offset(kind) || group.begin >= end) continue;
    if (group.begin < at || group.end > end)
      throw InternalError("Adam: groups of parameters overlap");
    add(group.begin, usual);
    add(group.end, {0, 0, kind, group.rate.value_or(usual.rate), group.decay.value_or(usual.decay),
                    group.l1.value_or(usual.l1)});
  }
  add(end, usual);
}

void Adam::restore(State state) {
  if (state.first_moment.size() != index_.size() || state.second_moment.size() != index_.size())
    throw InternalError("Adam::restore: moments of something else");
  state_ = std::move(state);
}

void Adam::change(const ParameterLayout& layout, Learning learning, State state) {
  *this = Adam(layout, std::move(learning), spec_);
  restore(std::move(state));
}

Adam::Moments Adam::moments(std::size_t k) const {
  if (!learning_.learned[k]) return {};
  const std::size_t place = index_.before(k);
  return {state_.first_moment[place], state_.second_moment[place]};
}

void Adam::forget(std::size_t k) {
  if (!learning_.learned[k]) return;
  const std::size_t place = index_.before(k);
  state_.first_moment[place] = state_.second_moment[place] = 0.0;
}

AdamStep Adam::last_step(ParameterKind kind) const {
  const double beta1 = last_factors_.momentum_of(kind).value_or(spec_.beta1);
  return {beta1, spec_.beta2, spec_.epsilon, static_cast<double>(state_.steps)};
}

double Adam::rate(std::size_t k) const {
  for (const Stretch& stretch : stretches_)
    if (k >= stretch.begin && k < stretch.end) return stretch.rate;
  return 0.0;
}

void Adam::step(std::vector<double>& values, const std::vector<double>& gradient,
                const GradientLayout& layout, const RateFactors& factors) {
  ++state_.steps;
  last_factors_ = factors;
  for (const Stretch& stretch : stretches_)
    step(stretch, values, gradient.data() + layout.place(stretch.begin), factors.of(stretch.kind));
  keep_largest(learning_, values);
}

// `gradient` is where that of the stretch begins.
void Adam::step(const Stretch& stretch, std::vector<double>& values, const double* gradient,
                double factor) {
  const AdamStep step = last_step(stretch.kind);
  const double rate = stretch.rate * factor, shrink = rate * stretch.l1;
  for_each_stretch(stretch.begin, stretch.end, [&](std::size_t first, std::size_t last) {
    std::size_t place = index_.before(first);
    learning_.for_each_alike(
        first, last, [&](std::size_t begin, std::size_t end, const ValueRange& range) {
          if (!range.learned) return;
          for (std::size_t k = begin; k < end; ++k, ++place) {
            double x = values[k] - step(rate, gradient[k - stretch.begin],
                                        state_.first_moment[place], state_.second_moment[place]);
            // A zero keeps its sign bit (structure/rewiring.hpp).
            if (stretch.decay > 0.0 && values[k] != 0.0) x -= rate * stretch.decay * values[k];
            if (shrink > 0.0) x = std::fabs(x) > shrink ? x - std::copysign(shrink, x) : 0.0;
            values[k] = std::clamp(x, range.lower, range.upper);
          }
        });
  });
}

}  // namespace retrograde
