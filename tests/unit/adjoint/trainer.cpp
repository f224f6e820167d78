// Trials without a class: they have a loss and no accuracy.
#include <catch2/catch.hpp>

#include <retrograde/adjoint/trainer.hpp>

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
    const SetResult result = evaluate(trials.task().network, trials, *loss);
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
