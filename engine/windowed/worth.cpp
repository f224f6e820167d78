#include <retrograde/engine/windowed/worth.hpp>

namespace retrograde {

namespace {

// Nanoseconds, rounded, on the machine of bench/README.md; only their ratio matters, and only where
// a trial has next to no spikes.
constexpr double cost_of_queueing = 100.0;  // one delivery in the sequential scheduler
constexpr double cost_of_closing = 3.0;     // one neuron and window in the windowed one

}  // namespace

double known_deliveries(const Network& network, std::size_t inputs,
                        std::span<const ProjectionExtent> whole) {
  double sources = 0.0, leaving = 0.0;  // input neurons, and the synapses that leave them
  for (const Population& p : network.populations())
    if (p.model->is_input()) sources += p.size;
  for (std::size_t k = 0; k < network.projections().size(); ++k)
    if (network.populations()[network.projections()[k].source].model->is_input())
      leaving += static_cast<double>(synapses_of(network, whole, k));
  return sources > 0.0 ? static_cast<double>(inputs) * leaving / sources : 0.0;
}

bool windows_pay(const WindowPlan& plan, Time duration, double deliveries) {
  double closings = 0.0;
  for (const WindowLayer& layer : plan.layers)
    closings += duration / layer.window * static_cast<double>(layer.size());
  return closings * cost_of_closing <= deliveries * cost_of_queueing;
}

}  // namespace retrograde
