// Exact and chip side by side. The trained network is small enough for both to be run here.
#include <catch2/catch.hpp>
#include <cmath>
#include <tbb/global_control.h>
#include <vector>

#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/conformance.hpp>

#include "tests/support/tiny_task.hpp"

using namespace retrograde;

namespace {

ConformanceSample sample_with(int label, int exact, int chip, std::int64_t v) {
  ConformanceSample s;
  s.label = label;
  s.exact = exact;
  s.chip = chip;
  s.spikes_exact = {3, 5};
  s.spikes_chip = {3, 4};
  s.shifts.resize(2);
  s.shifts[1] = {2, 0.5, 0.25, 1};
  s.registers = {{1, "v", 24, -v, v / 2, 1}};
  s.input_collisions = 2;
  s.synaptic_operations = 10;
  s.steps = 20;
  return s;
}

struct TrainedTask {
  test::TinyTask task;
  Network network;
  RunOptions options;

  TrainedTask() : network(task.network) {
    options.readout = task.loss->readout();
    Trainer trainer(task.network, task.learning, task, *task.loss, task.options);
    for (int epoch = 0; epoch < 20; ++epoch) trainer.run_epoch();
    network = trainer.network();
  }
};

void check_equal(const Conformance& a, const Conformance& b) {
  CHECK(a.samples == b.samples);
  CHECK(a.exact_correct == b.exact_correct);
  CHECK(a.chip_correct == b.chip_correct);
  CHECK(a.agreed == b.agreed);
  CHECK(a.spikes_exact == b.spikes_exact);
  CHECK(a.spikes_chip == b.spikes_chip);
  CHECK(a.shifts == b.shifts);
  CHECK(a.registers == b.registers);
  CHECK(a.confusion_exact == b.confusion_exact);
  CHECK(a.confusion_chip == b.confusion_chip);
  CHECK(a.synaptic_operations == b.synaptic_operations);
}

}  // namespace

TEST_CASE("samples add up to accuracies, agreement, confusion and ranges", "[conformance]") {
  Conformance c({"in", "out"}, 2);
  c.add(sample_with(0, 0, 0, 100));
  c.add(sample_with(0, 0, 1, 200));
  c.add(sample_with(1, 1, 1, 50));
  c.add(sample_with(1, 0, no_decision, 10));
  c.add(sample_with(no_decision, 1, 1, 10));
  CHECK(c.samples == 5);
  CHECK(c.labelled == 4);
  CHECK(c.accuracy_exact() == 0.75);
  CHECK(c.accuracy_chip() == 0.5);
  CHECK(c.agreement() == 0.6);
  CHECK(c.confusion_exact == std::vector<std::uint64_t>{2, 0, 0, 1, 1, 0});
  CHECK(c.confusion_chip == std::vector<std::uint64_t>{1, 1, 0, 0, 1, 1});
  CHECK(c.spikes_per_sample_exact(1) == 5.0);
  CHECK(c.spikes_per_sample_chip(1) == 4.0);
  CHECK(c.shifts[1].neurons == 10);
  CHECK(c.shifts[1].mean() == 0.25);
  CHECK(c.shifts[1].deviation() == Approx(std::sqrt(0.125)));
  CHECK(c.shifts[1].one_sided == 5);
  CHECK(c.registers[0].min == -200);
  CHECK(c.registers[0].max == 100);
  CHECK(c.registers[0].overflows == 5);
  CHECK(c.registers[0].utilisation() == Approx(200.0 / (1 << 23)));
  CHECK(c.input_collisions == 10);
  CHECK(c.synaptic_operations == 50);
  CHECK(c.steps == 100);
  CHECK(Conformance({"in"}, 2).accuracy_chip() == 0.0);
  CHECK(RegisterUse{}.utilisation() == 0.0);
}

// Three trials that send 1, 3 and 2 spikes more: mean 2, standard deviation 1, and 1.96 / sqrt(3) to either
// side.
TEST_CASE("spikes that the chip sends more have an interval by trials", "[conformance]") {
  Conformance c({"in", "out"}, 0);
  ConformanceSample sample;
  sample.shifts.resize(2);
  sample.by_neuron_exact = {1, 2};
  for (const std::uint64_t more : {1, 3, 2}) {
    sample.spikes_exact = {4, 5};
    sample.spikes_chip = {4, 5 + more};
    sample.by_neuron_chip = {0, more};
    c.add(sample);
    if (c.samples == 1) CHECK(std::isinf(c.gains[1].uncertainty()));
  }
  CHECK(c.gains[1].mean() == 2.0);
  CHECK(c.gains[1].uncertainty() == Approx(1.959963984540054 / std::sqrt(3.0)));
  CHECK(c.gains[0].uncertainty() == 0.0);
  CHECK(c.by_neuron_exact == std::vector<std::uint64_t>{3, 6});
  CHECK(c.by_neuron_chip == std::vector<std::uint64_t>{0, 6});
  // Nothing decides.
  CHECK(c.same_decision().whole == 0);
  sample.by_neuron_chip.pop_back();
  CHECK_THROWS_AS(c.add(sample), InternalError);
}

TEST_CASE("samples of another set are refused", "[conformance]") {
  Conformance c({"in", "out"}, 2);
  c.add(sample_with(0, 0, 0, 100));
  CHECK_THROWS_AS(c.add(sample_with(2, 0, 0, 1)), InternalError);
  CHECK_THROWS_AS(c.add(sample_with(0, 2, 0, 1)), InternalError);
  CHECK_THROWS_AS(c.add(sample_with(0, 0, -2, 1)), InternalError);
  ConformanceSample other = sample_with(0, 0, 0, 1);
  other.registers[0].name = "u";
  CHECK_THROWS_AS(c.add(other), InternalError);
  other = sample_with(0, 0, 0, 1);
  other.spikes_chip.pop_back();
  CHECK_THROWS_AS(c.add(other), InternalError);
  CHECK(c.samples == 1);
}

