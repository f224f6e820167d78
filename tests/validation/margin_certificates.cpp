// Certificates at size: no decision that an enclosure certifies is another one in any network drawn
// within the stated bounds. Reference: those networks themselves, run exactly. Weights, delays, thresholds,
// biases and input times move at once, as far as a certificate goes: each value somewhere within its
// bounds, on one of them, or all on the bounds that a gradient names as the worst.
//
// RETROGRADE_PERTURBATIONS is how many networks are drawn in all (default 4000, some seconds; 100000 is the
// number of docs/margins.md). That this can fail is a test of its own: certificates of bounds that are too
// narrow are caught.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/engine/enclosure/enclosure.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/hardware/loihi2/certify/certificate.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>
#include <retrograde/scenarios/run/training.hpp>

#include "tests/support/random_network.hpp"
#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

using Generator = std::mt19937_64;

std::size_t perturbations() {
  const char* text = std::getenv("RETROGRADE_PERTURBATIONS");
  return text ? std::strtoull(text, nullptr, 10) : 4000;
}

// Of everything, in proportion.
Uncertainty bounds(const Network& network, double size) {
  Uncertainty u;
  for (const double w : network.parameters(ParameterKind::weight))
    u.weight.push_back(size * std::fabs(w));
  u.delay.assign(network.synapse_count(), size);
  for (const double v : network.parameters(ParameterKind::v_threshold))
    u.threshold.push_back(0.1 * size * std::fabs(v));
  u.bias.assign(network.neuron_count(), 0.05 * size);
  u.input = 0.1 * size;
  return u;
}

struct Tally {
  std::size_t trials = 0, certified = 0, runs = 0, changed = 0;
};

// A trial of a network, and what decides.
class Challenge {
 public:
  Challenge(const Network& network, const Trial& trial, const Readout& readout)
      : network_(network), trial_(trial), options_{.readout = readout} {
    const auto machine = make_machine(network);
    const Tape tape = machine->run(trial, options_);
    decision_ = decide(network, readout, tape);
    if (decision_ != no_decision) find_worst(*machine, tape);
  }

  // Draws `draws` networks within the largest bounds that are certified, where those of the
  // certificate are `narrow` times theirs.
  void run(std::size_t draws, double narrow, Generator& random, Tally& tally) const {
    ++tally.trials;
    for (double size = 0.05; size > 1e-5; size *= 0.7) {
      const Enclosure enclosure =
          enclose(network_, trial_, bounds(network_, narrow * size), options_.readout);
      const auto decision = certified_decision(network_, options_.readout, enclosure);
      if (!decision) continue;
      ++tally.certified;
      tally.changed += *decision != decision_;
      for (std::size_t k = 0; k < draws; ++k) {
        ++tally.runs;
        tally.changed += decision_within(bounds(network_, size), k, random) != *decision;
      }
      return;
    }
  }

 private:
  // The derivative of what the decision is ahead by of the next best.
  void find_worst(const Machine& machine, const Tape& tape) {
    const Readout& readout = options_.readout;
    const Population& p = population_of(network_, readout);
    LossValue ahead;
    std::vector<double> score(p.size);  // the largest wins
    std::vector<std::size_t> first(p.size, tape.spikes.size());
    if (readout.kind == Readout::Kind::first_spike) {
      for (std::size_t k = tape.spikes.size(); k-- > 0;)
        if (const NeuronId n = tape.spikes[k].neuron; n >= p.first && n < p.first + p.size)
          first[n - p.first] = k;
      for (std::uint32_t j = 0; j < p.size; ++j)
        score[j] = first[j] < tape.spikes.size() ? -tape.spikes[first[j]].time : -never;
    } else {
      for (std::uint32_t j = 0; j < p.size; ++j) score[j] = tape.voltage_integrals[p.first + j];
    }
    std::size_t next = p.size;
    for (std::size_t j = 0; j < p.size; ++j)
      if (static_cast<int>(j) != decision_ && (next == p.size || score[j] > score[next])) next = j;
    const auto best = static_cast<std::size_t>(decision_);
    if (readout.kind == Readout::Kind::first_spike) {
      ahead.spike_times.assign(tape.spikes.size(), 0.0);
      ahead.spike_times[first[best]] = -1.0;
      if (first[next] < tape.spikes.size()) ahead.spike_times[first[next]] = 1.0;
    } else {
      ahead.integrals.assign(network_.neuron_count(), 0.0);
      ahead.integrals[p.first + best] = 1.0;
      ahead.integrals[p.first + next] = -1.0;
    }
    Gradient gradient{network_.layout(), std::vector<double>(network_.layout().size(), 0.0), {}};
    backward(machine, tape, ahead, readout, {}, gradient);
    worst_ = std::move(gradient.parameters);
    worst_inputs_ = std::move(gradient.input_times);
  }

