// The cross-entropy of summed softmaxes against high-order quadrature on equal pieces, its gradient
// against central differences of whole runs, and its form in steps against the exact one.
#include <boost/math/quadrature/gauss.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/loss/softmax_sum_cross_entropy.hpp>
#include <retrograde/adjoint/set_result.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/events/error.hpp>

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

Network pulses() {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  const auto out = builder.add(
      {.name = "out", .model = Model::cuba_li, .size = 2, .tau_mem = {10.0}, .tau_syn = {5.0}});
  builder.connect(in, out, {{0, 0, 2.0, 0.0}, {1, 0, -3.0, 0.0}, {1, 1, 1.5, 1.0}});
  return builder.build();
}

const Trial trial{50.0, {{3.0, 0}, {11.0, 1}}};

// V of the first readout less that of the second.
double apart(double t) {
  return 2.0 * pulse(t - 3.0) - 3.0 * pulse(t - 11.0) - 1.5 * pulse(t - 12.0);
}

double softmax(double x) { return 1.0 / (1.0 + std::exp(-x)); }

}  // namespace

TEST_CASE("the cross-entropy of summed softmaxes is that of their integrals") {
  const Network network = pulses();
  for (const double gain : {0.1, 1.0, 30.0}) {
    CAPTURE(gain);
    // Kinks at the arrivals: 3, 11 and 12 ms.
    const auto p = [&](double t) { return softmax(gain * apart(t)); };
    double first = 0.0;
    const double ends[] = {0.0, 3.0, 11.0, 12.0, 50.0};
    for (int k = 0; k < 4; ++k) first += integrate(p, ends[k], ends[k + 1], 40);
    const double unit = 4.0, s0 = first / unit, s1 = (50.0 - first) / unit;
    const auto loss = make_loss(SoftmaxSumCrossEntropySpec{1, gain, unit});
    const LossGradient g = gradient_of(network, trial, *loss, 1);
    CHECK(g.loss == Approx(std::log1p(std::exp(s0 - s1))).epsilon(1e-12));
    // By the weight of the first synapse: dL/dS0 dS0/dw, dS0/dw = 1/unit integral of p' K dt.
    const auto by_weight = [&](double t) {
      const double x = p(t);
      return gain * x * (1.0 - x) * pulse(t - 3.0);
    };
    double integral = 0.0;
    for (int k = 0; k < 4; ++k) integral += integrate(by_weight, ends[k], ends[k + 1], 40);
    // S1 changes by as much as S0, the other way: (q_0 - q_1) with q_0 = -q_1 = softmax(s0 - s1).
    const double q = softmax(s0 - s1);
    CHECK(g.gradient.of(ParameterKind::weight)[0] ==
          Approx(2.0 * q * integral / unit).epsilon(1e-10));
  }
}

TEST_CASE(
    "the class of the largest sum of softmaxes is decided for, not of the largest mean of V") {
  // The first readout is far above the other for a moment, and a little below it ever after.
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto out = builder.add({.name = "out",
                                .model = Model::cuba_li,
                                .size = 2,
                                .tau_mem = {2.0, 1000.0},
                                .tau_syn = {1.0, 5.0}});
  builder.connect(in, out, {{0, 0, 400.0, 0.0}, {0, 1, 20.0, 0.0}});
  const Network network = builder.build();
  const Trial one{100.0, {{1.0, 0}}};
  const auto loss = make_loss(SoftmaxSumCrossEntropySpec{out, 50.0, 10.0});
  const Tape tape = run(network, one, {.readout = loss->readout()});
  CHECK(decide(network, loss->readout(), tape) == 0);
  const LossValue value = loss->evaluate(network, tape, 0);
  REQUIRE(value.decision);
  CHECK(*value.decision == 1);
  CHECK(judged(network, tape, *loss, value, 0).decision == 1);
}

TEST_CASE(
    "the gradient of summed softmaxes is that of central differences, through hidden neurons") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  const auto hidden = builder.add({.name = "hidden", .size = 2});
  const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = 3});
  builder.connect(in, hidden, {{0, 0, 9.0, 1.0}, {1, 0, 2.0, 3.0}, {1, 1, 8.0, 0.5}});
  builder.connect(hidden, out,
                  {{0, 0, 1.0, 1.0}, {1, 0, -2.0, 2.0}, {0, 1, 0.7, 3.0}, {1, 2, 1.5, 1.5}});
  const Network network = builder.build();
  const auto loss = make_loss(SoftmaxSumCrossEntropySpec{out, 6.0, 10.0});
  const GradientCheck check =
      check_gradient(network, {60.0, {{2.0, 0}, {5.0, 1}, {20.0, 0}}}, *loss, 2, {});
  CHECK(check.passed());
  CHECK(check.entries.size() > 10);
}

TEST_CASE("summed softmaxes in steps come to the exact ones, by half with half the step") {
  const auto loss = make_loss(SoftmaxSumCrossEntropySpec{1, 3.0, 10.0});
  const Network network = pulses();
  const Tape tape = run(network, trial, {.readout = loss->readout()});
  const double exact = loss->evaluate(network, tape, 0).value;
  std::vector<double> errors;
  for (const double step : {0.2, 0.1, 0.05}) {
    std::vector<double> v;
    for (int n = 1; n <= static_cast<int>(std::lround(50.0 / step)); ++n) {
      const double t = n * step;
      v.push_back(2.0 * pulse(t - 3.0) - 3.0 * pulse(t - 11.0));
      v.push_back(1.5 * pulse(t - 12.0));
    }
    errors.push_back(loss->evaluate_steps(network, {step, 2, v}, 0).value - exact);
  }
  CHECK(std::fabs(errors[0]) > 1e-6);
  CHECK(errors[0] / errors[1] == Approx(2.0).epsilon(0.1));
  CHECK(errors[1] / errors[2] == Approx(2.0).epsilon(0.1));
}
