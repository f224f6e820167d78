// Kernels are the windowed machine once more. On the CPU as a device they leave its tapes and its gradients
// on random networks of every kind that windows know: to the bit where sums have one order, which is
// where every layer hears of dense projections alone or of one, else to 1e-12 and 1e-10. Reference: the
// windowed machine.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include <retrograde/adjoint/loss/first_spike_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/engine/device/cpu_device.hpp>
#include <retrograde/engine/device/device_machine.hpp>
#include <retrograde/engine/windowed/windowed.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

#include "tests/support/dense_network.hpp"
#include "tests/support/random_network.hpp"
#include "tests/support/tape_fingerprint.hpp"

using namespace retrograde;
using test::fingerprint;

namespace {

// Whether sums over arrivals have the order of the windowed machine.
bool same_order(const WindowPlan& plan) {
  return std::ranges::all_of(plan.layers, [](const WindowLayer& layer) {
    return layer.feeds.size() == 1 ||
           std::ranges::all_of(layer.feeds, [](const WindowFeed& feed) { return feed.dense; });
  });
}

bool same(double a, double b, double tolerance) {
  return std::fabs(a - b) <= tolerance * std::max({std::fabs(a), std::fabs(b), 1.0});
}

void check_same_tape(const Tape& a, const Tape& b, bool to_the_bit) {
  if (to_the_bit) CHECK(fingerprint(a) == fingerprint(b));
  REQUIRE(a.spikes.size() == b.spikes.size());
  CHECK(a.deliveries == b.deliveries);
  std::size_t different = 0;
  for (std::size_t k = 0; k < a.spikes.size(); ++k) {
    const TapeSpike &s = a.spikes[k], &t = b.spikes[k];
    different += s.neuron != t.neuron || s.muted != t.muted || !same(s.time, t.time, 1e-12) ||
                 !same(s.slope, t.slope, 1e-9) || !same(s.released_slope, t.released_slope, 1e-9);
  }
  CHECK(different == 0);
  REQUIRE(a.voltage_integrals.size() == b.voltage_integrals.size());
  for (std::size_t n = 0; n < a.voltage_integrals.size(); ++n)
    CHECK(same(a.voltage_integrals[n], b.voltage_integrals[n], 1e-11));
}

// The trial and some like it: shorter, with fewer inputs, with muted neurons.
std::vector<Trial> trials_like(const Network& network, const Trial& trial, std::uint64_t seed) {
  Random random(seed, "trials");
  std::vector<Trial> trials(5, trial);
  trials[1].duration *= 0.5;
  std::erase_if(trials[1].inputs, [&](const Spike& s) { return s.time >= trials[1].duration; });
  std::erase_if(trials[2].inputs, [&](const Spike&) { return random.uniform() < 0.4; });
  trials[3].inputs.clear();
  trials[4].muted.assign(network.neuron_count(), 0);
  for (char& muted : trials[4].muted) muted = random.uniform() < 0.3;
  return trials;
}

struct Seen {
  std::size_t networks = 0, to_the_bit = 0, spikes = 0;
};

void check_runs(const Network& network, const Trial& trial, const RunOptions& options,
                std::uint64_t seed, const std::shared_ptr<Device>& device, Seen& seen) {
  const DeviceMachine machine(device, network);
  const WindowedMachine windowed(network);
  const std::vector<Trial> trials = trials_like(network, trial, seed);
  std::vector<Tape> tapes(trials.size());
  machine.run_all(
      trials.size(), [&](std::size_t k) { return trials[k]; }, options,
      [&](std::size_t k, Tape tape) { tapes[k] = std::move(tape); });
  const bool to_the_bit = same_order(machine.plan());
  for (std::size_t k = 0; k < trials.size(); ++k) {
    CAPTURE(k);
    check_same_tape(windowed.run(trials[k], options), tapes[k], to_the_bit);
    seen.spikes += tapes[k].spikes.size();
  }
  ++seen.networks;
  seen.to_the_bit += to_the_bit;
}

test::RandomNetwork random_case(test::Wiring wiring, test::Timing timing, std::uint64_t seed) {
  test::RandomNetworkSpec spec;
  spec.seed = seed;
  spec.hidden = seed % 2 == 0 ? 6 : 13;
  spec.wiring = wiring;
  spec.timing = timing;
  spec.delays = seed % 3 == 0;
  spec.nearly_equal = seed % 4 == 0;
  test::RandomNetwork random = test::random_network(spec);
  for (const Spike& spike : random.trial.inputs)
    random.trial.duration = std::max(random.trial.duration, spike.time + 7.3);
  return random;
}

// The gradient of a batch by both, one trial a group: the same order of sums.
void check_gradients(const Network& network, const Trial& trial, const Loss& loss,
                     std::uint64_t seed, const std::shared_ptr<Device>& device, Seen& seen) {
  const TrialList set(trials_like(network, trial, seed), std::vector<int>(5, 1));
  std::vector<std::uint32_t> batch(set.size());
  std::iota(batch.begin(), batch.end(), 0u);
  TapeGradients here(Scheduler::windowed);
  TapeGradients there([&](const Network& n) {
    return BatchMachines{std::make_unique<DeviceMachine>(device, n), nullptr};
  });
  const std::uint64_t launches = device->work.launches;
  for (const bool all : {false, true}) {
    GradientOptions options;
    options.run.readout = loss.readout();
    options.neuron_parameters = all;
    options.delays = seed % 2 == 0 || all;
    options.groups = set.size();
    if (seed % 3 == 0) options.regulariser = {0.01, 2.0};
    BatchGradient a, b;
    here.make(network, set, batch, loss, options, a);
    there.make(network, set, batch, loss, options, b);
    REQUIRE(a.sum.size() == b.sum.size());
    const bool to_the_bit = same_order(make_plan(network));
    for (const ParameterKind kind : parameter_kinds) {
      CAPTURE(name(kind), all);
      const std::size_t begin = a.layout.offset(kind), count = a.layout.count(kind);
      double largest = 0.0, error = 0.0;
      for (std::size_t k = begin; k < begin + count; ++k) {
        largest = std::fmax(largest, std::fabs(a.sum[k]));
        error = std::fmax(error, std::fabs(a.sum[k] - b.sum[k]));
      }
      CHECK(error <= (to_the_bit ? 0.0 : 1e-10) * largest);
      seen.spikes += largest > 0.0;
    }
    for (std::size_t k = 0; k < batch.size(); ++k) {
      const TrialResult &r = a.results[k], &t = b.results[k];
      CHECK(same(r.loss, t.loss, 1e-11));
      CHECK(r.decision == t.decision);
      CHECK(r.backward_deliveries == t.backward_deliveries);
      CHECK(r.grazing.grazing == t.grazing.grazing);
      CHECK(r.grazing.spike_ties == t.grazing.spike_ties);
      CHECK(r.grazing.arrival_ties == t.grazing.arrival_ties);
      CHECK((r.grazing.smallest_slope == t.grazing.smallest_slope ||
             same(r.grazing.smallest_slope, t.grazing.smallest_slope, 1e-9)));
    }
    CHECK(a.spikes == b.spikes);
  }
  CHECK(device->work.launches >= launches + 6);  // both ways, twice
  ++seen.networks;
}

std::unique_ptr<const Loss> loss_for(std::uint32_t hidden, std::uint32_t out, std::uint64_t seed) {
  if (seed % 4 == 3) return make_loss(FirstSpikeCrossEntropySpec{hidden, 5.0});
  return make_loss(VoltageCrossEntropySpec{out, seed % 3 == 0   ? TimeWeight(25.0)
                                                : seed % 3 == 1 ? TimeWeight()
                                                                : TimeWeight::linear()});
}

RunOptions options_for(std::uint32_t out, std::uint64_t seed) {
  RunOptions options;
  options.readout = {Readout::Kind::voltage_integral, out,
                     seed % 3 == 0   ? TimeWeight()
                     : seed % 3 == 1 ? TimeWeight(20.0)
                                     : TimeWeight::linear()};
  return options;
}

}  // namespace

