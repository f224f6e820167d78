// Kernels are the windowed machine once more. On the CPU as a device they leave its tapes and its gradients
// on random networks of every kind that windows know: to the bit where sums have one order, which is
// where every layer hears of dense projections alone or of one, else to 1e-12 and 1e-10. Reference: the
// windowed machine.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <optional>

#include <retrograde/adjoint/batch_groups.hpp>
#include <retrograde/adjoint/loss/first_spike_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_over_time_cross_entropy.hpp>
#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/engine/device/cpu_device.hpp>
#include <retrograde/engine/device/device_machine.hpp>
#include <retrograde/engine/exact/arbiter_share.hpp>
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
                     std::uint64_t seed, const std::shared_ptr<Device>& device, Seen& seen,
                     std::uint64_t launched = 6) {
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
    if (seed % 5 == 1) options.grazing = {GrazingPolicy::clip, 0.1};
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
  CHECK(device->work.launches >= launches + launched);  // both ways, twice
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

  // One of which a device could keep all spikes.
  NetworkBuilder driven;
  driven.add({.name = "in", .model = Model::input, .size = 1});
  driven.add({.name = "h", .size = 1, .tau_mem = {10.0}, .tau_syn = {5.0}, .bias = {300.0}});
  driven.connect(0, 1, {{0, 0, 1.0, 1.0}});
  const Network steady = std::move(driven).build();
  const std::string again = message(WindowedMachine(steady));
  CHECK(again.find("runaway") != std::string::npos);
  CHECK(message(DeviceMachine(device, steady)) == again);
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

namespace {

// Spikes of all inputs, `volleys` times, all of a volley within `width` ms.
Trial volleys(std::uint32_t inputs, int volleys, Time apart, Time width, std::uint64_t seed) {
  Random random(seed, "volleys");
  Trial trial{apart * volleys + 20.0, {}};
  for (int v = 0; v < volleys; ++v)
    for (NeuronId n = 0; n < inputs; ++n)
      trial.inputs.push_back({1.0 + apart * v + random.uniform(0.0, width), n});
  std::sort(trial.inputs.begin(), trial.inputs.end());
  return trial;
}

// From all inputs to all neurons, and on to a readout.
Network one_layer(std::uint32_t inputs, std::uint32_t size, double drive, std::uint64_t seed) {
  Random random(seed, "one layer");
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = inputs});
  const auto h = builder.add({.name = "h", .size = size, .tau_mem = {9.0}, .tau_syn = {4.0}});
  const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = 2});
  const auto all = [&](std::uint32_t sources, std::uint32_t targets, double sum) {
    std::vector<SynapseSpec> synapses;
    for (std::uint32_t i = 0; i < sources; ++i)
      for (std::uint32_t j = 0; j < targets; ++j)
        synapses.push_back(
            {i, j, sum / sources * random.uniform(0.5, 1.5), random.uniform(1.0, 1.2)});
    return synapses;
  };
  builder.connect(in, h, all(inputs, size, drive));
  builder.connect(h, out, all(size, 2, 1.0));
  return std::move(builder).build();
}

