// The backward pass where it can be worked by hand: closed forms of single gradients, extremes of
// its parameters, what it refuses. Networks that cannot be worked by hand are in tests/gradient.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/loss/spike_time_power.hpp>
#include <retrograde/adjoint/loss/spike_time_target.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/sequential/sequential.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/random_network.hpp"

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

Gradient empty_gradient(const Network& network) {
  return {network.layout(), std::vector<double>(network.layout().size(), 0.0), {}};
}

// One input, one readout, one synapse.
Network one_readout(double weight, double delay, double tau_mem, double tau_syn) {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto out = builder.add({.name = "out",
                                .model = Model::cuba_li,
                                .size = 1,
                                .tau_mem = {tau_mem},
                                .tau_syn = {tau_syn}});
  builder.connect(in, out, {{0, 0, weight, delay}});
  return builder.build();
}

// One input, one neuron that fires, one synapse.
Network one_neuron(double weight, double t_ref, double v_reset) {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n = builder.add(
      {.name = "n", .size = 1, .tau_mem = {10.0}, .v_reset = {v_reset}, .t_ref = {t_ref}});
  builder.connect(in, n, {{0, 0, weight, 0.0}});
  return builder.build();
}

void close(double value, double expected, double relative = 1e-12) {
  CAPTURE(value, expected);
  CHECK(std::fabs(value - expected) <= relative * std::fabs(expected));
}

}  // namespace

TEST_CASE(
    "the weighted integral of a readout has the gradient of its closed form, for weights that "
    "decay slowly and fast") {
  // A = integral of e^(-g t) V = w e^(-g t_a) a / ((a + g)(b + g)) for an arrival at t_a, up to
  // what comes after the end; the duration is a thousand times and more the time constant of the
  // weight.
  const double w = 1.7, arrival = 3.0, tau_mem = 20.0, tau_syn = 5.0, duration = 5000.0;
  const Network network = one_readout(w, 1.0, tau_mem, tau_syn);
  for (const double tau_weight : {5.0, 2.0, 1.0, 0.2, 0.05}) {
    CAPTURE(tau_weight);
    const auto loss = make_loss(SpikeTimePowerSpec{1, {}, 1.0, 1.0, {1.0}, tau_weight});
    const LossGradient result = gradient_of(network, {duration, {{arrival - 1.0, 0}}}, *loss, 0);
    const double g = 1 / tau_weight, a = 1 / tau_mem, b = 1 / tau_syn;
    const double value = w * std::exp(-g * arrival) * a / ((a + g) * (b + g));
    close(result.loss, value);
    close(result.gradient.of(ParameterKind::weight)[0], value / w);
    close(result.gradient.of(ParameterKind::delay)[0], -g * value);
    close(result.gradient.input_times[0], -g * value);
    // d/dtau = -rate^2 d/drate
    close(result.gradient.of(ParameterKind::tau_mem)[1], -a * a * value * (1 / a - 1 / (a + g)));
    close(result.gradient.of(ParameterKind::tau_syn)[1], b * b * value / (b + g));
    // V of a bias B alone is B (1 - e^(-a t)): A = B a / (g (a + g)).
    close(result.gradient.of(ParameterKind::bias)[1], a / (g * (a + g)));
  }
}

TEST_CASE(
    "a neuron held at its reset until the end: the integral of V after the spike is v_reset times "
    "the weight's") {
  // Also where e^(-T/tau_weight) is no longer a double.
  const double duration = 2000.0;
  for (const double tau_weight : {50.0, 2.0, 1.0}) {
    CAPTURE(tau_weight);
    const Network network = one_neuron(8.0, 1e5, 0.25);
    const auto loss = make_loss(SpikeTimePowerSpec{1, {}, 1.0, 1.0, {1.0}, tau_weight});
    const LossGradient result = gradient_of(network, {duration, {{0.5, 0}}}, *loss, 0);
    REQUIRE(result.tape.spikes.size() == 2);
    close(result.gradient.of(ParameterKind::v_reset)[1],
          tau_weight * std::exp(-result.tape.spikes[1].time / tau_weight));
    CHECK(result.gradient.of(ParameterKind::t_ref)[1] == 0.0);
    const GradientCheck check = check_gradient(network, {duration, {{0.5, 0}}}, *loss, 0);
    CHECK(check.worst() < 1e-9);
    CHECK(check.skipped == 0);
  }
}