TEST_CASE("kernels leave the tapes of the windowed machine on random networks") {
  const std::shared_ptr<Device> device = make_cpu_device();
  Seen seen;
  for (const auto wiring :
       {test::Wiring::recurrent, test::Wiring::self_connected, test::Wiring::feed_forward})
    for (const auto timing :
         {test::Timing::scattered, test::Timing::volleys, test::Timing::simultaneous})
      for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(static_cast<int>(wiring), static_cast<int>(timing), seed);
        const test::RandomNetwork random = random_case(wiring, timing, seed + 1000);
        check_runs(random.network, random.trial,
                   options_for(*random.network.find_population("out"), seed), seed, device, seen);
      }
  CHECK(seen.networks == 360);
  CHECK(seen.spikes > 50000);
  CHECK(device->work.left_to_cpu < 20);  // the arbiter is asked seldom
}

TEST_CASE("where all projections are dense kernels leave the bits of the windowed machine") {
  const std::shared_ptr<Device> device = make_cpu_device();
  Seen seen;
  std::size_t co_moving = 0, stiff = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    const test::DenseNetwork dense(seed);
    const WindowPlan plan = make_plan(dense.network);
    REQUIRE(plan.obstacle.empty());
    for (const WindowLayer& layer : plan.layers) {
      stiff += layer.stiff;
      for (const WindowFrame& frame : layer.frames) co_moving += frame.co_moving;
    }
    check_runs(dense.network, dense.trial, options_for(dense.out, seed), seed, device, seen);
  }
  CHECK(seen.to_the_bit == 60);
  CHECK(seen.spikes > 20000);
  CHECK(co_moving > 20);
  CHECK(stiff > 5);
  CHECK(device->work.left_to_cpu < 10);
}

