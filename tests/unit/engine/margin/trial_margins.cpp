// Margins of crossings and silences. References: the closed form of one arrival with tau_mem = 2 tau_syn,
// whose V = w (e^(-s/20) - e^(-s/10)) peaks at w/4 after 20 log 2 ms; and runs with another threshold,
// which keep or lose a spike as its margin says.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/margin/trial_margins.hpp>
#include <retrograde/engine/sequential/sequential.hpp>

#include "tests/support/random_network.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

// One neuron of 20 and 10 ms that hears input k with weights[k].
Network one_neuron(const std::vector<double>& weights, double bias = 0.0) {
  NetworkBuilder builder;
  builder.add(
      {.name = "in", .model = Model::input, .size = static_cast<std::uint32_t>(weights.size())});
  builder.add({.name = "n", .size = 1, .tau_mem = {20.0}, .tau_syn = {10.0}, .bias = {bias}});
  std::vector<SynapseSpec> synapses;
  for (std::uint32_t k = 0; k < weights.size(); ++k) synapses.push_back({k, 0, weights[k], 0.0});
  builder.connect(0, 1, synapses);
  return builder.build();
}

TrialMargins margins(const Network& network, const Trial& trial) {
  return trial_margins(network, SequentialMachine(network).run(trial));
}

const double peak = 20.0 * std::log(2.0);

}  // namespace

TEST_CASE("a silence keeps the distance of its highest V, where that is, and what ends the rise") {
  const TrialMargins smooth = margins(one_neuron({3.2}), {60.0, {{2.0, 0}}});
  CHECK(smooth.crossings.empty());
  REQUIRE(smooth.silences.size() == 1);
  CHECK(smooth.silences[0].below == Approx(0.2).epsilon(1e-13));
  CHECK(smooth.silences[0].time == Approx(2.0 + peak).epsilon(1e-13));
  CHECK(smooth.silences[0].arrivals.empty());
  CHECK_FALSE(smooth.silences[0].fixed);

  // An inhibitory arrival 5 ms later ends the rise.
  const TrialMargins kink = margins(one_neuron({3.2, -3.0}), {60.0, {{2.0, 0}, {7.0, 1}}});
  REQUIRE(kink.silences.size() == 1);
  const double x = std::exp(-0.25);
  CHECK(kink.silences[0].v == Approx(3.2 * (x - x * x)).epsilon(1e-13));
  CHECK(kink.silences[0].time == 7.0);
  REQUIRE(kink.silences[0].arrivals.size() == 1);
  CHECK(kink.silences[0].arrivals[0].spike == 1);
  CHECK(kink.silences[0].arrivals[0].synapse == 1);
  const double slope = 3.2 * (-x / 20.0 + x * x / 10.0);
  CHECK(kink.silences[0].arrivals[0].slope == Approx(slope).epsilon(1e-12));

  // Two inhibitory ones at that instant move the maximum together as one would.
  const TrialMargins tie =
      margins(one_neuron({3.2, -1.0, -2.5}), {60.0, {{2.0, 0}, {7.0, 1}, {7.0, 2}}});
  REQUIRE(tie.silences.size() == 1);
  REQUIRE(tie.silences[0].arrivals.size() == 2);
  CHECK(tie.silences[0].arrivals[0].slope + tie.silences[0].arrivals[1].slope ==
        Approx(slope).epsilon(1e-12));
  // An arrival of -1 takes 1/20 off the slope.
  CHECK(tie.silences[0].arrivals[0].slope == Approx(1.0 / 20.0).epsilon(1e-12));

  // Inhibition and more excitation at one instant: V rises on to its spike, in either order.
  for (const auto& weights : {std::vector<double>{3.2, -9.0, 30.0}, {3.2, 30.0, -9.0}}) {
    const TrialMargins through =
        margins(one_neuron(weights), {60.0, {{1.0, 0}, {2.0, 1}, {2.0, 2}}});
    CHECK_FALSE(through.crossings.empty());
    CHECK(std::none_of(through.silences.begin(), through.silences.end(),
                       [](const SilenceMargin& s) { return s.time == 2.0; }));
  }

  // The end does, too.
  const TrialMargins end = margins(one_neuron({3.2}), {7.0, {{2.0, 0}}});
  REQUIRE(end.silences.size() == 1);
  CHECK(end.silences[0].time == 7.0);
  CHECK(end.silences[0].v == Approx(3.2 * (x - x * x)).epsilon(1e-13));

  // And V that falls from the start on is highest there.
  const TrialMargins falling = margins(one_neuron({-1.0}, -0.5), {20.0, {{2.0, 0}}});
  REQUIRE(falling.silences.size() == 1);
  CHECK(falling.silences[0].fixed);
  CHECK(falling.silences[0].below == 1.0);
}

