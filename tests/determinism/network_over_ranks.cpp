// One network over ranks has the bits of one process: on random networks of all shapes, for 1, 2, 3, 4
// and 7 ranks, the leader's tape is that of the windowed machine, slopes, integrals, deliveries and
// recordings included. Reference: WindowedMachine, which tests/property holds to the sequential one.
// Ranks are threads with queues here; tests/fault/ranks.cpp starts processes.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <retrograde/engine/distributed/distributed_machine.hpp>
#include <retrograde/engine/distributed/neuron_shares.hpp>
#include <retrograde/engine/distributed/whole_network.hpp>
#include <retrograde/engine/network/analysis.hpp>
#include <retrograde/engine/runaway.hpp>
#include <retrograde/engine/windowed/windowed.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

#include "tests/support/random_network.hpp"
#include "tests/support/tape_fingerprint.hpp"
#include "tests/support/thread_ranks.hpp"

using namespace retrograde;
using test::fingerprint;
using test::ThreadRanks;

namespace {

struct Ran {
  Tape tape;
  std::vector<Recording> recordings;
  std::uint64_t synapses = 0, questions = 0;
};

Ran over_ranks(int ranks, const Network& network, const Trial& trial, const RunOptions& options,
               const std::vector<Probe>& probes = {}) {
  Ran ran;
  const auto take_part = [&](ThreadRanks& here) {
    const Network part = part_of(network, {here.rank(), here.size()});
    const DistributedMachine machine(part, here);
    std::vector<Recording> recordings;
    Tape tape = machine.run(trial, options, probes, &recordings);
    if (!here.leads()) return;
    ran = {std::move(tape), std::move(recordings), machine.synapses(),
           machine.statistics().questions};
  };
  test::with_ranks(ranks, take_part, take_part);
  return ran;
}

void check_same(const Network& network, const Trial& trial, const RunOptions& options,
                const std::vector<Probe>& probes = {}, std::uint64_t* questions = nullptr) {
  const WindowedMachine machine(network);
  std::vector<Recording> recordings;
  const Tape whole = machine.run(trial, options, probes, &recordings);
  for (const int ranks : {1, 2, 3, 4, 7}) {
    CAPTURE(ranks, whole.spikes.size());
    const Ran ran = over_ranks(ranks, network, trial, options, probes);
    CHECK(fingerprint(ran.tape) == fingerprint(whole));
    CHECK(ran.tape.spikes.size() == whole.spikes.size());
    CHECK(ran.tape.deliveries == whole.deliveries);
    CHECK(ran.synapses == network.synapse_count());
    if (questions) *questions += ran.questions;
    REQUIRE(ran.recordings.size() == recordings.size());
    for (std::size_t p = 0; p < recordings.size(); ++p) {
      CHECK(ran.recordings[p].times == recordings[p].times);
      CHECK((ran.recordings[p].v == recordings[p].v));
      CHECK((ran.recordings[p].i == recordings[p].i));
    }
  }
}

// What of a sheet is dense: next to nothing, what comes in, or all of it.
enum class Filled { sparse, inputs, all };

// Excitatory and inhibitory neurons in one layer; a chain behind them, and a readout.
struct Sheet {
  Network network;
  Trial trial;

  explicit Sheet(std::uint64_t seed, std::uint32_t excitatory = 40, double drive = 1.6,
                 Filled filled = Filled::sparse) {
    Random random(seed, "sheet");
    NetworkBuilder builder;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 10});
    const auto add = [&](const char* name, std::uint32_t size) {
      PopulationSpec p{.name = name, .size = size};
      p.tau_mem = {12.0};
      p.tau_syn = {3.0};
      p.t_ref.assign(size, 0.0);
      for (std::uint32_t n = 0; n < size; n += 3) p.t_ref[n] = random.uniform(0.5, 4.0);
      return builder.add(std::move(p));
    };
    const auto e = add("e", excitatory), i = add("i", excitatory / 4);
    const auto chain = add("chain", 5);
    PopulationSpec out{.name = "out", .model = Model::cuba_li, .size = 3};
    const auto o = builder.add(std::move(out));
    const auto connect = [&](std::uint32_t from, std::uint32_t to, std::uint32_t sources,
                             std::uint32_t targets, double mean, double density, Time shortest) {
      if (filled == Filled::all || (filled == Filled::inputs && from == in)) {
        mean *= density;
        density = 1.0;
      }
      std::vector<SynapseSpec> synapses;
      for (std::uint32_t a = 0; a < sources; ++a)
        for (std::uint32_t b = 0; b < targets; ++b) {
          const double weight = random.normal(mean, 0.3 * std::fabs(mean));
          const Time delay = shortest > 0.0 ? random.uniform(shortest, shortest + 4.0) : 0.0;
          if (random.uniform() < density) synapses.push_back({a, b, weight, delay});
        }
      builder.connect(from, to, std::move(synapses));
    };
    connect(in, e, 10, excitatory, drive, 0.5, 0.5);
    connect(in, i, 10, excitatory / 4, drive, 0.5, 0.5);
    connect(e, e, excitatory, excitatory, 0.4, 0.2, 1.0);
    connect(e, i, excitatory, excitatory / 4, 0.5, 0.3, 1.0);
    connect(i, e, excitatory / 4, excitatory, -0.9, 0.4, 0.7);
    connect(i, i, excitatory / 4, excitatory / 4, -0.5, 0.4, 0.7);
    connect(e, chain, excitatory, 5, 0.6, 1.0, 0.0);  // heard at once
    connect(chain, o, 5, 3, 0.5, 1.0, 0.0);
    connect(e, o, excitatory, 3, 0.1, 0.5, 2.0);
    network = std::move(builder).build();
    trial.duration = 80.3;
    for (int k = 0; k < 60; ++k)
      trial.inputs.push_back({random.uniform(0.0, 75.0), static_cast<NeuronId>(random.index(10))});
    sort_inputs(trial);
  }
};

