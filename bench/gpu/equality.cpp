// Whether a device has the spikes, times and gradients of the windowed machine on the CPU, and the
// same bits from run to run and for any number of trials at a time.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <memory>
#include <numeric>

#include <retrograde/adjoint/loss/first_spike_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/bench/gpu/step.hpp>
#include <retrograde/engine/device/device_machine.hpp>
#include <retrograde/engine/windowed/windowed.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

#include "tests/support/dense_network.hpp"
#include "tests/support/random_network.hpp"
#include "tests/support/tape_fingerprint.hpp"

namespace retrograde::bench {

namespace {

constexpr double of_times = 1e-12, of_gradients = 1e-10;

struct Case {
  Network network;
  std::vector<Trial> trials;
  std::unique_ptr<const Loss> loss;
  bool all_parameters = true;
};

// What was seen over some networks.
struct Seen {
  std::size_t networks = 0, trials = 0, spikes = 0;
  std::size_t other_spikes = 0;                 // trials with others, or in another order
  double time = 0.0, gradient = 0.0;            // largest differences
  std::size_t beyond = 0;                       // gradients of a kind that are further off
  std::size_t not_repeated = 0, not_alone = 0;  // tapes and gradients whose bits changed

  bool fine() const {
    return other_spikes + beyond + not_repeated + not_alone == 0 && time <= of_times;
  }
};

std::vector<Tape> tapes_of(const Machine& machine, const Case& c, std::size_t at_once) {
  std::vector<Tape> tapes(c.trials.size());
  for (std::size_t begin = 0; begin < tapes.size(); begin += at_once)
    machine.run_all(
        std::min(at_once, tapes.size() - begin), [&](std::size_t k) { return c.trials[begin + k]; },
        {.readout = c.loss->readout()},
        [&](std::size_t k, Tape tape) { tapes[begin + k] = std::move(tape); });
  return tapes;
}

BatchGradient gradient_of(const Case& c, TapeGradients& by) {
  const TrialList set(c.trials, std::vector<int>(c.trials.size(), 1));
  std::vector<std::uint32_t> batch(set.size());
  std::iota(batch.begin(), batch.end(), 0u);
  GradientOptions options;
  options.run.readout = c.loss->readout();
  options.neuron_parameters = c.all_parameters;
  options.groups = set.size();
  BatchGradient made;
  by.make(c.network, set, batch, *c.loss, options, made);
  return made;
}

void compare_tapes(const Tape& here, const Tape& there, Seen& seen) {
  seen.spikes += here.spikes.size();
  if (here.spikes.size() != there.spikes.size()) {
    ++seen.other_spikes;
    return;
  }
  bool other = false;
  for (std::size_t k = 0; k < here.spikes.size(); ++k) {
    const TapeSpike &a = here.spikes[k], &b = there.spikes[k];
    other |= a.neuron != b.neuron;
    seen.time = std::fmax(seen.time, std::fabs(a.time - b.time) / std::fmax(a.time, 1.0));
  }
  seen.other_spikes += other;
}

void compare_gradients(const BatchGradient& here, const BatchGradient& there, Seen& seen) {
  for (const ParameterKind kind : parameter_kinds) {
    const std::size_t begin = here.layout.offset(kind), count = here.layout.count(kind);
    double largest = 0.0, off = 0.0;
    for (std::size_t k = begin; k < begin + count; ++k) {
      largest = std::fmax(largest, std::fabs(here.sum[k]));
      off = std::fmax(off, std::fabs(here.sum[k] - there.sum[k]));
    }
    if (off == 0.0) continue;
    seen.gradient = std::fmax(seen.gradient, off / largest);
    seen.beyond += !(off <= of_gradients * largest);
  }
}

void compare(const Case& c, const std::shared_ptr<MeteredDevice>& device, Seen& seen) {
  ++seen.networks;
  seen.trials += c.trials.size();
  const WindowedMachine windowed(c.network);
  const DeviceMachine machine(device, c.network);
  const std::vector<Tape> here = tapes_of(windowed, c, c.trials.size());
  const std::vector<Tape> there = tapes_of(machine, c, c.trials.size());
  const std::vector<Tape> again = tapes_of(machine, c, c.trials.size());
  const std::vector<Tape> alone = tapes_of(machine, c, 1);
  for (std::size_t k = 0; k < here.size(); ++k) {
    compare_tapes(here[k], there[k], seen);
    const std::uint64_t bits = test::fingerprint(there[k]);
    seen.not_repeated += test::fingerprint(again[k]) != bits;
    seen.not_alone += test::fingerprint(alone[k]) != bits;
  }

  TapeGradients on_cpu(Scheduler::windowed);
  TapeGradients on_device([&](const Network& n) {
    return BatchMachines{std::make_unique<DeviceMachine>(device, n), nullptr};
  });
  const BatchGradient a = gradient_of(c, on_cpu), b = gradient_of(c, on_device);
  compare_gradients(a, b, seen);
  seen.not_repeated += gradient_of(c, on_device).sum != b.sum;
  // Fewer at a time: as if the device had half of the memory that this took, and one processor.
  const std::size_t before = device->most_room;
  const std::uint32_t blocks = device->most_blocks;
  device->most_taken = device->taken;
  gradient_of(c, on_device);
  device->most_room = device->taken + (device->most_taken - device->taken) / 2;
  device->most_blocks = 1;
  try {
    seen.not_alone += gradient_of(c, on_device).sum != b.sum;
  } catch (const LimitError&) {  // one trial needs more than half
  }
  device->most_room = before;
  device->most_blocks = blocks;
}

std::unique_ptr<const Loss> loss_of(std::uint32_t fires, std::uint32_t out, std::uint64_t seed) {
  if (seed % 4 == 3) return make_loss(FirstSpikeCrossEntropySpec{fires, 5.0});
  return make_loss(VoltageCrossEntropySpec{out, seed % 3 == 0   ? TimeWeight(25.0)
                                                : seed % 3 == 1 ? TimeWeight()
                                                                : TimeWeight::linear()});
}

// The trial, half of it, and with fewer inputs.
std::vector<Trial> like(const Trial& trial, std::uint64_t seed) {
  Random random(seed, "trials");
  std::vector<Trial> trials(4, trial);
  trials[1].duration *= 0.5;
  std::erase_if(trials[1].inputs, [&](const Spike& s) { return s.time >= trials[1].duration; });
  std::erase_if(trials[2].inputs, [&](const Spike&) { return random.uniform() < 0.4; });
  trials[3].inputs.clear();
  return trials;
}

Case dense_case(std::uint64_t seed) {
  test::DenseNetwork dense(seed);
  auto loss = loss_of(*dense.network.find_population("b"), dense.out, seed);
  return {std::move(dense.network), like(dense.trial, seed), std::move(loss)};
}

Case random_case(std::uint64_t seed) {
  constexpr test::Wiring wirings[] = {test::Wiring::recurrent, test::Wiring::self_connected,
                                      test::Wiring::feed_forward};
  constexpr test::Timing timings[] = {test::Timing::scattered, test::Timing::volleys,
                                      test::Timing::simultaneous};
  test::RandomNetworkSpec spec;
  spec.seed = seed + 1000;
  spec.hidden = seed % 2 == 0 ? 6 : 13;
  spec.wiring = wirings[seed % 3];
  spec.timing = timings[seed / 3 % 3];
  spec.delays = seed % 3 == 0;
  spec.nearly_equal = seed % 4 == 0;
  test::RandomNetwork random = test::random_network(spec);
  for (const Spike& spike : random.trial.inputs)
    random.trial.duration = std::max(random.trial.duration, spike.time + 7.3);
  auto loss = loss_of(*random.network.find_population("hidden"),
                      *random.network.find_population("out"), seed);
  return {std::move(random.network), like(random.trial, seed), std::move(loss)};
}

Case keyword_case(const GpuOptions& options, std::uint32_t hidden) {
  Workload workload = keyword_of(options, hidden);
  return {std::move(workload.network), keyword_trials(options, options.dry() ? 2 : 8),
          make_loss(VoltageCrossEntropySpec{workload.readout.population}), false};
}

}  // namespace

bool equality_step(const GpuOptions& options) {
  const auto device = open_device(options);
  bool fine = true;
  const auto group = [&](const std::string& of, std::size_t count, const auto& make) {
    Seen seen;
    const std::uint64_t trials = device->work.trials, left = device->work.left_to_cpu;
    const double start = seconds_now();
    for (std::size_t k = 0; k < count; ++k) {
      if (seconds_now() - start > options.seconds) break;
      compare(make(k), device, seen);
    }
    fine = fine && seen.fine();
    row(options, "equality", of, seen.fine() ? "as promised" : "**not as promised**",
        fmt::format("times {:.1e}, gradients {:.1e}", seen.time, seen.gradient),
        fmt::format("{} networks of {}, {} trials, {} spikes; other spikes or order: {}; gradients "
                    "of a kind beyond 1e-10: {}; bits that changed in a second run: {}, with fewer "
                    "trials at a time: {}; left to the CPU: {} of {} runs",
                    seen.networks, count, seen.trials, seen.spikes, seen.other_spikes, seen.beyond,
                    seen.not_repeated, seen.not_alone, device->work.left_to_cpu - left,
                    device->work.trials - trials));
  };
  group("dense networks", options.scaled(60), [](std::size_t k) { return dense_case(k + 1); });
  group("random networks", options.scaled(90), [](std::size_t k) { return random_case(k + 1); });
  group("keyword, 256 recurrent", 1, [&](std::size_t) { return keyword_case(options, 256); });
  if (!options.dry())
    group("keyword, 512 recurrent", 1, [&](std::size_t) { return keyword_case(options, 512); });
  return fine;
}

}  // namespace retrograde::bench
