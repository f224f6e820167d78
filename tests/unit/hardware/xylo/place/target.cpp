// A network on Xylo as a whole: clocks, readouts, decisions, and that a network made for the chip does
// there what it does exactly.
#include <catch2/catch.hpp>
#include <cmath>
#include <tbb/global_control.h>

#include <retrograde/engine/scheduler.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/hardware/xylo/deploy/decays.hpp>
#include <retrograde/hardware/xylo/place/target.hpp>
#include <retrograde/scenarios/read/chips/xylo_profile.hpp>
#include <retrograde/scenarios/read/library.hpp>

using namespace retrograde;
using namespace retrograde::xylo;

namespace {

const Target& target() {
  static const Target shipped(read_xylo_profile(library_chip("xylo_audio3")));
  return shipped;
}

const Time tau_mem = represented_tau(5, 1.0), tau_syn = represented_tau(3, 1.0);

// Channels, a hidden layer and two readouts, with delays that the chip has: none, and `late` ms shared.
Network network(Time late = 0.75) {
  Random random(4, "xylo target");
  NetworkBuilder b;
  const auto in = b.add({.name = "in", .model = Model::input, .size = 6});
  const auto hidden =
      b.add({.name = "hidden", .size = 20, .tau_mem = {tau_mem}, .tau_syn = {tau_syn}});
  const auto out = b.add({.name = "out",
                          .model = Model::cuba_li,
                          .size = 2,
                          .tau_mem = {tau_mem},
                          .tau_syn = {tau_syn}});
  std::vector<SynapseSpec> first, second;
  for (std::uint32_t i = 0; i < 6; ++i)
    for (std::uint32_t j = 0; j < 20; ++j) first.push_back({i, j, random.normal(2.0, 1.5), 0.0});
  for (std::uint32_t i = 0; i < 20; ++i)
    for (std::uint32_t j = 0; j < 2; ++j) second.push_back({i, j, random.normal(0.0, 1.0), late});
  b.connect(in, hidden, std::move(first));
  b.connect(hidden, out, std::move(second));
  return b.build();
}

TrialList trials(std::size_t count, bool on_grid) {
  Random random(5, "xylo trials");
  std::vector<Trial> list(count);
  for (Trial& trial : list) {
    trial.duration = 100.0;
    for (NeuronId n = 0; n < 6; ++n)
      for (int k = 0; k < 3; ++k) {
        const Time at = random.uniform(0.0, 60.0);
        trial.inputs.push_back({on_grid ? std::floor(at) : at, n});
      }
    sort_inputs(trial);
  }
  return TrialList(std::move(list));
}

const Readout integral{.kind = Readout::Kind::voltage_integral, .population = 2};

}  // namespace

TEST_CASE("a network made for the chip fires and decides there nearly as exactly") {
  const Network net = network();
  const PutOnChip put = target().put(net, integral, 1.0);
  REQUIRE(put.network);
  CHECK(fits(put.findings));
  RunOptions options;
  options.readout = integral;
  const auto exact = make_machine(net, Scheduler::sequential);
  const ChipComparison c = compare(*exact, *put.network, trials(60, true), options, 1.0);
  const Conformance& seen = c.conformance;
  CHECK(seen.samples == 60);
  CHECK(seen.agreement() > 0.9);
  CHECK(seen.spikes_exact[1] > 1000);
  CHECK(std::fabs(double(seen.spikes_chip[1]) / double(seen.spikes_exact[1]) - 1.0) < 0.05);
  CHECK(std::fabs(seen.shifts[1].mean()) < 0.3);  // ms; a clock that is one step off would be 1
  CHECK(c.distance < 0.2);
  CHECK(put.network->seen(seen).empty());
}

TEST_CASE("a delay that a layer shares costs nothing: its clock is another one") {
  // A second layer of neurons, so many ms behind; 0: the chip is a step late, 30: the end comes early.
  const auto compared = [](Time delay) {
    Random random(6, "xylo clocks");
    NetworkBuilder b;
    const auto in = b.add({.name = "in", .model = Model::input, .size = 6});
    const auto layer = [&](const char* name) {
      return b.add({.name = name, .size = 20, .tau_mem = {tau_mem}, .tau_syn = {tau_syn}});
    };
    const auto first = layer("first"), second = layer("second");
    const auto all = [&](std::uint32_t from, double mean, Time late) {
      std::vector<SynapseSpec> synapses;
      for (std::uint32_t i = 0; i < from; ++i)
        for (std::uint32_t j = 0; j < 20; ++j)
          synapses.push_back({i, j, random.normal(mean, 0.3), late});
      return synapses;
    };
    b.connect(in, first, all(6, 2.0, 0.0));
    b.connect(first, second, all(20, 0.4, delay));
    const Network net = b.build();
    const PutOnChip put = target().put(net, Readout{}, 1.0);
    CHECK(fits(put.findings));
    return compare(*make_machine(net, Scheduler::sequential), *put.network, trials(40, true),
                   RunOptions{}, 10.0);
  };
  for (const Time delay : {0.0, 0.75, 12.0, 30.0}) {
    CAPTURE(delay);
    const Conformance seen = compared(delay).conformance;
    CHECK(seen.spikes_exact[2] > 1000);
    CHECK(std::fabs(double(seen.spikes_chip[2]) / double(seen.spikes_exact[2]) - 1.0) < 0.05);
    CHECK(std::fabs(seen.shifts[2].mean()) < 0.5);
  }
}

