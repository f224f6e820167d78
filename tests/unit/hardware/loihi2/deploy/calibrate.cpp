// Calibration: reference is what it is for, the spike trains of the exact network.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <tbb/global_control.h>

#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>
#include <retrograde/hardware/loihi2/deploy/calibrate.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>

#include "tests/support/random_network.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

struct Setup {
  Network network;
  std::vector<Trial> trials;
};

// Neurons that fire several times a trial, so that what is lost at resets adds up.
Setup busy_network() {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 4});
  const auto h = builder.add({.name = "hidden", .size = 20});
  Random weights(3, "calibrate weights");
  std::vector<SynapseSpec> synapses;
  for (std::uint32_t i = 0; i < 4; ++i)
    for (std::uint32_t j = 0; j < 20; ++j)
      synapses.push_back({i, j, weights.uniform(4.0, 12.0), weights.uniform(1.0, 9.0)});
  builder.connect(in, h, std::move(synapses));
  Setup s{builder.build(), {}};
  for (std::uint64_t k = 0; k < 12; ++k) {
    Random random(3, "calibrate trials", k);
    Trial trial{150.0, {}};
    for (int spike = 0; spike < 20; ++spike)
      trial.inputs.push_back({random.uniform(0.0, 120.0), static_cast<NeuronId>(random.index(4))});
    std::sort(trial.inputs.begin(), trial.inputs.end());
    s.trials.push_back(std::move(trial));
  }
  return s;
}

}  // namespace

TEST_CASE("calibrated thresholds make spike trains that are nearer to the exact ones") {
  const Setup s = busy_network();
  const loihi2::Calibration c =
      loihi2::calibrate(*make_machine(s.network), {}, TrialList(s.trials), {});
  CAPTURE(c.fraction, c.deviation, c.deviation_without);
  CHECK(c.fraction[0] == 0.0);
  CHECK(c.fraction[1] > 0.0);
  CHECK(c.deviation * 1.5 < c.deviation_without);
  REQUIRE(c.options.threshold_drop.size() == 2);
  CHECK(c.options.threshold_drop[0] == 0.0);
  CHECK(c.options.threshold_drop[1] > 0.0);
  const auto plain = loihi2::quantize(s.network).chip;
  const auto lowered = loihi2::quantize(s.network, c.options).chip;
  CHECK(lowered.neurons[4].vth * lowered.populations[1].scale(0) <
        plain.neurons[4].vth * plain.populations[1].scale(0));
}

TEST_CASE(
    "a few huge weights are clipped where the others need the steps, and kept where they matter") {
  // One weight in 200 is 40 times the others. Into the first network it comes from an input that
  // never fires, in the second from one that does.
  const auto clipped = [](bool fires) {
    NetworkBuilder builder;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 40});
    const auto h = builder.add({.name = "hidden", .size = 5});
    Random weights(9, "clipping");
    std::vector<SynapseSpec> synapses;
    for (std::uint32_t i = 0; i < 40; ++i)
      for (std::uint32_t j = 0; j < 5; ++j)
        synapses.push_back({i, j, i == 0 && j == 0 ? 40.0 : weights.uniform(0.2, 1.0), 2.0});
    builder.connect(in, h, std::move(synapses));
    const Network network = builder.build();
    std::vector<Trial> trials;
    for (std::uint64_t k = 0; k < 8; ++k) {
      Random random(9, "clipping trials", k);
      Trial trial{100.0, {}};
      for (int spike = 0; spike < 150; ++spike)
        trial.inputs.push_back(
            {random.uniform(0.0, 90.0), static_cast<NeuronId>(1 + random.index(39))});
      if (fires)
        for (int spike = 0; spike < 10; ++spike) trial.inputs.push_back({8.5 * spike, 0});
      std::sort(trial.inputs.begin(), trial.inputs.end());
      trials.push_back(std::move(trial));
    }
    return loihi2::calibrate(*make_machine(network), {}, TrialList(trials), {}).clip_percentile[1];
  };
  CHECK(clipped(false) < 100.0);
  CHECK(clipped(true) == 100.0);
}

TEST_CASE("spare bits of the registers go to the weight exponent") {
  const Setup s = busy_network();
  const loihi2::Calibration c = loihi2::calibrate(*make_machine(s.network), {}, TrialList(s.trials),
                                                  {}, {.clipping = false, .exponent = true});
  CHECK(c.options.weight_exponent > 0);
  CHECK(c.options.weight_exponent <= 7);
  const loihi2::Emulator emulator(loihi2::quantize(s.network, c.options).chip);
  for (const Trial& trial : s.trials) {
    const loihi2::Emulation run = emulator.run(trial);
    const auto& p = run.populations[1];
    for (const auto& [extent, bits] : {std::pair(p.a, 16), std::pair(p.u, 24), std::pair(p.v, 24)})
      CHECK(std::max(-extent.min, extent.max) <= (std::int64_t{1} << (bits - 1)) / 2);
  }
}

