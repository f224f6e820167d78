// Grazing spikes and ties. Slopes and derivatives of single crossings close to the smallest spiking
// weight are the values of the design notes (eventprop 3.7), from 60-digit arithmetic.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include <retrograde/adjoint/grazing.hpp>
#include <retrograde/adjoint/sequential/sequential.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

constexpr double smallest_spiking_weight = 6.349604207872798;  // 20/5 ms, eventprop 3.8

// Inputs of one spike each onto neurons of 20 and 5 ms, all to all, with one weight and no delay.
Network network_of(std::uint32_t inputs, std::uint32_t neurons, double weight) {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = inputs});
  const auto n = builder.add({.name = "n", .size = neurons});
  std::vector<SynapseSpec> synapses;
  for (std::uint32_t i = 0; i < inputs; ++i)
    for (std::uint32_t j = 0; j < neurons; ++j) synapses.push_back({i, j, weight, 0.0});
  builder.connect(in, n, std::move(synapses));
  return builder.build();
}

struct Result {
  BackwardStatistics statistics;
  Gradient gradient;
};

// The loss is the time of the last spike of the tape.
Result backward(const Network& network, const Tape& tape, const GrazingOptions& grazing) {
  Result result{{}, {network.layout(), std::vector<double>(network.layout().size(), 0.0), {}}};
  LossValue loss;
  loss.spike_times.assign(tape.spikes.size(), 0.0);
  loss.spike_times.back() = 1.0;
  result.statistics = backward_sequential(network, tape, loss, {},
                                          {.spike_kick = {}, .grazing = grazing}, result.gradient);
  return result;
}

struct KnownSlope {
  double margin, slope, derivative;
};
const std::vector<KnownSlope> crossings = {{1e-3, 4.6414663e-3, -33.897219},
                                           {1e-6, 1.4158811e-4, -1112.3107}};

}  // namespace

TEST_CASE("the policy keep divides by the slope as it is and counts slopes below slope_min") {
  for (const KnownSlope& c : crossings) {
    const Network network = network_of(1, 1, (1.0 + c.margin) * smallest_spiking_weight);
    const Tape tape = run_sequential(network, {50.0, {{0.0, 0}}});
    REQUIRE(tape.spikes.size() == 2);
    const Result r = backward(network, tape, {});
    CHECK(r.statistics.grazing.smallest_slope == Approx(c.slope).epsilon(1e-7));
    CHECK(r.gradient.of(ParameterKind::weight)[0] == Approx(c.derivative).epsilon(1e-7));
    CHECK(r.statistics.grazing.grazing == (c.slope < 1e-3 ? 1 : 0));
    CHECK(r.statistics.grazing.spike_ties == 0);
    CHECK(r.statistics.grazing.arrival_ties == 0);
  }
}

TEST_CASE("the policy clip divides by slope_min where the slope is smaller, and only there") {
  for (const KnownSlope& c : crossings) {
    const Network network = network_of(1, 1, (1.0 + c.margin) * smallest_spiking_weight);
    const Tape tape = run_sequential(network, {50.0, {{0.0, 0}}});
    const Result r = backward(network, tape, {GrazingPolicy::clip, 1e-3});
    const double factor = c.slope < 1e-3 ? c.slope / 1e-3 : 1.0;
    CHECK(r.gradient.of(ParameterKind::weight)[0] == Approx(factor * c.derivative).epsilon(1e-7));
    CHECK(r.statistics.grazing.grazing == (c.slope < 1e-3 ? 1 : 0));
  }
}

TEST_CASE("the policy error names neuron, time, slope and remedy, and spares steeper slopes") {
  const Network network = network_of(1, 1, (1.0 + 1e-6) * smallest_spiking_weight);
  const Tape tape = run_sequential(network, {50.0, {{0.0, 0}}});
  CHECK_NOTHROW(backward(network, tape, {GrazingPolicy::error, 1.4e-4}));
  try {
    backward(network, tape, {GrazingPolicy::error, 1.5e-4});
    FAIL("no error");
  } catch (const NumericalError& error) {
    CHECK(error.neuron == 1);
    CHECK(error.time == tape.spikes[1].time);
    CHECK_THAT(error.what(),
               Contains("0.0001415") && Contains("slope_min 0.00015") && Contains("keep or clip"));
  }
}

TEST_CASE("a slope that equals slope_min does not graze; slope 0 is an error but for clip") {
  GrazingCounts counts;
  CHECK(slope_for_gradient({GrazingPolicy::error, 0.5}, 0, 1.0, 0.5, counts) == 0.5);
  CHECK(counts.grazing == 0);
  for (const double touching : {0.0, -1e-18}) {
    CHECK(slope_for_gradient({GrazingPolicy::clip, 0.5}, 0, 1.0, touching, counts) == 0.5);
    for (const GrazingPolicy policy : {GrazingPolicy::keep, GrazingPolicy::error})
      CHECK_THROWS_AS(slope_for_gradient({policy, 0.5}, 0, 1.0, touching, counts), NumericalError);
  }
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  for (const GrazingPolicy policy :
       {GrazingPolicy::keep, GrazingPolicy::clip, GrazingPolicy::error})
    CHECK_THROWS_AS(slope_for_gradient({policy, 0.5}, 0, 1.0, nan, counts), NumericalError);
}

TEST_CASE("spikes of different neurons at one instant are ties, unless all of them are inputs") {
  // Three equal neurons behind two inputs that fire together: the three tie, the two do not count.
  const Network network = network_of(2, 3, 5.0);
  const Tape tape = run_sequential(network, {50.0, {{1.0, 0}, {1.0, 1}}});
  REQUIRE(tape.spikes.size() % 3 == 2);
  CHECK(count_spike_ties(network, tape) == tape.spikes.size() - 2);

  const auto ties = [&](std::vector<TapeSpike> spikes) {
    Tape made;
    made.duration = 10.0;
    made.spikes = std::move(spikes);
    return count_spike_ties(network, made);
  };
  CHECK(ties({}) == 0);
  CHECK(ties({{1.0, 0, 0, 0}, {1.0, 0, 0, 1}, {2.0, 3, 3, 2}}) == 0);
  CHECK(ties({{1.0, 0, 0, 0}, {2.0, 0, 0, 1}, {2.0, 3, 3, 2}}) == 2);
  CHECK(ties({{1.0, 3, 3, 2}, {1.0, 3, 3, 3}, {2.0, 3, 3, 2}, {2.0, 3, 3, 3}, {2.0, 3, 3, 4}}) ==
        5);
}

TEST_CASE("arrivals at the instant at which their target fires are ties") {
  // A tape made by hand: the first input arrives before the spike, the second with it, the third
  // after it.
  const Network network = network_of(3, 1, 2.0);
  Tape tape;
  tape.duration = 10.0;
  tape.spikes = {{1.0, 0, 0, 0}, {2.0, 0, 0, 1}, {2.0, 3.0, 3.0, 3}, {3.0, 0, 0, 2}};
  const Result r = backward(network, tape, {});
  CHECK(r.statistics.grazing.arrival_ties == 1);
  CHECK(r.statistics.grazing.spike_ties == 2);  // the second input and the neuron
}
