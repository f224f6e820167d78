#include <algorithm>
#include <cmath>
#include <numbers>

#include <retrograde/adjoint/train/schedule.hpp>

namespace retrograde {

namespace {

double part_done(Every every, std::uint32_t epochs, const TrainingPlace& place) {
  double done = place.epoch;
  if (every == Every::batch)
    done += static_cast<double>(place.batch) / static_cast<double>(place.batches);
  return std::min(1.0, done / epochs);
}

// From 1 at x = 0 to 0 at x = 1.
double half_cosine(double x) { return 0.5 * (1.0 + std::cos(std::numbers::pi * x)); }

double between(double from, double to, double x) { return to + (from - to) * half_cosine(x); }

double over_cycle(const OneCycle& s, double x, double start, double peak, double end) {
  return x < s.peak_at ? between(start, peak, x / s.peak_at)
                       : between(peak, end, (x - s.peak_at) / (1.0 - s.peak_at));
}

// The momentum of one schedule, if it moves it.
std::optional<double> momentum(const Schedule& schedule, std::uint32_t epochs,
                               const TrainingPlace& place) {
  const auto* cycle = std::get_if<OneCycle>(&schedule.shape);
  if (!cycle || !cycle->momentum) return std::nullopt;
  const auto [lower, upper] = *cycle->momentum;
  return over_cycle(*cycle, part_done(cycle->every, epochs, place), upper, lower, upper);
}

// The factor of one schedule.
struct FactorOf {
  std::uint32_t epochs;
  const TrainingPlace& place;
  double of_state;

  double operator()(const EaseIn& s) const {
    const auto steps = static_cast<double>(place.epoch) * static_cast<double>(place.batches) +
                       static_cast<double>(place.batch);
    return std::min(1.0, s.start * std::pow(s.growth, steps));
  }
  double operator()(const Cosine& s) const {
    return between(1.0, s.end, part_done(s.every, epochs, place));
  }
  double operator()(const OneCycle& s) const {
    return over_cycle(s, part_done(s.every, epochs, place), s.start, 1.0, s.end);
  }
  double operator()(const Plateau&) const { return of_state; }
};

}  // namespace

RateFactors rate_factors(const Schedules& schedules, const std::vector<ScheduleState>& states,
                         const TrainingPlace& place) {
  RateFactors factors(std::pow(schedules.decay, place.epoch));
  for (std::size_t k = 0; k < schedules.list.size(); ++k) {
    const Schedule& schedule = schedules.list[k];
    const double of_state = k < states.size() ? states[k].factor : 1.0;
    const double factor = std::visit(FactorOf{schedules.epochs, place, of_state}, schedule.shape);
    const std::optional<double> own = momentum(schedule, schedules.epochs, place);
    for (std::size_t c = 0; c < rate_class_count; ++c) {
      if (!schedule.moves[c]) continue;
      factors.factor[c] *= factor;
      if (own) factors.momentum[c] = own;
    }
  }
  return factors;
}

void watch(const Schedules& schedules, std::vector<ScheduleState>& states, std::uint32_t epoch,
           double value) {
  states.resize(schedules.list.size());
  for (std::size_t k = 0; k < states.size(); ++k) {
    const auto* plateau = std::get_if<Plateau>(&schedules.list[k].shape);
    if (!plateau) continue;
    ScheduleState& s = states[k];
    const auto average = [&](double alpha, double before) {
      return s.watched == 0 ? value : alpha * before + (1.0 - alpha) * value;
    };
    s.fast = average(plateau->fast, s.fast);
    s.slow = average(plateau->slow, s.slow);
    ++s.watched;
    if (epoch - s.changed <= plateau->epochs || s.fast > s.slow) continue;
    s.factor *= plateau->factor;
    s.changed = epoch;
  }
}

}  // namespace retrograde