TEST_CASE("a crossing keeps how far V would have risen, and the nearest arrival") {
  // 4.4 (x - x^2) = 1 with x = e^(-s/20): V would have peaked at 1.1.
  const TrialMargins one = margins(one_neuron({4.4, 0.0}), {60.0, {{2.0, 0}, {13.0, 1}}});
  REQUIRE(one.crossings.size() == 1);
  CHECK(one.crossings[0].above == Approx(0.1).epsilon(1e-12));
  const double crossing = 2.0 - 20.0 * std::log(0.5 + std::sqrt(0.25 - 1.0 / 4.4));
  CHECK(one.crossings[0].order == Approx(13.0 - crossing).epsilon(1e-10));
  // On its way to the spike V does not turn, and after it it rises from 0: the silence behind it is
  // that of I = 4.4 x^2, as one arrival of that weight.
  REQUIRE(one.silences.size() == 1);
  const double then = 4.4 * std::exp(-(crossing - 2.0) / 10.0);
  CHECK(one.silences[0].below == Approx(1.0 - then / 4.0).epsilon(1e-11));
}

// A threshold that is lifted over a spike's margin loses the spike, one that stays below it does not; one
// that is lowered over a silence's margin makes a spike.
TEST_CASE("the first spike or silence of a neuron changes where its margin says", "[margins]") {
  std::size_t crossings = 0, silences = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const RandomNetwork r = random_network(
        {.seed = seed, .duration = 30.0, .spikes_per_input = 3, .wiring = Wiring::feed_forward});
    const Tape tape = SequentialMachine(r.network).run(r.trial);
    const TrialMargins found = trial_margins(r.network, tape);
    const auto spikes_with = [&](NeuronId n, double more) {
      std::vector<double> values(r.network.parameters().begin(), r.network.parameters().end());
      values[r.network.layout().offset(ParameterKind::v_threshold) + n] += more;
      const Network other = r.network.with_parameters(std::move(values));
      std::vector<Time> times;
      for (const TapeSpike& s : SequentialMachine(other).run(r.trial).spikes)
        if (s.neuron == n) times.push_back(s.time);
      return times;
    };
    for (NeuronId n = 0; n < r.network.neuron_count(); ++n) {
      const auto first = std::find_if(tape.spikes.begin(), tape.spikes.end(), [&](const auto& s) {
        return s.neuron == n && !r.network.is_input(n);
      });
      const auto silence = std::find_if(found.silences.begin(), found.silences.end(),
                                        [&](const SilenceMargin& s) { return s.neuron == n; });
      if (first != tape.spikes.end()) {
        const auto crossing =
            std::find_if(found.crossings.begin(), found.crossings.end(), [&](const auto& c) {
              return c.spike == static_cast<SpikeId>(first - tape.spikes.begin());
            });
        REQUIRE(crossing != found.crossings.end());
        REQUIRE(crossing->above > 0.0);
        // Up to the margin it moves on; beyond it goes to a later rise, or nowhere.
        const auto kept = spikes_with(n, crossing->above * (1.0 - 1e-6)),
                   lost = spikes_with(n, crossing->above * (1.0 + 1e-6));
        REQUIRE_FALSE(kept.empty());
        REQUIRE(kept[0] >= first->time);
        if (!lost.empty()) REQUIRE(lost[0] > kept[0] + 1e-6);
        ++crossings;
      }
      // The threshold stays above 0 and v_reset.
      if (silence != found.silences.end() && !silence->fixed &&
          silence->v > 0.05 + std::fmax(0.0, r.network.parameter(ParameterKind::v_reset, n)) &&
          (first == tape.spikes.end() || silence->time < first->time)) {
        const auto made = spikes_with(n, -silence->below * (1.0 + 1e-6));
        REQUIRE_FALSE(made.empty());
        REQUIRE(made[0] == Approx(silence->time).margin(0.2));
        const auto none = spikes_with(n, -silence->below * (1.0 - 1e-6));
        if (!none.empty()) REQUIRE(none[0] > made[0]);
        ++silences;
      }
    }
  }
  CHECK(crossings > 100);
  CHECK(silences > 60);
}
