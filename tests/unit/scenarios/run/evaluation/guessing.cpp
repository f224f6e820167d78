// Whoever does no better than one who always names the same class is told. The reference is that share and its
// standard error, by hand.
#include <catch2/catch.hpp>
#include <memory>

#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/scenarios/run/evaluation/guessing.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

// 100 trials, 60 of them of class b; so many are decided rightly.
std::string told(std::uint64_t right, std::size_t labelled = 100) {  // the first `labelled` of them
  std::vector<int> labels;
  for (std::size_t k = 0; k < 100; ++k)
    labels.push_back(k < labelled ? (k % 5 < 3 ? 1 : 0) : no_decision);
  const auto trials = std::make_shared<const TrialList>(std::vector<Trial>(100), labels);
  DatasetInfo info;
  info.class_names = {"a", "b"};
  const Dataset dataset(info, trials, std::make_shared<const TrialList>(), trials);
  Evaluation evaluation;
  evaluation.part = Part::test;
  evaluation.judged = true;
  evaluation.exact.trials = 100;
  evaluation.exact.labelled = labelled;
  evaluation.exact.correct = right;
  return no_better_than_guessing(evaluation, dataset);
}

}  // namespace

TEST_CASE("an accuracy that guessing has is told as such, and a better one is not") {
  // The standard error is sqrt(0.6 x 0.4 / 100), 4.9 %: up to 69 % it may be chance.
  CHECK_THAT(told(60), Contains("its accuracy, 60.00 %") && Contains("the class b") &&
                           Contains("60.00 % of 100 trials (standard error 4.90 %)"));
  CHECK_THAT(told(33), Contains("no better"));
  CHECK_THAT(told(69), Contains("no better"));
  CHECK(told(70).empty());
  CHECK(told(0, 0).empty());
  // Three of five: with 0.6 +- 0.22 nobody can tell.
  CHECK(told(3, 5).empty());
}