RunOptions reading(const Network& network) {
  RunOptions options;
  options.readout = {Readout::Kind::voltage_integral, *network.find_population("out")};
  return options;
}

}  // namespace

TEST_CASE("one network over ranks has the bits of one process", "[ranks]") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    Sheet sheet(seed, 40, 1.6,
                seed % 3 == 0   ? Filled::all
                : seed % 3 == 1 ? Filled::sparse
                                : Filled::inputs);
    CAPTURE(seed);
    std::vector<Probe> probes = {{{}, 0.7}, {{}, 3.0}};
    for (NeuronId n = 10; n < sheet.network.neuron_count(); n += 3) probes[0].neurons.push_back(n);
    probes[1].neurons = {sheet.network.neuron_count() - 1, 12, 10};
    check_same(sheet.network, sheet.trial, reading(sheet.network), probes);
    if (seed % 2 == 0) continue;
    sheet.trial.muted.assign(sheet.network.neuron_count(), 0);
    for (NeuronId n = 3; n < sheet.network.neuron_count(); n += 7) sheet.trial.muted[n] = 1;
    check_same(sheet.network, sheet.trial, reading(sheet.network));
  }
}

TEST_CASE("so have networks of all wirings, timings and nearly equal time constants", "[ranks]") {
  for (const auto wiring :
       {test::Wiring::recurrent, test::Wiring::self_connected, test::Wiring::feed_forward})
    for (const auto timing :
         {test::Timing::scattered, test::Timing::volleys, test::Timing::simultaneous})
      for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        test::RandomNetworkSpec spec;
        spec.seed = seed;
        spec.hidden = seed % 2 == 0 ? 6 : 13;
        spec.wiring = wiring;
        spec.timing = timing;
        spec.delays = seed % 3 == 0;
        spec.nearly_equal = seed % 4 == 0;
        const test::RandomNetwork random = test::random_network(spec);
        Trial trial = random.trial;
        for (const Spike& spike : trial.inputs)
          trial.duration = std::max(trial.duration, spike.time + 7.3);
        CAPTURE(static_cast<int>(wiring), static_cast<int>(timing), seed);
        check_same(random.network, trial, reading(random.network));
      }
}

// Neurons that fire by their bias alone, all at the same time, and reach each other after as long as it
// takes them to fire again: which comes first is below what doubles tell.
TEST_CASE("what is open to rounding is decided by all ranks as by one", "[ranks]") {
  std::uint64_t questions = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Random random(seed, "ties");
    NetworkBuilder builder;
    const std::uint32_t size = 9;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
    PopulationSpec p{.name = "twins", .size = size};
    p.bias = {1.5};
    p.t_ref = {seed % 2 == 0 ? 1.0 : 0.0};
    const auto twins = builder.add(std::move(p));
    const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = 1});
    // The period of a neuron that its bias drives: t_ref + tau_mem log(bias / (bias - threshold)).
    const Time period = (seed % 2 == 0 ? 1.0 : 0.0) + 20.0 * std::log(1.5 / 0.5);
    std::vector<SynapseSpec> ring, all;
    for (std::uint32_t n = 0; n < size; ++n) {
      ring.push_back({n, (n + 1 + static_cast<std::uint32_t>(seed % 3)) % size,
                      random.uniform() < 0.5 ? -0.3 : 0.3, period});
      all.push_back({n, 0, 0.1, 0.0});
    }
    builder.connect(in, twins, {{0, 0, 1e-9, 1.0}});
    builder.connect(twins, twins, std::move(ring));
    builder.connect(twins, out, std::move(all));
    const Network network = std::move(builder).build();
    Trial trial;
    trial.duration = 130.0;
    trial.inputs = {{5.0, 0}};
    CAPTURE(seed);
    check_same(network, trial, reading(network), {}, &questions);
  }
  CHECK(questions > 0);
}

