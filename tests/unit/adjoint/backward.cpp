// The way back is that of the machine: windows for the windowed one, event by event for all others.
// References: the two passes, called by name.
#include <catch2/catch.hpp>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/sequential/sequential.hpp>
#include <retrograde/adjoint/windowed/windowed.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/sequential/sequential.hpp>

#include "tests/support/random_network.hpp"

using namespace retrograde;

namespace {

// A machine of another kind: its tapes are those of the sequential one.
class Foreign final : public Machine {
 public:
  explicit Foreign(const Network& network) : machine_(network) {}
  std::string_view name() const override { return "foreign"; }
  const Network& network() const override { return machine_.network(); }

 private:
  Tape run_checked(const Trial& trial, const RunOptions& options, std::span<const Probe> probes,
                   std::vector<Recording>* recordings) const override {
    return machine_.run(trial, options, probes, recordings);
  }
  SequentialMachine machine_;
};

}  // namespace

TEST_CASE("backward goes the way of the machine that it is given") {
  const auto r = test::random_network({.seed = 11, .inputs = 6, .hidden = 20});
  const auto loss = make_loss(VoltageCrossEntropySpec{*r.network.find_population("out"), 30.0});
  const Foreign foreign(r.network);
  const Tape tape = foreign.run(r.trial, {.readout = loss->readout()});
  const LossValue value = loss->evaluate(r.network, tape, 1);
  const auto gradient_by = [&](const auto& pass) {
    Gradient g{r.network.layout(), std::vector<double>(r.network.layout().size(), 0.0), {}};
    pass(g);
    return g.parameters;
  };
  const auto by = [&](const Machine& machine) {
    return gradient_by(
        [&](Gradient& g) { backward(machine, tape, value, loss->readout(), {}, g); });
  };
  const std::vector<double> sequential = gradient_by(
      [&](Gradient& g) { backward_sequential(r.network, tape, value, loss->readout(), {}, g); });
  const std::vector<double> windowed = gradient_by([&](Gradient& g) {
    backward_windowed(WindowedMachine(r.network), tape, value, loss->readout(), {}, g);
  });
  REQUIRE(sequential != windowed);  // they agree to rounding, not in bits
  CHECK(by(foreign) == sequential);
  CHECK(by(SequentialMachine(r.network)) == sequential);
  CHECK(by(WindowedMachine(r.network)) == windowed);
  CHECK(by(*make_machine(r.network)) == windowed);
}