TEST_CASE("a synapse of weight 0 has a gradient of its weight and none of its delay") {
  const Network network = one_readout(0.0, 1.0, 20.0, 5.0);
  const auto loss = make_loss(SpikeTimePowerSpec{1, {}, 1.0, 1.0, {1.0}, never});
  const LossGradient result = gradient_of(network, {50.0, {{2.0, 0}}}, *loss, 0);
  CHECK(result.gradient.of(ParameterKind::weight)[0] > 0.1);
  CHECK(result.gradient.of(ParameterKind::delay)[0] == 0.0);
}

TEST_CASE("the time of a spike after a refractory time moves with it: dt_2/dt_ref in closed form") {
  // t_2 = t_1 + t_ref + D(I), I = w e^(-(t_1 + t_ref)/5), D the two-to-one closed form of
  // eventprop 3.3: dt_2/dt_ref = 1 - I D'(I)/5.
  const double w = 30.0, t_ref = 2.0;
  const auto wait = [](double i) {
    return 10.0 * std::log(2.0 * i / (i + std::sqrt(i * i - 4.0 * i)));
  };
  const Network network = one_neuron(w, t_ref, 0.0);
  const Tape tape = run_sequential(network, {12.0, {{0.0, 0}}});
  REQUIRE(tape.spikes.size() >= 3);
  LossValue loss;
  loss.spike_times.assign(tape.spikes.size(), 0.0);
  loss.spike_times[2] = 1.0;
  Gradient gradient = empty_gradient(network);
  backward_sequential(network, tape, loss, {}, {}, gradient);
  const double i = w * std::exp(-(wait(w) + t_ref) / 5.0);
  const double h = 1e-3;
  const double slope =
      (8 * (wait(i + h) - wait(i - h)) - (wait(i + 2 * h) - wait(i - 2 * h))) / (12 * h);
  close(gradient.of(ParameterKind::t_ref)[1], 1.0 - i * slope / 5.0, 1e-9);
}

TEST_CASE("without neuron parameters the other gradients are the same bits, those are left alone") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const auto r = test::random_network({.seed = seed});
    const auto loss = make_loss(VoltageCrossEntropySpec{2, seed % 2 ? never : 20.0, 3.0});
    const Tape tape = run_sequential(r.network, r.trial, {.readout = loss->readout()});
    const LossValue value = loss->evaluate(r.network, tape, 1);
    Gradient all = empty_gradient(r.network), some = empty_gradient(r.network);
    backward_sequential(r.network, tape, value, loss->readout(), {}, all);
    backward_sequential(r.network, tape, value, loss->readout(),
                        {.neuron_parameters = false, .spike_kick = {}}, some);
    for (const ParameterKind kind :
         {ParameterKind::weight, ParameterKind::delay, ParameterKind::v_threshold,
          ParameterKind::v_reset, ParameterKind::t_ref})
      for (std::size_t k = 0; k < r.network.layout().count(kind); ++k)
        CHECK(all.of(kind)[k] == some.of(kind)[k]);
    CHECK(all.input_times == some.input_times);
    for (const ParameterKind kind : {ParameterKind::tau_syn, ParameterKind::bias})
      for (const double d : some.of(kind)) CHECK(d == 0.0);
  }
}

TEST_CASE("gradients of several trials add up in the parameters, and only there") {
  const auto r = test::random_network({.seed = 8});
  const auto loss = make_loss(VoltageCrossEntropySpec{2, never, 3.0});
  const Tape tape = run_sequential(r.network, r.trial, {.readout = loss->readout()});
  const LossValue value = loss->evaluate(r.network, tape, 1);
  Gradient once = empty_gradient(r.network);
  const BackwardStatistics statistics =
      backward_sequential(r.network, tape, value, loss->readout(), {}, once);
  CHECK(statistics.deliveries == tape.deliveries);
  CHECK(statistics.grazing.smallest_slope > 0.0);
  Gradient twice = once;
  backward_sequential(r.network, tape, value, loss->readout(), {}, twice);
  CHECK(twice.input_times == once.input_times);
  for (std::size_t k = 0; k < once.parameters.size(); ++k)
    CHECK(twice.parameters[k] == Approx(2 * once.parameters[k]).epsilon(1e-12));
}

