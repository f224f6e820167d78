// Sets of labelled trials: what is asked for is what was put in.
#include <catch2/catch.hpp>

#include <retrograde/engine/trial/labelled_trials.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;

namespace {

std::vector<Trial> three() { return {{10.0, {{1.0, 0}}}, {20.0, {{2.0, 1}}}, {30.0, {}}}; }

}  // namespace

TEST_CASE("a list keeps trials and labels, and knows no others") {
  const TrialList list(three(), {4, no_decision, 0});
  REQUIRE(list.size() == 3);
  CHECK(list.trial(1).duration == 20.0);
  CHECK(list.trial(1).inputs == std::vector<Spike>{{2.0, 1}});
  CHECK(list.label(0) == 4);
  CHECK(list.label(1) == no_decision);
  CHECK_THROWS_AS(list.trial(3), InternalError);
  CHECK_THROWS_AS(list.label(3), InternalError);
  CHECK_THROWS_AS(TrialList(three(), {1}), NetworkError);
  const TrialList unlabelled(three());
  for (std::size_t k = 0; k < 3; ++k) CHECK(unlabelled.label(k) == no_decision);
  CHECK(TrialList().size() == 0);
}

TEST_CASE("made trials are made when they are asked for") {
  std::size_t made = 0;
  const auto make = [&](std::size_t k) {
    ++made;
    return Trial{static_cast<Time>(k + 1), {}};
  };
  const MadeTrials trials(5, make, [](std::size_t k) { return static_cast<int>(k % 2); });
  CHECK(trials.size() == 5);
  CHECK(made == 0);
  CHECK(trials.trial(3).duration == 4.0);
  CHECK(made == 1);
  CHECK(trials.label(3) == 1);
  CHECK(MadeTrials(5, make).label(3) == no_decision);
}

TEST_CASE("the first trials of a set are at most as many as it has") {
  const TrialList all(three(), {2, 1, 0});
  const FirstTrials two(all, 2), many(all, 100);
  CHECK(two.size() == 2);
  CHECK(two.trial(1).duration == 20.0);
  CHECK(two.label(1) == 1);
  CHECK(many.size() == 3);
  // A shared set lives as long as a part of it.
  auto shared = std::make_shared<const TrialList>(three(), std::vector{2, 1, 0});
  const std::weak_ptr<const LabelledTrials> watch = shared;
  {
    const FirstTrials one(std::move(shared), 1);
    CHECK(one.size() == 1);
    CHECK(one.label(0) == 2);
    CHECK(!watch.expired());
  }
  CHECK(watch.expired());
}