std::string message_of(const auto& f) {
  try {
    f();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("frames of kernels move their base with what is under way, and keep the bits") {
  const std::shared_ptr<Device> device = make_cpu_device();
  Seen seen;
  for (const std::uint64_t seed : {2, 4, 8}) {  // with frames
    CAPTURE(seed);
    test::DenseNetwork dense(seed);
    Random random(seed, "long");
    dense.trial.duration = 2500.0;
    dense.trial.inputs.clear();
    for (int k = 0; k < 900; ++k)
      dense.trial.inputs.push_back(
          {random.uniform(0.0, 2490.0), static_cast<NeuronId>(random.index(5))});
    std::sort(dense.trial.inputs.begin(), dense.trial.inputs.end());
    check_runs(dense.network, dense.trial, options_for(dense.out, seed), seed, device, seen);
  }
  CHECK(seen.to_the_bit == 3);
  CHECK(seen.spikes > 5000);
}

TEST_CASE("of spikes of one instant kernels put causes before effects") {
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 1});
  builder.add({.name = "s", .size = 1, .bias = {1.3}});
  builder.add({.name = "h", .size = 3, .bias = {1.6}});
  builder.connect(0, 1, {{0, 0, 0.1, 1.0}});
  builder.connect(1, 2, {{0, 0, 0.0, 0.0}, {0, 1, 0.0, 1.0}, {0, 2, 0.0, 0.0}});
  const Network network = std::move(builder).build();
  const Trial trial{60.0, {{1.0, 0}}};
  const Tape expected = run_windowed(network, trial);
  const auto first = std::ranges::find_if(expected.spikes,
                                          [](const TapeSpike& spike) { return spike.neuron >= 2; });
  REQUIRE(expected.spikes.end() - first >= 3);
  REQUIRE(first[0].neuron == 3);
  REQUIRE(first[0].time == first[1].time);
  CHECK(fingerprint(DeviceMachine(make_cpu_device(), network).run(trial)) == fingerprint(expected));
}

TEST_CASE("kernels meet hundreds of spikes of one window in parts") {
  const std::shared_ptr<Device> device = make_cpu_device();
  Seen seen;
  // 12000 arrivals at neurons that fire, of 300 spikes, in one window.
  const Network wide = one_layer(300, 40, 20.0, 1);
  const Trial trial = volleys(300, 2, 30.0, 0.3, 1);
  check_runs(wide, trial, options_for(2, 1), 1, device, seen);
  CHECK(seen.to_the_bit == 1);
  CHECK(run_windowed(wide, trial).spikes.size() >= 2 * (300 + 40));
  CHECK(device->work.left_to_cpu == 0);
  const auto loss = loss_for(1, 2, 1);
  check_gradients(wide, trial, *loss, 2, device, seen);

  // Messages over 300 synapses.
  const Network deep = one_layer(20, 300, 6.0, 2);
  check_gradients(deep, volleys(20, 3, 25.0, 3.0, 2), *loss, 2, device, seen);

  // More than a device keeps for one neuron.
  CHECK(device->work.left_to_cpu == 0);
  const Network narrow = one_layer(4200, 2, 20.0, 3);
  const Trial crowd = volleys(4200, 1, 30.0, 0.01, 3);
  CHECK(fingerprint(DeviceMachine(device, narrow).run(crowd)) ==
        fingerprint(run_windowed(narrow, crowd)));
  CHECK(device->work.left_to_cpu == 1);
}

namespace {

// How often an arbiter works something out.
class Questions final : public ArbiterShare {
 public:
  explicit Questions(const Network& network) : network_(network) {}
  bool joins(std::size_t projection) const override {
    return network_.projections()[projection].size > 0;
  }
  Time worked_out(NeuronId, const std::function<Time()>& work) const override {
    ++count;
    return work();
  }
  mutable std::size_t count = 0;

 private:
  const Network& network_;
};

// On networks on both sides of where `beyond` begins to be true, by default where one more spike is
// fired, from a weight on that neither has: where the windowed machine has to ask the arbiter a device
// must not decide. Returns how often it was asked.
std::size_t check_edge(const std::function<Network(double)>& network, const Trial& trial,
                       double low, double high, std::function<bool(const Tape&)> beyond = {}) {
  const auto tape_of = [&](double weight) { return run_windowed(network(weight), trial); };
  if (!beyond)
    beyond = [few = tape_of(low).spikes.size()](const Tape& t) { return t.spikes.size() > few; };
  REQUIRE_FALSE(beyond(tape_of(low)));
  REQUIRE(beyond(tape_of(high)));
  for (;;) {
    const double middle = low + 0.5 * (high - low);
    if (middle == low || middle == high) break;
    (beyond(tape_of(middle)) ? high : low) = middle;
  }
  const std::shared_ptr<Device> device = make_cpu_device(std::size_t{1} << 24);
  std::size_t asked = 0, different = 0, decided = 0;
  for (int k = 0; k <= 34; ++k)
    for (const int sign : {-1, 1}) {
      const Network at = network((sign < 0 ? low : high) * (1.0 + sign * std::ldexp(1.0, k - 53)));
      const Questions questions(at);
      const WindowedMachine windowed(at, {.arbiter_share = &questions});
      const Tape tape = windowed.run(trial);
      const std::uint64_t left = device->work.left_to_cpu;
      different += fingerprint(DeviceMachine(device, at).run(trial)) != fingerprint(tape);
      asked += questions.count > 0;
      decided += questions.count > 0 && device->work.left_to_cpu == left;
    }
  CHECK(different == 0);
  CHECK(decided == 0);
  CHECK(device->work.left_to_cpu < 70);
  return asked;
}

}  // namespace

