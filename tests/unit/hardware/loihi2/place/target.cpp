// Loihi 2 behind the interface of all chips: the same numbers as by its own functions, which other tests
// hold against the chip.
#include <catch2/catch.hpp>

#include <retrograde/engine/scheduler.hpp>
#include <retrograde/hardware/loihi2/deploy/conformance.hpp>
#include <retrograde/hardware/loihi2/place/fit.hpp>
#include <retrograde/hardware/loihi2/place/target.hpp>

#include "tests/support/shipped_chip.hpp"
#include "tests/support/tiny_task.hpp"

using namespace retrograde;

TEST_CASE("a network on Loihi 2 does the same behind the interface of all chips") {
  const test::TinyTask task;
  RunOptions options;
  options.readout = task.loss->readout();
  const auto exact = make_machine(task.network, Scheduler::sequential);
  const loihi2::Quantized quantized = loihi2::quantize(task.network);
  const loihi2::Emulator emulator(quantized.chip);
  const Conformance own = loihi2::compare(*exact, emulator, task, options, quantized.report);

  const loihi2::Target target(test::shipped_chip("loihi2"));
  const PutOnChip put = target.put(task.network, options.readout, 1.0);
  REQUIRE(put.network);
  const ChipComparison c = compare(*exact, *put.network, task, options, 1.0);
  const Conformance& seen = c.conformance;
  CHECK(seen.samples == own.samples);
  CHECK(seen.exact_correct == own.exact_correct);
  CHECK(seen.chip_correct == own.chip_correct);
  CHECK(seen.agreed == own.agreed);
  CHECK(seen.spikes_exact == own.spikes_exact);
  CHECK(seen.registers == own.registers);
  CHECK(seen.synaptic_operations == own.synaptic_operations);
  CHECK(seen.steps == own.steps);
  CHECK(seen.weights == own.weights);
  CHECK(seen.confusion_chip == own.confusion_chip);
  for (std::size_t p = 0; p < seen.populations.size(); ++p) {
    if (task.network.populations()[p].model->is_input()) continue;
    CHECK(seen.spikes_chip[p] == own.spikes_chip[p]);
    CHECK(seen.shifts[p] == own.shifts[p]);
  }
  CHECK(c.distance > 0.0);

  const auto forecast = put.network->forecast(task);
  REQUIRE(forecast);
  CHECK(forecast->trials == task.size());
  CHECK(forecast->time.range.low <= forecast->time.value);
  CHECK(forecast->parts[0].value);
  CHECK(put.network->uses()[0].used == 2);
}

TEST_CASE("what Loihi 2 does not have is a finding behind the interface") {
  NetworkBuilder b;
  const auto in = b.add({.name = "in", .model = Model::input, .size = 1});
  const auto n = b.add({.name = "n", .model = Model::qif, .size = 1});
  b.connect(in, n, {{0, 0, 1.0, 1.0}});
  const PutOnChip put = loihi2::Target(test::shipped_chip("loihi2")).put(b.build(), Readout{}, 1.0);
  CHECK_FALSE(put.network);
  REQUIRE(put.findings.size() == 1);
  CHECK(put.findings[0].resource == "neuron model");
}
