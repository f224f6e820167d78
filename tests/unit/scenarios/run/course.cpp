// A course of epochs: what it keeps, tells and saves. Reference: the trainer it runs.
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <vector>

#include <retrograde/adjoint/evaluate.hpp>
#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/engine/ranks/ranks.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/course.hpp>

#include "tests/support/tiny_task.hpp"

using namespace retrograde;
using retrograde::test::TinyTask;

namespace {

class Diary final : public TrainingObserver {
 public:
  bool due() const override { return true; }
  void epoch_progress(const EpochProgress& p) override { shares.push_back(p.epoch - 1 + p.share); }
  void epoch_ended(const EpochReport& report) override { ended.push_back(report.metrics.epoch); }
  void stopped() override { ++stops; }
  std::vector<double> shares;
  std::vector<std::uint32_t> ended;
  int stops = 0;
};

struct Session {
  TinyTask task;
  Trainer trainer{task.network, task.learning, task, *task.loss, task.options};
  Checkpoint checkpoint;
  SessionOptions options;
  Diary diary;
  std::vector<std::uint32_t> saved;  // epochs finished then
  std::uint32_t patience = 0;
  BestBy best = BestBy::accuracy;

  CourseEnd run(std::uint32_t epochs, std::function<SetResult(const Network&)> validate = {}) {
    options.observer = &diary;
    Course course{trainer, checkpoint, options};
    course.epochs = epochs;
    course.trials = task.size();
    course.patience = patience;
    course.best = best;
    course.validate = std::move(validate);
    course.save = [&] { saved.push_back(checkpoint.trainer.epoch); };
    return run_course(course);
  }
};

// A judgement made by hand.
SetResult judgement(std::uint64_t correct, double loss, std::uint64_t labelled = 10) {
  SetResult result;
  result.trials = 10;
  result.labelled = labelled;
  result.correct = correct;
  result.loss_sum = 10 * loss;
  return result;
}

}  // namespace

TEST_CASE("a course runs its epochs, tells of each and saves after each") {
  Session s;
  CHECK(s.run(2) == CourseEnd::finished);
  CHECK(s.diary.ended == std::vector<std::uint32_t>{1, 2});
  CHECK(s.saved == std::vector<std::uint32_t>{1, 2});
  REQUIRE(s.diary.shares.size() == 12);  // after each batch but the last of an epoch
  CHECK(s.diary.shares.front() == Approx(10.0 / 70.0));
  CHECK(s.diary.shares.back() == Approx(1.0 + 60.0 / 70.0));
  CHECK(s.diary.stops == 0);
  // The rows say what the trainer said.
  TinyTask task;
  Trainer alone(task.network, task.learning, task, *task.loss, task.options);
  for (const EpochMetrics& m : s.checkpoint.history) {
    alone.run_epoch();
    CHECK(m.train_loss == alone.last_epoch().loss());
    CHECK(m.train_accuracy == alone.last_epoch().accuracy());
    CHECK(m.rate_factor == std::pow(0.95, m.epoch - 1));
    CHECK(m.delay_rate_factor == m.rate_factor);
    CHECK(m.delays == task.network.synapse_count());
    CHECK(m.silent_neurons == activity(alone.network(), alone.last_epoch()).silent);
    CHECK(!m.validation_accuracy);
  }
  CHECK(s.checkpoint.trainer.values == alone.state().values);
}

TEST_CASE("the best epoch has the best accuracy, then the smaller loss, the earlier on a tie") {
  const auto best_of = [](const std::vector<SetResult>& judgements,
                          BestBy best = BestBy::accuracy) {
    Session s;
    s.best = best;
    std::size_t k = 0;
    s.run(static_cast<std::uint32_t>(judgements.size()),
          [&](const Network&) { return judgements[k++]; });
    return s.checkpoint.best_epoch;
  };
  CHECK(best_of({judgement(5, 1.0), judgement(7, 2.0), judgement(6, 0.1)}) == 2);
  CHECK(best_of({judgement(5, 1.0), judgement(5, 0.5), judgement(5, 0.7)}) == 2);
  CHECK(best_of({judgement(5, 1.0), judgement(5, 1.0)}) == 1);
  // The smallest loss, whatever the accuracy.
  CHECK(best_of({judgement(5, 1.0), judgement(7, 2.0), judgement(4, 0.9), judgement(9, 0.9)},
                BestBy::loss) == 3);
  // Without labels the loss alone.
  CHECK(best_of({judgement(0, 1.0, 0), judgement(0, 2.0, 0), judgement(0, 0.5, 0)}) == 3);
}

