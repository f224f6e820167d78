// What a layer of the windowed scheduler knows of errors besides the Deviation that each of its
// neurons carries (neuron/cuba_lif.hpp, docs/mathematics.md, section 2.1):
//
// - How many arrivals one window sums at most: n of them are n u times their terms off, u = 2^-53.
// - What late spikes do. One that is `late` off deviates V and I by |w| rate late, rate the fastest of
//   the layer, and a deviation by d is at most 2 d e^(-r s/2) of V and I after s ms, r the slower
//   rate. Only a bound for all neurons is kept, with the largest |w| of each feed, and ages that
//   count from when the longest delay is over.
#pragma once

#include <cmath>
#include <vector>

#include <retrograde/engine/windowed/window_plan.hpp>

namespace retrograde {

class ErrorBound {
 public:
  explicit ErrorBound(const WindowLayer& layer) : ring_(layer.slots) {
    double slow = never;
    for (const CubaLif& n : layer.models) {
      slow = std::fmin(slow, n.rate_slow);
      fastest_ = std::fmax(fastest_, n.fastest_rate());
    }
    for (const WindowFrame& frame : layer.frames)
      if (frame.co_moving)
        co_moving_ = std::fmax(co_moving_, std::fmax(frame.rate_mem, frame.rate_syn));
    fade_ = std::exp(-0.5 * slow * layer.window);
  }

  // Spikes that one feed brings in a window, and how far their times may be off together and each.
  void admit(const WindowFeed& feed, std::size_t count, Time late, Time latest) {
    now_.count += static_cast<double>(count);
    now_.late += feed.max_weight * late;
    worst_late_ = std::fmax(worst_late_, latest);
  }
  // Window w begins, all its spikes are admitted.
  void begin_window(std::uint32_t w) {
    Sums& oldest = ring_[w & (ring_.size() - 1)];
    old_late_ = (old_late_ + oldest.late) * fade_;
    recent_.late = std::fmax(recent_.late - oldest.late, 0.0) + now_.late;
    recent_.count += now_.count - oldest.count;
    oldest = now_;
    now_ = {};
  }

  // By how much the sum of a window may be off that ends at `to`, per size of its terms: each is good
  // to 40 u, and in a co-moving frame arrives at spike + delay, not at the double of that.
  double of_sums(Time to) const { return 0x1p-53 * (40.0 + co_moving_ * to + recent_.count); }
  // By how much V or I may be off by the times of spikes, and how far any of them is (ms).
  double inherited() const { return 2.0 * fastest_ * (1.0 + 1e-6) * (old_late_ + recent_.late); }
  Time worst_late() const { return worst_late_; }

 private:
  struct Sums {
    double late = 0.0, count = 0.0;
  };

  double fastest_ = 0.0, fade_ = 1.0;
  double co_moving_ = 0.0;  // the fastest rate of co-moving frames
  std::vector<Sums> ring_;  // per slot: what was admitted in its window
  Sums now_, recent_;
  double old_late_ = 0.0;
  Time worst_late_ = 0.0;
};

}  // namespace retrograde