TEST_CASE("layers of more neurons than a thread takes at a time, over ranks", "[ranks]") {
  constexpr std::uint32_t size = 70'000;
  Random random(1, "large");
  NetworkBuilder builder;
  PopulationSpec spec{.name = "large", .size = size};
  spec.bias.resize(size);
  for (double& bias : spec.bias) bias = random.uniform(0.9, 3.0);
  const auto p = builder.add(std::move(spec));
  const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = 2});
  std::vector<SynapseSpec> synapses, read;
  for (std::uint32_t n = 0; n < size; ++n) {
    for (std::uint32_t k = 1; k <= 3; ++k)
      synapses.push_back(
          {n, (n + k * 23'333) % size, random.normal(0.0, 0.4), random.uniform(1.0, 3.0)});
    if (n % 100 == 0) read.push_back({n, n % 2, 0.1, 1.0});
  }
  builder.connect(p, p, std::move(synapses));
  builder.connect(p, out, std::move(read));
  const Network network = std::move(builder).build();
  Trial trial;
  trial.duration = 25.0;
  const Tape whole = run_windowed(network, trial, reading(network));
  REQUIRE(whole.spikes.size() > 50'000);
  for (const int ranks : {1, 3})
    CHECK(fingerprint(over_ranks(ranks, network, trial, reading(network)).tape) ==
          fingerprint(whole));
}

TEST_CASE("runaway activity over ranks is the error of one process", "[ranks]") {
  const Sheet sheet(3, 40, 60.0);
  RunOptions options;
  options.max_rate = -12.0;  // 1000 spikes are too many for a test
  options.runaway_remedy = "As the scenario says.";
  const auto message_of = [](const std::function<void()>& run) -> std::string {
    try {
      run();
    } catch (const RunawayError& error) {
      return std::to_string(error.neuron) + " " + error.what();
    }
    return {};
  };
  const std::string whole =
      message_of([&] { WindowedMachine(sheet.network).run(sheet.trial, options); });
  REQUIRE(!whole.empty());
  for (const int ranks : {1, 2, 3, 5})
    CHECK(message_of([&] { over_ranks(ranks, sheet.network, sheet.trial, options); }) == whole);
}

TEST_CASE("the plan of a part is that of the whole", "[ranks]") {
  const Sheet sheet(5);
  const WindowPlan whole = make_plan(sheet.network);
  const std::vector<std::uint32_t> instants = instant_ranks(sheet.network);
  CHECK(*std::max_element(instants.begin(), instants.end()) > 1);
  const auto take_part = [&](ThreadRanks& here) {
    const NeuronShares shares(here.rank(), here.size());
    const Network part = part_of(sheet.network, shares);
    const WindowPlan plan = make_plan(part, whole_extents(here, part));
    bool same = plan.layers.size() == whole.layers.size();
    for (std::size_t l = 0; same && l < whole.layers.size(); ++l) {
      const WindowLayer &a = plan.layers[l], &b = whole.layers[l];
      same = a.populations == b.populations && a.window == b.window && a.slots == b.slots &&
             a.alike == b.alike && a.stiff == b.stiff && a.feeds.size() == b.feeds.size();
      for (std::size_t f = 0; same && f < b.feeds.size(); ++f)
        same = a.feeds[f].max_weight == b.feeds[f].max_weight &&
               a.feeds[f].dense == b.feeds[f].dense && a.feeds[f].max_delay == b.feeds[f].max_delay;
    }
    if (!same) throw std::runtime_error("another plan");
    if (whole_instant_ranks(here, shares, part) != instants)
      throw std::runtime_error("another order at one instant");
  };
  for (const int ranks : {1, 2, 3, 8}) test::with_ranks(ranks, take_part, take_part);
}

TEST_CASE("every neuron is somebody's, and the parts are of one size", "[ranks]") {
  for (const std::uint32_t size : {1u, 2u, 7u, 100u, 4'000'000'000u})
    for (const int ranks : {1, 2, 3, 7, 1000}) {
      const Population population{"p", Model::cuba_lif, 0, size, {}};
      std::uint32_t next = 0, smallest = size, largest = 0;
      for (int rank = 0; rank < ranks; ++rank) {
        const NeuronRange own = NeuronShares(rank, ranks).own(population);
        CHECK(own.begin == next);
        next = own.end;
        smallest = std::min(smallest, own.end - own.begin);
        largest = std::max(largest, own.end - own.begin);
        if (own.begin == own.end) continue;
        for (const std::uint32_t n : {own.begin, own.end - 1})
          CHECK(NeuronShares(0, ranks).owner(population, n) == rank);
      }
      CHECK(next == size);
      CHECK(largest - smallest <= 1);
    }
}

TEST_CASE("what ranks cannot share says so on all of them", "[ranks]") {
  const Sheet sheet(2);
  RunOptions options;
  options.readout = {Readout::Kind::voltage_integral, *sheet.network.find_population("e")};
  CHECK_THROWS_WITH(over_ranks(2, sheet.network, sheet.trial, options),
                    Catch::Matchers::Contains("in one process"));
  NetworkBuilder builder;
  const auto a = builder.add({.name = "a", .size = 4});
  builder.connect(a, a, {{0, 1, 1.0, 1e-6}, {1, 2, 1.0, 1.0}, {2, 0, 1.0, 1.0}});
  const Network network = std::move(builder).build();
  CHECK_THROWS_WITH(over_ranks(3, network, {10.0, {}}, {}),
                    Catch::Matchers::Contains("a->a has a delay of 1e-06 ms inside a cycle"));
}
