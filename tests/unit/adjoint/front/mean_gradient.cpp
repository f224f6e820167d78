// The mean gradient of many trials. Reference: gradients of single trials, added up by hand.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include <retrograde/adjoint/front.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/tiny_task.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

TEST_CASE("the gradient of many trials is the mean of theirs, by name") {
  const TinyTask task;
  const FirstTrials trials(task, 20);
  const MeanGradient mean = gradient_of(task.network, trials, *task.loss);
  std::vector<double> sum(task.network.layout().size(), 0.0);
  double loss = 0.0;
  std::uint64_t correct = 0;
  for (std::size_t k = 0; k < trials.size(); ++k) {
    const LossGradient one =
        gradient_of(task.network, trials.trial(k), *task.loss, trials.label(k));
    loss += one.loss;
    correct += one.decision == trials.label(k);
    for (std::size_t p = 0; p < sum.size(); ++p) sum[p] += one.gradient.parameters[p];
  }
  CHECK(std::fabs(mean.loss() - loss / 20.0) < 1e-14);
  CHECK(mean.result.correct == correct);
  CHECK(mean.trials.size() == 20);
  REQUIRE(mean.values.size() == sum.size());
  double worst = 0.0, largest = 0.0;
  for (std::size_t p = 0; p < sum.size(); ++p) {
    worst = std::fmax(worst, std::fabs(mean.values[p] - sum[p] / 20.0));
    largest = std::fmax(largest, std::fabs(mean.values[p]));
  }
  CHECK(largest > 1e-3);
  CHECK(worst < 1e-12 * std::fmax(1.0, largest));
  for (const ParameterBlock& block : parameter_blocks(task.network)) {
    const auto part = mean.of(block.owner, block.kind);
    CHECK(part.data() == mean.values.data() + block.begin);
    CHECK(part.size() == block.size);
  }
}

TEST_CASE("gradients without those of delays say so, and there is none of no trial") {
  const TinyTask task;
  const FirstTrials trials(task, 3);
  GradientOptions options;
  options.delays = false;
  const MeanGradient all = gradient_of(task.network, trials, *task.loss),
                     without = gradient_of(task.network, trials, *task.loss, options);
  const auto taus = all.of("hidden", ParameterKind::tau_mem),
             same = without.of("hidden", ParameterKind::tau_mem);
  CHECK(std::vector(taus.begin(), taus.end()) == std::vector(same.begin(), same.end()));
  CHECK_THROWS_WITH(without.of("in->hidden", ParameterKind::delay),
                    Contains("without those of delays"));
  CHECK_THROWS_WITH(all.of("hidden", ParameterKind::weight), Contains("hidden"));
  CHECK_THROWS_WITH(gradient_of(task.network, TrialList(), *task.loss), Contains("there is none"));
}
