// Neurons that are left alone for very long, where exponentials fall below the smallest double: no
// spike is missed, none invented, no maximum of V missed. Reference: 56 digits, whose exponent has
// no end (tests/support/reference_engine.hpp).
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/events/random.hpp>

#include "tests/support/reference_engine.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

constexpr auto exponential_shape = SynapseShape::exponential, alpha_shape = SynapseShape::alpha;

const std::vector<std::vector<SynapseShape>> receptor_lists = {
    {exponential_shape},
    {alpha_shape},
    {exponential_shape, exponential_shape},
    {exponential_shape, alpha_shape},
    {alpha_shape, alpha_shape},
    {alpha_shape, alpha_shape, exponential_shape, exponential_shape}};

// An input and one neuron with a projection to each receptor, weights of both signs.
Network draw(Model model, const std::vector<SynapseShape>& receptors, std::uint64_t seed,
             double bias) {
  Random random(seed, "long horizon");
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  PopulationSpec p{.name = "neuron", .model = model, .size = 1};
  p.receptors = receptors;
  p.tau_mem = {random.uniform(6.0, 20.0)};
  p.tau_syn = {random.uniform(1.5, 9.0)};
  p.tau_syn_2 = {random.index(2) == 0 ? p.tau_syn[0] * (1.0 + 1e-6) : random.uniform(1.5, 12.0)};
  p.tau_syn_3 = {random.index(2) == 0 ? p.tau_mem[0] : random.uniform(1.5, 12.0)};
  p.tau_syn_4 = {random.uniform(1.5, 12.0)};
  p.tau_adapt = {random.uniform(10.0, 100.0)};
  p.adaptation = {0.3};
  p.bias = {bias};
  const auto neuron = builder.add(std::move(p));
  for (unsigned r = 0; r < receptors.size(); ++r)
    builder.connect(in, neuron, {{0, 0, random.normal(2.0, 3.0), random.uniform(0.5, 3.0)}},
                    "to receptor " + std::to_string(r), r);
  return builder.build();
}

}  // namespace

TEST_CASE("spikes of neurons with several receptors do not depend on how far the end is") {
  std::size_t spikes = 0;
  for (const auto& receptors : receptor_lists)
    for (std::uint64_t seed = 1; seed <= 40; ++seed)
      for (const double bias : {0.0, 0.5}) {
        const Network network = draw(Model::alif, receptors, seed, bias);
        for (const double duration : {200.0, 5000.0, 1e6}) {
          const Trial trial{duration, {{1.0, 0}, {3.0, 0}, {9.0, 0}}};
          const auto run = ReferenceEngine(network, trial).run();
          const Tape tape = run_sequential(network, trial);
          const auto& expected = run.spikes(1);
          CAPTURE(receptors.size(), seed, bias, duration);
          REQUIRE(tape.spikes.size() == 3 + expected.size());
          std::size_t k = 0;
          for (const TapeSpike& s : tape.spikes)
            if (s.neuron == 1) {
              CHECK(std::fabs(s.time - static_cast<double>(expected[k])) < 1e-11);
              ++k;
            }
          spikes += expected.size();
        }
      }
  CHECK(spikes > 3000);
}

TEST_CASE("a bias at the threshold approaches it for ever and never fires") {
  for (const auto& receptors : receptor_lists)
    for (const Model model : {Model::cuba_lif, Model::alif})
      for (const double tau_mem : {2.0, 20.0}) {
        NetworkBuilder builder;
        builder.add({.name = "neuron",
                     .model = model,
                     .size = 1,
                     .tau_mem = {tau_mem},
                     .bias = {1.0},
                     .receptors = receptors});
        const Network network = builder.build();
        for (const double duration : {60.0, 1000.0, 1e5}) {
          CAPTURE(receptors.size(), name(model), tau_mem, duration);
          CHECK(run_sequential(network, {duration, {}}).spikes.empty());
        }
      }
}

TEST_CASE("the highest voltage of a readout is found however long nothing happens") {
  for (const auto& receptors : receptor_lists) {
    if (receptors.size() == 1 && receptors[0] == exponential_shape) continue;  // closed form
    for (std::uint64_t seed = 1; seed <= 10; ++seed)
      for (const double bias : {0.0, 0.5, -0.5})
        for (const double duration : {60.0, 1000.0, 1e5}) {
          const Network network = draw(Model::cuba_li, receptors, seed, bias);
          // All receptors hear the same spike in turn; the last stretch is the long one.
          const Trial trial{duration, {{1.0, 0}}};
          const auto run = ReferenceEngine(network, trial).run();
          const Dynamics& dynamics = *network.dynamics(1);
          std::vector<double> x(dynamics.state_size());
          dynamics.start(0, x.data());
          double time = 0.0;
          const auto arrivals = network.outgoing(0);
          for (const Synapse& s : arrivals) {
            dynamics.flow(0, x.data(), 1.0 + s.delay - time);
            time = 1.0 + s.delay;
            dynamics.receive(0, x.data(), network.receptor_of(s.id), s.weight);
          }
          const VoltagePeak peak = dynamics.voltage_peak(0, x.data(), duration - time);
          const auto expected = run.maximum(1, time, duration);
          CAPTURE(receptors.size(), seed, bias, duration, peak.at);
          CHECK(std::fabs(peak.v - static_cast<double>(expected.voltage)) < 1e-13);
        }
  }
}
