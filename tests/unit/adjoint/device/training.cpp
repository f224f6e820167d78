// Training on a device: where sums have one order (one trial a group, dense projections) it is training
// on the CPU, to the bit, so states go from one to the other; and a device that fails loses nothing.
// Reference: the same training on the CPU.
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <mutex>

#include <retrograde/adjoint/evaluate.hpp>
#include <retrograde/adjoint/prefetched_trials.hpp>
#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/engine/device/cpu_device.hpp>
#include <retrograde/engine/device/device_machine.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/tiny_task.hpp"

using namespace retrograde;
using retrograde::test::TinyTask;

namespace {

// The processor as a device that fails at a launch.
class FailingDevice final : public Device {
 public:
  explicit FailingDevice(std::uint64_t fails_at) : device_(make_cpu_device()), left_(fails_at) {}

  std::string name() const override { return "failing"; }
  std::size_t room() const override { return device_->room(); }
  std::uint32_t blocks() const override { return device_->blocks(); }
  std::uint32_t threads(const KernelEntry&, std::uint32_t) const override { return 1; }
  void* allocate(std::size_t bytes) override { return device_->allocate(bytes); }
  void release(void* memory) noexcept override { device_->release(memory); }
  void upload(void* to, const void* from, std::size_t bytes) override {
    device_->upload(to, from, bytes);
  }
  void download(void* to, const void* from, std::size_t bytes) override {
    device_->download(to, from, bytes);
  }
  void clear(void* memory, std::size_t bytes) override { device_->clear(memory, bytes); }
  void finish() override {}
  using Device::launch;
  void launch(const KernelEntry& entry, const void* kernel, std::size_t size, std::uint32_t blocks,
              std::uint32_t threads) override {
    if (left_-- == 0) throw DeviceError("failing", "the launch failed");
    device_->launch(entry, kernel, size, blocks, threads);
  }

 private:
  const std::shared_ptr<Device> device_;
  std::uint64_t left_;
};

TinyTask task_with_groups() {
  TinyTask task;
  task.options.groups = task.options.batch;
  return task;
}

void require_same(const TrainerState& a, const TrainerState& b) {
  CHECK(a.values == b.values);
  CHECK(a.adam.first_moment == b.adam.first_moment);
  CHECK(a.adam.second_moment == b.adam.second_moment);
  CHECK(a.epoch == b.epoch);
  CHECK(a.next_trial == b.next_trial);
}

}  // namespace

TEST_CASE("a training goes from the CPU to a device and back without a bit changing") {
  TinyTask task = task_with_groups();
  Trainer on_cpu(task.network, task.learning, task, *task.loss, task.options);
  TrainerOptions there = task.options;
  there.device = make_cpu_device();
  there.self_check = 3;
  Trainer on_device(task.network, task.learning, task, *task.loss, there);
  REQUIRE(on_cpu.run_epoch());
  REQUIRE(on_device.run_epoch());
  require_same(on_cpu.state(), on_device.state());
  CHECK(on_cpu.last_epoch().loss_sum == on_device.last_epoch().loss_sum);
  CHECK(on_cpu.last_epoch().spikes == on_device.last_epoch().spikes);
  CHECK(on_cpu.last_epoch().silent_in_batches == on_device.last_epoch().silent_in_batches);
  CHECK(on_device.self_check().trials > 0);
  CHECK(on_device.self_check().violated == 0);
  CHECK(there.device->work.trials == task.size());
  CHECK(there.device->work.left_to_cpu == 0);

  Trainer back(task.network, task.learning, task, *task.loss, task.options);
  back.restore(on_device.state());
  REQUIRE(back.run_epoch());
  REQUIRE(on_cpu.run_epoch());
  require_same(on_cpu.state(), back.state());

  const auto by = [&](const Machine& machine) { return evaluate(machine, task, *task.loss); };
  const SetResult here = by(*make_machine(back.network()));
  const SetResult judged = by(DeviceMachine(there.device, back.network()));
  CHECK(here.loss_sum == judged.loss_sum);
  CHECK(here.correct == judged.correct);
  CHECK(here.confusion == judged.confusion);
}

TEST_CASE("a device that fails in a training loses no batch that was done") {
  TinyTask task = task_with_groups();
  Trainer expected(task.network, task.learning, task, *task.loss, task.options);
  REQUIRE(expected.run_epoch());

  TrainerOptions failing = task.options;
  failing.device = std::make_shared<FailingDevice>(10);
  Trainer trainer(task.network, task.learning, task, *task.loss, failing);
  CHECK_THROWS_AS(trainer.run_epoch(), DeviceError);
  const TrainerState state = trainer.state();
  CHECK(state.next_trial > 0);
  CHECK(state.next_trial < task.size());
  Trainer resumed(task.network, task.learning, task, *task.loss, task.options);
  resumed.restore(state);
  REQUIRE(resumed.run_epoch());
  require_same(expected.state(), resumed.state());
}

TEST_CASE(
    "a training with dropout ends in the middle of an epoch while trials are being made ahead") {
  TinyTask task = task_with_groups();
  task.options.dropout = {0.0, 0.3, 0.0};
  Trainer expected(task.network, task.learning, task, *task.loss, task.options);
  REQUIRE(expected.run_epoch());
  for (const std::uint64_t launches : {1, 5, 9}) {
    TrainerOptions failing = task.options;
    failing.device = std::make_shared<FailingDevice>(launches);
    Trainer trainer(task.network, task.learning, task, *task.loss, failing);
    CHECK_THROWS_AS(trainer.run_epoch(), DeviceError);
    Trainer resumed(task.network, task.learning, task, *task.loss, task.options);
    resumed.restore(trainer.state());
    REQUIRE(resumed.run_epoch());
    require_same(expected.state(), resumed.state());
  }
}

TEST_CASE("trials that are made ahead are made once, and are those of the set") {
  std::mutex mutex;
  std::map<std::size_t, int> made;
  const MadeTrials all(50, [&](std::size_t k) {
    const std::lock_guard lock(mutex);
    ++made[k];
    return Trial{1.0 + static_cast<double>(k), {}};
  });
  PrefetchedTrials trials(all);
  trials.prefetch(std::vector<std::uint32_t>{7, 3, 30}, 2);
  trials.prefetch(std::vector<std::uint32_t>{8, 1}, 2);
  for (const std::size_t k : {7, 3, 30, 8, 1, 40})
    CHECK(trials.shown(k, 2).duration == 1.0 + static_cast<double>(k));
  CHECK(made == std::map<std::size_t, int>{{7, 1}, {3, 1}, {30, 1}, {8, 1}, {1, 1}, {40, 1}});
  // Another epoch may show another trial; those of two calls before are forgotten.
  trials.shown(8, 3);
  trials.prefetch({}, 2);
  trials.shown(7, 2);
  CHECK(made[8] == 2);
  CHECK(made[7] == 2);
}