TEST_CASE("where the windowed machine asks the arbiter a device leaves the trial") {
  const auto start = [](NetworkBuilder& builder, std::vector<PopulationSpec> populations) {
    builder.add({.name = "in", .model = Model::input, .size = 2});
    for (PopulationSpec& p : populations) builder.add(std::move(p));
  };
  // What V and I have gathered over many windows.
  std::size_t asked = check_edge(
      [&](double weight) {
        NetworkBuilder builder;
        start(builder,
              {{.name = "b", .size = 1, .tau_mem = {90.0}, .tau_syn = {7.0}, .bias = {0.9}}});
        builder.connect(0, 1, {{0, 0, weight, 1.0}, {1, 0, -0.3, 1.0}});
        return std::move(builder).build();
      },
      {400.0, {{3.0, 1}, {290.3, 0}}}, 0.01, 4.0);
  CHECK(asked > 10);

  // A spike that came late, from a neuron that fires as slowly as V rises.
  asked = check_edge(
      [&](double weight) {
        NetworkBuilder builder;
        start(builder, {{.name = "a", .size = 1, .tau_mem = {8.0}, .bias = {1.0003}},
                        {.name = "b", .size = 1, .tau_mem = {9.0}, .tau_syn = {4.0}}});
        builder.connect(0, 2, {{0, 0, 0.5, 1.0}});
        builder.connect(1, 2, {{0, 0, weight, 2.0}});
        return std::move(builder).build();
      },
      {100.0, {{64.0, 0}}}, 0.01, 8.0);
  CHECK(asked > 10);

  // Such a spike that arrives as its target fires, which is steep.
  asked = check_edge(
      [&](double weight) {
        NetworkBuilder builder;
        start(builder, {{.name = "a", .size = 1, .tau_mem = {8.0}, .bias = {1.0003}},
                        {.name = "b", .size = 1, .tau_mem = {9.0}, .tau_syn = {4.0}}});
        builder.connect(0, 2, {{0, 0, weight, 1.0}});
        builder.connect(1, 2, {{0, 0, 0.01, 2.0}});
        return std::move(builder).build();
      },
      {80.0, {{65.0, 0}}}, 2.0, 300.0,
      [](const Tape& tape) {
        const auto time = [&](NeuronId n) {
          const auto first = std::ranges::find(tape.spikes, n, &TapeSpike::neuron);
          return first == tape.spikes.end() ? never : first->time;
        };
        return time(3) < time(2) + 2.0;
      });
  CHECK(asked > 10);

  // A release that came late, after such a spike.
  for (const Time t_ref : {0.4, 9.7}) {
    asked = check_edge(
        [&](double weight) {
          NetworkBuilder builder;
          start(builder, {{.name = "a",
                           .size = 1,
                           .tau_mem = {8.0},
                           .v_reset = {-0.5},
                           .bias = {1.0003},
                           .t_ref = {t_ref}}});
          builder.connect(0, 1, {{0, 0, weight, 1.0}});
          return std::move(builder).build();
        },
        {100.0, {{81.0, 0}}}, 0.01, 9.0);
    CHECK(asked > 10);
  }
}

