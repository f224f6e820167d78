// What holds for every loss: its derivatives are the differences of its value (fourth order,
// Fornberg 1988), and what does not suit it is refused.
#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/loss/first_spike_cross_entropy.hpp>
#include <retrograde/adjoint/loss/first_spike_margin.hpp>
#include <retrograde/adjoint/loss/spike_time_power.hpp>
#include <retrograde/adjoint/loss/spike_time_target.hpp>
#include <retrograde/adjoint/loss/van_rossum_distance.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_maximum_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_over_time_cross_entropy.hpp>
#include <retrograde/events/error.hpp>

#include "tests/unit/adjoint/loss/tapes.hpp"

using namespace retrograde;
using namespace retrograde::test::tapes;
using Catch::Matchers::Contains;

namespace {

void check_sources(const Loss& loss, const Tape& given, int label) {
  const LossValue result = loss.evaluate(network(), given, label);
  Tape nudged = given;
  const auto check = [&](const std::vector<double>& sources, std::size_t k, double& place) {
    const double x = place, h = 1e-3;
    const auto value = [&](double steps) {
      place = x + steps * h;
      return value_of(loss, nudged, label);
    };
    const double near = value(1) - value(-1), far = value(2) - value(-2);
    place = x;
    const double expected = (8.0 * near - far) / (12.0 * h);
    const double source = sources.empty() ? 0.0 : sources.at(k);
    CAPTURE(label, k, source, expected);
    CHECK(std::fabs(source - expected) < 1e-10 * std::fmax(1.0, std::fabs(expected)));
  };
  for (std::size_t k = 0; k < given.spikes.size(); ++k)
    check(result.spike_times, k, nudged.spikes[k].time);
  for (std::size_t n = 0; n < given.voltage_integrals.size(); ++n)
    check(result.integrals, n, nudged.voltage_integrals[n]);
  if (!result.spike_times.empty()) CHECK(result.spike_times.size() == given.spikes.size());
  if (!result.integrals.empty()) CHECK(result.integrals.size() == network().neuron_count());
}

}  // namespace

TEST_CASE(
    "losses of V at single instants refuse a population with a threshold and say what to do") {
  std::vector<std::unique_ptr<Loss>> losses;
  losses.push_back(make_loss(VoltageMaximumCrossEntropySpec{out}));
  losses.push_back(make_loss(VoltageOverTimeCrossEntropySpec{out}));
  for (const auto& loss : losses) {
    CAPTURE(std::string(loss->name()));
    try {
      loss->evaluate(network(), usual(), 0);
      FAIL("nothing was refused");
    } catch (const NetworkError& error) {
      CHECK(error.where == "out");
      CHECK_THAT(error.what(), Contains("threshold") && Contains("cuba_li"));
    }
  }
}

TEST_CASE("the sources of every loss are the differences of its value, silent outputs included") {
  std::vector<std::unique_ptr<Loss>> losses;
  losses.push_back(make_loss(FirstSpikeCrossEntropySpec{out, 2.0, 0.5, 10.0}));
  losses.push_back(make_loss(FirstSpikeCrossEntropySpec{out, 5.0, 0.0, 10.0}));
  losses.push_back(make_loss(VoltageCrossEntropySpec{out, never, 1.0}));
  losses.push_back(make_loss(VoltageCrossEntropySpec{out, 30.0, 4.0}));
  losses.push_back(make_loss(SpikeTimeTargetSpec{out, {{3.0}, {1.0, 2.0}, {5.0, 6.0}}, 2.0}));
  losses.push_back(make_loss(VanRossumDistanceSpec{out, {{3.0}, {1.5, 2.0}, {5.0, 6.5}}, 2.0}));
  losses.push_back(make_loss(VanRossumDistanceSpec{out, {{}, {}, {}}, 30.0}));
  losses.push_back(make_loss(FirstSpikeMarginSpec{out, 3.0, 2.0}));
  losses.push_back(
      make_loss(SpikeTimePowerSpec{out, {1.0, -2.0, 0.5}, 10.0, 3.0, {0.5, 0.0, 2.0}, 30.0}));
  losses.push_back(make_loss(SpikeTimePowerSpec{out, {1.0, -2.0, 0.5}, 10.0, 1.0, {}, never}));
  for (const auto& loss : losses) {
    INFO(std::string(loss->name()));
    for (const Tape& tape : {usual(), silent(), busy()})
      for (const int label : {0, 1, 2}) check_sources(*loss, tape, label);
  }
}

