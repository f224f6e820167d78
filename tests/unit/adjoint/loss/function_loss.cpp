// A loss of a user's own. Reference: the same loss as it is shipped, and differences.
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/loss/function_loss.hpp>
#include <retrograde/adjoint/loss/spike_time_power.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/tiny_task.hpp"
#include "tests/unit/adjoint/loss/tapes.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// Sum of t^2 over the spikes of a population, and the integral of V of neuron `integrated` if any.
std::unique_ptr<Loss> squares(std::uint32_t population, Readout readout = {}, int integrated = -1) {
  return make_loss(FunctionLossSpec{
      .measure =
          [=](const Network& network, const Tape& tape, int) {
            LossValue value;
            value.spike_times.assign(tape.spikes.size(), 0.0);
            for (std::size_t k = 0; k < tape.spikes.size(); ++k)
              if (network.population_of(tape.spikes[k].neuron) == population) {
                value.value += tape.spikes[k].time * tape.spikes[k].time;
                value.spike_times[k] = 2.0 * tape.spikes[k].time;
              }
            if (integrated >= 0) {
              value.value += tape.voltage_integrals.at(static_cast<std::size_t>(integrated));
              value.integrals.assign(network.neuron_count(), 0.0);
              value.integrals[static_cast<std::size_t>(integrated)] = 1.0;
            }
            return value;
          },
      .readout = readout,
      .name = "squares"});
}

std::string refusal(const std::function<void(LossValue&)>& change) {
  LossValue value;
  change(value);
  const auto loss = make_loss(FunctionLossSpec{
      .measure = [value](const Network&, const Tape&, int) { return value; }, .name = "mine"});
  Tape tape = tapes::usual();
  tape.voltage_integrals.clear();
  try {
    loss->evaluate(tapes::network(), tape, 0);
  } catch (const NetworkError& error) {
    return error.what();
  }
  return "nothing is refused";
}

}  // namespace

TEST_CASE("a loss that is a function has value, gradient and decision of the same one as shipped") {
  const TinyTask task;
  const std::vector<double> ones(TinyTask::hidden, 1.0);
  const auto shipped = make_loss(SpikeTimePowerSpec{1, ones, 1.0, 2.0, {}, never});
  const auto own = squares(1);
  for (std::size_t k = 0; k < 4; ++k) {
    const LossGradient a = gradient_of(task.network, task.trial(k), *shipped, 0),
                       b = gradient_of(task.network, task.trial(k), *own, 0);
    CHECK(a.loss > 0.0);
    CHECK(std::fabs(b.loss - a.loss) <= 1e-14 * a.loss);
    REQUIRE(b.gradient.parameters.size() == a.gradient.parameters.size());
    double largest = 0.0;
    for (std::size_t p = 0; p < a.gradient.parameters.size(); ++p) {
      const double x = a.gradient.parameters[p], y = b.gradient.parameters[p];
      largest = std::fmax(largest, std::fabs(x));
      CHECK(std::fabs(x - y) <= 1e-12 * std::fmax(1.0, std::fabs(x)));
    }
    CHECK(largest > 1e-3);
  }
  CHECK(own->name() == "squares");
  CHECK(squares(1, {.kind = Readout::Kind::first_spike, .population = 1})->readout().population ==
        1);
}

TEST_CASE("its gradient is what differences say, also by integrals of V") {
  const TinyTask task;
  const Readout readout{.kind = Readout::Kind::voltage_integral, .population = 2};
  const auto loss = squares(1, readout, 2 + TinyTask::hidden);
  const GradientCheck check = check_gradient(task.network, task.trial(0), *loss, 0, {.sample = 40});
  CHECK(check.passed());
}

TEST_CASE("values that fit no tape are refused") {
  using V = LossValue;
  CHECK_THAT(
      refusal([](V& v) { v.spike_times = {1.0}; }),
      Contains("loss mine") && Contains("spike_times has 1 entries, and there are 6 spikes"));
  CHECK_THAT(refusal([](V& v) { v.integrals = {1.0}; }),
             Contains("integrals has 1 entries") && Contains("9 neurons"));
  CHECK_THAT(refusal([](V& v) { v.integrals.assign(9, 0.0); }),
             Contains("choose the readout voltage_integral"));
  CHECK_THAT(refusal([](V& v) {
               v.samples = {{1.0, 9, 1.0}};
             }),
             Contains("a sample is of neuron 9, and there are 9"));
  CHECK_THAT(refusal([](V& v) {
               v.samples = {{2.0, 1, 1.0}, {1.0, 1, 1.0}};
             }),
             Contains("not in order of time"));
  CHECK_THAT(refusal([](V& v) {
               v.deliveries = {{6, 0, 1.0}};
             }),
             Contains("a delivery is of spike 6"));
  CHECK_THROWS_WITH(make_loss(FunctionLossSpec{}), Contains("measure is missing"));
  const auto infinite = make_loss(FunctionLossSpec{.measure = [](const Network&, const Tape&, int) {
    LossValue value;
    value.value = std::numeric_limits<double>::infinity();
    return value;
  }});
  CHECK_THROWS_AS(infinite->evaluate(tapes::network(), tapes::usual(), 0), NumericalError);
}
