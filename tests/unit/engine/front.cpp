// Spikes by name, and many trials in one call. References: trials written out by hand, single runs.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include <retrograde/engine/front.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/tape_fingerprint.hpp"

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

Network network() {
  return build({.populations = {{.name = "first", .model = Model::input, .size = 2},
                                {.name = "second", .model = Model::input, .size = 3},
                                {.name = "h", .size = 4}},
                .projections = {{.from = "first", .to = "h", .weight = 6.0, .delay = 1.0},
                                {.from = "second",
                                 .to = "h",
                                 .weight = Distribution::uniform(1.0, 5.0),
                                 .delay = 0.5}}});
}

}  // namespace

TEST_CASE("spikes go in by the name of a population, in any order") {
  const Trial trial =
      trial_of(network(), 30.0, {{"second", {{4.0, 1.0}, {}, {1.0}}}, {"first", {{}, {1.0}}}});
  CHECK(trial.duration == 30.0);
  REQUIRE(trial.inputs.size() == 4);
  const std::vector<Spike> expected = {{1.0, 1}, {1.0, 2}, {1.0, 4}, {4.0, 2}};
  for (std::size_t k = 0; k < expected.size(); ++k) {
    CHECK(trial.inputs[k].time == expected[k].time);
    CHECK(trial.inputs[k].neuron == expected[k].neuron);
  }
  CHECK(trial_of(network(), 1.0, {}).inputs.empty());
}

TEST_CASE("and come out by it, counted within the population") {
  const Network net = network();
  const Tape tape = run(net, trial_of(net, 30.0, {{"first", {{2.0}}}, {"second", {{}, {3.0}}}}));
  const SpikeTrain second = spikes_of(net, tape, "second");
  CHECK(second.times == std::vector<Time>{3.0});
  CHECK(second.sources == std::vector<std::uint32_t>{1});
  const SpikeTrain h = spikes_of(net, tape, "h");
  REQUIRE(h.times.size() + 2 == tape.spikes.size());
  REQUIRE(!h.times.empty());
  std::size_t at = 0;
  for (const TapeSpike& spike : tape.spikes)
    if (spike.neuron >= 5) {
      CHECK(h.times[at] == spike.time);
      CHECK(h.sources[at++] == spike.neuron - 5);
    }
}

TEST_CASE("many trials run as each of them does") {
  const Network net = network();
  std::vector<Trial> trials;
  for (int k = 0; k < 9; ++k)
    trials.push_back(trial_of(net, 40.0, {{"first", {{1.0 + k}, {2.5 * k}}}}));
  for (const Scheduler scheduler : {Scheduler::automatic, Scheduler::sequential}) {
    const std::vector<Tape> tapes = run(net, trials, {}, scheduler);
    REQUIRE(tapes.size() == trials.size());
    const auto machine = make_machine(net, scheduler);
    for (std::size_t k = 0; k < trials.size(); ++k)
      CHECK(test::fingerprint(tapes[k]) == test::fingerprint(machine->run(trials[k])));
  }
  CHECK(run(net, std::vector<Trial>{}).empty());
}

TEST_CASE("spikes of what there is not are refused") {
  const Network net = network();
  CHECK_THROWS_WITH(trial_of(net, 30.0, {{"third", {{1.0}}}}),
                    Contains("third") && Contains("the populations are first, second, h"));
  CHECK_THROWS_WITH(trial_of(net, 30.0, {{"first", {{1.0}, {}, {2.0}}}}),
                    Contains("spikes of 3 neurons are given, and it has 2"));
  CHECK_THROWS_WITH(spikes_of(net, Tape{}, "first->h"), Contains("is a projection"));
  CHECK_THROWS_AS(run(net, trial_of(net, 30.0, {{"h", {{1.0}}}})), NetworkError);
}
