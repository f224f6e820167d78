// The worst trials: their order, and how far they are from right.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>

#include "tests/support/two_ways.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

TrialResult judged(double loss, int label, int decision) {
  TrialResult result;
  result.loss = loss;
  result.label = label;
  result.decision = decision;
  return result;
}

std::vector<std::size_t> order(const WorstTrials& worst) {
  std::vector<std::size_t> all;
  for (const JudgedTrial& t : worst.list()) all.push_back(t.index);
  return all;
}

}  // namespace

TEST_CASE("wrong decisions come first, the largest loss first, of equal ones the first") {
  WorstTrials worst(5);
  worst.add(0, judged(9, 1, 1));  // right, and dear
  worst.add(1, judged(1, 1, 0));
  worst.add(2, judged(3, 1, no_decision));
  worst.add(3, judged(3, 0, 1));
  worst.add(4, judged(std::nan(""), 0, 1));
  worst.add(5, judged(10, 0, 0));
  worst.add(6, judged(0, 0, 0));
  CHECK(order(worst) == std::vector<std::size_t>{2, 3, 1, 4, 5});
  CHECK(worst.list()[0].wrong());
  CHECK_FALSE(worst.list()[4].wrong());
}

TEST_CASE("without labels nothing is wrong, and the loss decides") {
  WorstTrials worst(2);
  worst.add(0, judged(1, no_decision, 0));
  worst.add(1, judged(3, no_decision, 1));
  worst.add(2, judged(2, no_decision, 1));
  CHECK(order(worst) == std::vector<std::size_t>{1, 2});
  CHECK_FALSE(worst.list()[0].wrong());
}

TEST_CASE("scores are what the decision is the largest of") {
  const Scenario scenario = two_ways();
  const Network& network = scenario.network;
  Tape tape;
  tape.duration = 20;
  tape.spikes.resize(2);
  tape.spikes[0].time = 3;
  tape.spikes[0].neuron = network.populations()[1].first + 1;
  tape.spikes[1].time = 5;
  tape.spikes[1].neuron = network.populations()[1].first + 1;
  Readout readout = scenario.loss->readout();
  CHECK(scores(network, readout, tape) ==
        std::vector<double>{-std::numeric_limits<double>::infinity(), -3});
  CHECK(decide(network, readout, tape) == 1);

  readout.kind = Readout::Kind::voltage_integral;
  CHECK_THROWS_AS(scores(network, readout, tape), InternalError);
  tape.voltage_integrals = {0, 0, 2.5, -1};
  CHECK(scores(network, readout, tape) == std::vector<double>{2.5, -1});
  readout.kind = Readout::Kind::voltage_maximum;
  CHECK_THROWS_AS(scores(network, readout, tape), InternalError);
  tape.voltage_maxima.resize(4);
  tape.voltage_maxima[3].v = 0.75;
  CHECK(scores(network, readout, tape) == std::vector<double>{tape.voltage_maxima[2].v, 0.75});
  readout.kind = Readout::Kind::none;
  CHECK(scores(network, readout, tape).empty());
}

TEST_CASE("margins are the lead of the label's neuron over the others") {
  // Both inputs drive both outputs; the second spike of `in` comes 2 ms after the first.
  Scenario scenario = two_ways();
  std::vector<Trial> trials = {
      {20.0, {{1.0, 0}, {3.0, 1}}}, {20.0, {{1.0, 0}, {3.0, 1}}}, {20.0, {{1.0, 0}}}};
  const TrialList set(trials, {0, 1, 0});
  std::vector<JudgedTrial> worst(3);
  for (std::size_t k = 0; k < 3; ++k) {
    worst[k].index = k;
    worst[k].label = set.label(k);
  }
  RunOptions options = scenario.run_options();
  options.readout = scenario.loss->readout();
  add_margins(worst, *scenario.machine(scenario.network), options, set);
  // The same neuron with the same weight, driven 2 ms later, fires 2 ms later.
  CHECK(worst[0].margin == Approx(2.0).epsilon(1e-12));
  CHECK(worst[1].margin == Approx(-2.0).epsilon(1e-12));
  CHECK(std::isnan(worst[2].margin));  // nobody else fires
}

TEST_CASE("an evaluation lists what it is most wrong about, and shows a trial that was chosen") {
  Trained trained;
  trained.scenario = two_ways();
  trained.network = trained.scenario.network;
  const Evaluation e = evaluate_exactly(trained, two_ways_data(60, {7, 33}), Part::train, 5);
  CHECK(e.part == Part::train);
  CHECK(e.exact.correct == 58);
  CHECK_FALSE(e.chip);
  REQUIRE(e.worst.size() == worst_trials);
  CHECK(e.worst[0].index == 7);
  CHECK(e.worst[1].index == 33);
  CHECK(e.worst[1].label == 1);
  CHECK(e.worst[1].decision == 0);
  CHECK(e.worst[1].loss > e.worst[2].loss);
  CHECK_FALSE(e.worst[2].wrong());
  CHECK(e.worst[2].index == 0);
  REQUIRE(e.samples.size() == 4);
  CHECK(e.samples[0].index == 5);
  CHECK(e.samples[1].index == 7);
  CHECK(e.samples[2].index == 33);
  CHECK(e.samples[3].index == 0);
  // One spike of the out neuron in every trial, 30 trials for either.
  const std::vector<LayerActivity> layers = layer_activity(trained.network, e.exact);
  REQUIRE(layers.size() == 1);
  CHECK(layers[0].population == 1);
  CHECK(layers[0].silent == 0);
  CHECK(layers[0].spikes.size() == 2);
}