TEST_CASE(
    "more spikes than a device keeps, undecided ones among them, are run by the windowed machine") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  const auto fast = builder.add({.name = "fast", .size = 1, .tau_mem = {10.0}, .tau_syn = {5.0}});
  const auto open = builder.add({.name = "h", .size = 1, .tau_mem = {2.0}, .tau_syn = {1.0}});
  builder.connect(in, fast, {{0, 0, 60.0, 1.0}});
  builder.connect(in, open, {{1, 0, 4.0, 1.0}});
  const Network network = std::move(builder).build();
  // Nothing, too many spikes, an open one late, both; more of them than a device takes at a time.
  const std::vector<Trial> kinds = {
      {60.0, {}}, {60.0, {{1.0, 0}}}, {60.0, {{50.0, 1}}}, {60.0, {{1.0, 0}, {50.0, 1}}}};
  const WindowedMachine windowed(network);
  std::vector<std::uint64_t> expected;
  for (const Trial& trial : kinds) expected.push_back(fingerprint(windowed.run(trial)));
  REQUIRE(windowed.run(kinds[1]).spikes.size() > 20);
  const std::shared_ptr<Device> device = make_cpu_device();
  const DeviceMachine machine(device, network);
  constexpr std::size_t count = 150;
  std::vector<std::uint64_t> found(count);
  std::size_t lots = 0;
  RunOptions options;
  options.progress = [&](Time t) { return ++lots, t > 0.0; };
  const auto run = [&] {
    machine.run_all(
        count, [&](std::size_t k) { return kinds[k % 4]; }, options,
        [&](std::size_t k, Tape tape) { found[k] = fingerprint(tape); });
  };
  run();
  for (std::size_t k = 0; k < count; ++k) {
    CAPTURE(k);
    CHECK(found[k] == expected[k % 4]);
  }
  CHECK(device->work.trials == count);
  CHECK(device->work.left_to_cpu == 37 + 37);
  CHECK(lots >= 2);
  options.progress = [](Time) { return false; };
  CHECK_THROWS_AS(run(), Interrupted);

  // A neuron that fires more often in one window than there is room for, whatever room is made.
  NetworkBuilder often;
  often.add({.name = "in", .model = Model::input, .size = 1});
  often.add({.name = "h", .size = 1, .tau_mem = {10.0}, .tau_syn = {5.0}, .bias = {2000.0}});
  often.connect(0, 1, {{0, 0, 1.0, 1.0}});
  const Network rapid = std::move(often).build();
  const Trial trial{3.0, {{1.0, 0}}};
  REQUIRE(run_windowed(rapid, trial).spikes.size() > 400);
  const std::shared_ptr<Device> small = make_cpu_device(std::size_t{1} << 20);
  CHECK(fingerprint(DeviceMachine(small, rapid).run(trial)) ==
        fingerprint(run_windowed(rapid, trial)));
  CHECK(small->work.left_to_cpu == 1);
}

namespace {

BatchGradient gradient_of(const std::shared_ptr<Device>& device, const Network& network,
                          const LabelledTrials& trials, std::span<const std::uint32_t> batch,
                          const Loss& loss, GradientOptions options) {
  options.run.readout = loss.readout();
  TapeGradients source([&](const Network& n) {
    return device ? BatchMachines{std::make_unique<DeviceMachine>(device, n), nullptr}
                  : BatchMachines{std::make_unique<WindowedMachine>(n), nullptr};
  });
  BatchGradient result;
  source.make(network, trials, batch, loss, options, result);
  return result;
}

}  // namespace

