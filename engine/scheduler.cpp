#include <optional>
#include <utility>

#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/windowed/windowed.hpp>

namespace retrograde {

namespace {

// Nanoseconds, rounded, on the machine of bench/README.md; only their ratio matters, and only where
// a trial has next to no spikes.
constexpr double cost_of_queueing = 100.0;  // one delivery in the sequential scheduler
constexpr double cost_of_closing = 3.0;     // one neuron and window in the windowed one

// The windowed machine where it can be and is worth it, else the sequential one.
class AutomaticMachine final : public Machine {
 public:
  explicit AutomaticMachine(const Network& network) : sequential_(network) {
    WindowPlan plan = make_plan(network);
    if (plan.obstacle.empty()) windowed_.emplace(network, std::move(plan));
    for (const Population& p : network.populations())
      if (p.model->is_input()) sources_ += p.size;
    for (const Projection& p : network.projections())
      if (network.populations()[p.source].model->is_input()) synapses_ += p.size;
  }

  std::string_view name() const override { return retrograde::name(Scheduler::automatic); }
  const Network& network() const override { return sequential_.network(); }

  const Machine& chosen(Time duration, std::size_t inputs) const override {
    if (!windowed_ || !windowed_->plan().obstacle_to(duration).empty()) return sequential_;
    double closings = 0.0;
    for (const WindowLayer& layer : windowed_->plan().layers)
      closings += duration / layer.window * static_cast<double>(layer.size());
    // The deliveries that are known beforehand, if every input neuron has as many synapses as the
    // others.
    const double deliveries =
        sources_ > 0.0 ? static_cast<double>(inputs) * synapses_ / sources_ : 0.0;
    if (closings * cost_of_closing > deliveries * cost_of_queueing) return sequential_;
    return *windowed_;
  }

 private:
  Tape run_checked(const Trial& trial, const RunOptions& options, std::span<const Probe> probes,
                   std::vector<Recording>* recordings) const override {
    const Machine& machine =
        trial.graded() ? sequential_ : chosen(trial.duration, trial.inputs.size());
    return machine.run(trial, options, probes, recordings);
  }

  SequentialMachine sequential_;
  std::optional<WindowedMachine> windowed_;
  double sources_ = 0.0, synapses_ = 0.0;  // input neurons, and what leaves them
};

}  // namespace

std::unique_ptr<const Machine> make_machine(const Network& network, Scheduler scheduler) {
  switch (scheduler) {
    case Scheduler::sequential:
      return std::make_unique<SequentialMachine>(network);
    case Scheduler::windowed:
      return std::make_unique<WindowedMachine>(network);
    case Scheduler::automatic:
      break;
  }
  return std::make_unique<AutomaticMachine>(network);
}

Tape run(const Network& network, const Trial& trial, const RunOptions& options,
         std::span<const Probe> probes, std::vector<Recording>* recordings) {
  return make_machine(network)->run(trial, options, probes, recordings);
}

}  // namespace retrograde
