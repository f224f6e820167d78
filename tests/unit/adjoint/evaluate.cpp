// Evaluation of a set whose decisions are known beforehand: each input makes one output neuron fire,
// an output without its input stays silent.
#include <catch2/catch.hpp>

#include <retrograde/adjoint/evaluate.hpp>
#include <retrograde/adjoint/loss/spike_time_target.hpp>
#include <retrograde/engine/scheduler.hpp>

using namespace retrograde;

namespace {

struct Wires {
  Network network;
  std::unique_ptr<Loss> loss;

  Wires() {
    NetworkBuilder builder;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 3});
    const auto out = builder.add({.name = "out", .size = 3});
    builder.connect(in, out, {{0, 0, 10.0, 1.0}, {1, 1, 10.0, 1.0}, {2, 2, 10.0, 1.0}});
    network = builder.build();
    std::vector<std::vector<Time>> targets(3, {5.0});
    loss = make_loss(SpikeTimeTargetSpec{out, targets});
  }
};

// A trial in which this output fires; no_decision: none.
Trial deciding(int decision) {
  Trial trial{20.0, {}};
  if (decision != no_decision) trial.inputs.push_back({1.0, static_cast<NeuronId>(decision)});
  return trial;
}

}  // namespace

TEST_CASE("the confusion matrix has labels in rows and decisions in columns, the last one none") {
  const Wires wires;
  struct Case {
    int label, decision;
  };
  const std::vector<Case> cases = {{0, 0}, {0, 1}, {0, 1}, {1, 1},           {2, no_decision},
                                   {2, 0}, {2, 2}, {2, 2}, {no_decision, 0}, {7, 1}};
  std::vector<Trial> trials;
  std::vector<int> labels;
  for (const Case& c : cases) {
    trials.push_back(deciding(c.decision));
    labels.push_back(c.label);
  }
  const auto machine = make_machine(wires.network);
  const SetResult result = evaluate(*machine, TrialList(trials, labels), *wires.loss);
  CHECK(result.confusion == std::vector<std::uint64_t>{1, 2, 0, 0,    // class 0
                                                       0, 1, 0, 0,    // class 1
                                                       1, 0, 2, 1});  // class 2
  CHECK(result.trials == 10);
  CHECK(result.labelled == 9);
  CHECK(result.correct == 4);
  CHECK(result.accuracy() == 4.0 / 9.0);
  CHECK(result.forward_deliveries == 9);
  // 300 of them are run in two stretches.
  const MadeTrials many(
      300, [](std::size_t k) { return deciding(static_cast<int>(k % 3)); },
      [](std::size_t) { return 1; });
  std::vector<std::size_t> seen;
  const SetResult sum = evaluate(*machine, many, *wires.loss, {}, [&](std::size_t done) {
    seen.push_back(done);
    return true;
  });
  CHECK(seen == std::vector<std::size_t>{256, 300});
  CHECK(sum.confusion == std::vector<std::uint64_t>{0, 0, 0, 0, 100, 100, 100, 0, 0, 0, 0, 0});
  const SetResult part =
      evaluate(*machine, many, *wires.loss, {}, [](std::size_t) { return false; });
  CHECK(part.trials == 256);
}

TEST_CASE("an evaluation tells of every trial, in order") {
  const Wires wires;
  const auto machine = make_machine(wires.network);
  const MadeTrials many(
      300, [](std::size_t k) { return deciding(static_cast<int>(k % 3)); },
      [](std::size_t k) { return static_cast<int>(k % 2); });
  std::size_t told = 0;
  double loss = 0;
  const SetResult sum = evaluate(*machine, many, *wires.loss, {}, {},
                                 [&](std::size_t k, const TrialResult& trial, const Tape&) {
                                   CHECK(k == told++);
                                   CHECK(trial.decision == static_cast<int>(k % 3));
                                   CHECK(trial.label == static_cast<int>(k % 2));
                                   loss += trial.loss;
                                 });
  CHECK(told == 300);
  CHECK(loss == sum.loss_sum);
}

TEST_CASE("a set without labels has no accuracy, one in which all is wrong has one of 0") {
  const Wires wires;
  const auto machine = make_machine(wires.network);
  CHECK(!evaluate(*machine, TrialList({deciding(0), deciding(1)}), *wires.loss).accuracy());
  const SetResult wrong =
      evaluate(*machine, TrialList({deciding(0), deciding(1)}, {1, 2}), *wires.loss);
  REQUIRE(wrong.accuracy());
  CHECK(*wrong.accuracy() == 0.0);
}

TEST_CASE(
    "activity counts the silent ones among those that fire, and populations of nothing else") {
  const Wires wires;
  const auto machine = make_machine(wires.network);
  const SetResult two =
      evaluate(*machine, TrialList({deciding(0), deciding(2), deciding(2)}), *wires.loss);
  const Activity some = activity(wires.network, two);
  CHECK(some.neurons == 3);
  CHECK(some.silent == 1);
  CHECK(some.silent_populations.empty());
  CHECK(some.spikes_per_neuron == Approx(1.0 / 3.0));
  const SetResult none = evaluate(*machine, TrialList({deciding(no_decision)}), *wires.loss);
  CHECK(activity(wires.network, none).silent == 3);
  CHECK(activity(wires.network, none).silent_populations == std::vector<std::uint32_t>{1});
}