TEST_CASE("kernels leave the gradients of the windowed machine on random networks") {
  const std::shared_ptr<Device> device = make_cpu_device();
  Seen seen;
  for (const auto wiring :
       {test::Wiring::recurrent, test::Wiring::self_connected, test::Wiring::feed_forward})
    for (const auto timing :
         {test::Timing::scattered, test::Timing::volleys, test::Timing::simultaneous})
      for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        CAPTURE(static_cast<int>(wiring), static_cast<int>(timing), seed);
        const test::RandomNetwork random = random_case(wiring, timing, seed + 2000);
        const auto loss = loss_for(*random.network.find_population("hidden"),
                                   *random.network.find_population("out"), seed);
        check_gradients(random.network, random.trial, *loss, seed, device, seen);
      }
  CHECK(seen.networks == 108);
  CHECK(seen.spikes > 1500);
}

TEST_CASE("where all projections are dense kernels leave gradients to the bit") {
  const std::shared_ptr<Device> device = make_cpu_device();
  Seen seen;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    const test::DenseNetwork dense(seed);
    const auto loss = loss_for(*dense.network.find_population("b"), dense.out, seed);
    check_gradients(dense.network, dense.trial, *loss, seed, device, seen);
  }
  CHECK(seen.networks == 40);
  CHECK(seen.spikes > 500);
}

TEST_CASE(
    "what a device cannot decide or end is run by the windowed machine, and its errors are the "
    "same") {
  const std::shared_ptr<Device> device = make_cpu_device();
  // The arrival that lifts V comes at the instant at which V reaches the threshold without it.
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  const auto h = builder.add({.name = "h", .size = 1, .tau_mem = {2.0}, .tau_syn = {1.0}});
  builder.connect(in, h, {{0, 0, 4.0, 1.0}, {1, 0, 0.5, 1.0}});
  const Network grazing = std::move(builder).build();
  const DeviceMachine machine(device, grazing);
  const Trial trial{20.0, {{1.0, 0}}};
  CHECK(fingerprint(machine.run(trial)) == fingerprint(run_windowed(grazing, trial)));
  CHECK(device->work.left_to_cpu == 1);

  NetworkBuilder wild;
  const auto source = wild.add({.name = "in", .model = Model::input, .size = 1});
  const auto firing = wild.add({.name = "h", .size = 2, .bias = {1.5}});
  wild.connect(source, firing, {{0, 0, 1.0, 1.0}, {0, 1, 1.0, 1.0}});
  wild.connect(firing, firing, {{0, 1, 90.0, 1.0}, {1, 0, 90.0, 1.0}});
  const Network runaway = std::move(wild).build();
  const auto message = [&](const Machine& of) {
    try {
      of.run(Trial{500.0, {{1.0, 0}}});
    } catch (const LimitError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  const std::string expected = message(WindowedMachine(runaway));
  CHECK(expected.find("runaway") != std::string::npos);
  CHECK(message(DeviceMachine(device, runaway)) == expected);
}

TEST_CASE("room for spikes grows with need, and trials share what memory there is") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto h = builder.add({.name = "h", .size = 3, .tau_mem = {10.0}, .bias = {1.2, 6.0, 9.0}});
  builder.connect(in, h, {{0, 0, 1.0, 1.0}, {0, 1, 1.0, 1.0}, {0, 2, 1.0, 1.0}});
  const Network network = std::move(builder).build();
  const Trial trial{400.0, {{1.0, 0}}};
  const Tape expected = run_windowed(network, trial);
  REQUIRE(expected.spikes.size() > 3 * 40 * 2);  // more than there is room for at first
  const std::shared_ptr<Device> small = make_cpu_device(std::size_t{600000});
  const DeviceMachine machine(small, network);
  std::vector<std::uint64_t> tapes(12);
  machine.run_all(
      12, [&](std::size_t) { return trial; }, {},
      [&](std::size_t k, Tape tape) { tapes[k] = fingerprint(tape); });
  for (const std::uint64_t tape : tapes) CHECK(tape == fingerprint(expected));
  CHECK(small->work.trials == 12);
  CHECK(small->work.left_to_cpu == 0);
  CHECK(small->work.launches > 3);

  const DeviceMachine tiny(make_cpu_device(std::size_t{30000}), network);
  CHECK_THROWS_AS(tiny.run(trial), LimitError);
}
