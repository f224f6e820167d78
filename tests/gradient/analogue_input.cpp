// Gradients through step receptors and graded spikes, in ways that tests/gradient/high_precision.cpp
// leaves out: every weight of the voltage, payloads against tangents, and the costates written by
// hand against the generic ones.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/check/identities.hpp>
#include <retrograde/adjoint/check/tangent.hpp>
#include <retrograde/adjoint/loss/spike_time_power.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_maximum_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_over_time_cross_entropy.hpp>
#include <retrograde/engine/sequential/sequential.hpp>

#include "tests/support/random_network.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

// Losses with a linear, a sigmoid and an exponential weight, of spiking neurons and of readouts, and
// those that look at single instants.
std::vector<std::unique_ptr<Loss>> losses() {
  std::vector<std::unique_ptr<Loss>> list;
  for (const TimeWeight weight : {TimeWeight::linear(), TimeWeight::sigmoid(), TimeWeight(20.0)}) {
    list.push_back(make_loss(SpikeTimePowerSpec{1,
                                                {0.5, -0.2, 0.3, 0.1, 0.7, 0.4},
                                                20.0,
                                                2.0,
                                                {0.02, 0.01, -0.03, 0.02, 0.01, 0.02},
                                                weight}));
    list.push_back(make_loss(VoltageCrossEntropySpec{2, weight, 3.0}));
  }
  list.push_back(make_loss(VoltageMaximumCrossEntropySpec{2, 3.0}));
  list.push_back(make_loss(VoltageOverTimeCrossEntropySpec{2, 5.0}));
  return list;
}

// The same network with an alpha receptor that nothing reaches, which takes its populations another
// way: certified isolation and numbers with derivatives.
Network other_way(const Network& network) {
  NetworkBuilder builder;
  for (const Population& p : network.populations()) {
    PopulationSpec spec{.name = p.name, .model = p.model, .size = p.size};
    spec.receptors = p.receptors;
    if (!p.model->is_input()) spec.receptors.push_back(SynapseShape::alpha);
    for (const ParameterKind kind : neuron_parameter_kinds) {
      if (!p.has(kind)) continue;
      const auto of = network.parameters(kind).subspan(p.first, p.size);
      spec.values(kind) = {of.begin(), of.end()};
    }
    builder.add(std::move(spec));
  }
  for (const Projection& p : network.projections()) {
    std::vector<SynapseSpec> synapses;
    for (SynapseId k = 0; k < p.size; ++k)
      synapses.push_back(
          {p.source_of(k), p.targets[k], network.weight(p.first + k), network.delay(p.first + k)});
    builder.connect(p.source, p.target, std::move(synapses), p.name, p.receptor);
  }
  return builder.build();
}

}  // namespace

TEST_CASE("analogue input: all gradients within 1e-7 of differences, for every weight of V") {
  std::size_t judged = 0, skipped = 0;
  std::uint64_t seed = 1300;
  for (const auto& loss : losses()) {
    const RandomNetwork r =
        random_network({.seed = ++seed, .hidden = 6, .delays = seed % 2 == 0, .analogue = true});
    const GradientCheck check = check_gradient(r.network, r.trial, *loss, 1);
    CAPTURE(loss->name(), seed, check.skipped, check.entries.size());
    CHECK(check.worst_tangent < 1e-10);
    for (const GradientCheckEntry& e : check.entries)
      if (e.uncertainty <= 2e-8) CHECK(e.error - e.uncertainty < 1e-7);
    judged += check.entries.size();
    skipped += check.skipped;
  }
  CHECK(skipped * 20 < judged);
}

TEST_CASE("analogue input: derivatives by payloads are those of tangents") {
  std::uint64_t seed = 1400;
  for (const auto& loss : losses()) {
    const RandomNetwork r = random_network({.seed = ++seed, .analogue = true});
    const LossGradient exact = gradient_of(r.network, r.trial, *loss, 1);
    const LossValue value = loss->evaluate(r.network, exact.tape, 1);
    REQUIRE(exact.gradient.input_payloads.size() == r.trial.inputs.size());
    const std::vector<double> none(r.network.layout().size(), 0.0);
    std::vector<double> along(r.trial.inputs.size());
    Random random(seed, "direction");
    double sum = 0.0, size = 0.0;
    for (std::size_t k = 0; k < along.size(); ++k) {
      along[k] = random.normal();
      sum += along[k] * exact.gradient.input_payloads[k];
      size += std::fabs(along[k] * exact.gradient.input_payloads[k]);
    }
    CAPTURE(loss->name());
    CHECK(size > 1e-6);
    CHECK(std::fabs(sum - tangent(r.network, exact.tape, value, loss->readout(),
                                  {none, {}, along})) < 1e-10 * size);
  }
}

