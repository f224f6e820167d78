// Training gives the same bits for any number of threads, and after being stopped and resumed
// anywhere.
#include <catch2/catch.hpp>
#include <cstring>
#include <tbb/global_control.h>

#include <retrograde/adjoint/evaluate.hpp>
#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/scenarios/run/folder/checkpoint.hpp>

#include "tests/support/scratch.hpp"
#include "tests/support/tiny_task.hpp"

using namespace retrograde;
using retrograde::test::ScratchFolder;
using retrograde::test::TinyTask;

namespace {

constexpr std::uint32_t epochs = 4;

std::vector<double> train(const TinyTask& task, int threads) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(threads));
  Trainer trainer(task.network, task.learning, task, *task.loss, task.options);
  while (trainer.epoch() < epochs) trainer.run_epoch();
  return trainer.state().values;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

}  // namespace

TEST_CASE("training gives the same bits on 1, 2 and 7 threads") {
  const TinyTask task;
  const auto one = train(task, 1);
  CHECK(same_bits(one, train(task, 2)));
  CHECK(same_bits(one, train(task, 7)));
  const auto start = task.network.parameters();
  CHECK_FALSE(same_bits(one, {start.begin(), start.end()}));
}

namespace {

// With all that a trainer may have to remember, and trials that are others in every epoch.
class Elaborate final : public LabelledTrials {
 public:
  Elaborate() {
    const ParameterLayout& layout = task.network.layout();
    const std::size_t delays = layout.offset(ParameterKind::delay);
    LearningGroup sparse{delays, delays + 2 * TinyTask::hidden};
    sparse.rate = 0.2;
    sparse.l1 = 0.05;
    sparse.most = 9;
    task.learning.groups = {sparse};
    task.options.adam.decay[static_cast<std::size_t>(ParameterKind::weight)] = 0.02;
    task.options.dropout = {0.0, 0.3, 0.0};
    task.options.schedules.epochs = epochs;
    task.options.schedules.list = {{EaseIn{0.1, 1.1}},
                                   {OneCycle{}, {true, false, false}},
                                   {Cosine{0.1}, {false, true, false}},
                                   {Plateau{0.5, 0.5, 0.9, 1}}};
  }
  std::size_t size() const override { return task.size(); }
  Trial trial(std::size_t index) const override { return task.trial(index); }
  int label(std::size_t index) const override { return task.label(index); }
  Trial shown(std::size_t index, std::uint32_t epoch) const override {
    Trial trial = task.trial(index);
    for (Spike& spike : trial.inputs)
      spike.time += Random(5, "moved", 1000 * epoch + index).uniform(0.0, 3.0);
    return trial;
  }
  Trainer trainer() const { return {task.network, task.learning, *this, *task.loss, task.options}; }
  // To the end, or to so many batches; judged worse and worse, so that the rates fall.
  static bool go_on(Trainer& trainer, int batches) {
    while (trainer.epoch() < epochs) {
      if (!trainer.run_epoch([&](const SetResult&) { return --batches > 0; })) return false;
      trainer.watch(-static_cast<double>(trainer.epoch()));
    }
    return true;
  }
  TinyTask task;
};

}  // namespace

TEST_CASE("schedules, dropout, sparse delays and trials by epoch are resumed to the bit") {
  const Elaborate e;
  Trainer whole = e.trainer();
  Elaborate::go_on(whole, 1000);
  CHECK(whole.state().schedules[3].factor < 1.0);
  CHECK(count_delays(whole.learning(), whole.network()).resting >= 7);
  const ScratchFolder folder;
  const std::string path = (folder / "checkpoint.bin").string();
  for (const int stop_after : {1, 4, 8, 13, 17, 22}) {
    CAPTURE(stop_after);
    {
      Trainer trainer = e.trainer();
      REQUIRE_FALSE(Elaborate::go_on(trainer, stop_after));
      Checkpoint checkpoint;
      checkpoint.layout = e.task.network.layout();
      checkpoint.trainer = trainer.state();
      write_checkpoint(path, checkpoint);
    }
    Trainer resumed = e.trainer();
    resumed.restore(read_checkpoint(path).trainer);
    Elaborate::go_on(resumed, 1000);
    CHECK(same_bits(whole.state().values, resumed.state().values));
    CHECK(same_bits(whole.state().adam.second_moment, resumed.state().adam.second_moment));
    CHECK(whole.state().schedules[3].slow == resumed.state().schedules[3].slow);
  }
  // On other numbers of threads as well.
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 1);
  Trainer alone = e.trainer();
  Elaborate::go_on(alone, 1000);
  CHECK(same_bits(whole.state().values, alone.state().values));
}

TEST_CASE("training learns the tiny task, so that the comparisons of this file compare something") {
  const TinyTask task;
  Trainer trainer(task.network, task.learning, task, *task.loss, task.options);
  while (trainer.epoch() < 20) trainer.run_epoch();
  CHECK(evaluate(*make_machine(trainer.network()), task, *task.loss).accuracy() > 0.95);
}

TEST_CASE(
    "training stopped after any batch, saved to a file and resumed by a new process equals the "
    "uninterrupted run") {
  const TinyTask task;
  const auto uninterrupted = train(task, 2);
  const ScratchFolder folder;
  const std::string path = (folder / "checkpoint.bin").string();
  for (const int stop_after : {1, 3, 6, 9, 13, 20}) {
    CAPTURE(stop_after);
    {
      Trainer trainer(task.network, task.learning, task, *task.loss, task.options);
      int batches = 0;
      while (trainer.epoch() < epochs &&
             trainer.run_epoch([&](const SetResult&) { return ++batches < stop_after; })) {
      }
      REQUIRE(trainer.epoch() < epochs);
      Checkpoint checkpoint;
      checkpoint.layout = task.network.layout();
      checkpoint.trainer = trainer.state();
      write_checkpoint(path, checkpoint);
    }
    Trainer resumed(task.network, task.learning, task, *task.loss, task.options);
    resumed.restore(read_checkpoint(path).trainer);
    while (resumed.epoch() < epochs) resumed.run_epoch();
    CHECK(same_bits(uninterrupted, resumed.state().values));
  }
}

TEST_CASE("an epoch counts the same spikes and losses whether it was interrupted or not") {
  const TinyTask task;
  Trainer whole(task.network, task.learning, task, *task.loss, task.options);
  whole.run_epoch();
  Trainer parts(task.network, task.learning, task, *task.loss, task.options);
  REQUIRE_FALSE(parts.run_epoch([](const SetResult& r) { return r.trials < 30; }));
  REQUIRE(parts.run_epoch());
  CHECK(parts.last_epoch().trials == task.size());
  CHECK(parts.last_epoch().spikes == whole.last_epoch().spikes);
  CHECK(parts.last_epoch().loss_sum == whole.last_epoch().loss_sum);
}

TEST_CASE("evaluation gives the same sums on 1 and 2 threads") {
  const TinyTask task;
  const auto run = [&](int threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                    static_cast<std::size_t>(threads));
    return evaluate(*make_machine(task.network), task, *task.loss);
  };
  const SetResult one = run(1), two = run(2);
  CHECK(one.loss_sum == two.loss_sum);
  CHECK(one.confusion == two.confusion);
  CHECK(one.spikes == two.spikes);
}