TEST_CASE("labels without a neuron are refused, with the population's name and the remedy") {
  std::vector<std::unique_ptr<Loss>> losses;
  losses.push_back(make_loss(FirstSpikeCrossEntropySpec{out}));
  losses.push_back(make_loss(VoltageCrossEntropySpec{out}));
  losses.push_back(make_loss(FirstSpikeMarginSpec{out}));
  for (const auto& loss : losses)
    for (const int label : {-2, 3, 1000}) {
      CAPTURE(std::string(loss->name()), label);
      try {
        loss->evaluate(network(), usual(), label);
        FAIL("nothing was refused");
      } catch (const NetworkError& error) {
        CHECK(error.where == "out");
        CHECK_THAT(error.what(), Contains("out") && Contains("label " + std::to_string(label)) &&
                                     Contains("one neuron per class"));
      }
    }
  for (const auto& loss : losses)
    CHECK_THROWS_WITH(loss->evaluate(network(), usual(), no_decision),
                      Contains("out") && Contains("a trial has no label"));
}

TEST_CASE("losses without classes take any label and do not look at it") {
  const auto target = make_loss(SpikeTimeTargetSpec{out, {{3.0}, {}, {5.0}}, 2.0});
  const auto power = make_loss(SpikeTimePowerSpec{out, {1.0, 2.0, 3.0}, 1.0, 1.0, {}, never});
  for (const int label : {-1, 99}) {
    CHECK(value_of(*target, usual(), label) == value_of(*target, usual(), 0));
    CHECK(value_of(*power, usual(), label) == value_of(*power, usual(), 0));
  }
}

TEST_CASE("every loss says its name and what the run has to integrate for it") {
  using Kind = Readout::Kind;
  const auto check = [](const std::unique_ptr<Loss>& loss, const char* name, Kind kind,
                        const TimeWeight& weighting) {
    CAPTURE(name);
    CHECK(loss->name() == name);
    CHECK(loss->readout().kind == kind);
    CHECK(loss->readout().population == out);
    CHECK(loss->readout().weighting == weighting);
  };
  check(make_loss(FirstSpikeCrossEntropySpec{out}), "first_spike_cross_entropy", Kind::first_spike,
        never);
  check(make_loss(VoltageCrossEntropySpec{out, 30.0, 1.0}), "voltage_cross_entropy",
        Kind::voltage_integral, 30.0);
  check(make_loss(VoltageCrossEntropySpec{out, TimeWeight::sigmoid(), 1.0}),
        "voltage_cross_entropy", Kind::voltage_integral, TimeWeight::sigmoid());
  check(make_loss(VoltageMaximumCrossEntropySpec{out}), "voltage_maximum_cross_entropy",
        Kind::voltage_maximum, never);
  const auto over_time = make_loss(VoltageOverTimeCrossEntropySpec{out});
  check(over_time, "voltage_over_time_cross_entropy", Kind::voltage_integral, never);
  CHECK(over_time->readout().trace);
  check(make_loss(SpikeTimeTargetSpec{out, {{}, {}, {}}, 1.0}), "spike_time_target",
        Kind::first_spike, never);
  check(make_loss(VanRossumDistanceSpec{out, {{}, {}, {}}, 1.0}), "van_rossum_distance",
        Kind::first_spike, never);
  check(make_loss(FirstSpikeMarginSpec{out}), "first_spike_margin", Kind::first_spike, never);
  check(make_loss(SpikeTimePowerSpec{out, {1.0, 1.0, 1.0}, 1.0, 1.0, {}, never}),
        "spike_time_power", Kind::first_spike, never);
  check(make_loss(SpikeTimePowerSpec{out, {}, 1.0, 1.0, {1.0, 0.0, 0.0}, 30.0}), "spike_time_power",
        Kind::voltage_integral, 30.0);
}

