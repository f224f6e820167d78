#include <optional>
#include <utility>

#include <retrograde/engine/device/device_machine.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/windowed/windowed.hpp>
#include <retrograde/engine/windowed/worth.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// The windowed machine where it can be and is worth it, else the sequential one.
class AutomaticMachine final : public Machine {
 public:
  explicit AutomaticMachine(const Network& network) : sequential_(network) {
    WindowPlan plan = make_plan(network);
    if (plan.obstacle.empty()) windowed_.emplace(network, std::move(plan));
  }

  std::string_view name() const override { return retrograde::name(Scheduler::automatic); }
  const Network& network() const override { return sequential_.network(); }

  const Machine& chosen(Time duration, std::size_t inputs) const override {
    if (!windowed_ || !windowed_->plan().obstacle_to(duration).empty()) return sequential_;
    const double deliveries = known_deliveries(network(), inputs);
    if (!windows_pay(windowed_->plan(), duration, deliveries)) return sequential_;
    return *windowed_;
  }

 private:
  Tape run_checked(const Trial& trial, const RunOptions& options, std::span<const Probe> probes,
                   std::vector<Recording>* recordings) const override {
    const Machine& machine = trial.graded() || trial.timeline
                                 ? sequential_
                                 : chosen(trial.duration, trial.inputs.size());
    return machine.run(trial, options, probes, recordings);
  }

  SequentialMachine sequential_;
  std::optional<WindowedMachine> windowed_;
};

}  // namespace

std::unique_ptr<const Machine> make_machine(const Network& network, Scheduler scheduler,
                                            const std::shared_ptr<Device>& device) {
  if (device) {
    if (scheduler != Scheduler::sequential) return std::make_unique<DeviceMachine>(device, network);
    throw NetworkError("scheduler",
                       "sequential is for the CPU; choose \"automatic\", or no device");
  }
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
