// The way back of many trials at once, against two references: the sum of TapeGradients, with the same
// bits, and the gradient of each trial alone.
#include <catch2/catch.hpp>
#include <numeric>
#include <vector>

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/adjoint/trials_backward.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/tiny_task.hpp"

using namespace retrograde;
using retrograde::test::TinyTask;

namespace {

struct Batch {
  TinyTask task;
  std::unique_ptr<const Machine> machine = make_machine(task.network);
  std::vector<std::uint32_t> batch = std::vector<std::uint32_t>(13);
  std::vector<Tape> tapes;
  std::vector<LossValue> losses;

  Batch() {
    std::iota(batch.begin(), batch.end(), 0u);
    RunOptions options;
    options.readout = task.loss->readout();
    for (const std::uint32_t k : batch) {
      tapes.push_back(machine->run(task.trial(k), options));
      losses.push_back(task.loss->evaluate(task.network, tapes.back(), task.label(k)));
    }
  }
  TrialsGradient back(bool initial_v = false,
                      const std::function<bool(Time)>& progress = {}) const {
    return backward_all(*machine, tapes, losses, task.loss->readout(), {}, initial_v, progress);
  }
};

}  // namespace

TEST_CASE("trials backward: the sum has the bits of a batch in training") {
  const Batch runs;
  GradientOptions options;
  options.run.readout = runs.task.loss->readout();
  BatchGradient batch;
  TapeGradients(Scheduler::automatic)
      .make(runs.task.network, runs.task, runs.batch, *runs.task.loss, options, batch);
  CHECK(runs.back().sum == batch.sum);
}

TEST_CASE("trials backward: what goes into each trial has the gradient of that trial") {
  const Batch runs;
  const TrialsGradient all = runs.back(true);
  for (std::size_t k = 0; k < runs.batch.size(); ++k) {
    const LossGradient one =
        gradient_of(*runs.machine, runs.task.trial(k), *runs.task.loss, runs.task.label(k));
    CHECK(all.input_times[k] == one.gradient.input_times);
    CHECK(all.initial_v[k].size() == runs.task.network.neuron_count());
  }
  CHECK(runs.back().initial_v[0].empty());
}

TEST_CASE("trials backward: no trial, and a way back that is stopped") {
  const Batch runs;
  const TrialsGradient none = backward_all(*runs.machine, {}, {}, {}, {}, false);
  CHECK(none.sum == std::vector<double>(runs.task.network.layout().size(), 0.0));
  CHECK_THROWS_AS(runs.back(false, [](Time) { return false; }), Interrupted);
}
