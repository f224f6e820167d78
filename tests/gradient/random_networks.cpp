// The adjoint against differences on random recurrent networks: every parameter kind, every loss.
// Reference: five-point central differences (Fornberg 1988), error O(step^4).
#include <catch2/catch.hpp>
#include <map>

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/loss/first_spike_cross_entropy.hpp>
#include <retrograde/adjoint/loss/first_spike_margin.hpp>
#include <retrograde/adjoint/loss/silence_margin.hpp>
#include <retrograde/adjoint/loss/spike_time_power.hpp>
#include <retrograde/adjoint/loss/spike_time_target.hpp>
#include <retrograde/adjoint/loss/van_rossum_distance.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_maximum_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_over_time_cross_entropy.hpp>

#include "tests/support/random_network.hpp"
#include "tests/support/schedulers.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

struct Tally {
  std::map<std::string, double> worst;
  std::map<std::string, std::size_t> checked;
  std::size_t skipped = 0, total = 0, spikes = 0;
  double tangent = 0.0;

  void add(const Network& network, const Trial& trial, const Loss& loss, int label) {
    for (const Scheduler scheduler : schedulers_of(network)) {
      GradientCheckOptions options;
      options.scheduler = scheduler;
      add(check_gradient(network, trial, loss, label, options));
    }
    spikes += gradient_of(network, trial, loss, label).tape.spikes.size() - trial.inputs.size();
  }

  void add(const GradientCheck& check) {
    for (const GradientCheckEntry& e : check.entries) {
      tangent = std::max(tangent, e.tangent_error);
      if (e.uncertainty > 2e-8) {  // the difference does not settle
        ++skipped;
        continue;
      }
      const std::string kind = e.input ? "input time" : std::string(name(e.kind));
      // Beyond what the difference itself is unsure of.
      worst[kind] = std::max(worst[kind], e.error - e.uncertainty);
      ++checked[kind];
    }
    skipped += check.skipped;
    total += check.skipped + check.entries.size();
  }

  void require_exact(std::size_t networks) const {
    for (const ParameterKind kind : {ParameterKind::weight, ParameterKind::delay})
      CHECK(checked.count(std::string(name(kind))) == 1);
    for (const ParameterKind kind : Model::cuba_lif.parameters(one_exponential))
      CHECK(checked.count(std::string(name(kind))) == 1);
    CHECK(checked.count("input time") == 1);
    for (const auto& [kind, error] : worst) {
      CAPTURE(kind, error);
      CHECK(error < 1e-7);
    }
    CAPTURE(skipped, total, spikes);
    CHECK(tangent < 1e-10);
    CHECK(skipped * 20 < total);       // a spike seldom appears or vanishes under a nudge of 1e-4
    CHECK(spikes > networks * 6 * 2);  // several spikes per neuron
  }
};

constexpr std::uint64_t networks = 8;

}  // namespace

TEST_CASE(
    "spike-time and voltage-integral losses: all gradients within 1e-7 of differences on recurrent "
    "networks") {
  Tally tally;
  for (std::uint64_t seed = 1; seed <= networks; ++seed) {
    const RandomNetwork r = random_network({.seed = seed});
    const auto loss = make_loss(SpikeTimePowerSpec{1,
                                                   {0.5, -0.2, 0.3, 0.1, 0.7, 0.4},
                                                   20.0,
                                                   2.0,
                                                   {0.02, 0.01, -0.03, 0.02, 0.01, 0.02},
                                                   seed % 2 ? never : 40.0});
    tally.add(r.network, r.trial, *loss, 0);
  }
  tally.require_exact(networks);
}

TEST_CASE(
    "voltage cross-entropy on readouts: all gradients within 1e-7 of differences on recurrent "
    "networks") {
  Tally tally;
  for (std::uint64_t seed = 101; seed < 101 + networks; ++seed) {
    const RandomNetwork r = random_network({.seed = seed});
    const auto loss = make_loss(VoltageCrossEntropySpec{2, seed % 2 ? never : 60.0, 3.0});
    tally.add(r.network, r.trial, *loss, static_cast<int>(seed % 3));
  }
  tally.require_exact(networks);
}

