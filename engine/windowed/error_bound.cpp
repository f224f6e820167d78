#include <retrograde/engine/windowed/error_bound.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>

namespace retrograde {

ErrorRates::ErrorRates(const WindowLayer& layer) {
  double slow = never;
  for (const CubaLif& n : layer.models) {
    slow = std::fmin(slow, n.rate_slow);
    fastest = std::fmax(fastest, n.fastest_rate());
  }
  for (const WindowFrame& frame : layer.frames)
    if (frame.co_moving)
      co_moving = std::fmax(co_moving, std::fmax(frame.rate_mem, frame.rate_syn));
  fade = std::exp(-0.5 * slow * layer.window);
}

}  // namespace retrograde