TEST_CASE("gradients of trials are added in the order of their groups, however many fit") {
  const test::DenseNetwork dense(4);
  const auto loss = loss_for(0, dense.out, 1);
  const LabelledTrials& trials =
      TrialList(trials_like(dense.network, dense.trial, 4), std::vector<int>(5, 1));
  const std::vector<std::uint32_t> batch{0, 1, 2, 3, 4};
  GradientOptions options;
  options.groups = 2;
  // Each alone, then added.
  std::vector<std::vector<double>> alone;
  for (const std::uint32_t k : batch)
    alone.push_back(
        gradient_of(make_cpu_device(), dense.network, trials, std::span(&k, 1), *loss, options)
            .sum);
  const BatchGroups groups = batch_groups(5, dense.network.layout(), 2);
  REQUIRE(groups.count() == 2);
  std::vector<double> expected(alone[0].size(), 0.0);
  for (std::size_t n = 0; n < expected.size(); ++n)
    for (std::size_t g = 0; g < 2; ++g) {
      double sum = alone[groups.begin(g)][n];
      for (std::size_t k = groups.begin(g) + 1; k < groups.begin(g + 1); ++k) sum += alone[k][n];
      expected[n] = g == 0 ? sum : expected[n] + sum;
    }
  const std::shared_ptr<Device> large = make_cpu_device();
  CHECK(gradient_of(large, dense.network, trials, batch, *loss, options).sum == expected);
  CHECK(large->work.left_to_cpu == 0);

  // The least room for one trial is enough for all of them, one after the other.
  const auto fits = [&](std::size_t room, std::span<const std::uint32_t> some) {
    try {
      const std::shared_ptr<Device> device = make_cpu_device(room);
      const BatchGradient made = gradient_of(device, dense.network, trials, some, *loss, options);
      if (some.size() == batch.size()) {
        CHECK(device->work.launches > large->work.launches);  // not all at once
        CHECK(made.sum == expected);
      }
    } catch (const LimitError&) {
      return false;
    }
    return true;
  };
  std::size_t least = 0;
  for (const std::uint32_t k : batch) {
    std::size_t low = 1, high = std::size_t{1} << 26;
    while (high - low > 4096) {
      const std::size_t middle = low + (high - low) / 2;
      (fits(middle, std::span(&k, 1)) ? high : low) = middle;
    }
    least = std::max(least, high);
  }
  for (const double more : {1.0, 1.3, 1.7, 2.5}) {
    CAPTURE(least, more);
    CHECK(fits(static_cast<std::size_t>(more * static_cast<double>(least)), batch));
  }
}

TEST_CASE(
    "spikes at the instant a window begins, and refractory times that vanish, keep gradients") {
  const std::shared_ptr<Device> device = make_cpu_device();
  Seen seen;
  // Two that fire alike, the first time at 8 ms, and hear of each other.
  const auto network = [](double bias) {
    NetworkBuilder builder;
    builder.add({.name = "in", .model = Model::input, .size = 1});
    builder.add({.name = "h",
                 .size = 2,
                 .tau_mem = {8.0},
                 .tau_syn = {4.0},
                 .v_reset = {-0.2},
                 .bias = {bias, 1.3},
                 .t_ref = {0.0, 1e-17}});
    builder.add({.name = "out", .model = Model::cuba_li, .size = 2});
    builder.connect(0, 1, {{0, 0, 0.1, 30.0}, {0, 1, 0.1, 30.0}});
    builder.connect(1, 1, {{0, 0, 0.1, 2.0}, {0, 1, 0.3, 2.5}, {1, 0, 0.2, 3.0}, {1, 1, 0.1, 2.0}});
    builder.connect(1, 2, {{0, 0, 0.7, 1.0}, {0, 1, 0.1, 1.0}, {1, 0, 0.2, 1.0}, {1, 1, 0.5, 1.0}});
    return std::move(builder).build();
  };
  const Trial trial{60.0, {{1.0, 0}}};
  const auto first = [&](double bias) {
    const Tape tape = run_windowed(network(bias), trial);
    return std::ranges::find(tape.spikes, NeuronId{1}, &TapeSpike::neuron)->time;
  };
  double low = 1.5, high = 1.7;  // the higher, the earlier
  REQUIRE(first(low) > 8.0);
  REQUIRE(first(high) < 8.0);
  for (double middle = 1.6; first(middle) != 8.0; middle = low + 0.5 * (high - low)) {
    if (middle == low || middle == high) break;
    (first(middle) > 8.0 ? low : high) = middle;
  }
  const double bias = low + 0.5 * (high - low);
  CHECK(first(bias) == 8.0);
  const auto loss = make_loss(VoltageCrossEntropySpec{2, TimeWeight(25.0)});
  // Whether it is before the window's end is for the arbiter.
  check_gradients(network(bias), trial, *loss, 2, device, seen, 4);
}