TEST_CASE("a course ends after as many epochs without a better one as it has patience") {
  const std::vector<SetResult> judgements = {
      judgement(5, 1.0), judgement(6, 1.0), judgement(5, 0.1), judgement(6, 1.0),
      judgement(6, 0.9), judgement(5, 1.0), judgement(5, 1.0), judgement(9, 1.0)};
  const auto ends = [&](std::uint32_t patience) {
    Session s;
    s.patience = patience;
    std::size_t k = 0;
    const CourseEnd end = s.run(8, [&](const Network&) { return judgements[k++]; });
    CHECK(s.saved.back() == s.trainer.epoch());
    CHECK((end == CourseEnd::early) == (patience == 1 || patience == 2));
    return std::pair(s.trainer.epoch(), s.checkpoint.best_epoch);
  };
  CHECK(ends(1) == std::pair(3u, 2u));
  CHECK(ends(2) == std::pair(4u, 2u));
  CHECK(ends(3) == std::pair(8u, 8u));  // epoch 5 comes in time, epoch 8 as well
  CHECK(ends(0) == std::pair(8u, 8u));
}

TEST_CASE("a course that has run out of patience stays ended when it is taken up") {
  Session s;
  s.patience = 2;
  std::size_t judged = 0;
  const auto worse = [&](const Network&) {
    return judgement(9 - std::min<std::size_t>(judged++, 9), 1.0);
  };
  CHECK(s.run(8, worse) == CourseEnd::early);
  CHECK(s.trainer.epoch() == 3);
  CHECK(s.run(8, worse) == CourseEnd::early);
  CHECK(s.trainer.epoch() == 3);
  CHECK(judged == 3);
  CHECK(out_of_patience(s.checkpoint, 2));
  CHECK_FALSE(out_of_patience(s.checkpoint, 3));
  CHECK_FALSE(out_of_patience(s.checkpoint, 0));
  CHECK_FALSE(out_of_patience({}, 1));
}

TEST_CASE(
    "a plateau watches what judges the epochs: accuracy, or the loss where nobody has labels") {
  for (const bool labelled : {true, false}) {
    CAPTURE(labelled);
    TinyTask task;
    task.options.schedules.list = {{Plateau{0.5, 0.5, 0.75, 1}}};
    Trainer trainer(task.network, task.learning, task, *task.loss, task.options);
    Checkpoint checkpoint;
    const SessionOptions options;
    Course course{trainer, checkpoint, options};
    course.epochs = 5;
    course.trials = task.size();
    std::uint64_t k = 0;
    course.validate = [&](const Network&) {
      ++k;  // better until the third epoch, then worse
      return labelled ? judgement(k < 4 ? k : 0, 1.0)
                      : judgement(0, k < 4 ? 3.0 - static_cast<double>(k) : 9.0, 0);
    };
    course.save = [] {};
    run_course(course);
    REQUIRE(checkpoint.history.size() == 5);
    CHECK(checkpoint.history[3].rate_factor == std::pow(0.95, 3));
    CHECK(checkpoint.history[4].rate_factor == 0.5 * std::pow(0.95, 4));
    CHECK(checkpoint.trainer.schedules.size() == 1);
  }
}

TEST_CASE("a course that is stopped in an epoch saves what has been done of it") {
  Session s;
  s.options.on_progress = [](double epochs) { return epochs < 1.4; };
  CHECK(s.run(5) == CourseEnd::stopped);
  CHECK(s.trainer.epoch() == 1);
  CHECK(s.trainer.trials_done() == 30);
  CHECK(s.checkpoint.trainer.next_trial == 30);
  CHECK(s.diary.stops == 1);
  CHECK(s.saved == std::vector<std::uint32_t>{1, 1});
  // At the end of an epoch as well.
  Session t;
  t.options.on_progress = [](double epochs) { return epochs < 1.0; };
  CHECK(t.run(5) == CourseEnd::stopped);
  CHECK(t.trainer.epoch() == 1);
  CHECK(t.trainer.trials_done() == 0);
  CHECK(t.saved == std::vector<std::uint32_t>{1});
}

