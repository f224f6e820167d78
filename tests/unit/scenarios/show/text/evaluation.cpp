// The table of `retro check` and at the end of a training, of results written down by hand with a
// different number in every place.
#include <catch2/catch.hpp>
#include <string>

#include <retrograde/scenarios/show/text/evaluation.hpp>

#include "tests/support/markup.hpp"
#include "tests/support/worked_evaluation.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// The line that begins with `name`, with single spaces.
std::string line_of(const std::string& text, const std::string& name) {
  const std::size_t at = text.find("\n  " + name);
  if (at == std::string::npos) return "";
  std::string line;
  for (std::size_t i = at + 3; i < text.size() && text[i] != '\n'; ++i)
    if (text[i] != ' ' || line.empty() || line.back() != ' ') line += text[i];
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

}  // namespace

TEST_CASE("the table of an evaluation has exact numbers on the left and the chip's on the right") {
  const WorkedEvaluation worked = worked_evaluation();
  const std::string text = evaluation_text(worked.trained, worked.evaluation);
  CHECK_THAT(text, Contains("yin_yang_delays, 1000 test trials"));
  CHECK(line_of(text, "accuracy") == "accuracy 97.60 % 97.20 % 96.0 .. 98.1 %");
  CHECK(line_of(text, "same decision") == "same decision 98.40 % 97.4 .. 99.0 %");
  CHECK(line_of(text, "spikes/trial hidden") == "spikes/trial hidden 33.21 32.43 -0.85 .. -0.71");
  CHECK(line_of(text, "spikes/trial out") == "spikes/trial out 1.02 0.99 -0.04 .. -0.02");
  CHECK(line_of(text, "spikes/trial in ") == "");
  CHECK(line_of(text, "u of hidden") == "u of hidden -120344 .. 734112 24 8.8 % 0 proven");
  CHECK(line_of(text, "v of hidden") == "v of hidden 0 .. 8388607 24 100.0 % 3 not proven");
  CHECK(line_of(text, "in->hidden") == "in->hidden 2100 3 17 30.5 0");
  CHECK_THAT(text, Contains("thresholds of hidden lowered by 0.25 of the mean rise"));
  CHECK_THAT(text, Contains("1 input spike shared a step with another of its neuron"));
  CHECK_THAT(text, Contains("verdict: fits Loihi 2; "));
}

TEST_CASE("the error budget has what each step costs alone, then added to those above") {
  const WorkedEvaluation worked = worked_evaluation();
  const std::string text = evaluation_text(worked.trained, worked.evaluation);
  CHECK_THAT(text, Contains("what each step to the chip costs, on 900 trials"));
  // 780, 779 and 777 of 900; 1 and 3 decisions changed.
  CHECK(line_of(text, "exact ") == "exact 86.67 %");
  const std::string first(name(loihi2::approximations[0]));
  CHECK(line_of(text, first) == first + " 86.56 % 0.11 % 0.0100 86.33 % 0.33 % 0.0200");
  CHECK(line_of(text, "fine-tuned") == "");
}

TEST_CASE(
    "whether there is an accuracy is asked of the data, not of the number of right decisions") {
  WorkedEvaluation worked = worked_evaluation();
  worked.evaluation.exact.correct = 0;
  worked.evaluation.chip->conformance.exact_correct = 0;
  worked.evaluation.chip->conformance.chip_correct = 0;
  CHECK(line_of(evaluation_text(worked.trained, worked.evaluation), "accuracy") ==
        "accuracy 0.00 % 0.00 % 0.0 .. 0.4 %");
  worked.evaluation.chip.reset();
  worked.evaluation.chip_refusal = "v_reset of hidden is 0.1";
  const std::string refused = evaluation_text(worked.trained, worked.evaluation);
  CHECK(line_of(refused, "accuracy (exact)") == "accuracy (exact) 0.00 %");
  CHECK(line_of(refused, "loss") == "loss 0.123");
  CHECK(line_of(refused, "not on Loihi 2") == "not on Loihi 2: v_reset of hidden is 0.1");

  const WorkedEvaluation without = unlabelled_evaluation();
  const std::string text = evaluation_text(without.trained, without.evaluation);
  CHECK(line_of(text, "accuracy") == "");
  CHECK(line_of(text, "exact ") == "");
  CHECK(occurrences(text, " 0.00 %") == 0);
  CHECK(line_of(text, "same decision") == "same decision 98.40 % 97.4 .. 99.0 %");
}

TEST_CASE("a table of the training part says that there is no test part") {
  WorkedEvaluation worked = worked_evaluation();
  CHECK_THAT(evaluation_text(worked.trained, worked.evaluation), !Contains("no test part"));
  worked.evaluation.part = Part::train;
  worked.evaluation.has_test_part = false;
  const std::string text = evaluation_text(worked.trained, worked.evaluation);
  CHECK_THAT(text, Contains("1000 train trials\n  the data set has no test part: these numbers"));
}