// Most silences of these networks come above a level of 0.2.
TEST_CASE(
    "silence that pays above a level: all gradients within 1e-7 of differences on recurrent "
    "networks") {
  Tally tally;
  for (std::uint64_t seed = 151; seed < 151 + networks; ++seed) {
    const RandomNetwork r = random_network({.seed = seed});
    const auto plain = make_loss(VoltageCrossEntropySpec{2, never, 3.0});
    const auto loss = with_silence_margin(make_loss(VoltageCrossEntropySpec{2, never, 3.0}),
                                          {.strength = 0.3, .level = 0.2});
    const int label = static_cast<int>(seed % 3);
    CHECK(gradient_of(r.network, r.trial, *loss, label).loss >
          gradient_of(r.network, r.trial, *plain, label).loss + 0.01);
    tally.add(r.network, r.trial, *loss, label);
  }
  tally.require_exact(networks);
}

TEST_CASE(
    "first-spike cross-entropy: all gradients within 1e-7 of differences on recurrent networks") {
  Tally tally;
  for (std::uint64_t seed = 201; seed < 201 + networks; ++seed) {
    const RandomNetwork r = random_network({.seed = seed});
    const auto loss = make_loss(FirstSpikeCrossEntropySpec{1, 5.0, 0.1, 30.0});
    tally.add(r.network, r.trial, *loss, static_cast<int>(seed % 6));
  }
  tally.require_exact(networks);
}

TEST_CASE(
    "first-spike margin, the time-invariant loss: all gradients within 1e-7 of differences on "
    "recurrent networks") {
  Tally tally;
  for (std::uint64_t seed = 301; seed < 301 + networks; ++seed) {
    const RandomNetwork r = random_network({.seed = seed});
    tally.add(r.network, r.trial, *make_loss(FirstSpikeMarginSpec{1, 2.0, 10.0}),
              static_cast<int>(seed % 6));
  }
  tally.require_exact(networks);
}

TEST_CASE("spike-time targets: all gradients within 1e-7 of differences on recurrent networks") {
  Tally tally;
  for (std::uint64_t seed = 401; seed < 401 + networks; ++seed) {
    const RandomNetwork r = random_network({.seed = seed});
    const auto loss = make_loss(
        SpikeTimeTargetSpec{1, {{5, 20, 40}, {10}, {}, {8, 9}, {30, 35}, {12, 50}}, 10.0});
    tally.add(r.network, r.trial, *loss, 0);
  }
  tally.require_exact(networks);
}

TEST_CASE("van Rossum distance: all gradients within 1e-7 of differences on recurrent networks") {
  Tally tally;
  for (std::uint64_t seed = 901; seed < 901 + networks; ++seed) {
    const RandomNetwork r = random_network({.seed = seed});
    const auto loss = make_loss(
        VanRossumDistanceSpec{1, {{5, 20, 40}, {10}, {}, {8, 9}, {30, 35}, {12, 50}}, 8.0});
    tally.add(r.network, r.trial, *loss, 0);
  }
  tally.require_exact(networks);
}

TEST_CASE(
    "linear and sigmoid weights of the voltage, of readouts and of spiking neurons: all gradients "
    "within 1e-7 of differences on recurrent networks") {
  Tally tally;
  for (std::uint64_t seed = 601; seed < 601 + networks; ++seed) {
    const RandomNetwork r = random_network({.seed = seed});
    const TimeWeight weighting = seed % 2 ? TimeWeight::linear() : TimeWeight::sigmoid();
    if (seed % 4 < 2)
      tally.add(r.network, r.trial, *make_loss(VoltageCrossEntropySpec{2, weighting, 3.0}),
                static_cast<int>(seed % 3));
    else
      tally.add(r.network, r.trial,
                *make_loss(SpikeTimePowerSpec{
                    1, {}, 1.0, 1.0, {0.02, 0.01, -0.03, 0.02, 0.01, 0.02}, weighting}),
                0);
  }
  tally.require_exact(networks);
}

