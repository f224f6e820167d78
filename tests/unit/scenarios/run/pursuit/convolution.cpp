// Scenarios whose dictionary is a convolution. References: engine/pursuit/convolution.hpp of kernels
// that a file holds; patches of the images; a task that bars along rows or columns decide; the
// uninterrupted run, bit for bit.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include <retrograde/adjoint/pursuit/learned_atoms.hpp>
#include <retrograde/engine/pursuit/convolution.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/run/pursuit/coding.hpp>
#include <retrograde/scenarios/run/pursuit/pursuit_training.hpp>
#include <retrograde/scenarios/run/pursuit/trained_pursuit.hpp>

#include "tests/support/pursuit.hpp"
#include "tests/support/pursuit_arrays.hpp"
#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// 60 images of 6 x 6 with a bar of three pixels somewhere, along a row (class 0) or a column (1).
void put_bars(const ScratchFolder& scratch, const std::string& shape = "(60, 6, 6)") {
  Random random(1, "test/bars");
  std::vector<double> images(60 * 36), labels;
  for (std::size_t k = 0; k < 60; ++k) {
    labels.push_back(static_cast<double>(k % 2));
    for (std::size_t i = 0; i < 36; ++i) images[36 * k + i] = 0.05 * random.normal();
    const std::size_t y = random.index(4), x = random.index(4);
    for (std::size_t i = 0; i < 3; ++i)
      images[36 * k + (k % 2 == 0 ? 6 * y + x + i : 6 * (y + i) + x)] += 1.0;
  }
  put_npy(scratch / "signals.npy", shape, images);
  put_npy(scratch / "labels.npy", "(60,)", labels);
}

const std::string bars =
    changed(changed(learned_pursuit, "atoms = 8\ngroup_size = 2", "atoms = 4\nkernel = 3"),
            "l2 = 0.05", "l1 = 0.1");

PursuitModel model_of(const ScratchFolder& scratch, const std::string& text) {
  return make_pursuit(parse_scenario(text, (scratch / "x.toml").string()), "");
}

const ConvolutionShape& shape_of(const PursuitModel& model) {
  return model.classifier.problem.dictionary.convolution().value();
}

}  // namespace

TEST_CASE("sparse coding: images of any number of channels have kernels at their positions") {
  const ScratchFolder scratch;
  put_bars(scratch);
  const PursuitModel model = model_of(scratch, changed(bars, "kernel = 3", "kernel = [3, 2]"));
  CHECK(model.signals.rows == 6);
  CHECK(model.signals.columns == 6);
  CHECK(shape_of(model).rows() == 4);
  CHECK(shape_of(model).columns() == 5);
  CHECK(shape_of(model).kernels == 4);
  CHECK(model.classifier.problem.dictionary.size() == 80);
  CHECK(model.classifier.problem.penalty.groups.count() == 80);

  put_bars(scratch, "(60, 2, 3, 6)");
  const std::string two = changed(bars, "kernel = 3", "kernel = 2\nstride = 2\ngroup_size = 2");
  const PursuitModel channels = model_of(scratch, two);
  CHECK(channels.signals.channels == 2);
  CHECK(shape_of(channels).kernel_size() == 8);
  CHECK(shape_of(channels).positions() == 3);
  CHECK(channels.classifier.problem.penalty.groups.count() == 6);
}

