// How much a voltage counts at time t of a trial of T ms (Nowotny et al. 2025):
//
//   constant     1
//   exponential  e^(-t/tau)
//   linear       1 - t/T
//   sigmoid      1/(1 + e^((t/T - 0.5)/0.2))
//   window       1 from a to b, else 0
//   instant      all weight at one time: the integral is V then, before anything that happens then
//
// Between two events V is a sum of exponentials, so what the first three make of it has a closed
// form, in both directions of time, through the weight of a *stretch* h ms long: s ms after its
// beginning it is
//
//   (level + fall (h - s)) e^(-rate s)
//
// and weighs a chain of exponentials [x ..; s] (engine/neuron/exponential.hpp) with
//
//   level [0, x - rate ..; h] + fall [0, 0, x - rate ..; h],
//
// every term positive. The others have no such form: a stretch, or what of it lies in the window, is
// cut into panels with Gauss-Legendre nodes (engine/neuron/quadrature.hpp), which both directions use;
// an instant is one node.
#pragma once

#include <cmath>
#include <cstdint>

#include <retrograde/engine/neuron/exponential.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// T is double or a number with derivatives.
template <typename T>
struct WeightStretch {
  T level{}, fall{}, rate{};  // 1, 1/ms, 1/ms

  // Integral over its h ms of this weight times the chain [nodes ..; s]. A constant is [0; s].
  template <typename... Node>
  T of(const T& h, const Node&... nodes) const {
    T sum = level * exp_difference(h, T(0.0), (T(nodes) - rate)...);
    if (fall != 0.0) sum = sum + fall * exp_difference(h, T(0.0), T(0.0), (T(nodes) - rate)...);
    return sum;
  }
  WeightStretch scaled(double factor) const { return {factor * level, factor * fall, rate}; }
};

class TimeWeight {
 public:
  enum class Kind : std::uint8_t { constant, exponential, linear, sigmoid, window, instant };

  TimeWeight() = default;  // constant
  // e^(-t/tau) with tau > 0 in ms; never: constant.
  TimeWeight(Time tau)  // NOLINT(google-explicit-constructor): a time constant says it all
      : kind_(tau == never ? Kind::constant : Kind::exponential), tau_(tau) {}
  static TimeWeight linear() { return TimeWeight(Kind::linear); }
  static TimeWeight sigmoid() { return TimeWeight(Kind::sigmoid); }
  // 0 <= from < to (ms); never: the end of the trial.
  static TimeWeight window(Time from, Time to) {
    TimeWeight weight(Kind::window);
    weight.from_ = from;
    weight.to_ = to;
    return weight;
  }
  // time > 0; never: the end of the trial.
  static TimeWeight instant(Time time) {
    TimeWeight weight(Kind::instant);
    weight.to_ = time;
    return weight;
  }

  Kind kind() const { return kind_; }
  Time tau() const { return tau_; }    // never unless exponential
  Time from() const { return from_; }  // of a window
  Time to() const { return to_; }      // its end, or the instant; never: the end of the trial
  bool has_closed_form() const { return kind_ <= Kind::linear; }
  // What the integral is divided by to be a mean of V (ms; 1 of an instant).
  double span(Time duration) const {
    if (kind_ == Kind::instant) return 1.0;
    return kind_ == Kind::window ? end(duration) - from_ : duration;
  }
  // The end of a window, or the instant.
  Time end(Time duration) const { return to_ == never ? duration : to_; }
  // Whether a trial this long has all of it.
  bool fits(Time duration) const {
    return kind_ < Kind::window || (from_ < duration && (to_ == never || to_ <= duration));
  }

  // At time t of a trial of `duration` ms, 0 <= t <= duration; 0 of an instant. T is double or a number
  // with derivatives.
  template <typename T>
  T at(const T& t, Time duration) const {
    using std::exp;
    switch (kind_) {
      case Kind::constant:
        return T(1.0);
      case Kind::exponential:
        return exp(-(1.0 / tau_) * t);
      case Kind::linear:
        return (duration - t) / duration;
      case Kind::window:
        return T(t > from_ && !(t > end(duration)) ? 1.0 : 0.0);
      case Kind::instant:
        return T(0.0);
      case Kind::sigmoid:
        break;
    }
    return 1.0 / (1.0 + exp((t / duration - middle) / width));
  }

  // Of a trial that goes in steps: what V at the end of a step, at time t, is multiplied by. Of an
  // instant it is the step in which it lies.
  double in_step(Time t, Time step, Time duration) const {
    if (kind_ < Kind::window) return at(t, duration) * step;
    constexpr double close = 1e-6;  // of a step: times of steps are rounded
    const auto reaches = [&](Time x) { return t > x + close * step; };
    if (kind_ == Kind::window) return reaches(from_) && !reaches(end(duration)) ? step : 0.0;
    // The first step whose end is not before it.
    return t > end(duration) - close * step && t - step <= end(duration) - close * step ? 1.0 : 0.0;
  }

  // Of a weight with a closed form, from `from` to `to`.
  template <typename T>
  WeightStretch<T> stretch(const T& from, const T& to, Time duration) const {
    switch (kind_) {
      case Kind::exponential:
        return {at(from, duration), T(0.0), T(1.0 / tau_)};
      case Kind::linear:
        return {at(to, duration), T(1.0 / duration), T(0.0)};
      default:
        return {T(1.0), T(0.0), T(0.0)};
    }
  }

  // Of the weight alone, from `from` to `to` (ms).
  template <typename T>
  T integral(const T& from, const T& to, Time duration) const {
    using std::expm1, std::log1p;
    const T h = to - from;
    if (kind_ == Kind::window) {
      const T begin = from < from_ ? T(from_) : from;
      const T last = to > end(duration) ? T(end(duration)) : to;
      return begin < last ? last - begin : T(0.0);
    }
    if (kind_ == Kind::instant) return T(holds_instant(from, to, duration) ? 1.0 : 0.0);
    if (has_closed_form()) return stretch(from, to, duration).of(h, 0.0);
    // The antiderivative is -scale log(1 + e^-x); in one logarithm nothing cancels.
    const double scale = width * duration;
    return scale * log1p(at(to, duration) * expm1(h / scale));
  }

  // Whether the instant is one of a stretch, whose end belongs to it and whose beginning to the one
  // before. Ends of stretches are rounded.
  template <typename T>
  bool holds_instant(const T& from, const T& to, Time duration) const {
    const Time time = end(duration) * (1.0 - 1e-13);
    return from < time && !(to < time);
  }

  friend bool operator==(const TimeWeight&, const TimeWeight&) = default;

 private:
  explicit TimeWeight(Kind kind) : kind_(kind) {}

  static constexpr double middle = 0.5, width = 0.2;  // of the sigmoid, in trials

  Kind kind_ = Kind::constant;
  Time tau_ = never;
  Time from_ = 0.0, to_ = never;
};

}  // namespace retrograde
