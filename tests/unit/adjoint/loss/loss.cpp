// Losses on tapes written by hand: values against arithmetic that stands in the comments, source
// terms against fourth-order differences of the value with respect to each spike time and each
// integral (Fornberg 1988).
#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/spike.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

constexpr std::uint32_t out = 1;
constexpr NeuronId a = 2, b = 3, c = 4;  // its neurons; 0 and 1 are inputs, 5 is a bystander
constexpr std::uint32_t readout = 3;     // neurons 6, 7 and 8

const Network& network() {
  static const Network built = [] {
    NetworkBuilder builder;
    builder.add({.name = "in", .model = Model::input, .size = 2});
    builder.add({.name = "out", .size = 3});
    builder.add({.name = "bystander", .size = 1});
    builder.add({.name = "readout", .model = Model::cuba_li, .size = 3});
    return builder.build();
  }();
  return built;
}

Tape tape_of(const std::vector<Spike>& spikes) {
  Tape tape;
  tape.duration = 10.0;
  for (const Spike& s : spikes) tape.spikes.push_back({s.time, 0.0, 0.0, s.neuron});
  tape.voltage_integrals = {0.0, 0.0, 1.0, 3.0, -2.0, 50.0, 0.0, 0.0, 0.0};
  return tape;
}

// Ten ms: a fires at 4 and 9, b at 6, c never; inputs and bystander fire as well.
Tape usual() { return tape_of({{1.0, 0}, {2.0, 5}, {4.0, a}, {5.0, 1}, {6.0, b}, {9.0, a}}); }
// Only inputs and bystander fire.
Tape silent() { return tape_of({{1.0, 0}, {2.0, 5}}); }
// Everybody fires, some several times.
Tape busy() {
  return tape_of({{0.5, c}, {1.0, b}, {2.0, c}, {3.0, a}, {3.5, b}, {7.0, c}, {8.0, a}});
}

double value_of(const Loss& loss, const Tape& tape, int label) {
  return loss.evaluate(network(), tape, label).value;
}

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

TEST_CASE("first-spike cross-entropy of times 4, 6 and silence in 10 ms, worked by hand") {
  const auto loss = make_loss(FirstSpikeCrossEntropySpec{out, 2.0, 0.5, 10.0});
  // -t/tau0 = -2, -3 and, silent, -5. Label b: log(e^-2 + e^-3 + e^-5) + 3 + (e^0.6 - 1)/2.
  const double sum = std::exp(-2.0) + std::exp(-3.0) + std::exp(-5.0);
  CHECK(std::fabs(value_of(*loss, usual(), 1) - 1.7600716169634412) < 1e-14);
  const LossValue result = loss->evaluate(network(), usual(), 1);
  // dL/dt_a = -softmax_a/tau0; dL/dt_b = (1 - softmax_b)/tau0 + alpha/tau1 e^0.6.
  CHECK(std::fabs(result.spike_times.at(2) + 0.5 * std::exp(-2.0) / sum) < 1e-15);
  CHECK(std::fabs(result.spike_times.at(4) -
                  (0.5 * (1.0 - std::exp(-3.0) / sum) + 0.05 * std::exp(0.6))) < 1e-15);
  for (const std::size_t other : {0u, 1u, 3u, 5u}) CHECK(result.spike_times.at(other) == 0.0);
  CHECK(result.integrals.empty());
}

TEST_CASE("a label whose neuron is silent counts as firing at the end and has no source") {
  const auto loss = make_loss(FirstSpikeCrossEntropySpec{out, 2.0, 0.5, 10.0});
  // Label c: log(e^-2 + e^-3 + e^-5) + 5 + (e^1 - 1)/2.
  const double sum = std::exp(-2.0) + std::exp(-3.0) + std::exp(-5.0);
  const double expected = std::log(sum) + 5.0 + 0.5 * (std::exp(1.0) - 1.0);
  CHECK(std::fabs(value_of(*loss, usual(), 2) - expected) < 1e-14);
  // Nobody fires: all equal, log 3, and the label as late as it can be.
  const LossValue nobody = loss->evaluate(network(), silent(), 0);
  CHECK(std::fabs(nobody.value - (std::log(3.0) + 0.5 * (std::exp(1.0) - 1.0))) < 1e-15);
  CHECK(nobody.spike_times == std::vector<double>(2, 0.0));
}

