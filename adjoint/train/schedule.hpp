// How learning rates change while a network is trained: by which factor each is multiplied in a
// batch; and, with them, how much of its average of gradients Adam keeps. A pure function of where
// the training is and of a small state, which follows from the epochs so far and is part of a
// checkpoint. Schedules are composable: factors are multiplied.
//
//   EaseIn     min(1, start * growth^batch), batches counted over all epochs. Nowotny et al.
//              (Neuromorph. Comput. Eng. 2025) and what followed: growth 1.05, start 1e-2 or 1e-3
//   Cosine     end + (1 - end) (1 + cos(pi x)) / 2 (Loshchilov & Hutter, ICLR 2017)
//   OneCycle   rises from start to 1 at x = peak_at, falls to end at x = 1, both along half a
//              cosine (Smith & Topin 2018); its momentum goes the other way, from the upper to the
//              lower one at the peak and back
//   Plateau    multiplied by `factor` when the fast average of what is watched is no longer above
//              the slow one, and `epochs` have passed since the last change
//
// x is the part of the training that is done, 0 <= x <= 1, per batch or per epoch; after the last
// of the announced epochs it stays 1. A watched value is better the larger it is. Its averages begin
// with the first value v and go a := alpha a + (1 - alpha) v.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include <retrograde/engine/parameters.hpp>

namespace retrograde {

// The learning rates of a training, each for the kinds of parameters that share it.
enum class RateClass : std::uint8_t { weight, delay, neuron };
inline constexpr std::size_t rate_class_count = 3;
constexpr RateClass rate_class(ParameterKind kind) {
  if (kind == ParameterKind::weight) return RateClass::weight;
  return is_delay(kind) ? RateClass::delay : RateClass::neuron;
}

// What multiplies each of them, and the first momentum of Adam, beta1; none: that of its settings.
struct RateFactors {
  std::array<double, rate_class_count> factor;
  std::array<std::optional<double>, rate_class_count> momentum = {};

  RateFactors(double all = 1.0) { factor.fill(all); }  // NOLINT: a number is the same for all
  double of(RateClass c) const { return factor[static_cast<std::size_t>(c)]; }
  double of(ParameterKind kind) const { return of(rate_class(kind)); }
  std::optional<double> momentum_of(ParameterKind kind) const {
    return momentum[static_cast<std::size_t>(rate_class(kind))];
  }
};

enum class Every : std::uint8_t { batch, epoch };

struct EaseIn {
  double start = 1e-3, growth = 1.05;
};
struct Cosine {
  double end = 0.0;
  Every every = Every::batch;
};
struct OneCycle {
  double start = 0.04, peak_at = 0.3, end = 4e-6;
  Every every = Every::batch;
  // Of Adam: at the peak, and at both ends. PyTorch cycles it between 0.85 and 0.95 unless told not
  // to.
  std::optional<std::array<double, 2>> momentum = {};
};
struct Plateau {
  double factor = 0.5, fast = 0.8, slow = 0.85;
  std::uint32_t epochs = 50;
};

struct Schedule {
  std::variant<EaseIn, Cosine, OneCycle, Plateau> shape;
  std::array<bool, rate_class_count> moves = {true, true, true};  // which rates
};

// All of a training.
struct Schedules {
  double decay = 1.0;  // of all rates, after every epoch
  std::vector<Schedule> list;
  std::uint32_t epochs = 1;  // announced: where Cosine and OneCycle end
};

// Of one schedule; only a Plateau has any.
struct ScheduleState {
  double factor = 1.0;
  double fast = 0.0, slow = 0.0;  // averages
  std::uint32_t watched = 0;      // epochs
  std::uint32_t changed = 0;      // the epoch (0-based) after which the factor changed last
};

// Where a training is.
struct TrainingPlace {
  std::uint32_t epoch = 0;    // 0-based
  std::uint64_t batch = 0;    // of the epoch, 0-based
  std::uint64_t batches = 1;  // of every epoch
};

// `states` are those of the list, or empty before anything was watched.
RateFactors rate_factors(const Schedules& schedules, const std::vector<ScheduleState>& states,
                         const TrainingPlace& place);

// Takes down what an epoch (0-based) has come to.
void watch(const Schedules& schedules, std::vector<ScheduleState>& states, std::uint32_t epoch,
           double value);

}  // namespace retrograde
