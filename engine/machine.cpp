#include <cmath>
#include <fmt/format.h>

#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>
#include <retrograde/engine/windowed/windowed.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

void check_probes(const Network& network, std::span<const Probe> probes) {
  for (std::size_t p = 0; p < probes.size(); ++p) {
    const std::string where = fmt::format("probe {}", p);
    if (!(probes[p].interval > 0.0) || !std::isfinite(probes[p].interval))
      throw NetworkError(
          where, fmt::format("interval {} ms; it must be finite and above 0", probes[p].interval));
    for (const NeuronId n : probes[p].neurons)
      if (n >= network.neuron_count())
        throw NetworkError(where, fmt::format("neuron {} does not exist; the network has {}", n,
                                              network.neuron_count()));
  }
}

// Nanoseconds, rounded, on the machine of bench/README.md; only their ratio matters, and only where
// a trial has next to no spikes.
constexpr double cost_of_queueing = 100.0;  // one delivery in the sequential scheduler
constexpr double cost_of_closing = 3.0;     // one neuron and window in the windowed one

}  // namespace

void check_run(const Network& network, const Trial& trial, std::span<const Probe> probes) {
  check(
      trial, network.neuron_count(), [&](NeuronId n) { return network.is_input(n); },
      [&](NeuronId n) { return network.neuron_name(n); });
  check_probes(network, probes);
}

Scheduler choose(Scheduler wanted, const Network& network, Time duration, std::size_t inputs) {
  if (wanted == Scheduler::sequential) return wanted;
  const WindowPlan& plan = network.window_plan();
  std::string obstacle = plan.obstacle;
  double closings = 0.0;
  for (const WindowLayer& layer : plan.layers) {
    const double windows = duration / layer.window;
    closings += windows * static_cast<double>(layer.size());
    if (windows > 1e9)
      obstacle = fmt::format("a trial of {:g} ms has {:.3g} windows of {:g} ms", duration, windows,
                             layer.window);
  }
  if (wanted == Scheduler::windowed) {
    if (!obstacle.empty()) throw NetworkError("scheduler", "windowed is impossible: " + obstacle);
    return wanted;
  }
  if (!obstacle.empty()) return Scheduler::sequential;
  NeuronId sources = 0;
  for (const Population& p : network.populations())
    if (p.model->is_input()) sources += p.size;
  // The deliveries that are known beforehand, if every input neuron has as many synapses as the
  // others.
  double synapses = 0.0;
  for (const Projection& p : network.projections())
    if (network.populations()[p.source].model->is_input()) synapses += p.size;
  const double deliveries =
      sources > 0 ? static_cast<double>(inputs) * synapses / static_cast<double>(sources) : 0.0;
  return closings * cost_of_closing > deliveries * cost_of_queueing ? Scheduler::sequential
                                                                    : Scheduler::windowed;
}

Tape run(const Network& network, const Trial& trial, const RunOptions& options,
         std::span<const Probe> probes, std::vector<Recording>* recordings) {
  const Scheduler scheduler =
      choose(options.scheduler, network, trial.duration, trial.inputs.size());
  return scheduler == Scheduler::windowed
             ? run_windowed(network, trial, options, {}, probes, recordings)
             : run_sequential(network, trial, options, probes, recordings);
}

}  // namespace retrograde