TEST_CASE("cross-entropies do not overflow: times and integrals far apart cost their difference") {
  const auto spikes = make_loss(FirstSpikeCrossEntropySpec{out, 1e-3, 0.0, 10.0});
  CHECK(value_of(*spikes, usual(), 0) == 0.0);
  CHECK(std::fabs(value_of(*spikes, usual(), 1) - 2000.0) < 1e-9);
  const auto voltage = make_loss(VoltageCrossEntropySpec{out, never, 1e4});
  CHECK(value_of(*voltage, usual(), 1) == 0.0);
  CHECK(std::fabs(value_of(*voltage, usual(), 2) - 5000.0) < 1e-9);
}

TEST_CASE("without its late term, first-spike cross-entropy is a number in long trials as well") {
  // e^(1e5/10) is beyond doubles; times an alpha of 0 it is still nothing.
  const auto loss = make_loss(FirstSpikeCrossEntropySpec{out, 1e4, 0.0, 10.0});
  Tape tape = tape_of({{1e4, a}, {2e4, b}});
  tape.duration = 1e5;
  const double sum = std::exp(-1.0) + std::exp(-2.0) + std::exp(-10.0);
  for (const int label : {0, 1, 2}) {
    const double wanted = label == 0 ? 1.0 : label == 1 ? 2.0 : 10.0;
    CHECK(std::fabs(value_of(*loss, tape, label) - (std::log(sum) + wanted)) < 1e-14);
    for (const double source : loss->evaluate(network(), tape, label).spike_times)
      CHECK(std::isfinite(source));
  }
}

TEST_CASE("voltage cross-entropy of integrals 1, 3 and -2 with gain 2 in 10 ms, worked by hand") {
  const auto loss = make_loss(VoltageCrossEntropySpec{out, 30.0, 2.0});
  // Logits 0.2, 0.6, -0.4; label a: log(1 + e^0.4 + e^-0.6).
  const double sum = 1.0 + std::exp(0.4) + std::exp(-0.6);
  const LossValue result = loss->evaluate(network(), usual(), 0);
  CHECK(std::fabs(result.value - 1.1120668138213547) < 1e-14);
  CHECK(result.spike_times.empty());
  REQUIRE(result.integrals.size() == 9);
  CHECK(std::fabs(result.integrals[a] - 0.2 * (1.0 / sum - 1.0)) < 1e-15);
  CHECK(std::fabs(result.integrals[b] - 0.2 * std::exp(0.4) / sum) < 1e-15);
  CHECK(std::fabs(result.integrals[c] - 0.2 * std::exp(-0.6) / sum) < 1e-15);
  for (const NeuronId other : {0u, 1u, 5u}) CHECK(result.integrals[other] == 0.0);
}

TEST_CASE("spike-time targets: k-th spike to k-th target, missing ones at the end, others free") {
  const auto loss = make_loss(SpikeTimeTargetSpec{out, {{3.0}, {}, {5.0, 8.0}}, 2.0});
  // a: ((4 - 3)/2)^2/2 = 1/8, its second spike is free; b is free; c is silent:
  // ((10 - 5)/2)^2/2 + ((10 - 8)/2)^2/2 = 25/8 + 1/2.
  const LossValue result = loss->evaluate(network(), usual(), 0);
  CHECK(result.value == 0.125 + 3.125 + 0.5);
  CHECK(result.spike_times == std::vector<double>{0.0, 0.0, 0.25, 0.0, 0.0, 0.0});
  // All met: nothing.
  const auto met = make_loss(SpikeTimeTargetSpec{out, {{4.0, 9.0}, {6.0}, {}}, 2.0});
  const LossValue none = met->evaluate(network(), usual(), 0);
  CHECK(none.value == 0.0);
  CHECK(none.spike_times == std::vector<double>(6, 0.0));
}