TEST_CASE("a trained network keeps its decisions on the emulated chip", "[loihi2][conformance]") {
  const TrainedTask trained;
  const loihi2::Quantized quantized = loihi2::quantize(trained.network);
  const loihi2::Emulator emulator(quantized.chip);
  const Conformance c = loihi2::compare(*make_machine(trained.network), emulator, trained.task,
                                        trained.options, quantized.report);
  CHECK(c.samples == 70);
  CHECK(c.labelled == 70);
  CHECK(c.classes == 2);
  CHECK(c.accuracy_exact() > 0.9);
  CHECK(c.agreement() > 0.9);
  CHECK(c.accuracy_chip() > c.accuracy_exact() - 0.1);
  CHECK(c.populations == std::vector<std::string>{"in", "hidden", "out"});
  CHECK(c.spikes_exact[0] == 140);
  CHECK(c.spikes_chip[0] + c.input_collisions == 140);
  CHECK(c.weights == 2 * 8 + 8 * 8 + 8 * 2);
  CHECK(c.weights_clipped == 0);
  REQUIRE(c.registers.size() == 6);  // a, u, v of hidden and out
  for (const RegisterUse& use : c.registers) {
    CHECK(use.overflows == 0);
    CHECK(use.utilisation() > 0.0);
    CHECK(use.utilisation() < 1.0);
  }
  // First spikes agree on average; the spread is that of crossings near the maximum of V, where
  // half a step moves them far.
  CHECK(std::fabs(c.shifts[1].mean()) < 0.5);
  CHECK(c.shifts[1].deviation() < 3.0);
}

TEST_CASE("inputs that share a step and neurons that fire on one side alone are counted",
          "[loihi2][conformance]") {
  // Two arrivals of 0.7 of what makes V reach its threshold: together enough, one alone is not. The
  // second neuron hears one spike that is enough, and fires on both sides; the third hears nothing.
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  const auto n = builder.add({.name = "n", .size = 3});
  // V of one arrival of weight w is at most w 4^(-4/3), at tau_mem = 20 and tau_syn = 5 ms: the ratio
  // of the time constants to the power of -4/3.
  const double enough = std::pow(4.0, 4.0 / 3.0);
  builder.connect(in, n, {{0, 0, 0.7 * enough, 2.0}, {1, 1, 1.5 * enough, 2.0}});
  const Network network = builder.build();
  const loihi2::Emulator emulator(loihi2::quantize(network).chip);
  const Trial trial{60.0, {{3.0, 0}, {3.0, 1}, {3.25, 0}}};
  const Conformance c =
      loihi2::compare(*make_machine(network), emulator, TrialList({trial}), RunOptions{});
  CHECK(c.input_collisions == 1);
  CHECK(c.spikes_exact == std::vector<std::uint64_t>{3, 2});
  CHECK(c.spikes_chip == std::vector<std::uint64_t>{2, 1});
  CHECK(c.shifts[1].one_sided == 1);
  CHECK(c.shifts[1].neurons == 1);
  CHECK(c.shifts[0].one_sided == 0);
  CHECK(c.shifts[0].neurons == 2);
}

TEST_CASE("the comparison does not depend on the number of threads", "[loihi2][conformance]") {
  const TrainedTask trained;
  const loihi2::Emulator emulator(loihi2::quantize(trained.network).chip);
  const auto run = [&](std::size_t threads) {
    tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return loihi2::compare(*make_machine(trained.network), emulator, trained.task, trained.options);
  };
  const Conformance one = run(1);
  check_equal(one, run(2));
  check_equal(one, run(5));
}

TEST_CASE("a comparison can be stopped, and errors in it are the first sample's",
          "[loihi2][conformance]") {
  const test::TinyTask task;
  const loihi2::Emulator emulator(loihi2::quantize(task.network).chip);
  RunOptions options;
  options.readout = task.loss->readout();
  const auto again = [&](std::size_t k) { return task.trial(k % 70); };
  std::vector<std::size_t> done;
  CHECK_THROWS_AS(
      loihi2::compare(*make_machine(task.network), emulator, MadeTrials(600, again), options, {},
                      [&](std::size_t count) {
                        done.push_back(count);
                        return count < 500;
                      }),
      Interrupted);
  CHECK(done == std::vector<std::size_t>{256, 512});

  const MadeTrials broken(600, [&](std::size_t k) -> Trial {
    if (k >= 3) throw NetworkError("sample " + std::to_string(k), "broken");
    return task.trial(k);
  });
  try {
    loihi2::compare(*make_machine(task.network), emulator, broken, options);
    FAIL("no error");
  } catch (const NetworkError& error) {
    CHECK(error.where == "sample 3");
  }

  const MadeTrials of_class_7(600, again, [](std::size_t) { return 7; });
  CHECK_THROWS_AS(loihi2::compare(*make_machine(task.network), emulator, of_class_7, options),
                  NetworkError);

  // Unlabelled sets and networks without a readout still compare spikes.
  const Conformance none = loihi2::compare(*make_machine(task.network), emulator,
                                           FirstTrials(of_class_7, 10), RunOptions{});
  CHECK(none.samples == 10);
  CHECK(none.labelled == 0);
  CHECK(none.agreed == 10);
  CHECK(none.spikes_exact[0] == 20);
}
