// The cross-entropy of the voltage over time against closed forms and high-order quadrature.
#include <boost/math/quadrature/gauss.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/loss/voltage_over_time_cross_entropy.hpp>
#include <retrograde/engine/sequential/sequential.hpp>

using namespace retrograde;

namespace {

// 30 nodes on each of `pieces` equal pieces.
template <typename F>
double integrate(const F& f, double from, double to, int pieces) {
  double sum = 0.0;
  for (int k = 0; k < pieces; ++k)
    sum += boost::math::quadrature::gauss<double, 30>::integrate(
        f, from + (to - from) * k / pieces, from + (to - from) * (k + 1) / pieces);
  return sum;
}

// A unit pulse with tau_mem 10 and tau_syn 5, s ms after it.
double pulse(double s) { return s < 0.0 ? 0.0 : std::exp(-s / 10.0) - std::exp(-s / 5.0); }

}  // namespace

TEST_CASE("voltages that are equal all along cost log 2, and pull both readouts alike") {
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = 2, .bias = {0.3}});
  const Network network = builder.build();
  const auto loss = make_loss(VoltageOverTimeCrossEntropySpec{out, 3.0});
  const LossGradient g = gradient_of(network, {30.0, {}}, *loss, 0);
  CHECK(std::fabs(g.loss - std::log(2.0)) < 1e-15);
  // dL/dV = gain (1/2 - d_jl)/T, dV/dbias = 1 - e^(-t/20): the mean over 30 ms is
  // 1 - (20/30) (1 - e^(-1.5)).
  const double mean = 1.0 - 2.0 / 3.0 * (1.0 - std::exp(-1.5));
  CHECK(std::fabs(g.gradient.of(ParameterKind::bias)[1] + 1.5 * mean) < 1e-14);
  CHECK(std::fabs(g.gradient.of(ParameterKind::bias)[2] - 1.5 * mean) < 1e-14);
  // The decision is that of the mean: equal, the lower index.
  CHECK(g.decision == 0);
}

TEST_CASE("the cross-entropy over time of pulses is its integral, for small and for large gains") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  const auto out = builder.add(
      {.name = "out", .model = Model::cuba_li, .size = 2, .tau_mem = {10.0}, .tau_syn = {5.0}});
  builder.connect(in, out, {{0, 0, 2.0, 0.0}, {1, 0, -3.0, 0.0}, {1, 1, 1.5, 1.0}});
  const Network network = builder.build();
  const Trial trial{50.0, {{3.0, 0}, {11.0, 1}}};
  for (const double gain : {0.1, 1.0, 30.0, 3000.0}) {
    CAPTURE(gain);
    const auto apart = [](double t) {
      return 2.0 * pulse(t - 3.0) - 3.0 * pulse(t - 11.0) - 1.5 * pulse(t - 12.0);
    };
    // Label 1: log(1 + e^x), x = gain (V_0 - V_1), and its derivative by the weight of the first
    // pulse gain/(1 + e^-x) K(t - 3). Pieces end at the arrivals.
    double value = 0.0, weight = 0.0;
    const auto entropy = [&](double t) {
      const double x = gain * apart(t);
      return std::fmax(x, 0.0) + std::log1p(std::exp(-std::fabs(x)));
    };
    const auto derivative = [&](double t) {
      return gain * pulse(t - 3.0) / (1.0 + std::exp(-gain * apart(t)));
    };
    const double ends[] = {0.0, 3.0, 11.0, 12.0, 50.0};
    for (int k = 0; k < 4; ++k) {
      value += integrate(entropy, ends[k], ends[k + 1], 2000) / 50.0;
      weight += integrate(derivative, ends[k], ends[k + 1], 2000) / 50.0;
    }
    const auto loss = make_loss(VoltageOverTimeCrossEntropySpec{out, gain});
    const LossGradient g = gradient_of(network, trial, *loss, 1);
    CHECK(std::fabs(g.loss - value) < 2e-13 * value);
    const SynapseId s = network.outgoing(0)[0].id;
    const double adjoint = g.gradient.of(ParameterKind::weight)[s];
    CAPTURE(adjoint - weight, weight);
    CHECK(std::fabs(adjoint - weight) < 3e-12 * weight);
  }
}

TEST_CASE("a synapse a million times faster than the trial is not overlooked") {
  // tau_syn 1e-5 ms: V jumps by w tau_syn/(tau_mem - tau_syn) within a few of them, which nodes
  // spread over the whole stretch would miss.
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto out = builder.add(
      {.name = "out", .model = Model::cuba_li, .size = 2, .tau_mem = {10.0}, .tau_syn = {1e-5}});
  builder.connect(in, out, {{0, 0, 2e6, 0.0}});
  const Network network = builder.build();
  const auto loss = make_loss(VoltageOverTimeCrossEntropySpec{out, 1.0});
  const double value = gradient_of(network, {20.0, {{0.0, 0}}}, *loss, 1).loss;
  const double a = 0.1, b = 1e5, height = 2e6 * a / (b - a);
  double expected = 0.0;
  Time begin = 0.0;
  for (double length = 1e-6; begin < 20.0; length *= 1.2) {
    const double end = std::fmin(20.0, begin + length);
    expected += integrate(
        [&](double t) {
          return std::log1p(std::exp(height * (std::exp(-a * t) - std::exp(-b * t))));
        },
        begin, end, 1);
    begin = end;
  }
  CHECK(std::fabs(value - expected / 20.0) < 1e-13 * value);
}

TEST_CASE("samples are ascending in time and lie between the arrivals") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = 2});
  builder.connect(in, out, {{0, 0, 2.0, 0.0}, {1, 1, 3.0, 0.0}});
  const Network network = builder.build();
  const auto loss = make_loss(VoltageOverTimeCrossEntropySpec{out, 1.0});
  const Tape tape =
      run_sequential(network, {50.0, {{3.0, 0}, {11.0, 1}}}, {.readout = loss->readout()});
  REQUIRE(tape.trace.size() == 2);
  CHECK(tape.trace[0].time == 3.0);
  CHECK(tape.trace[0].neuron == 2);
  CHECK(tape.trace[1].time == 11.0);
  CHECK(tape.trace[1].neuron == 3);
  const LossValue value = loss->evaluate(network, tape, 0);
  REQUIRE(value.samples.size() >= 2 * 15 * 3);
  for (std::size_t k = 1; k < value.samples.size(); ++k)
    CHECK(value.samples[k].time >= value.samples[k - 1].time);
  for (const auto& sample : value.samples) {
    CHECK(sample.time != 3.0);
    CHECK(sample.time != 11.0);
  }
}