TEST_CASE(
    "windows and instants of the voltage, of readouts and of spiking neurons: all gradients within "
    "1e-7 of differences on recurrent networks") {
  Tally tally;
  for (std::uint64_t seed = 651; seed < 651 + networks; ++seed) {
    const RandomNetwork r = random_network({.seed = seed});
    const Time end = r.trial.duration;
    const TimeWeight weighting = seed % 4 == 0   ? TimeWeight::instant(never)
                                 : seed % 4 == 1 ? TimeWeight::instant(0.55 * end)
                                 : seed % 4 == 2 ? TimeWeight::window(0.2 * end, 0.7 * end)
                                                 : TimeWeight::window(0.3 * end, never);
    if (seed % 8 < 4)
      tally.add(r.network, r.trial, *make_loss(VoltageCrossEntropySpec{2, weighting, 3.0}),
                static_cast<int>(seed % 3));
    else
      tally.add(r.network, r.trial,
                *make_loss(SpikeTimePowerSpec{
                    1, {}, 1.0, 1.0, {0.02, 0.01, -0.03, 0.02, 0.01, 0.02}, weighting}),
                0);
  }
  tally.require_exact(networks);
}

TEST_CASE(
    "maxima of the voltage: all gradients within 1e-7 of differences on recurrent networks, maxima "
    "on arrivals among them") {
  Tally tally;
  std::size_t on_arrivals = 0, inside = 0, at_end = 0;
  for (std::uint64_t seed = 701; seed < 701 + networks; ++seed) {
    const RandomNetwork r = random_network({.seed = seed});
    const auto loss = make_loss(VoltageMaximumCrossEntropySpec{2, 3.0});
    const int label = static_cast<int>(seed % 3);
    tally.add(r.network, r.trial, *loss, label);
    for (const VoltageMaximum& top :
         gradient_of(r.network, r.trial, *loss, label).tape.voltage_maxima) {
      on_arrivals += top.spike != VoltageMaximum::nobody;
      at_end += top.time == r.trial.duration;
      inside +=
          top.spike == VoltageMaximum::nobody && top.time > 0.0 && top.time < r.trial.duration;
    }
  }
  tally.require_exact(networks);
  CAPTURE(on_arrivals, inside, at_end);
  CHECK(on_arrivals >= networks / 2);
  CHECK(inside >= networks / 2);
}

TEST_CASE(
    "cross-entropy of the voltage over time: all gradients within 1e-7 of differences on recurrent "
    "networks") {
  Tally tally;
  for (std::uint64_t seed = 801; seed < 801 + networks; ++seed) {
    const RandomNetwork r = random_network({.seed = seed});
    const auto loss = make_loss(VoltageOverTimeCrossEntropySpec{2, seed % 2 ? 1.0 : 10.0});
    tally.add(r.network, r.trial, *loss, static_cast<int>(seed % 3));
  }
  tally.require_exact(networks);
}

TEST_CASE(
    "a delay of zero in a feed-forward chain has the one-sided gradient of its delay and exact "
    "gradients of the rest") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  const auto a = builder.add({.name = "a", .size = 2});
  const auto b = builder.add({.name = "b", .size = 2, .tau_mem = {10.0}});
  builder.connect(in, a, {{0, 0, 9.0, 0.0}, {0, 1, 8.0, 0.0}, {1, 1, 3.0, 0.0}});
  builder.connect(a, b, {{0, 0, 6.0, 0.0}, {1, 0, 2.0, 0.0}, {1, 1, 7.0, 0.0}});
  const Network network = builder.build();
  const auto loss = make_loss(SpikeTimePowerSpec{2, {1.0, 0.5}, 10.0, 2.0, {0.1, 0.2}, never});
  const GradientCheck check = check_gradient(network, {40.0, {{1.0, 0}, {2.5, 1}}}, *loss, 0);
  CHECK(check.skipped == 0);
  CHECK(check.entries.size() == 6 * 2 + 4 * 7 + (2 + 2) + 2);
  CHECK(check.worst() < 1e-7);
}