  // The first draw is the worst corner, of the others every second has all values on a bound.
  int decision_within(const Uncertainty& u, std::size_t draw, Generator& random) const {
    std::uniform_real_distribution<double> uniform(-1.0, 1.0);
    const auto moved = [&](double value, double half, double slope) {
      const double x = uniform(random);
      if (draw == 0 && slope != 0.0) return value - std::copysign(half, slope);
      return value + half * (draw % 2 == 0 ? std::copysign(1.0, x) : x);
    };
    std::vector<double> values(network_.parameters().begin(), network_.parameters().end());
    const auto move = [&](ParameterKind kind, const std::vector<double>& half) {
      const std::size_t begin = network_.layout().offset(kind);
      for (std::size_t k = 0; k < half.size(); ++k) {
        double& value = values[begin + k];
        value = moved(value, half[k], worst_.empty() ? 0.0 : worst_[begin + k]);
        if (kind == ParameterKind::delay) value = std::fmax(value, 0.0);
      }
    };
    move(ParameterKind::weight, u.weight);
    move(ParameterKind::delay, u.delay);
    move(ParameterKind::v_threshold, u.threshold);
    move(ParameterKind::bias, u.bias);
    Trial trial = trial_;
    for (std::size_t k = 0; k < trial.inputs.size(); ++k)
      trial.inputs[k].time = std::fmax(
          0.0, moved(trial.inputs[k].time, u.input, worst_.empty() ? 0.0 : worst_inputs_[k]));
    sort_inputs(trial);
    const Network network = network_.with_parameters(std::move(values));
    return decide(network, options_.readout, make_machine(network)->run(trial, options_));
  }

  const Network& network_;
  const Trial& trial_;
  RunOptions options_;
  int decision_ = no_decision;
  std::vector<double> worst_, worst_inputs_;  // empty: nothing decides
};

// Yin-Yang, small and shortly trained.
Scenario small_yin_yang() {
  return parse_scenario(R"(
[scenario]
duration = "60 ms"
seed = 3
[[population]]
name = "in"
size = 5
[[population]]
name = "hidden"
size = 40
[[population]]
name = "out"
size = 3
model = "cuba_li"
[[projection]]
from = "in"
to = "hidden"
weight = { distribution = "normal", mean = 2.5, std = 1.5 }
learn = ["weight", "delay"]
delay_max = "15 ms"
[[projection]]
from = "hidden"
to = "out"
weight = { distribution = "normal", mean = 0.0, std = 0.2 }
learn = ["weight", "delay"]
delay_max = "15 ms"
[data]
kind = "yin_yang"
population = "in"
t_early = "1.5 ms"
t_late = "30 ms"
bias_spike = "1.5 ms"
train = 600
[loss]
kind = "voltage_cross_entropy"
population = "out"
weighting = "constant"
gain = 10.0
[train]
epochs = 8
batch = 25
weight_rate = 0.02
delay_rate = 0.2
silent_increment = 0.02
[chip]
kind = "loihi2"
step = "0.25 ms"
)",
                        "small_yin_yang.toml");
}