namespace {

// One of each kind, reading population `p` of three neurons.
std::vector<std::unique_ptr<Loss>> one_of_each(std::uint32_t p) {
  const std::vector<std::vector<Time>> targets{{3.0}, {}, {5.0}};
  std::vector<std::unique_ptr<Loss>> losses;
  losses.push_back(make_loss(FirstSpikeCrossEntropySpec{p}));
  losses.push_back(make_loss(VoltageCrossEntropySpec{p}));
  losses.push_back(make_loss(VoltageMaximumCrossEntropySpec{p}));
  losses.push_back(make_loss(VoltageOverTimeCrossEntropySpec{p}));
  losses.push_back(make_loss(FirstSpikeMarginSpec{p}));
  losses.push_back(make_loss(SpikeTimeTargetSpec{p, targets}));
  losses.push_back(make_loss(VanRossumDistanceSpec{p, targets}));
  losses.push_back(make_loss(SpikeTimePowerSpec{p, {1.0, 1.0, 1.0}, 1.0, 1.0, {}, never}));
  losses.push_back(make_loss(SpikeTimePowerSpec{p, {}, 1.0, 1.0, {1.0, 1.0, 1.0}, never}));
  return losses;
}

}  // namespace

TEST_CASE("a loss of a population that does not exist is refused wherever it is used") {
  for (const std::uint32_t p : {4u, 5u, 1000000u, ~0u})
    for (const auto& loss : one_of_each(p)) {
      CAPTURE(std::string(loss->name()), p);
      const auto says = Contains("population " + std::to_string(p) + " does not exist");
      CHECK_THROWS_AS(loss->evaluate(network(), usual(), 0), NetworkError);
      CHECK_THROWS_WITH(loss->evaluate(network(), usual(), 0), says);
      CHECK_THROWS_AS(decide(network(), loss->readout(), usual()), NetworkError);
      const Trial trial{10.0, {{1.0, 0}}};
      CHECK_THROWS_AS(gradient_of(network(), trial, *loss, 0), NetworkError);
      CHECK_THROWS_WITH(gradient_of(network(), trial, *loss, 0), says);
      CHECK_THROWS_AS(check_gradient(network(), trial, *loss, 0), NetworkError);
    }
}

TEST_CASE("a tape that does not bring what a loss reads is a mistake of the program, and said") {
  Tape bare = usual();
  bare.voltage_integrals.clear();
  for (const std::unique_ptr<Loss>& loss : one_of_each(readout)) {
    CAPTURE(std::string(loss->name()));
    const bool of_voltages =
        loss->readout().kind == Readout::Kind::voltage_maximum ||
        (loss->readout().kind == Readout::Kind::voltage_integral && !loss->readout().trace);
    if (of_voltages)
      CHECK_THROWS_AS(loss->evaluate(network(), bare, 0), InternalError);
    else
      CHECK_NOTHROW(loss->evaluate(network(), bare, 0));
  }
}

TEST_CASE("a loss beyond what a double can hold is an error that names it, the neuron and when") {
  const auto refused = [](const Loss& loss, const Tape& tape, int label, NeuronId neuron,
                          Time time) {
    CAPTURE(std::string(loss.name()));
    try {
      loss.evaluate(network(), tape, label);
      FAIL("nothing was refused");
    } catch (const NumericalError& error) {
      CHECK_THAT(error.what(), Contains(std::string(loss.name())) && Contains("not finite"));
      CHECK(error.neuron == neuron);
      CHECK(error.time == time);
    }
  };
  // a fires at 4 and 9, b at 6, c never.
  refused(*make_loss(FirstSpikeCrossEntropySpec{out, 1e-308}), usual(), 1, a, 4.0);
  refused(*make_loss(FirstSpikeCrossEntropySpec{out, 1.0, 1.0, 1e-3}), usual(), 0, a, 4.0);
  Tape tall = usual();
  tall.voltage_integrals[b] = 1e10;
  refused(*make_loss(VoltageCrossEntropySpec{out, never, 1e300}), tall, 1, a, 10.0);
  refused(*make_loss(FirstSpikeMarginSpec{out, 1.0, 1e-308}), usual(), 1, a, 4.0);
  refused(*make_loss(SpikeTimeTargetSpec{out, {{}, {5.0}, {}}, 1e-308}), usual(), 0, b, 6.0);
  // A target without its spike has no derivative to look at: the first neuron, at the end.
  refused(*make_loss(SpikeTimeTargetSpec{out, {{}, {}, {5.0}}, 1e-200}), usual(), 0, a, 10.0);
  refused(*make_loss(SpikeTimePowerSpec{out, {0.0, 1.0, 0.0}, 1.0, 400.0, {}, never}), usual(), 0,
          b, 6.0);
  tall.voltage_maxima.assign(9, {});
  tall.voltage_maxima[7].v = 1e10;
  tall.voltage_maxima[7].time = 3.0;
  refused(*make_loss(VoltageMaximumCrossEntropySpec{readout, 1e300}), tall, 0, 6, 0.0);
}
