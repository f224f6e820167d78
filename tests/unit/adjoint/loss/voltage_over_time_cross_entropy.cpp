// Where the quadrature could go on without end; that its values are right is in
// tests/validation/voltage_over_time.cpp.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/loss/voltage_over_time_cross_entropy.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

// Two inputs, an excitatory and an inhibitory one, to the first of two readouts (20 and 5 ms).
Network two_readouts(double weight) {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  const auto li = builder.add(
      {.name = "li", .model = Model::cuba_li, .size = 2, .tau_mem = {20.0}, .tau_syn = {5.0}});
  builder.connect(in, li, {{0, 0, weight, 0.0}, {1, 0, -weight, 0.0}});
  return builder.build();
}

const Trial trial{40.0, {{1.0, 0}, {6.0, 1}}};

}  // namespace

TEST_CASE(
    "logits beyond what a double can hold end the quadrature with the loss, neuron and time") {
  const Network network = two_readouts(200.0);
  const auto loss = make_loss(VoltageOverTimeCrossEntropySpec{1, 1e307});
  const Tape tape = run(network, trial, {.readout = loss->readout()});
  for (const int label : {0, 1}) try {
      loss->evaluate(network, tape, label);
      FAIL("nothing was refused");
    } catch (const NumericalError& error) {
      CHECK_THAT(error.what(),
                 Contains("voltage_over_time_cross_entropy") && Contains("not finite"));
      CHECK(error.neuron == 2);  // the readout that hears something
      CHECK(error.time > 1.0);
      CHECK(error.time < 40.0);
    }
}

TEST_CASE(
    "where V is what is left of large terms that cancel, panels are not halved for rounding") {
  // V of the first readout is (K(t - 1) - K(t - 6))/3, K(s) = e^(-s/20) - e^(-s/5), which crosses
  // V = 0 of the other at 13.0 ms: with this gain rounding moves the logits by 1e-10 there. The
  // cross-entropy is log(1 + e^x), x = -gain V; with such a gain, max(0, x).
  const double gain = 1e6;
  const Network network = two_readouts(1.0);
  const auto loss = make_loss(VoltageOverTimeCrossEntropySpec{1, gain});
  const Tape tape = run(network, trial, {.readout = loss->readout()});
  const LossValue value = loss->evaluate(network, tape, 0);
  CHECK(value.samples.size() < 10000);
  // Integral of K from the crossing on, where V is below 0, in closed form.
  const auto integral_of_k = [](double s) {
    return 20.0 * std::exp(-s / 20.0) - 5.0 * std::exp(-s / 5.0);
  };
  const double s0 = std::log(std::expm1(-1.0) / std::expm1(-0.25)) / 0.15, end = 34.0;
  const double below = (integral_of_k(s0 + 5.0) - integral_of_k(end + 5.0) - integral_of_k(s0) +
                        integral_of_k(end)) /
                       3.0;
  const double nothing_yet = std::log(2.0) * 1.0;  // both are at 0 for the first ms
  CHECK(value.value == Approx((nothing_yet - gain * below) / 40.0).epsilon(1e-9));
}