TEST_CASE(
    "analogue input: both ways through a neuron with steps have the same spikes and gradients") {
  std::uint64_t seed = 1500;
  for (const auto& loss : losses()) {
    const RandomNetwork r = random_network({.seed = ++seed, .duration = 40.0, .analogue = true});
    const LossGradient one = gradient_of(r.network, r.trial, *loss, 1);
    const LossGradient two = gradient_of(other_way(r.network), r.trial, *loss, 1);
    CAPTURE(loss->name(), seed);
    CHECK(one.tape.trajectories[r.network.populations()[1].first].empty());
    CHECK(!two.tape.trajectories[r.network.populations()[1].first].empty());
    REQUIRE(one.tape.spikes.size() == two.tape.spikes.size());
    for (std::size_t k = 0; k < one.tape.spikes.size(); ++k) {
      CHECK(one.tape.spikes[k].neuron == two.tape.spikes[k].neuron);
      CHECK(std::fabs(one.tape.spikes[k].time - two.tape.spikes[k].time) < 1e-11);
    }
    double largest = 0.0, error = 0.0;
    for (std::size_t k = 0; k < one.gradient.parameters.size(); ++k) {
      largest = std::fmax(largest, std::fabs(one.gradient.parameters[k]));
      error = std::fmax(error, std::fabs(one.gradient.parameters[k] - two.gradient.parameters[k]));
    }
    CHECK(error < 1e-10 * largest);
  }
}

TEST_CASE("analogue input: without costly parameters the rest of the gradient is the same") {
  const RandomNetwork r = random_network({.seed = 1600, .analogue = true});
  for (const auto& loss : losses()) {
    const LossGradient all = gradient_of(r.network, r.trial, *loss, 1);
    const LossValue value = loss->evaluate(r.network, all.tape, 1);
    Gradient some{r.network.layout(), std::vector<double>(r.network.layout().size(), 0.0), {}};
    BackwardOptions options;
    options.neuron_parameters = false;
    backward(SequentialMachine(r.network), all.tape, value, loss->readout(), options, some);
    for (const ParameterKind kind : {ParameterKind::weight, ParameterKind::delay})
      for (std::size_t k = 0; k < r.network.layout().count(kind); ++k)
        CHECK(some.of(kind)[k] == Approx(all.gradient.of(kind)[k]).epsilon(1e-10).margin(1e-13));
  }
}

TEST_CASE("analogue input: the identities of gradients hold") {
  for (std::uint64_t seed = 1700; seed < 1720; ++seed) {
    const RandomNetwork r = random_network({.seed = seed, .analogue = true});
    const auto loss = make_loss(VoltageCrossEntropySpec{2, seed % 2 ? never : 30.0, 3.0});
    const SequentialMachine machine(r.network);
    const Tape tape = machine.run(r.trial, {.readout = loss->readout()});
    const LossValue value = loss->evaluate(r.network, tape, 1);
    Gradient gradient{r.network.layout(),
                      std::vector<double>(r.network.layout().size(), 0.0),
                      {},
                      std::vector<double>(r.network.neuron_count(), 0.0)};
    const BackwardStatistics statistics =
        backward(machine, tape, value, loss->readout(), {}, gradient);
    const Identities identities = check_identities(r.network, r.trial, tape, value, loss->readout(),
                                                   gradient, statistics.grazing);
    for (const IdentityResidual& residual : identities.residuals) {
      CAPTURE(seed, residual.name, residual.inapplicable, identities.tolerance);
      CHECK(residual.inapplicable.empty());
      CHECK(residual.relative() <= identities.tolerance);
    }
  }
}
