#include <optional>
#include <utility>

#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/windowed/windowed.hpp>
#include <retrograde/engine/windowed/worth.hpp>

namespace retrograde {

namespace {

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
    // The deliveries that are known beforehand, if every input neuron has as many synapses as the
    // others.
    const double deliveries =
        sources_ > 0.0 ? static_cast<double>(inputs) * synapses_ / sources_ : 0.0;
    if (!windows_pay(windowed_->plan(), duration, deliveries)) return sequential_;
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