TEST_CASE("what kernels do not know of gradients, or refuse, is what the windowed machine says") {
  const std::shared_ptr<Device> device = make_cpu_device();
  const test::DenseNetwork dense(4);
  const LabelledTrials& trials =
      TrialList(trials_like(dense.network, dense.trial, 4), std::vector<int>(5, 1));
  const std::vector<std::uint32_t> batch{0, 1, 2, 3, 4};
  const auto both = [&](const Loss& loss, const GradientOptions& options, std::string_view what) {
    const auto of = [&](const std::shared_ptr<Device>& d) {
      return message_of(
          [&] { gradient_of(d, dense.network, trials, std::span(batch).first(1), loss, options); });
    };
    const std::string expected = of(nullptr);
    CAPTURE(expected);
    CHECK(expected.find(what) != std::string::npos);
    CHECK(of(device) == expected);
  };
  const auto loss = loss_for(0, dense.out, 1);
  GradientOptions options;
  options.groups = 5;

  // A loss that looks at V between events.
  const auto over_time = make_loss(VoltageOverTimeCrossEntropySpec{dense.out});
  const BatchGradient a = gradient_of(nullptr, dense.network, trials, batch, *over_time, options),
                      b = gradient_of(device, dense.network, trials, batch, *over_time, options);
  CHECK(a.sum == b.sum);
  CHECK(std::ranges::any_of(a.sum, [](double d) { return d != 0.0; }));

  // Synapses that there are not.
  GradientOptions with = options;
  const std::vector<Candidate> candidates = {{0, 0, 0, 2.0}, {0, 1, 3, 7.0}};
  with.candidates = candidates;
  const BatchGradient c = gradient_of(nullptr, dense.network, trials, batch, *loss, with),
                      d = gradient_of(device, dense.network, trials, batch, *loss, with);
  REQUIRE(c.candidates.size() == 2);
  CHECK(c.candidates[1] != 0.0);
  CHECK(c.candidates == d.candidates);
  CHECK(c.sum == d.sum);

  // Spikes that graze, where that is an error.
  GradientOptions strict = options;
  strict.grazing = {GrazingPolicy::error, 10.0};
  both(*loss, strict, "grazes");

  // A gradient that is no number: of a loss of 1e307, which falls within 0.1 ms.
  const std::uint32_t population = *dense.network.find_population("b");
  const Tape tape = run_windowed(dense.network, trials.trial(0));
  const auto first = std::ranges::find(
      tape.spikes, dense.network.populations()[population].first + 1, &TapeSpike::neuron);
  REQUIRE(first != tape.spikes.end());
  const auto steep = make_loss(
      FirstSpikeCrossEntropySpec{population, 5.0, 1e307 / std::exp(first->time / 0.1), 0.1});
  both(*steep, options, "gradient is not finite");

  // The way back is stopped.
  GradientOptions stopped = options;
  stopped.run.progress = [](Time t) { return t > 0.0; };
  CHECK_THROWS_AS(gradient_of(device, dense.network, trials, batch, *loss, stopped), Interrupted);

  // Payloads.
  Trial graded = dense.trial;
  graded.payloads.assign(graded.inputs.size(), 2.0);
  const DeviceMachine machine(device, dense.network);
  const WindowedMachine windowed(dense.network);
  const std::string expected = message_of([&] { windowed.run(graded); });
  CHECK(expected.find("payloads") != std::string::npos);
  CHECK(message_of([&] { machine.run(graded); }) == expected);
  CHECK(message_of([&] {
          machine.run_all(
              1, [&](std::size_t) { return graded; }, {}, [](std::size_t, const Tape&) {});
        }) == expected);
}