TEST_CASE("the van Rossum distance is 1/2 per lonely spike and 1 - e^(-d/tau) for a shift by d") {
  // van Rossum, Neural Computation 13, 751 (2001): both numbers are his. a fires at 4 and 9, b
  // at 6.
  const auto nothing = make_loss(VanRossumDistanceSpec{out, {{4.0, 9.0}, {6.0}, {}}, 2.0});
  const LossValue same = nothing->evaluate(network(), usual(), 0);
  CHECK(same.value == 0.0);
  CHECK(same.spike_times == std::vector<double>(6, 0.0));  // the kink: the mean of its two sides
  const auto lonely = make_loss(VanRossumDistanceSpec{out, {{4.0, 9.0}, {}, {5.0}}, 2.0});
  const LossValue two = lonely->evaluate(network(), usual(), 0);
  CHECK(two.value == 1.0);  // b's spike has no target, c's target no spike
  CHECK(two.spike_times == std::vector<double>(6, 0.0));
  // b 1.5 ms early, and its derivative -e^(-1.5/2)/2; the integral goes on beyond the end at 10.
  const auto shifted = make_loss(VanRossumDistanceSpec{out, {{4.0, 9.0}, {7.5}, {}}, 2.0});
  const LossValue early = shifted->evaluate(network(), usual(), 0);
  CHECK(std::fabs(early.value - (1.0 - std::exp(-0.75))) < 1e-15);
  CHECK(std::fabs(early.spike_times.at(4) + 0.5 * std::exp(-0.75)) < 1e-16);
  CHECK(early.spike_times.at(2) == 0.0);
}

TEST_CASE(
    "the van Rossum distance is its integral: half the sum of e^(-|t - t'|/tau) over all pairs") {
  const std::vector<std::vector<Time>> targets{{2.5, 3.5, 7.9}, {}, {0.5, 9.5}};
  const double tau = 3.0;
  const auto loss = make_loss(VanRossumDistanceSpec{out, targets, tau});
  const Tape tape = busy();
  double sum = 0.0;
  for (std::uint32_t j = 0; j < 3; ++j) {
    std::vector<std::pair<Time, double>> events;
    for (const TapeSpike& s : tape.spikes)
      if (s.neuron == a + j) events.push_back({s.time, 1.0});
    for (const Time t : targets[j]) events.push_back({t, -1.0});
    for (const auto& [t, sign] : events)
      for (const auto& [u, other] : events)
        sum += 0.5 * sign * other * std::exp(-std::fabs(t - u) / tau);
  }
  CHECK(std::fabs(value_of(*loss, tape, 0) - sum) < 1e-14);
}

TEST_CASE("voltage-maximum cross-entropy of maxima 0.2, 0.6 and 0 with gain 2, worked by hand") {
  const auto loss = make_loss(VoltageMaximumCrossEntropySpec{readout, 2.0});
  Tape tape = usual();
  tape.voltage_maxima.assign(9, {});
  tape.voltage_maxima[6] = {0.2, 7.0, 3, 11, 0.25, 4};                     // on an arrival
  tape.voltage_maxima[7] = {0.6, 5.5, VoltageMaximum::nobody, 0, 0.0, 2};  // inside a stretch
  const double sum = std::exp(0.4) + std::exp(1.2) + 1.0;
  const LossValue result = loss->evaluate(network(), tape, 1);
  CHECK(std::fabs(result.value - (std::log(sum) - 1.2)) < 1e-15);
  REQUIRE(result.samples.size() == 3);  // in order of time
  CHECK(result.samples[0].time == 0.0);
  CHECK(result.samples[0].neuron == 8);
  CHECK(result.samples[1].time == 5.5);
  CHECK(result.samples[1].neuron == 7);
  CHECK(std::fabs(result.samples[1].gradient - 2.0 * (std::exp(1.2) / sum - 1.0)) < 1e-15);
  CHECK(result.samples[2].time == 7.0);
  CHECK(result.samples[2].neuron == 6);
  CHECK(std::fabs(result.samples[2].gradient - 2.0 * std::exp(0.4) / sum) < 1e-15);
  // The arrival moves the maximum by its slope.
  REQUIRE(result.arrivals.size() == 1);
  CHECK(result.arrivals[0].spike == 3);
  CHECK(result.arrivals[0].synapse == 11);
  CHECK(result.arrivals[0].gradient == 0.25 * result.samples[2].gradient);
  CHECK(result.spike_times.empty());
  CHECK(result.integrals.empty());
}

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