TEST_CASE("a course ends with an epoch after which every other would be the same") {
  // Without input spikes nothing fires, and no gradient reaches anything.
  TinyTask task;
  task.options.silent_increment = 0.0;
  const TrialList silent(std::vector<Trial>(20, Trial{40.0, {}}), std::vector<int>(20, 0));
  Trainer trainer(task.network, task.learning, silent, *task.loss, task.options);
  Checkpoint checkpoint;
  Diary diary;
  std::vector<std::uint32_t> saved;
  SessionOptions options;
  options.observer = &diary;
  Course course{trainer, checkpoint, options};
  course.epochs = 5;
  course.trials = silent.size();
  course.save = [&] { saved.push_back(checkpoint.trainer.epoch); };
  CHECK(run_course(course) == CourseEnd::stuck);
  CHECK(diary.ended == std::vector<std::uint32_t>{1});
  CHECK(checkpoint.history.size() == 1);
  CHECK(saved == std::vector<std::uint32_t>{1});
}

TEST_CASE("runaway activity in the judgement of an epoch names the epoch and the learning rate") {
  Session s;
  const auto runaway = [&](const Network& network) -> SetResult {
    throw RunawayError(network, 3, 2.5, 1026, 10.0);
  };
  CHECK_THROWS_WITH(
      s.run(5, runaway),
      Catch::Contains("epoch 1, batch 7: hidden[1]: runaway activity, 1026 spikes by 2.5 ms") &&
          Catch::Contains("weight_rate is 0.02"));
}

TEST_CASE("a judgement that is stopped stops the course, which goes on before that epoch") {
  Session s;
  std::size_t judged = 0;
  const auto stopped = [&](const Network&) {
    if (++judged == 2) throw Interrupted("the run was stopped");
    return judgement(5, 1.0);
  };
  CHECK(s.run(5, stopped) == CourseEnd::stopped);
  CHECK(s.diary.stops == 1);
  CHECK(s.diary.ended == std::vector<std::uint32_t>{1});
  CHECK(s.saved == std::vector<std::uint32_t>{1});
  CHECK(s.checkpoint.trainer.epoch == 1);
  CHECK(s.checkpoint.history.size() == 1);
}

namespace {

// Exact gradients, but for one batch that does not come to its end.
class Breaking final : public GradientSource {
 public:
  Breaking(int batches, std::function<void()> breaks)
      : batches_(batches), breaks_(std::move(breaks)) {}
  void make(const Network& network, const LabelledTrials& trials,
            std::span<const std::uint32_t> batch, const Loss& loss, const GradientOptions& options,
            BatchGradient& result) override {
    if (batches_-- == 0) breaks_();
    exact_.make(network, trials, batch, loss, options, result);
  }

 private:
  TapeGradients exact_{Scheduler::automatic};
  int batches_;
  std::function<void()> breaks_;
};

}  // namespace

TEST_CASE("a batch that is stopped within, or that a lost rank ends, is as if it had not begun") {
  Session whole;
  whole.run(3);
  for (const bool lost : {false, true}) {
    const TinyTask task;
    Checkpoint checkpoint;
    int saved = 0;
    {
      // In the fourth batch of the second epoch.
      Trainer trainer(task.network, task.learning, task, *task.loss, task.options,
                      std::make_unique<Breaking>(10, [&] {
                        if (lost) throw RankError(3, "rank 3 has gone");
                        throw Interrupted("the batch was stopped");
                      }));
      const SessionOptions options;
      Course course{trainer, checkpoint, options};
      course.epochs = 3;
      course.trials = task.size();
      course.save = [&] { ++saved; };
      if (lost)
        CHECK_THROWS_AS(run_course(course), RankError);
      else
        CHECK(run_course(course) == CourseEnd::stopped);
    }
    CHECK(saved == 2);
    CHECK(checkpoint.trainer.epoch == 1);
    CHECK(checkpoint.trainer.next_trial == 30);
    Trainer trainer(task.network, task.learning, task, *task.loss, task.options);
    trainer.restore(checkpoint.trainer);
    const SessionOptions options;
    Course course{trainer, checkpoint, options};
    course.epochs = 3;
    course.trials = task.size();
    course.save = [] {};
    CHECK(run_course(course) == CourseEnd::finished);
    CHECK(checkpoint.trainer.values == whole.checkpoint.trainer.values);
    CHECK(checkpoint.history.back().train_loss == whole.checkpoint.history.back().train_loss);
  }
}
