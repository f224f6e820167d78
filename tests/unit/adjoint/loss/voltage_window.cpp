// Readouts over a window and at an instant against closed forms, forward and backward.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/stepped/stepped.hpp>
#include <retrograde/engine/windowed/windowed.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

constexpr double tau_mem = 10.0, tau_syn = 4.0, weight = 1.7, arrival = 6.5, end = 40.0;

// An input whose one spike, at 5 ms, reaches two readouts after 1.5 ms, one of them as an inhibition.
Network one_spike() {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto out = builder.add({.name = "out",
                                .model = Model::cuba_li,
                                .size = 2,
                                .tau_mem = {tau_mem},
                                .tau_syn = {tau_syn}});
  builder.connect(in, out, {{0, 0, weight, 1.5}, {0, 1, -weight, 1.5}});
  return builder.build();
}
const Trial trial{end, {{5.0, 0}}};

// V = w (e^(-s/tau_mem) - e^(-s/tau_syn)) / (1 - tau_syn/tau_mem) tau_syn/tau_mem, and its integral.
double voltage(double t) {
  const double s = t - arrival;
  if (s <= 0.0) return 0.0;
  return weight * tau_syn / (tau_mem - tau_syn) * (std::exp(-s / tau_mem) - std::exp(-s / tau_syn));
}
double integral(double t) {
  const double s = std::fmax(t - arrival, 0.0);
  return weight * tau_syn / (tau_mem - tau_syn) *
         (tau_mem * (1 - std::exp(-s / tau_mem)) - tau_syn * (1 - std::exp(-s / tau_syn)));
}

struct Case {
  TimeWeight weighting;
  double expected;
};
std::vector<Case> cases() {
  std::vector<Case> all;
  for (const auto& [a, b] : std::vector<std::pair<double, double>>{
           {0, 40}, {0, 5}, {2, 7.25}, {6.5, 9}, {10, 20}, {39, 40}})
    all.push_back({TimeWeight::window(a, b), integral(b) - integral(a)});
  all.push_back({TimeWeight::window(12, never), integral(end) - integral(12)});
  for (const double at : {3.0, 6.5, 8.0, 40.0})
    all.push_back({TimeWeight::instant(at), voltage(at)});
  all.push_back({TimeWeight::instant(never), voltage(end)});
  return all;
}

}  // namespace

TEST_CASE("the integral over a window and V at an instant are those of the closed form") {
  const Network network = one_spike();
  for (const Case& c : cases()) {
    CAPTURE(c.weighting.from(), c.weighting.to(), c.expected);
    RunOptions options;
    options.readout = {Readout::Kind::voltage_integral, 1, c.weighting};
    for (const Tape& tape :
         {run_sequential(network, trial, options), run_windowed(network, trial, options)}) {
      CHECK(std::fabs(tape.voltage_integrals[1] - c.expected) < 1e-14 * std::fmax(1.0, c.expected));
      CHECK(tape.voltage_integrals[2] == -tape.voltage_integrals[1]);
    }
  }
}

TEST_CASE("the gradient of a window is V at its ends, and that of an instant the slope") {
  const Network network = one_spike();
  for (const Case& c : cases()) {
    CAPTURE(c.weighting.from(), c.weighting.to(), c.expected);
    const auto loss = make_loss(VoltageCrossEntropySpec{1, c.weighting, 2.0});
    const LossGradient result = gradient_of(network, trial, *loss, 0);
    const double scale = 2.0 / c.weighting.span(end), x = 2 * scale * c.expected;
    CHECK(result.loss == Approx(std::log1p(std::exp(-x))).epsilon(1e-13));
    // dL/dA of both readouts is -+ scale / (1 + e^x); dA/dw = A/w, dA/dt = -(V(b) - V(a)).
    const double d = -scale / (1 + std::exp(x));
    const Gradient& gradient = result.gradient;
    CHECK(gradient.of(ParameterKind::weight)[0] == Approx(d * c.expected / weight).margin(1e-14));
    double moved = 0.0;
    if (c.weighting.kind() == TimeWeight::Kind::window) {
      moved = -(voltage(c.weighting.end(end)) - voltage(c.weighting.from()));
    } else if (const double s = c.weighting.end(end) - arrival; s > 0.0) {
      moved = -weight * tau_syn / (tau_mem - tau_syn) *
              (std::exp(-s / tau_syn) / tau_syn - std::exp(-s / tau_mem) / tau_mem);
    }
    CHECK(gradient.of(ParameterKind::delay)[0] == Approx(d * moved).margin(1e-14));
    CHECK(gradient.input_times[0] == Approx(2 * d * moved).margin(1e-14));
  }
}

TEST_CASE("in steps a window has the steps that end in it, and an instant is one step") {
  const Network network = one_spike();
  const SteppedMachine machine(network, 0.1);
  RunOptions options;
  options.readout = {Readout::Kind::voltage_integral, 1, TimeWeight::window(10, 20)};
  // The sum of the ends of 100 steps is off by half a step times the difference of V.
  const double window = machine.run(trial, options).voltage_integrals[1];
  CHECK(std::fabs(window - (integral(20) - integral(10))) < 0.02);
  options.readout.weighting = TimeWeight::window(0, 40);
  const double whole = machine.run(trial, options).voltage_integrals[1];
  options.readout.weighting = {};
  CHECK(machine.run(trial, options).voltage_integrals[1] == Approx(whole).epsilon(1e-14));
  for (const double at : {8.0, 0.3, 0.7, 39.95, 40.0}) {
    int steps = 0;
    for (int n = 1; n <= 400; ++n)
      if (TimeWeight::instant(at).in_step(n * 0.1, 0.1, end) != 0.0) {
        ++steps;
        CHECK(std::fabs(n * 0.1 - std::ceil(at / 0.1 - 1e-9) * 0.1) < 1e-9);
      }
    CHECK(steps == 1);
  }
  int steps = 0;
  for (int n = 1; n <= 400; ++n)
    steps += TimeWeight::window(0.3, 0.7).in_step(n * 0.1, 0.1, end) != 0.0;
  CHECK(steps == 4);
}

TEST_CASE("a trial that is over before the window is refused") {
  const Network network = one_spike();
  for (const TimeWeight& weighting :
       {TimeWeight::window(10, 41), TimeWeight::window(40, never), TimeWeight::instant(40.5)}) {
    const auto loss = make_loss(VoltageCrossEntropySpec{1, weighting});
    RunOptions options;
    options.readout = loss->readout();
    const Tape tape = run_sequential(network, trial, options);
    CHECK_THROWS_WITH(loss->evaluate(network, tape, 0), Contains("a trial lasts 40 ms"));
  }
}