TEST_CASE("gradients that are not finite are refused, with the neuron and the remedy") {
  const Network network = one_neuron(8.0, 0.0, 0.0);
  const Trial trial{20.0, {{0.5, 0}}};
  const Tape tape = run_sequential(network, trial);
  REQUIRE(tape.spikes.size() >= 2);
  for (const double bad :
       {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()})
    for (const std::size_t spike : {std::size_t{0}, tape.spikes.size() - 1}) {
      LossValue loss;
      loss.spike_times.assign(tape.spikes.size(), 0.0);
      loss.spike_times[spike] = bad;
      Gradient gradient = empty_gradient(network);
      try {
        backward_sequential(network, tape, loss, {}, {}, gradient);
        FAIL("accepted");
      } catch (const NumericalError& error) {
        CHECK(error.neuron == tape.spikes[spike].neuron);
        CHECK(error.time == tape.spikes[spike].time);
        CHECK_THAT(error.what(), Contains("not finite"));
      }
    }
  LossValue loss;
  loss.integrals.assign(2, std::numeric_limits<double>::quiet_NaN());
  for (const bool neuron_parameters : {true, false}) {
    Gradient gradient = empty_gradient(network);
    CHECK_THROWS_AS(
        backward_sequential(network, tape, loss, {Readout::Kind::voltage_integral, 1, never},
                            {.neuron_parameters = neuron_parameters, .spike_kick = {}}, gradient),
        NumericalError);
  }
}

TEST_CASE(
    "a spike that only touches the threshold has no gradient: refused, with its neuron and time") {
  const Network network = one_neuron(8.0, 0.0, 0.0);
  Tape tape = run_sequential(network, {20.0, {{0.5, 0}}});
  tape.spikes[1].slope = 0.0;
  LossValue loss;
  loss.spike_times.assign(tape.spikes.size(), 1.0);
  Gradient gradient = empty_gradient(network);
  try {
    backward_sequential(network, tape, loss, {}, {}, gradient);
    FAIL("accepted");
  } catch (const NumericalError& error) {
    CHECK(error.neuron == 1);
    CHECK(error.time == tape.spikes[1].time);
    CHECK_THAT(error.what(), Contains("slope 0"));
  }
}

TEST_CASE("a gradient of another layout is our own bug") {
  const Network network = one_neuron(8.0, 0.0, 0.0);
  Gradient gradient;
  CHECK_THROWS_AS(backward_sequential(network, {}, {}, {}, {}, gradient), InternalError);
}

TEST_CASE("lists of a loss that do not fit its population are refused with the count that would") {
  const Network network = one_neuron(8.0, 0.0, 0.0);
  const auto message = [&](const std::unique_ptr<Loss>& loss) {
    try {
      gradient_of(network, {20.0, {{0.5, 0}}}, *loss, 0);
    } catch (const NetworkError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK_THAT(message(make_loss(SpikeTimeTargetSpec{1, {}, 1.0})),
             Contains("targets for 0 neurons, the population has 1"));
  CHECK_THAT(message(make_loss(SpikeTimeTargetSpec{1, {{1.0}, {2.0}}, 1.0})),
             Contains("targets for 2 neurons"));
  CHECK_THAT(message(make_loss(SpikeTimePowerSpec{1, {1.0, 2.0}, 1.0, 1.0, {}, never})),
             Contains("coefficients for 2"));
  CHECK_THAT(message(make_loss(SpikeTimePowerSpec{1, {}, 1.0, 1.0, {1.0, 2.0, 3.0}, never})),
             Contains("integrals for 3"));
  CHECK(message(make_loss(SpikeTimeTargetSpec{1, {{1.0}}, 1.0})) == "accepted");
}
