// Calibrated thresholds: reference is what they are for, the spike counts of the exact network.
#include <catch2/catch.hpp>
#include <tbb/global_control.h>

#include <retrograde/engine/sequential.hpp>
#include <retrograde/hardware/loihi2/calibrate.hpp>

#include "tests/support/random_network.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

struct Setup {
  Network network;
  std::vector<Trial> trials;
  std::vector<Tape> tapes;
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
  Setup s{builder.build(), {}, {}};
  for (std::uint64_t k = 0; k < 12; ++k) {
    Random random(3, "calibrate trials", k);
    Trial trial{150.0, {}};
    for (int spike = 0; spike < 20; ++spike)
      trial.inputs.push_back({random.uniform(0.0, 120.0), static_cast<NeuronId>(random.index(4))});
    std::sort(trial.inputs.begin(), trial.inputs.end());
    s.tapes.push_back(run_sequential(s.network, trial));
    s.trials.push_back(std::move(trial));
  }
  return s;
}

}  // namespace

TEST_CASE("calibrated thresholds lose and make up fewer spikes than published ones") {
  const Setup s = busy_network();
  const loihi2::Calibration c = loihi2::calibrate(s.network, {}, s.trials, s.tapes);
  CAPTURE(c.fraction, c.difference, c.difference_without);
  CHECK(c.fraction > 0.0);
  CHECK(c.difference * 2 < c.difference_without);
  REQUIRE(c.options.threshold_drop.size() == 2);
  CHECK(c.options.threshold_drop[0] == 0.0);
  CHECK(c.options.threshold_drop[1] > 0.0);
  const auto plain = loihi2::quantize(s.network).chip;
  const auto lowered = loihi2::quantize(s.network, c.options).chip;
  CHECK(lowered.neurons[4].vth * lowered.populations[1].scale(0) <
        plain.neurons[4].vth * plain.populations[1].scale(0));
}

TEST_CASE("calibration does not depend on the number of threads") {
  const Setup s = busy_network();
  const auto run = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return loihi2::calibrate(s.network, {}, s.trials, s.tapes);
  };
  const auto one = run(1), two = run(2);
  CHECK(one.fraction == two.fraction);
  CHECK(one.difference == two.difference);
  CHECK(one.options.threshold_drop == two.options.threshold_drop);
}

TEST_CASE("without spikes there is nothing to calibrate, and thresholds stay") {
  Setup s = busy_network();
  for (Trial& trial : s.trials) trial.inputs.clear();
  for (Tape& tape : s.tapes) tape.spikes.clear();
  const loihi2::Calibration c = loihi2::calibrate(s.network, {}, s.trials, s.tapes);
  CHECK(c.fraction == 0.0);
  CHECK(c.difference == 0);
  CHECK(c.options.threshold_drop == std::vector<double>(2, 0.0));
}
