// How far the states of a layer may be from the true ones, at most. With u = 2^-53, r the slower
// rate of a neuron and h the window:
//
// - A deviation of V or I by d is at most 2 d e^(-r s/2) of V and I after s ms: for a >= 2b by K <=
//   2 e^(-b s), else by (1 + a s) e^(-r s) (docs/mathematics.md, section 2.1).
// - So V and I are at most A = rest + 2 sum of |w| e^(-r age/2), rest = |bias| + |v_reset| +
//   threshold. A window multiplies them by factors good to 3 u and adds: 8 u A, which then fade.
//   Over all windows that is 8 u (2 + 4/(r h)) rest + 16 u sum of |w| (1 + 2 age/h) e^(-r age/2), and
//   (age/h) e^(-r age/4) <= 1.5/(r h).
// - In a stiff layer these do not add up, since increments are rounded there and not states
//   (compensated.hpp): 64 u A.
// - A sum of n arrivals is off by n u times its terms.
//
// All that is known of the arrivals of a neuron is the sum of |w| e^(-b s) that its lanes have, s < h
// <= 1/(4 b); |w| <= 1.3 of that. `size` is the sum of these, faded by e^(-r h/4) in every window.
//
// - An arrival that is `late` off deviates V and I by |w| rate late, rate the fastest of the layer.
//   Of these only a bound for all neurons is kept, with the largest |w| of each feed, and ages that
//   count from when the longest delay is over.
#pragma once

#include <cmath>
#include <vector>

#include <retrograde/engine/neuron/model.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>

namespace retrograde {

class ErrorBound {
 public:
  explicit ErrorBound(const WindowLayer& layer) : stiff_(layer.stiff), ring_(layer.slots) {
    double slow = never;
    for (const CubaLif& n : layer.models) {
      slow = std::fmin(slow, n.rate_slow);
      fastest_ = std::fmax(fastest_, n.fastest_rate());
      rest_ = std::fmax(rest_, std::fabs(n.bias) + std::fabs(n.v_reset) + n.v_threshold);
    }
    windows_ = 1.0 / (slow * layer.window);
    fade_ = std::exp(-0.5 * slow * layer.window);
  }

  // Spikes that one feed brings in a window, and how far their times may be off together.
  void admit(const WindowFeed& feed, std::size_t count, Time late) {
    now_.count += static_cast<double>(count);
    now_.late += feed.max_weight * late;
  }
  // Window w begins, all its spikes are admitted.
  void begin_window(std::uint32_t w) {
    Sums& oldest = ring_[w & (ring_.size() - 1)];
    old_late_ = (old_late_ + oldest.late) * fade_;
    recent_.late = std::fmax(recent_.late - oldest.late, 0.0) + now_.late;
    recent_.count += now_.count - oldest.count;
    most_ = std::fmax(most_, recent_.count);
    oldest = now_;
    now_ = {};
  }

  // By how much V or I may be off by rounding, per `size` of a neuron, and besides.
  double of_size() const { return 0x1p-53 * 2.6 * (steps(16.0, 48.0) + most_); }
  double of_rest() const { return 0x1p-53 * steps(16.0, 32.0) * rest_; }
  // And by the times of spikes that were off.
  double inherited() const { return 2.0 * fastest_ * (1.0 + 1e-6) * (old_late_ + recent_.late); }

 private:
  struct Sums {
    double late = 0.0, count = 0.0;
  };
  double steps(double one, double per_window) const {
    return stiff_ ? 64.0 : one + per_window * windows_;
  }

  const bool stiff_;
  double fastest_ = 0.0, rest_ = 0.0, windows_ = 0.0, fade_ = 1.0;
  std::vector<Sums> ring_;  // per slot: what was admitted in its window
  Sums now_, recent_;
  double old_late_ = 0.0, most_ = 0.0;
};

}  // namespace retrograde
