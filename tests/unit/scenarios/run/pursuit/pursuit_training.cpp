// Training in a run folder. References: the uninterrupted run, bit for bit; a task that a line between
// two halves of a signal decides.
#include <catch2/catch.hpp>
#include <string>
#include <tbb/global_control.h>

#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/pursuit/coding.hpp>
#include <retrograde/scenarios/run/pursuit/pursuit_evaluation.hpp>
#include <retrograde/scenarios/run/pursuit/pursuit_training.hpp>
#include <retrograde/scenarios/run/pursuit/trained_pursuit.hpp>

#include "tests/support/pursuit.hpp"
#include "tests/support/pursuit_arrays.hpp"
#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// A run folder with its scenario, as `retro train` leaves one before the first epoch.
struct Run {
  ScratchFolder scratch;
  Scenario scenario;
  PursuitModel model;
  RunFolder folder;

  Run() : scenario(prepared(scratch)), model(make_pursuit(scenario, "")), folder(scratch / "run") {
    make_folder(folder.path());
    keep_scenario(folder.path(), scenario.text, nullptr);
  }

  static Scenario prepared(const ScratchFolder& scratch) {
    put_signals(scratch.path());
    return resolved(parse_scenario(learned_pursuit, (scratch / "x.toml").string()));
  }

  PursuitTrained train(double stop_after = 1000.0) {
    PursuitSession session;
    session.progress = [&](const PursuitCheckpoint& checkpoint) {
      return checkpoint.course.epoch < stop_after;
    };
    session.on_batch = [&](double epochs) { return epochs < stop_after; };
    return train_in_folder(scenario, model, folder, session);
  }
};

}  // namespace

TEST_CASE("sparse coding: training learns, and a folder gives back its best epoch") {
  Run run;
  const PursuitTrained trained = run.train();
  CHECK(trained.finished);
  const PursuitCourse& course = trained.checkpoint.course;
  REQUIRE(course.epochs.size() == 6);
  CHECK(course.best_epoch()->validation_accuracy == 1.0);
  CHECK(course.epochs.back().loss < course.epochs.front().loss);
  const TrainedPursuit opened = open_pursuit(run.folder.path().string(), "");
  CHECK(opened.epoch == best_epoch(course));
  CHECK(opened.model.classifier.weights == course.best.weights);
  CHECK(opened.model.classifier.problem.dictionary.dense() ==
        course.best.problem.dictionary.dense());
  const PursuitEvaluation evaluation = evaluate_pursuit(opened.model);
  CHECK(evaluation.part == Part::test);
  REQUIRE(evaluation.right);
  CHECK(evaluation.right->whole == 20);
  CHECK(evaluation.right->part >= 16);  // by chance 10, and 16 or more once in 170 times
  CHECK(evaluation.active_groups > 0.0);
  CHECK(evaluation.active_groups < 1.0);
  // A signal without a range has no PSNR; the mean is that of the others.
  PursuitModel flat = opened.model;
  flat.signals.test.signals.col(0).setZero();
  const Vector first = opened.model.signals.test.signal(0);
  const PursuitProblem& problem = opened.model.classifier.problem;
  const double own = psnr(first, problem.dictionary.signal(fista(problem, first).code));
  CHECK(evaluate_pursuit(flat).psnr == Approx((20.0 * evaluation.psnr - own) / 19.0).epsilon(1e-4));
}

TEST_CASE("sparse coding: a training that was stopped goes on bit for bit") {
  Run whole, parts;
  const PursuitTrained straight = whole.train();
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  CHECK_FALSE(parts.train(2).finished);
  CHECK_FALSE(parts.train(2.5).finished);
  CHECK(checkpoint_of(parts.scenario, parts.model, parts.folder).course.batch > 0);
  CHECK_FALSE(parts.train(3).finished);
  const PursuitTrained resumed = parts.train();
  CHECK(resumed.finished);
  PursuitCheckpoint a = straight.checkpoint, b = resumed.checkpoint;
  // Clocks, and the names of files, which are those of two folders.
  a.seconds = b.seconds;
  a.scenario_identity = b.scenario_identity;
  CHECK(pursuit_checkpoint_bytes(a) == pursuit_checkpoint_bytes(b));
}

TEST_CASE("sparse coding: a dictionary of signals without labels is learned alone") {
  ScratchFolder scratch;
  put_signals(scratch.path());
  std::string text = changed(learned_pursuit, "labels = \"labels.npy\"\n", "");
  text = changed(text, "[classifier]\nfeatures = \"norms\"\nweights = \"learned\"\n", "");
  text = changed(text, "classifier_rate = 0.1\n", "rate = 0.03\n");
  text = changed(text, "[attack]\nepsilons = [0, 3.0]\ntrials = 10\n", "");
  const Scenario scenario = resolved(parse_scenario(text, (scratch / "x.toml").string()));
  const PursuitModel model = make_pursuit(scenario, "");
  const RunFolder folder(scratch / "run");
  make_folder(folder.path());
  keep_scenario(folder.path(), scenario.text, nullptr);
  const PursuitTrained trained = train_in_folder(scenario, model, folder);
  CHECK(trained.finished);
  const PursuitCourse& course = trained.checkpoint.course;
  CHECK(course.epochs.back().validation_objective < course.epochs.front().validation_objective);
  const TrainedPursuit opened = open_pursuit(folder.path().string(), "");
  CHECK_FALSE(opened.model.classifier.decides());
  const PursuitEvaluation evaluation = evaluate_pursuit(opened.model);
  CHECK_FALSE(evaluation.right);
  CHECK(evaluation.objective < evaluate_pursuit(model).objective);
  const Coding coding = code_signal(opened.spec(), opened.model, Part::test, 1);
  CHECK_FALSE(coding.decided);
}

TEST_CASE("sparse coding: a checkpoint of something else is refused") {
  Run run;
  run.train(1);
  const std::string path = run.folder.checkpoint();
  const std::vector<std::uint8_t> bytes = read_file(path);
  const PursuitCourse begin = pursuit_course(run.model.classifier);
  CHECK(pursuit_checkpoint_bytes(parse_pursuit_checkpoint(bytes, path, begin)) ==
        std::string(bytes.begin(), bytes.end()));
  for (const std::size_t cut : {std::size_t{0}, std::size_t{7}, std::size_t{30}, bytes.size() - 1})
    CHECK_THROWS_AS(
        parse_pursuit_checkpoint({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(cut)},
                                 path, begin),
        FormatError);
  std::vector<std::uint8_t> damaged = bytes;
  damaged[bytes.size() / 2] ^= 1;
  CHECK_THROWS_WITH(parse_pursuit_checkpoint(damaged, path, begin), Contains("checksum"));
  // Another number of atoms.
  PursuitClassifier other = run.model.classifier;
  other.weights = Matrix::Zero(3, other.weights.cols());
  other.bias = Vector::Zero(3);
  CHECK_THROWS_WITH(parse_pursuit_checkpoint(bytes, path, pursuit_course(other)),
                    Contains("values where the scenario has"));
  // Other data, another scenario.
  Run different;
  different.model.signals.train.signals(0, 0) += 1.0;
  different.train(1);
  different.model.signals.train.signals(0, 0) -= 1.0;
  CHECK_THROWS_WITH(different.train(), Contains("other data"));
  run.scenario.text += "# changed\n";
  CHECK_THROWS_WITH(run.train(), Contains("another scenario"));
}
