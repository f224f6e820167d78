// How far the states of a layer may be from the true ones, at most: one bound for all its neurons,
// kept up to date window by window in O(1) and a few operations per spike. With u = 2^-53, W the
// largest |weight| of a feed, a spike k that is late_k off, and r the slowest rate of the layer:
//
// - A deviation of V or I by d is at most 2 d e^(-r s / 2) of V and I after s ms: for a >= 2b by K
//   <= 2 e^(-b s), else by (1 + a s) e^(-r s) (docs/mathematics.md, section 2.1). So the sizes of V
//   and I are at most A = rest + 2 sum of W e^(-r age / 2), rest = |bias| + |v_reset| + threshold.
// - A window multiplies by factors good to 3 u and adds: 8 u A at most, which then fades like any
//   deviation. In a stiff layer these do not add up, since increments are rounded there and not
//   states (compensated.hpp): 64 u A at most.
// - A sum of n arrivals is off by n u times its terms.
// - An arrival that is late_k off deviates V and I by W rate late_k, rate the fastest of the layer.
//
// Ages are counted from when the longest delay is over, so they are never too large.
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
    fade_ = std::exp(-0.5 * slow * layer.window) * (1.0 + 1e-12);
    size_ = rest_;
  }

  // What spikes brought by one feed in a window will add.
  void admit(const WindowFeed& feed, double count, Time late) {
    now_.weight += feed.max_weight * count;
    now_.late += feed.max_weight * late;
    now_.count += count;
  }
  // Another window begins, all its spikes are admitted.
  void begin_window(std::uint32_t w) {
    Sums& oldest = ring_[w & (ring_.size() - 1)];
    old_.weight = (old_.weight + oldest.weight) * fade_;
    old_.late = (old_.late + oldest.late) * fade_;
    recent_.weight = std::fmax(recent_.weight - oldest.weight, 0.0) + now_.weight;
    recent_.late = std::fmax(recent_.late - oldest.late, 0.0) + now_.late;
    recent_.count += now_.count - oldest.count;
    oldest = now_;
    now_ = {};
    constexpr double room = 1.0 + 1e-6;  // these sums are rounded, too
    size_ = rest_ + 2.0 * room * (old_.weight + recent_.weight);
    most_ = std::fmax(most_, recent_.count);
    rounded_ = stiff_ ? std::fmax(rounded_ * fade_, 32.0 * size_) : rounded_ * fade_ + 8.0 * size_;
    error_.rounding = 0x1p-53 * room * (2.0 * rounded_ + most_ * size_);
    error_.inherited = 2.0 * room * fastest_ * (old_.late + recent_.late);
  }

  const StateError& error() const { return error_; }
  // By how much V may be off after a spike whose time was `late` off.
  double of_reset(Time late) const { return fastest_ * size_ * late; }

 private:
  struct Sums {
    double weight = 0.0, late = 0.0, count = 0.0;
  };
  const bool stiff_;
  double fastest_ = 0.0, rest_ = 0.0, fade_ = 1.0;
  std::vector<Sums> ring_;  // per slot: what was admitted in its window
  Sums now_, recent_, old_;
  double size_ = 0.0, most_ = 0.0, rounded_ = 0.0;
  StateError error_;
};

}  // namespace retrograde
