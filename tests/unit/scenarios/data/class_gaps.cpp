// Classes that one part has and another has not.
#include <catch2/catch.hpp>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/scenarios/data/class_gaps.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

std::shared_ptr<const LabelledTrials> part(std::vector<int> labels) {
  std::vector<Trial> trials(labels.size());
  return std::make_shared<TrialList>(std::move(trials), std::move(labels));
}

Dataset set(std::vector<int> train, std::vector<int> validation, std::vector<int> test,
            std::size_t classes) {
  DatasetInfo info;
  info.name = "set";
  for (std::size_t c = 0; c < classes; ++c) info.class_names.push_back("c" + std::to_string(c));
  return Dataset(info, part(std::move(train)), part(std::move(validation)), part(std::move(test)));
}

}  // namespace

TEST_CASE("a class that one part lacks and another has is told, with what it means") {
  const auto gaps = class_gaps(set({0, 0, 1}, {0, 1}, {0, 2, 2, 2}, 4));
  REQUIRE(gaps.size() == 3);
  // c3 is nowhere, which is no matter of parts.
  CHECK(
      gaps[0] ==
      "the train part has no trial of 1 class (c2), of which the others have 3: the network cannot "
      "learn them");
  CHECK_THAT(gaps[1], Contains("validation part") && Contains("(c2)") && Contains("best epoch"));
  CHECK_THAT(gaps[2], Contains("test part") && Contains("(c1)") && Contains("have 2:"));
}

TEST_CASE("parts that have the same classes, are empty or without labels lack nothing") {
  CHECK(class_gaps(set({0, 1}, {1, 0}, {1, 1, 0}, 2)).empty());
  CHECK(class_gaps(set({0, 1}, {}, {}, 2)).empty());
  CHECK(class_gaps(set({no_decision}, {}, {no_decision}, 0)).empty());
}

TEST_CASE("of many classes that are missing the first few are named") {
  const auto gaps = class_gaps(set({0, 1, 2, 3, 4, 5, 6, 7}, {}, {0}, 8));
  REQUIRE(gaps.size() == 1);
  CHECK_THAT(gaps[0], Contains("7 classes (c1, c2, c3, c4, c5, ...)") && Contains("have 7"));
}
