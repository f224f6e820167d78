// Closing a window: what is under way to the neurons of a layer joins their states, with how far these
// may be off (docs/mathematics.md, section 2.1), and V is bounded in between.
#pragma once

#include <cstddef>
#include <vector>

#include <retrograde/engine/windowed/lane.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>

namespace retrograde {

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