TEST_CASE("decisions by maxima and first spikes are read, too") {
  const Network net = network();
  RunOptions options;
  options.readout = {.kind = Readout::Kind::voltage_maximum, .population = 2};
  const PutOnChip put = target().put(net, options.readout, 1.0);
  const ChipComparison c = compare(*make_machine(net, Scheduler::sequential), *put.network,
                                   trials(60, true), options, 10.0);
  CHECK(c.conformance.agreement() > 0.9);

  // Hidden neurons are no outputs: said, and read all the same.
  const Readout first{.kind = Readout::Kind::first_spike, .population = 1};
  const PutOnChip hidden = target().put(net, first, 1.0);
  CHECK_FALSE(fits(hidden.findings));
  REQUIRE(hidden.network);
  const ChipTrial run = hidden.network->run(trials(1, true).trial(0));
  REQUIRE_FALSE(run.spikes.empty());
  CHECK(run.decision == static_cast<int>(run.spikes[0].neuron - 6));
}

TEST_CASE("the chip goes on until its latest layer has had all steps of the trial") {
  NetworkBuilder b;
  const auto in = b.add({.name = "in", .model = Model::input, .size = 1});
  const auto first = b.add({.name = "first", .size = 1});
  // It fires in every step of its own accord, one step behind the chip.
  const auto second = b.add({.name = "second", .size = 1, .bias = {20.0}});
  b.connect(in, first, {{0, 0, 1.0, 0.0}});
  b.connect(first, second, {{0, 0, 1.0, 0.0}});
  const ChipTrial run =
      target().put(b.build(), Readout{}, 1.0).network->run({.duration = 10.0, .inputs = {}});
  REQUIRE_FALSE(run.spikes.empty());
  CHECK(run.spikes.front().time == 0.5);
  CHECK(run.spikes.back().time == 9.5);
  CHECK(run.spikes.back().neuron == 2);
}

TEST_CASE("an integral is weighted by when it was, as exactly") {
  NetworkBuilder b;
  const auto in = b.add({.name = "in", .model = Model::input, .size = 2});
  const auto hidden =
      b.add({.name = "hidden", .size = 2, .tau_mem = {tau_mem}, .tau_syn = {tau_syn}});
  const auto out = b.add({.name = "out",
                          .model = Model::cuba_li,
                          .size = 2,
                          .tau_mem = {tau_mem},
                          .tau_syn = {tau_syn}});
  b.connect(in, hidden, {{0, 0, 9.0, 0.0}, {1, 1, 9.0, 0.0}});
  b.connect(hidden, out, {{0, 0, 1.0, 1.0}, {1, 1, 1.0, 1.0}});
  const Network net = b.build();
  // The first output early and once, the second one late and often.
  const Trial trial{.duration = 100.0, .inputs = {{2.0, 0}, {50.0, 1}, {55.0, 1}, {60.0, 1}}};
  const auto decided = [&](const TimeWeight& weighting) {
    Readout readout = integral;
    readout.weighting = weighting;
    return target().put(net, readout, 1.0).network->run(trial).decision;
  };
  CHECK(decided({}) == 1);
  CHECK(decided(TimeWeight(10.0)) == 0);
}

TEST_CASE("a channel takes 15 input spikes a step, the others are counted") {
  const PutOnChip put = target().put(network(), integral, 1.0);
  Trial trial{.duration = 10.0, .inputs = {}};
  for (int k = 0; k < 20; ++k) trial.inputs.push_back({3.0 + 0.01 * k, 2});
  const ChipTrial run = put.network->run(trial);
  CHECK(run.input_collisions == 5);
  CHECK(run.steps == 10);
}

TEST_CASE("trials that cannot be are refused by Xylo") {
  const PutOnChip put = target().put(network(), integral, 1.0);
  CHECK_THROWS_AS(put.network->run({.duration = 10.0, .inputs = {{11.0, 0}}}), NetworkError);
  CHECK_THROWS_AS(put.network->run({.duration = 10.0, .inputs = {{1.0, 7}}}), NetworkError);
  Trial muted{.duration = 10.0, .inputs = {}};
  muted.muted.assign(28, 0);
  CHECK_THROWS_AS(put.network->run(muted), NetworkError);
  CHECK_THROWS_AS(put.network->run({.duration = 10.0, .inputs = {{1.0, 0}}, .payloads = {0.5}}),
                  DeploymentError);
}

TEST_CASE("the result does not depend on the number of threads") {
  const Network net = network();
  const PutOnChip put = target().put(net, integral, 1.0);
  RunOptions options;
  options.readout = integral;
  const auto exact = make_machine(net, Scheduler::sequential);
  const auto run = [&] { return compare(*exact, *put.network, trials(40, false), options, 1.0); };
  const ChipComparison many = run();
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  const ChipComparison single = run();
  CHECK(many.distance == single.distance);
  CHECK(many.conformance.spikes_chip == single.conformance.spikes_chip);
  CHECK(many.conformance.registers == single.conformance.registers);
}