TEST_CASE("first-spike margin of times 4, 6 and silence in 10 ms, worked by hand") {
  const auto loss = make_loss(FirstSpikeMarginSpec{out, 3.0, 2.0});
  // Label a: ((6 - 4 - 3)/2)^2/2 + ((10 - 4 - 3)/2)^2/2 = 1/8 + 9/8.
  const LossValue result = loss->evaluate(network(), usual(), 0);
  CHECK(result.value == 1.25);
  CHECK(result.spike_times == std::vector<double>{0.0, 0.0, -0.5, 0.0, -0.25, 0.0});
  // Label c, silent: ((4 - 10 - 3)/2)^2/2 + ((6 - 10 - 3)/2)^2/2.
  CHECK(value_of(*loss, usual(), 2) == 0.5 * 4.5 * 4.5 + 0.5 * 3.5 * 3.5);
}

TEST_CASE("the first-spike margin sees only differences: moving all spikes changes nothing") {
  const auto loss = make_loss(FirstSpikeMarginSpec{out, 3.0, 2.0});
  Tape later = busy();
  for (TapeSpike& s : later.spikes) s.time += 0.25;
  for (const int label : {0, 1, 2}) {
    const LossValue here = loss->evaluate(network(), busy(), label);
    CHECK(value_of(*loss, later, label) == here.value);
    double sum = 0.0;
    for (const double source : here.spike_times) sum += source;
    CHECK(std::fabs(sum) < 1e-15);
  }
}

TEST_CASE("spike-time powers and integrals add up with their coefficients, worked by hand") {
  const auto loss =
      make_loss(SpikeTimePowerSpec{out, {1.0, -2.0, 7.0}, 10.0, 2.0, {0.5, 0.0, 2.0}, 30.0});
  // 0.4^2 + 0.9^2 - 2 0.6^2 + 0.5 1 + 2 (-2) = 0.16 + 0.81 - 0.72 - 3.5.
  const LossValue result = loss->evaluate(network(), usual(), 0);
  CHECK(std::fabs(result.value + 3.25) < 1e-15);
  CHECK(std::fabs(result.spike_times.at(2) - 0.08) < 1e-16);
  CHECK(std::fabs(result.spike_times.at(4) + 0.24) < 1e-16);
  CHECK(std::fabs(result.spike_times.at(5) - 0.18) < 1e-16);
  CHECK(result.integrals == std::vector<double>{0.0, 0.0, 0.5, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0});
  // Parts left out are not there.
  const auto spikes = make_loss(SpikeTimePowerSpec{out, {1.0, 0.0, 0.0}, 1.0, 1.0, {}, never});
  CHECK(value_of(*spikes, usual(), 0) == 13.0);
  CHECK(spikes->evaluate(network(), usual(), 0).integrals.empty());
  const auto integral = make_loss(SpikeTimePowerSpec{out, {}, 1.0, 1.0, {1.0, 1.0, 1.0}, never});
  CHECK(value_of(*integral, usual(), 0) == 2.0);
  CHECK(integral->evaluate(network(), usual(), 0).spike_times.empty());
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
    for (const int label : {-1, 3, 1000}) {
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

TEST_CASE("a cross-entropy that the label wins clearly keeps its digits") {
  // Logits 40, 0 and 0: the others have e^-40 each, 1 + 2 e^-40 is 1 in double.
  Tape tape = silent();
  tape.voltage_integrals[6] = 40.0 * tape.duration;
  const LossValue loss =
      make_loss(VoltageCrossEntropySpec{readout, never, 1.0})->evaluate(network(), tape, 0);
  const double other = std::exp(-40.0);
  CHECK(std::fabs(loss.value - 2.0 * other) < 1e-14 * other);
  CHECK(std::fabs(loss.integrals[6] + 2.0 * other / tape.duration) < 1e-14 * other);
  CHECK(std::fabs(loss.integrals[7] - other / tape.duration) < 1e-14 * other);

  const Tape first = tape_of({{1.0, a}, {9.0, b}, {9.0, c}});
  const LossValue spikes =
      make_loss(FirstSpikeCrossEntropySpec{out, 0.2})->evaluate(network(), first, 0);
  CHECK(std::fabs(spikes.value - 2.0 * other) < 1e-13 * other);
  CHECK(std::fabs(spikes.spike_times[0] - 2.0 * other / 0.2) < 1e-13 * other / 0.2);
  CHECK(std::fabs(spikes.spike_times[1] + other / 0.2) < 1e-13 * other / 0.2);
}
