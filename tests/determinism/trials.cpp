// Running and differentiating trials gives the same bits every time: again, on any number of
// threads, in any order of trials, and however the network's synapses were listed. Reference: the
// first run.
#include <algorithm>
#include <catch2/catch.hpp>
#include <tbb/global_control.h>
#include <vector>

#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/sequential/sequential.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/fingerprint.hpp>
#include <retrograde/events/random.hpp>

#include "tests/support/random_network.hpp"
#include "tests/support/schedulers.hpp"
#include "tests/support/tape_fingerprint.hpp"

using namespace retrograde;

namespace {

Scheduler scheduler = Scheduler::sequential;  // of the test that runs

struct Prints {
  std::uint64_t tape, gradient;
  friend bool operator==(const Prints&, const Prints&) = default;
};

// One trial there and back.
Prints prints_of(const Network& network, const Trial& trial, std::vector<double>* sum = nullptr) {
  const auto loss = make_loss(VoltageCrossEntropySpec{2, 40.0, 3.0});
  const auto machine = make_machine(network, scheduler);
  const Tape tape = machine->run(trial, {.readout = loss->readout()});
  const LossValue value = loss->evaluate(network, tape, 1);
  const std::size_t size = network.layout().size();
  Gradient gradient{network.layout(), std::vector<double>(size, 0.0), {}};
  backward(*machine, tape, value, loss->readout(), {}, gradient);
  Fingerprint of_gradient;
  of_gradient.add(value.value);
  of_gradient.add(std::span<const double>(gradient.parameters));
  of_gradient.add(std::span<const double>(gradient.input_times));
  if (sum) *sum = std::move(gradient.parameters);
  return {test::fingerprint(tape), of_gradient.value()};
}

constexpr std::size_t count = 24;

struct Batch {
  Network network = test::random_network({.seed = 5, .inputs = 6, .hidden = 20}).network;
  std::vector<Trial> trials;
  Batch() {
    for (std::size_t k = 0; k < count; ++k) {
      Random random(9, "determinism", k);
      Trial trial{60.0, {}};
      for (int n = 0; n < 30; ++n)
        // Times on a grid of 0.5 ms: many arrivals share an instant.
        trial.inputs.push_back(
            {0.5 * static_cast<double>(random.index(90)), static_cast<NeuronId>(random.index(6))});
      std::sort(trial.inputs.begin(), trial.inputs.end());
      trials.push_back(std::move(trial));
    }
  }
  // Prints of every trial, and of the sum of gradients in the order of trials.
  std::vector<std::uint64_t> run(std::size_t threads) const {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    std::vector<Prints> prints(trials.size());
    std::vector<std::vector<double>> gradients(trials.size());
    for_each_trial(trials.size(), [&](std::size_t k) {
      prints[k] = prints_of(network, trials[k], &gradients[k]);
    });
    std::vector<double> sum(network.layout().size(), 0.0);
    std::vector<std::uint64_t> result;
    for (std::size_t k = 0; k < trials.size(); ++k) {
      for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += gradients[k][j];
      result.push_back(prints[k].tape);
      result.push_back(prints[k].gradient);
    }
    Fingerprint of_sum;
    of_sum.add(std::span<const double>(sum));
    result.push_back(of_sum.value());
    return result;
  }
};

}  // namespace

TEST_CASE("a trial run again leaves the same tape and the same gradient, bit for bit") {
  scheduler = GENERATE(Scheduler::sequential, Scheduler::windowed);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto r = test::random_network({.seed = seed, .hidden = 30});
    const Prints first = prints_of(r.network, r.trial);
    for (int again = 0; again < 3; ++again) CHECK(prints_of(r.network, r.trial) == first);
  }
}

TEST_CASE("trials and their summed gradient have the same bits on 1, 2 and 7 threads") {
  scheduler = GENERATE(Scheduler::sequential, Scheduler::windowed);
  const Batch batch;
  const auto one = batch.run(1);
  CHECK(batch.run(2) == one);
  CHECK(batch.run(7) == one);
  // The trials differ, so that equal prints say something.
  auto different = one;
  std::sort(different.begin(), different.end());
  CHECK(std::unique(different.begin(), different.end()) == different.end());
}

TEST_CASE("a trial does not remember the trials before it") {
  scheduler = GENERATE(Scheduler::sequential, Scheduler::windowed);
  const Batch batch;
  std::vector<Prints> forward, backward;
  for (const Trial& t : batch.trials) forward.push_back(prints_of(batch.network, t));
  for (auto t = batch.trials.rbegin(); t != batch.trials.rend(); ++t)
    backward.push_back(prints_of(batch.network, *t));
  std::reverse(backward.begin(), backward.end());
  CHECK(forward == backward);
}

TEST_CASE("the order in which synapses are listed does not show in a single bit") {
  scheduler = GENERATE(Scheduler::sequential, Scheduler::windowed);
  const auto network = [](bool reversed) {
    NetworkBuilder builder;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 6});
    const auto h = builder.add({.name = "hidden", .size = 12, .tau_mem = {10.0}});
    const auto o = builder.add({.name = "out", .model = Model::cuba_li, .size = 3});
    Random random(3, "listing");
    const auto connect = [&](std::uint32_t from, std::uint32_t to, std::uint32_t sources,
                             std::uint32_t targets, double mean) {
      std::vector<SynapseSpec> synapses;
      for (std::uint32_t i = 0; i < sources; ++i)
        for (std::uint32_t j = 0; j < targets; ++j)
          // Delays of whole ms: ties everywhere.
          synapses.push_back(
              {i, j, random.normal(mean, 0.7), 1.0 + static_cast<double>(random.index(4))});
      if (reversed) std::reverse(synapses.begin(), synapses.end());
      builder.connect(from, to, std::move(synapses));
    };
    connect(in, h, 6, 12, 1.2);
    connect(h, h, 12, 12, 0.0);
    connect(h, o, 12, 3, 0.1);
    return builder.build();
  };
  const Batch batch;
  for (const Trial& t : batch.trials)
    CHECK(prints_of(network(false), t) == prints_of(network(true), t));
}

TEST_CASE("the error of the first failing trial is reported, whichever thread met one first") {
  scheduler = GENERATE(Scheduler::sequential, Scheduler::windowed);
  const Batch batch;
  for (const std::size_t threads : {1u, 2u, 7u}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    try {
      for_each_trial(batch.trials.size(), [&](std::size_t k) {
        Trial trial = batch.trials[k];
        if (k % 5 == 3) trial.inputs.push_back({1000.0 + static_cast<double>(k), 0});
        prints_of(batch.network, trial);
      });
      FAIL("nothing failed");
    } catch (const NetworkError& error) {
      CHECK_THAT(error.what(), Catch::Matchers::Contains("1003"));
    }
  }
}
