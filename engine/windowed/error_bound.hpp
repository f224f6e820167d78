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
#include <cstddef>
#include <cstdint>

#include <retrograde/events/host_device.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

struct WindowLayer;

// Of a layer, what errors of spike times do to it.
struct ErrorRates {
  double fastest = 0.0;    // rate of all neurons
  double fade = 1.0;       // of the slower rate, over half a window
  double co_moving = 0.0;  // the fastest rate of co-moving frames

  ErrorRates() = default;
  explicit ErrorRates(const WindowLayer& layer);
};

class ErrorBound {
 public:
  // What was admitted in a window.
  struct Sums {
    double late = 0.0, count = 0.0;
  };

  // `ring` has the sums of as many windows as the layer has slots, all 0, and outlives it.
  RETROGRADE_HOST_DEVICE ErrorBound(const ErrorRates& rates, Sums* ring, std::uint32_t slots)
      : rates_(rates), ring_(ring), mask_(slots - 1) {}

  // Spikes that one feed brings in a window, and how far their times may be off together and each.
  RETROGRADE_HOST_DEVICE void admit(double max_weight, std::size_t count, Time late, Time latest) {
    now_.count += static_cast<double>(count);
    now_.late += max_weight * late;
    worst_late_ = std::fmax(worst_late_, latest);
  }
  // Window w begins, all its spikes are admitted.
  RETROGRADE_HOST_DEVICE void begin_window(std::uint32_t w) {
    Sums& oldest = ring_[w & mask_];
    old_late_ = (old_late_ + oldest.late) * rates_.fade;
    recent_.late = std::fmax(recent_.late - oldest.late, 0.0) + now_.late;
    recent_.count += now_.count - oldest.count;
    oldest = now_;
    now_ = {};
  }

  // By how much the sum of a window may be off that ends at `to`, per size of its terms: each is good
  // to 40 u, and in a co-moving frame arrives at spike + delay, not at the double of that.
  RETROGRADE_HOST_DEVICE double of_sums(Time to) const {
    return 0x1p-53 * (40.0 + rates_.co_moving * to + recent_.count);
  }
  // By how much V or I may be off by the times of spikes, and how far any of them is (ms).
  RETROGRADE_HOST_DEVICE double inherited() const {
    return 2.0 * rates_.fastest * (1.0 + 1e-6) * (old_late_ + recent_.late);
  }
  RETROGRADE_HOST_DEVICE Time worst_late() const { return worst_late_; }

 private:
  ErrorRates rates_;
  Sums* ring_;  // per slot: what was admitted in its window
  std::uint32_t mask_;
  Sums now_, recent_;
  double old_late_ = 0.0;
  Time worst_late_ = 0.0;
};

}  // namespace retrograde
