// Trials without a class: they have a loss and no accuracy.
#include <atomic>
#include <catch2/catch.hpp>

#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/tiny_task.hpp"

using namespace retrograde;
using retrograde::test::TinyTask;

namespace {

// The tiny task's trials without their labels, learned by the times of hidden spikes.
class Unlabelled final : public LabelledTrials {
 public:
  explicit Unlabelled(bool silent) : silent_(silent) {}
  std::size_t size() const override { return 12; }
  Trial trial(std::size_t index) const override {
    Trial trial = task_.trial(index);
    if (silent_) trial.inputs.clear();
    return trial;
  }
  int label(std::size_t) const override { return no_decision; }
  const TinyTask& task() const { return task_; }

 private:
  TinyTask task_;
  bool silent_;
};

}  // namespace

TEST_CASE("evaluating trials without labels counts none as correct and keeps the confusion empty") {
  for (const bool silent : {false, true}) {
    CAPTURE(silent);
    const Unlabelled trials(silent);
    const std::vector<std::vector<Time>> targets(TinyTask::hidden, {5.0});
    const auto loss = make_loss(SpikeTimeTargetSpec{1, targets, 10.0});
    const SetResult result = evaluate(*make_machine(trials.task().network), trials, *loss);
    CHECK(result.trials == trials.size());
    CHECK(result.loss() > 0.0);
    CHECK(result.correct == 0);
    for (const std::uint64_t count : result.confusion) CHECK(count == 0);
  }
}

TEST_CASE("training on trials without labels does not take silence for the right decision") {
  const Unlabelled trials(true);
  const std::vector<std::vector<Time>> targets(TinyTask::hidden, {5.0});
  const auto loss = make_loss(SpikeTimeTargetSpec{1, targets, 10.0});
  Trainer trainer(trials.task().network, trials.task().learning, trials, *loss,
                  trials.task().options);
  REQUIRE(trainer.run_epoch());
  CHECK(trainer.last_epoch().correct == 0);
}

TEST_CASE("an epoch counts its batches, its grazing spikes and who was silent in a batch") {
  TinyTask task;
  task.options.grazing.slope_min = 1e9;  // every spike that is not an input grazes
  Trainer trainer(task.network, task.learning, task, *task.loss, task.options);
  REQUIRE(trainer.run_epoch());
  const SetResult& result = trainer.last_epoch();
  CHECK(result.batches == 7);
  std::uint64_t spikes = 0, never_fired = 0;
  for (NeuronId n = 2; n < 2 + TinyTask::hidden; ++n) {
    spikes += result.spikes[n];
    never_fired += result.spikes[n] == 0;
  }
  CHECK(result.grazing.grazing == spikes);
  CHECK(result.silent_in_batches >= 7 * never_fired);
  CHECK(result.silent_in_batches <= 7 * TinyTask::hidden);
  CHECK(result.grazing.smallest_slope > 0.0);
}

TEST_CASE("the policy error stops a training, clip changes it, keep leaves its bits alone") {
  const auto trained = [](GrazingPolicy policy, double slope_min) {
    TinyTask task;
    task.options.grazing = {policy, slope_min};
    Trainer trainer(task.network, task.learning, task, *task.loss, task.options);
    trainer.run_epoch();
    return trainer.state().values;
  };
  const auto usual = trained(GrazingPolicy::keep, 1e-3);
  CHECK(trained(GrazingPolicy::keep, 1e9) == usual);
  CHECK(trained(GrazingPolicy::clip, 1e-12) == usual);
  CHECK(trained(GrazingPolicy::clip, 1.0) != usual);
  CHECK_THROWS_AS(trained(GrazingPolicy::error, 1e9), NumericalError);
}

TEST_CASE("the self-check looks at every Nth batch, finds nothing wrong and changes nothing") {
  const auto run = [](std::uint32_t every, std::vector<double>* values) {
    TinyTask task;
    task.options.self_check = every;
    Trainer trainer(task.network, task.learning, task, *task.loss, task.options);
    trainer.run_epoch();
    *values = trainer.state().values;
    return trainer.self_check();
  };
  std::vector<double> without, with;
  CHECK(run(0, &without).trials == 0);
  const SelfCheck all = run(1, &with);
  CHECK(all.trials + all.left_out == 70);
  CHECK(all.trials > 60);
  CHECK(all.violated == 0);
  CHECK(all.excess < 1.0);
  CHECK(all.worst.relative() > 0.0);  // rounding: something has been computed
  CHECK(with == without);
  const SelfCheck third = run(3, &with);  // batches 0, 3 and 6
  CHECK(third.trials + third.left_out == 30);
  CHECK(with == without);
}

namespace {

// A data set that gives another trial each time it is asked, which no data set may: the gradient
// then belongs to another trial than the one that it is checked against.
class Fickle final : public LabelledTrials {
 public:
  std::size_t size() const override { return 10; }
  Trial trial(std::size_t index) const override {
    Trial trial = task_.trial(index);
    if (asked_++ >= size())
      for (Spike& spike : trial.inputs) spike.time += 1e-3;
    return trial;
  }
  int label(std::size_t index) const override { return task_.label(index); }

 private:
  TinyTask task_;
  mutable std::atomic<std::size_t> asked_ = 0;
};

}  // namespace

TEST_CASE("the self-check counts violated identities and remembers the worst") {
  const Fickle trials;
  TinyTask task;
  task.options.self_check = 1;
  Trainer trainer(task.network, task.learning, trials, *task.loss, task.options);
  trainer.run_epoch();
  CHECK(trainer.self_check().violated > 0);
  CHECK(trainer.self_check().excess > 1.0);
  CHECK(trainer.self_check().trial < 10);
}
