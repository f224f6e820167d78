// Machines: who runs a trial, who is chosen for it, and what is refused before anybody runs.
// References: the machines themselves, one held against the other in bits.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>

#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/windowed/windowed.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/random_network.hpp"
#include "tests/support/tape_fingerprint.hpp"

using namespace retrograde;
using Catch::Matchers::Contains;
using test::fingerprint;

namespace {

// Counts what it is given to run, and says that nothing happened.
class Counting final : public Machine {
 public:
  explicit Counting(const Network& network) : network_(network) {}
  std::string_view name() const override { return "counting"; }
  const Network& network() const override { return network_; }
  mutable std::atomic<int> runs = 0;

 private:
  Tape run_checked(const Trial& trial, const RunOptions&, std::span<const Probe>,
                   std::vector<Recording>*) const override {
    ++runs;
    Tape tape;
    tape.duration = trial.duration;
    return tape;
  }
  const Network& network_;
};

}  // namespace

TEST_CASE("a scheduler is the name of a machine, and one of a machine's own is its choice") {
  const auto r = test::random_network({.seed = 3});
  for (const Scheduler scheduler : schedulers) {
    const auto machine = make_machine(r.network, scheduler);
    CHECK(machine->name() == name(scheduler));
    CHECK(&machine->network() == &r.network);
    if (scheduler != Scheduler::automatic) CHECK(&machine->chosen(50.0, 100) == machine.get());
  }
  const Counting other(r.network);
  CHECK(&other.chosen(50.0, 100) == &other);
}

TEST_CASE("the automatic machine leaves the tape of the machine that it chooses, bit for bit") {
  const auto r = test::random_network({.seed = 3});
  Trial rare{20000.0, {}};
  rare.inputs.push_back(r.trial.inputs.front());
  const auto automatic = make_machine(r.network);
  const RunOptions options{{Readout::Kind::voltage_integral, *r.network.find_population("out")}};
  const auto print = [&](Scheduler scheduler, const Trial& trial) {
    return fingerprint(make_machine(r.network, scheduler)->run(trial, options));
  };
  REQUIRE(automatic->chosen(r.trial.duration, r.trial.inputs.size()).name() == "windowed");
  CHECK(fingerprint(automatic->run(r.trial, options)) == print(Scheduler::windowed, r.trial));
  REQUIRE(automatic->chosen(rare.duration, rare.inputs.size()).name() == "sequential");
  CHECK(fingerprint(automatic->run(rare, options)) == print(Scheduler::sequential, rare));
  CHECK(fingerprint(run(r.network, r.trial, options)) == print(Scheduler::windowed, r.trial));
}

TEST_CASE("no machine gets a trial or a probe that its network cannot have") {
  const auto r = test::random_network({.seed = 3});
  const Counting machine(r.network);
  const NeuronId hidden = r.network.populations()[*r.network.find_population("hidden")].first;
  CHECK_THROWS_WITH(machine.run({10.0, {{1.0, hidden}}}), Contains("not an input"));
  CHECK_THROWS_AS(machine.run({0.0, {}}), NetworkError);
  CHECK_THROWS_AS(machine.run({10.0, {{11.0, 0}}}), NetworkError);
  const Probe stranger{{r.network.neuron_count()}, 1.0}, standing{{0}, 0.0};
  CHECK_THROWS_WITH(machine.run({10.0, {}}, {}, {&stranger, 1}), Contains("does not exist"));
  CHECK_THROWS_WITH(machine.run({10.0, {}}, {}, {&standing, 1}), Contains("above 0"));
  // Samples that no memory holds.
  const Probe dense{{0, 1}, 1e-9}, half{{0}, 2e-7};
  CHECK_THROWS_AS(machine.run({10.0, {}}, {}, {&dense, 1}), LimitError);
  CHECK_THROWS_WITH(machine.run({10.0, {}}, {}, {&dense, 1}), Contains("probe 0") &&
                                                                  Contains("2e+10 samples") &&
                                                                  Contains("longer interval"));
  const std::vector<Probe> together = {half, half};
  CHECK_NOTHROW(Counting(r.network).run({10.0, {}}, {}, {&half, 1}));
  CHECK_NOTHROW(Counting(r.network).run({9.0, {}}, {}, together));
  CHECK_THROWS_WITH(machine.run({11.0, {}}, {}, together), Contains("probe 1"));
  CHECK(machine.runs == 0);
  CHECK(machine.run({10.0, {{1.0, 0}}}).duration == 10.0);
  CHECK(machine.runs == 1);
}

TEST_CASE("many threads run trials on one machine, each as a machine of its own does") {
  const auto r = test::random_network({.seed = 7, .inputs = 6, .hidden = 20});
  std::vector<Trial> trials(40, r.trial);
  for (std::size_t k = 0; k < trials.size(); ++k)
    trials[k].inputs.resize(std::min(k, r.trial.inputs.size()));
  for (const Scheduler scheduler : schedulers) {
    const auto machine = make_machine(r.network, scheduler);
    std::vector<std::uint64_t> prints(trials.size());
    for_each_trial(trials.size(),
                   [&](std::size_t k) { prints[k] = fingerprint(machine->run(trials[k])); });
    for (std::size_t k = 0; k < trials.size(); ++k)
      CHECK(prints[k] == fingerprint(make_machine(r.network, scheduler)->run(trials[k])));
  }
}
