// Times of input spikes as the input of an attack, against central differences of whole runs, where
// spikes have passed each other.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/loss/decision_margin.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/scenarios/run/attack/spiking_input.hpp>

#include "tests/support/random_network.hpp"

using namespace retrograde;
using namespace retrograde::test;

TEST_CASE("spikes that are moved past each other come sorted, and their places are known") {
  const Trial trial{10.0, {{1.0, 0}, {2.0, 1}, {3.0, 0}, {4.0, 2}}};
  CHECK(input_times(trial) == std::vector<double>{1, 2, 3, 4});
  const std::vector<double> times = {3.5, 2.0, 0.5, 2.0};
  const MovedTrial at = moved(trial, times);
  CHECK(at.source == std::vector<std::size_t>{2, 1, 3, 0});
  REQUIRE(at.trial.inputs.size() == 4);
  const Spike wanted[] = {{0.5, 0}, {2.0, 1}, {2.0, 2}, {3.5, 0}};
  for (std::size_t k = 0; k < 4; ++k) {
    CHECK(at.trial.inputs[k].time == wanted[k].time);
    CHECK(at.trial.inputs[k].neuron == wanted[k].neuron);
  }
  CHECK(at.trial.duration == 10.0);
  // At one instant neurons come in order, wherever their spikes stood.
  const MovedTrial tie = moved(trial, std::vector<double>{5, 5, 5, 5});
  CHECK(tie.source == std::vector<std::size_t>{0, 2, 1, 3});
  CHECK(latest_input(10.0) < 10.0);
  CHECK(latest_input(10.0) > 10.0 * (1.0 - 1e-15));
  CHECK(moved({10.0, {}}, {}).trial.inputs.empty());
}

TEST_CASE("the gradient of a margin by moved spikes is that of differences, by either scheduler") {
  const RandomNetwork r = random_network({.seed = 21});
  const auto voltages = static_cast<std::uint32_t>(r.network.populations().size() - 1);
  const auto loss = make_loss(VoltageCrossEntropySpec{voltages});
  const auto margin = decision_margin(*loss);
  RunOptions options;
  options.readout = margin->readout();
  std::vector<double> times = input_times(r.trial);
  Random random(4, "moved");
  for (double& t : times)
    t = std::fmin(std::fmax(t + random.uniform(-8.0, 8.0), 0.0), latest_input(r.trial.duration));
  REQUIRE_FALSE(std::is_sorted(times.begin(), times.end()));
  std::vector<double> by_one;
  for (const Scheduler scheduler : {Scheduler::sequential, Scheduler::windowed}) {
    const auto machine = make_machine(r.network, scheduler);
    const AttackPoint at = margin_of(*machine, r.trial, times, *margin, 1, options);
    REQUIRE(at.gradient.size() == times.size());
    for (std::size_t k = 0; k < times.size(); ++k) {
      if (times[k] == 0.0) continue;
      const double h = 1e-5;
      double difference = 0.0;
      for (const double side : {1.0, -1.0}) {
        std::vector<double> aside = times;
        aside[k] += side * h;
        difference +=
            side * margin_of(*machine, r.trial, aside, *margin, 1, options).margin / (2 * h);
      }
      CAPTURE(k, at.gradient[k], difference);
      CHECK(std::fabs(at.gradient[k] - difference) < 1e-7 * std::fmax(1.0, std::fabs(difference)));
    }
    if (by_one.empty()) by_one = at.gradient;
    for (std::size_t k = 0; k < times.size(); ++k)
      CHECK(std::fabs(at.gradient[k] - by_one[k]) < 1e-10);
  }
}
