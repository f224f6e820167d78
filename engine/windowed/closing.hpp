// Closing a window: what is under way to the neurons of a layer joins their states, with how far these
// may be off (docs/mathematics.md, section 2.1), and V is bounded in between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <retrograde/engine/windowed/window_plan.hpp>

namespace retrograde {

// What is under way to one neuron in one window: M and S of a co-moving frame (frame.hpp), or what it
// is worth for V and I at the window's end; and the same without signs.
struct alignas(32) Lane {
  double m = 0.0, s = 0.0, size_m = 0.0, size_s = 0.0;

  using Two [[gnu::vector_size(16)]] = double;

  // All entries at once.
  void add(Two both) {
    using Four [[gnu::vector_size(32), gnu::may_alias]] = double;
    using Bits [[gnu::vector_size(32)]] = std::int64_t;
    constexpr std::int64_t all_but_sign = std::numeric_limits<std::int64_t>::max();
    constexpr Bits kept{-1, -1, all_but_sign, all_but_sign};
    const Four twice = __builtin_shufflevector(both, both, 0, 1, 0, 1);
    *reinterpret_cast<Four*>(this) += reinterpret_cast<Four>(reinterpret_cast<Bits>(twice) & kept);
  }
};

// V and I of the neurons of a layer at one instant, and how far they may be off; in a stiff layer
// the low parts of V and I (compensated.hpp).
struct LayerState {
  std::vector<double> v, i, error_v, error_i, v_low, i_low;

  explicit LayerState(const WindowLayer& layer)
      : v(layer.size(), 0.0),
        i(layer.size(), 0.0),
        error_v(layer.size(), 0.0),
        error_i(layer.size(), 0.0),
        v_low(layer.stiff ? layer.size() : 0, 0.0),
        i_low(layer.stiff ? layer.size() : 0, 0.0) {}
};

// Takes neurons [begin, end), of one population, from `now` to `next`, the end of a window in which
// nothing resets them. `lanes` are those of the window, worth `worth`, whose sums may be `of_sums`
// times their terms off; `bound` is how high V gets on the way at most, but for the times of spikes
// that were off.
void close_window(const WindowLayer& layer, std::size_t begin, std::size_t end, const Lane* lanes,
                  const WindowWorth& worth, double of_sums, const LayerState& now, LayerState& next,
                  std::vector<double>& bound);

}  // namespace retrograde
