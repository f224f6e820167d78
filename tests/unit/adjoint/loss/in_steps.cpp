// Losses where time goes in steps: their derivatives against central differences, and their values
// and decisions against the same loss on a tape of SteppedMachine, whose voltages are known in closed
// form.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <retrograde/adjoint/loss/softmax_sum_cross_entropy.hpp>
#include <retrograde/adjoint/loss/spike_time_power.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_maximum_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_over_time_cross_entropy.hpp>
#include <retrograde/engine/stepped/stepped.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

constexpr std::uint32_t readouts = 3, points = 30;
constexpr Time step = 2.0;

const Network& network() {
  static const Network built = [] {
    NetworkBuilder builder;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
    const auto li = builder.add({.name = "li",
                                 .model = Model::cuba_li,
                                 .size = readouts,
                                 .tau_mem = {20.0},
                                 .tau_syn = {5.0}});
    builder.connect(in, li,
                    {{0, 0, 2.0, 0.0}, {1, 0, -3.0, 0.0}, {1, 1, 1.5, 4.0}, {0, 2, -0.5, 2.0}});
    return builder.build();
  }();
  return built;
}

const Trial trial{points * step, {{4.0, 0}, {12.0, 1}}};

// V of the three readouts at a point, ms: w/3 (e^(-s/20) - e^(-s/5)) from every arrival on.
std::vector<double> voltages_at(double t) {
  const auto pulse = [&](double arrival) {
    const double s = t - arrival;
    return s <= 0.0 ? 0.0 : (std::exp(-s / 20.0) - std::exp(-s / 5.0)) / 3.0;
  };
  return {2.0 * pulse(4.0) - 3.0 * pulse(12.0), 1.5 * pulse(16.0), -0.5 * pulse(6.0)};
}

std::vector<double> voltages() {
  std::vector<double> all;
  for (std::uint32_t n = 1; n <= points; ++n)
    for (const double v : voltages_at(n * step)) all.push_back(v);
  return all;
}

std::vector<std::unique_ptr<Loss>> losses() {
  std::vector<std::unique_ptr<Loss>> all;
  for (const TimeWeight& weight :
       {TimeWeight(), TimeWeight(15.0), TimeWeight::linear(), TimeWeight::sigmoid(),
        TimeWeight::window(2.0, 5.0), TimeWeight::instant(never)})
    all.push_back(make_loss(VoltageCrossEntropySpec{1, weight, 8.0}));
  all.push_back(make_loss(VoltageMaximumCrossEntropySpec{1, 3.0}));
  all.push_back(make_loss(VoltageOverTimeCrossEntropySpec{1, 5.0}));
  all.push_back(make_loss(SoftmaxSumCrossEntropySpec{1, 5.0, 10.0}));
  return all;
}

}  // namespace

TEST_CASE("losses in steps: derivatives are those of central differences") {
  Random random(3, "voltages");
  std::vector<double> v;
  for (std::size_t k = 0; k < std::size_t{points} * readouts; ++k)
    v.push_back(random.normal(0.0, 0.5));
  for (const auto& loss : losses())
    for (const int label : {0, 2}) {
      CAPTURE(loss->name(), label);
      const auto value = [&](const std::vector<double>& at) {
        return loss->evaluate_steps(network(), {step, readouts, at}, label).value;
      };
      const StepLoss of = loss->evaluate_steps(network(), {step, readouts, v}, label);
      REQUIRE(of.gradient.size() == v.size());
      double largest = 0.0;
      for (std::size_t k = 0; k < v.size(); ++k) {
        constexpr double h = 1e-5;
        std::vector<double> up = v, down = v;
        up[k] += h;
        down[k] -= h;
        const double difference = (value(up) - value(down)) / (2.0 * h);
        CHECK(std::fabs(of.gradient[k] - difference) < 1e-8);
        largest = std::fmax(largest, std::fabs(difference));
      }
      CHECK(largest > 1e-3);
    }
}

TEST_CASE("losses in steps: values and decisions are those of a tape in steps") {
  const SteppedMachine machine(network(), step);
  const std::vector<double> v = voltages();
  for (const auto& loss : losses())
    for (const int label : {0, 1, 2}) {
      CAPTURE(loss->name(), label);
      // Those that read states between the points are others on a tape.
      if (loss->readout().trace) continue;
      const Tape tape = machine.run(trial, {.readout = loss->readout()});
      const StepLoss steps = loss->evaluate_steps(network(), {step, readouts, v}, label);
      CHECK(steps.value ==
            Approx(loss->evaluate(network(), tape, label).value).epsilon(1e-12).margin(1e-13));
      CHECK(steps.decision == decide(network(), loss->readout(), tape));
    }
}

TEST_CASE("losses in steps: of every instant, values are the sums that they are defined as") {
  const std::vector<double> v = voltages();
  const double gain = 5.0, unit = 10.0;
  double entropy = 0.0;
  std::vector<double> sum(readouts, 0.0), mean(readouts, 0.0);
  for (std::uint32_t n = 0; n < points; ++n) {
    double all = 0.0;
    for (std::uint32_t j = 0; j < readouts; ++j) all += std::exp(gain * v[n * readouts + j]);
    entropy += (std::log(all) - gain * v[n * readouts + 1]) / points;
    for (std::uint32_t j = 0; j < readouts; ++j) {
      sum[j] += step / unit * std::exp(gain * v[n * readouts + j]) / all;
      mean[j] += v[n * readouts + j];
    }
  }
  const auto largest = [](const std::vector<double>& x) {
    return static_cast<int>(std::max_element(x.begin(), x.end()) - x.begin());
  };
  const auto over_time = make_loss(VoltageOverTimeCrossEntropySpec{1, gain});
  const StepLoss a = over_time->evaluate_steps(network(), {step, readouts, v}, 1);
  CHECK(a.value == Approx(entropy).epsilon(1e-13));
  CHECK(a.decision == largest(mean));
  const auto softmax = make_loss(SoftmaxSumCrossEntropySpec{1, gain, unit});
  const StepLoss b = softmax->evaluate_steps(network(), {step, readouts, v}, 1);
  const double all = std::exp(sum[0]) + std::exp(sum[1]) + std::exp(sum[2]);
  CHECK(b.value == Approx(std::log(all) - sum[1]).epsilon(1e-13));
  CHECK(b.decision == largest(sum));
  // Units and steps are the same thing in other words: the published sum has one per step.
  const auto per_step = make_loss(SoftmaxSumCrossEntropySpec{1, gain, step});
  CHECK(per_step->evaluate_steps(network(), {step, readouts, v}, 1).value != b.value);
  CHECK(per_step->evaluate_steps(network(), {unit, readouts, v}, 1).value !=
        softmax->evaluate_steps(network(), {unit, readouts, v}, 1).value);
}

TEST_CASE("losses in steps: one that is about spikes says that it has no such form") {
  SpikeTimePowerSpec spec;
  spec.population = 1;
  spec.integral = {1.0, 1.0, 1.0};
  const auto loss = make_loss(spec);
  CHECK_FALSE(loss->goes_in_steps());
  CHECK_THROWS_WITH(loss->evaluate_steps(network(), {step, readouts, voltages()}, 0),
                    Contains("spike_time_power") && Contains("voltages"));
  for (const auto& other : losses()) CHECK(other->goes_in_steps());
}