Network trained(const Scenario& scenario, const Dataset& data) {
  const ScratchFolder folder;
  return scenario.network.with_parameters(
      train(scenario, data, RunFolder(folder.path()), {}).checkpoint.trainer.values);
}

// So many runs, `draws` of each network.
Tally of_random_networks(std::size_t runs, std::size_t draws, double narrow) {
  Tally tally;
  Generator random(5);
  for (std::uint64_t seed = 1; tally.runs < runs && seed < 20 * runs; ++seed) {
    const RandomNetwork r =
        random_network({.seed = seed,
                        .refractory = seed % 3 == 0,
                        .bias = seed % 2 == 0,
                        .duration = 30.0,
                        .spikes_per_input = 2,
                        .wiring = seed % 4 == 0 ? Wiring::feed_forward : Wiring::recurrent});
    const Readout readout = seed % 5 < 2 ? Readout{Readout::Kind::first_spike, 1}
                                         : Readout{Readout::Kind::voltage_integral, 2};
    Challenge(r.network, r.trial, readout).run(draws, narrow, random, tally);
  }
  return tally;
}

}  // namespace

TEST_CASE("no certified decision of a trained network changes within the bounds", "[margins]") {
  const Scenario scenario = small_yin_yang();
  const Dataset data = load_dataset(scenario, "");
  const Network network = trained(scenario, data);
  const Readout readout = scenario.loss->readout();
  Generator random(1);
  Tally tally, narrow;
  constexpr std::size_t trials = 100;
  for (std::size_t k = 0; k < trials; ++k) {
    const Trial trial = data.trial(Part::test, k);
    const Challenge challenge(network, trial, readout);
    challenge.run(perturbations() / (2 * trials), 1.0, random, tally);
    challenge.run(1, 0.1, random, narrow);
  }
  std::printf("trained: %zu of %zu certified, %zu networks, %zu decisions changed\n",
              tally.certified, tally.trials, tally.runs, tally.changed);
  CHECK(tally.certified > 80);
  CHECK(tally.changed == 0);
  // Certificates of a tenth of the bounds promise too much, and the worst corner shows it.
  CHECK(narrow.changed > 10);
}

TEST_CASE("no certified decision of random networks changes within the bounds", "[margins]") {
  const Tally tally = of_random_networks(perturbations() / 2, 25, 1.0);
  std::printf("random: %zu of %zu certified, %zu networks, %zu decisions changed\n",
              tally.certified, tally.trials, tally.runs, tally.changed);
  CHECK(tally.certified > 50);
  CHECK(tally.changed == 0);
  CHECK(of_random_networks(200, 1, 0.1).changed > 10);
}

TEST_CASE("no certified decision of the chip is another one of its emulator", "[margins][loihi2]") {
  const Scenario scenario = small_yin_yang();
  const Dataset data = load_dataset(scenario, "");
  const Network network = trained(scenario, data);
  const Readout readout = scenario.loss->readout();
  const OnChip chip = put_on_chip(scenario, network, data);
  const loihi2::Certificate certificate(chip.network, chip.quantized.chip);
  const loihi2::Emulator emulator(chip.quantized.chip);
  loihi2::EmulationOptions options;
  options.readout = readout;
  std::size_t certified = 0, others = 0;
  for (std::size_t k = 0; k < 500; ++k) {
    const Trial trial = data.trial(Part::test, k);
    const auto decision =
        certified_decision(certificate.network(), readout, certificate.enclose(trial, readout));
    if (!decision) continue;
    ++certified;
    others += emulator.run(trial, options).decision != *decision;
  }
  std::printf("chip: %zu of 500 certified, %zu decide otherwise\n", certified, others);
  CHECK(certified > 100);
  CHECK(others == 0);
}