TEST_CASE("the exponent leaves room for a V that sums what arrives for a long time") {
  // One arrival of 127 units in every step: a is 127, u and V grow towards 127 / u_decay and
  // 127 / (u_decay v_decay), so V alone is near the end of its register.
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = 1});
  builder.connect(in, out, {{0, 0, 1.0, 1.0}});
  const Network network = builder.build();
  Trial trial{200.0, {}};
  for (int t = 0; t < 200; ++t) trial.inputs.push_back({1.0 * t, 0});
  const auto activity = loihi2::Emulator(loihi2::quantize(network).chip).run(trial).populations[1];
  // Of 2^15, 2^23 and 2^23.
  const double a = std::ldexp(static_cast<double>(activity.a.max), -15);
  const double u = std::ldexp(static_cast<double>(activity.u.max), -23);
  const double v = std::ldexp(static_cast<double>(activity.v.max), -23);
  REQUIRE(v > 2.0 * std::max(a, u));
  const loihi2::Calibration c = loihi2::calibrate(*make_machine(network), {}, TrialList({trial}),
                                                  {}, {.clipping = false, .exponent = true});
  const double filled = std::ldexp(v, c.options.weight_exponent);
  CAPTURE(a, u, v, c.options.weight_exponent);
  CHECK(filled <= 0.25);
  CHECK(2.0 * filled > 0.25);
}

TEST_CASE("thresholds are lowered by a part of what V rises by in one step before a spike") {
  const Setup s = busy_network();
  for (const Time step : {1.0, 0.5}) {
    CAPTURE(step);
    double rise = 0.0, spikes = 0.0;
    for (const Trial& trial : s.trials)
      for (const TapeSpike& spike : run(s.network, trial).spikes) {
        if (s.network.is_input(spike.neuron)) continue;
        rise += spike.slope * step;
        spikes += 1.0;
      }
    const loihi2::Calibration c =
        loihi2::calibrate(*make_machine(s.network), {.step = step}, TrialList(s.trials), {});
    CHECK(c.fraction[1] > 0.0);
    CHECK(c.options.threshold_drop[1] == Approx(c.fraction[1] * rise / spikes).epsilon(1e-12));
  }
}

TEST_CASE("calibration does not depend on the number of threads") {
  const Setup s = busy_network();
  const auto run = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return loihi2::calibrate(*make_machine(s.network), {}, TrialList(s.trials), {});
  };
  const auto one = run(1), two = run(2);
  CHECK(one.fraction == two.fraction);
  CHECK(one.deviation == two.deviation);
  CHECK(one.options.threshold_drop == two.options.threshold_drop);
  CHECK(one.options.scales == two.options.scales);
}

TEST_CASE("without spikes there is nothing to calibrate, and thresholds stay") {
  Setup s = busy_network();
  for (Trial& trial : s.trials) trial.inputs.clear();
  const loihi2::Calibration c =
      loihi2::calibrate(*make_machine(s.network), {}, TrialList(s.trials), {});
  CHECK(c.fraction == std::vector<double>(2, 0.0));
  CHECK(c.deviation == 0.0);
  CHECK(c.options.threshold_drop == std::vector<double>(2, 0.0));
}

TEST_CASE("what calibration is not left to choose stays as it was") {
  const Setup s = busy_network();
  const auto chosen = [&](bool clipping, bool thresholds) {
    return loihi2::calibrate(*make_machine(s.network), {}, TrialList(s.trials), {},
                             {.clipping = clipping, .thresholds = thresholds});
  };
  const auto lowered = [](const loihi2::Calibration& c) {
    return std::any_of(c.fraction.begin(), c.fraction.end(), [](double f) { return f > 0.0; });
  };
  const loihi2::Calibration none = chosen(false, false);
  CHECK_FALSE(lowered(none));
  CHECK(none.clip_percentile == std::vector<double>(none.clip_percentile.size(), 100.0));
  CHECK(none.deviation == none.deviation_without);
  CHECK(none.deviation > 0.0);
  CHECK_FALSE(lowered(chosen(true, false)));
  CHECK(lowered(chosen(false, true)));
}