TEST_CASE("sparse coding: kernels come from a file, from noise, or from patches of images") {
  const ScratchFolder scratch;
  put_bars(scratch);
  std::vector<double> kernels(18);
  for (std::size_t i = 0; i < 18; ++i) kernels[i] = 0.1 * static_cast<double>(i * i % 7) - 0.2;
  put_npy(scratch / "kernels.npy", "(2, 9)", kernels);
  const PursuitModel file =
      model_of(scratch, changed(changed(bars, "kind = \"samples\"\natoms = 4",
                                        "kind = \"npy\"\npath = \"kernels.npy\""),
                                "noise = 0.1\n", ""));
  const Matrix given = Eigen::Map<const Matrix>(kernels.data(), 9, 2);
  CHECK(file.classifier.problem.dictionary.dense() ==
        convolution({6, 6, 1, 3, 3, 1, 2}, given).dense());

  const PursuitModel normal = model_of(
      scratch,
      changed(changed(bars, "kind = \"samples\"", "kind = \"normal\""), "noise = 0.1\n", ""));
  const Matrix drawn = learned_atoms(normal.classifier.problem.dictionary);
  CHECK(drawn.rows() == 9);
  CHECK(drawn.col(3).norm() == Approx(1.0));

  // A kernel is a patch less the mean one. Of images whose patches have all one direction, beside flat
  // ones that are left out, it has that direction too.
  std::vector<double> images(60 * 36, 0.0);
  for (std::size_t k = 0; k < 60; ++k)
    for (std::size_t i = 0; i < 36; ++i)
      if (k % 3 != 0) images[36 * k + i] = static_cast<double>((i % 2) * (1 + k % 2));
  put_npy(scratch / "signals.npy", "(60, 6, 6)", images);
  const PursuitModel samples = model_of(
      scratch,
      changed(changed(bars, "noise = 0.1", "noise = 0.0"), "kernel = 3", "kernel = 2\nstride = 2"));
  const Matrix patches = learned_atoms(samples.classifier.problem.dictionary);
  for (Eigen::Index k = 0; k < 4; ++k) {
    CHECK(std::fabs(patches(1, k)) == Approx(std::sqrt(0.5)));
    CHECK(patches(3, k) == Approx(patches(1, k)));
    CHECK(patches(0, k) == 0.0);
    CHECK(patches(2, k) == 0.0);
  }
}

TEST_CASE("sparse coding: a convolution is learned in a run folder, stopped or not") {
  const ScratchFolder scratch;
  put_bars(scratch);
  const Scenario scenario = resolved(parse_scenario(bars, (scratch / "x.toml").string()));
  const PursuitModel model = make_pursuit(scenario, "");
  const auto folder = [&](const char* name) {
    RunFolder run(scratch / name);
    make_folder(run.path());
    keep_scenario(run.path(), scenario.text, nullptr);
    return run;
  };
  const RunFolder straight = folder("straight"), parts = folder("parts");
  const PursuitTrained whole = train_in_folder(scenario, model, straight);
  CHECK(whole.finished);
  CHECK(whole.checkpoint.course.best_accuracy() >= 0.9);  // of ten signals
  PursuitSession short_session;
  short_session.on_batch = [](double epochs) { return epochs < 1.5; };
  CHECK_FALSE(train_in_folder(scenario, model, parts, short_session).finished);
  PursuitCheckpoint resumed = train_in_folder(scenario, model, parts).checkpoint;
  resumed.seconds = whole.checkpoint.seconds;
  CHECK(pursuit_checkpoint_bytes(resumed) == pursuit_checkpoint_bytes(whole.checkpoint));
  const TrainedPursuit opened = open_pursuit(straight.path().string(), "");
  const Dictionary& d = opened.model.classifier.problem.dictionary;
  CHECK(d.dense() == whole.checkpoint.course.best.problem.dictionary.dense());
  CHECK(shape_of(opened.model).kernels == 4);
  const Coding coding = code_signal(opened.spec(), opened.model, Part::test, 0);
  CHECK(coding.objective <= coding.optimum * (1.0 + 1e-6));
}

TEST_CASE("sparse coding: kernels that do not fit the signals are refused") {
  const ScratchFolder scratch;
  put_bars(scratch);
  CHECK_THROWS_WITH(model_of(scratch, changed(bars, "kernel = 3", "kernel = [7, 1]")),
                    Contains("7 x 1 is more than the images of signals.npy have, 6 x 6"));
  put_npy(scratch / "kernels.npy", "(2, 8)", std::vector<double>(16, 1.0));
  CHECK_THROWS_WITH(model_of(scratch, changed(changed(bars, "kind = \"samples\"\natoms = 4",
                                                      "kind = \"npy\"\npath = \"kernels.npy\""),
                                              "noise = 0.1\n", "")),
                    Contains("3 x 3 for one channel have 9 values") && Contains("have 8"));
  put_bars(scratch, "(60, 36)");
  CHECK_THROWS_WITH(model_of(scratch, bars), Contains("no images") && Contains("rows, columns"));
  put_bars(scratch, "(60, 1, 1, 6, 6)");
  CHECK_THROWS_WITH(model_of(scratch, bars), Contains("5 axes"));
}
