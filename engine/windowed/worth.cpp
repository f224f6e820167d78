#include <retrograde/engine/windowed/worth.hpp>

namespace retrograde {

namespace {

// Nanoseconds, rounded, on the machine of bench/README.md; only their ratio matters, and only where
// a trial has next to no spikes.
constexpr double cost_of_queueing = 100.0;  // one delivery in the sequential scheduler
constexpr double cost_of_closing = 3.0;     // one neuron and window in the windowed one

}  // namespace

bool windows_pay(const WindowPlan& plan, Time duration, double deliveries) {
  double closings = 0.0;
  for (const WindowLayer& layer : plan.layers)
    closings += duration / layer.window * static_cast<double>(layer.size());
  return closings * cost_of_closing <= deliveries * cost_of_queueing;
}

}  // namespace retrograde
