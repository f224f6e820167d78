// The identities of adjoint/check/identities.hpp have to notice a wrong gradient, and say where they do
// not apply. That they hold for right ones is in tests/property/identities.cpp.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/check/identities.hpp>
#include <retrograde/adjoint/loss/spike_time_power.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/sequential/sequential.hpp>
#include <retrograde/engine/sequential/sequential.hpp>

#include "tests/support/random_network.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

struct Run {
  RandomNetwork r;
  std::unique_ptr<Loss> loss;
  Tape tape;
  LossValue value;
  Gradient gradient;
  GrazingCounts grazing;

  explicit Run(bool bias = true, const GrazingOptions& options = {})
      : r(random_network({.seed = 3, .bias = bias})) {
    const std::vector<double> of_spikes = {1, -2, 3, 1, -1, 2}, of_voltages = {1, 2, -1, 1, 1, 3};
    loss = make_loss(SpikeTimePowerSpec{1, of_spikes, 10.0, 2.0, of_voltages, 15.0});
    tape = run_sequential(r.network, r.trial, {.readout = loss->readout()});
    value = loss->evaluate(r.network, tape, 0);
    gradient = {r.network.layout(),
                std::vector<double>(r.network.layout().size(), 0.0),
                {},
                std::vector<double>(r.network.neuron_count(), 0.0)};
    grazing = backward_sequential(r.network, tape, value, loss->readout(),
                                  {.spike_kick = {}, .grazing = options}, gradient)
                  .grazing;
  }
  Identities identities() const {
    return check_identities(r.network, r.trial, tape, value, loss->readout(), gradient, grazing);
  }
};

}  // namespace

TEST_CASE("a gradient that is wrong by a millionth in one parameter violates an identity") {
  Run run;
  const Identities right = run.identities();
  CAPTURE(right.tolerance);
  REQUIRE(right.worst() <= right.tolerance);
  REQUIRE(right.tolerance < 1e-8);
  std::size_t kinds = 0;
  for (const ParameterKind kind : parameter_kinds) {
    CAPTURE(name(kind));
    // The entry that contributes most, if the network has this kind.
    const auto values = run.gradient.of(kind);
    std::size_t largest = 0;
    const auto term = [&](std::size_t k) {
      return std::fabs(values[k] * run.r.network.parameter(kind, k));
    };
    for (std::size_t k = 0; k < values.size(); ++k)
      if (term(k) > term(largest)) largest = k;
    if (term(largest) == 0.0) continue;
    ++kinds;
    const double kept = values[largest];
    values[largest] *= 1.0 + 1e-6;
    const Identities wrong = run.identities();
    values[largest] = kept;
    CHECK(wrong.worst() > wrong.tolerance);
  }
  CHECK(kinds >= 8);
  for (std::vector<double>* part : {&run.gradient.input_times, &run.gradient.initial_v}) {
    auto& entry = *std::max_element(part->begin(), part->end(),
                                    [](double a, double b) { return std::fabs(a) < std::fabs(b); });
    const double kept = entry;
    entry *= 1.0 + 1e-5;
    const Identities wrong = run.identities();
    entry = kept;
    CHECK(wrong.worst() > wrong.tolerance);
  }
}

TEST_CASE("a wrong amplitude is blamed on its neuron") {
  Run run;
  run.gradient.of(ParameterKind::v_threshold)[4 + 2] += 0.1;  // hidden[2], after four inputs
  const IdentityResidual amplitude = run.identities().residuals[1];
  CHECK(amplitude.name == "amplitude");
  CHECK(amplitude.neuron == 6);
  CHECK(std::fabs(amplitude.sum) ==
        Approx(0.1 * run.r.network.parameter(ParameterKind::v_threshold, 6)));
}

TEST_CASE("clipped slopes break the identities that depend on spike times, and not the amplitude") {
  const Run run(true, {GrazingPolicy::clip, 0.2});
  REQUIRE(run.grazing.grazing > 0);
  const Identities identities = run.identities();
  CHECK(identities.residuals[0].relative() > 1e-4);
  CHECK(identities.residuals[1].relative() < identities.tolerance);
  CHECK(identities.residuals[2].relative() > 1e-4);
}

TEST_CASE("without dL/dV(0) the translation of a network with a bias does not apply, and says so") {
  Run biased(true), plain(false);
  biased.gradient.initial_v.clear();
  plain.gradient.initial_v.clear();
  const Identities identities = biased.identities();
  CHECK_THAT(std::string(identities.residuals[0].inapplicable), Contains("bias"));
  CHECK(identities.residuals[2].inapplicable.empty());
  CHECK(identities.worst() <= identities.tolerance);
  CHECK(plain.identities().residuals[0].inapplicable.empty());
}

TEST_CASE("a network that is silent and a loss that reads nothing satisfy the identities") {
  Run run;
  run.value = {};
  run.gradient.parameters.assign(run.gradient.parameters.size(), 0.0);
  run.gradient.input_times.assign(run.gradient.input_times.size(), 0.0);
  run.gradient.initial_v.assign(run.gradient.initial_v.size(), 0.0);
  CHECK(run.identities().worst() == 0.0);
}

TEST_CASE("under a sigmoid weighting the amplitude is checked, and the others say why not") {
  const RandomNetwork r = random_network({.seed = 3});
  const auto loss = make_loss(VoltageCrossEntropySpec{2, TimeWeight::sigmoid(), 3.0});
  const Tape tape = run_sequential(r.network, r.trial, {.readout = loss->readout()});
  const LossValue value = loss->evaluate(r.network, tape, 0);
  Gradient gradient{r.network.layout(),
                    std::vector<double>(r.network.layout().size(), 0.0),
                    {},
                    std::vector<double>(r.network.neuron_count(), 0.0)};
  const auto grazing =
      backward_sequential(r.network, tape, value, loss->readout(), {}, gradient).grazing;
  const Identities identities =
      check_identities(r.network, r.trial, tape, value, loss->readout(), gradient, grazing);
  CHECK_THAT(std::string(identities.residuals[0].inapplicable), Contains("sigmoid"));
  CHECK(identities.residuals[1].inapplicable.empty());
  CHECK(identities.residuals[1].magnitude > 0.0);
  CHECK(identities.residuals[1].relative() <= identities.tolerance);
  CHECK_THAT(std::string(identities.residuals[2].inapplicable), Contains("sigmoid"));
}
