// The identities of adjoint/check/identities.hpp on random networks: any size up to 500 neurons,
// recurrent, of every model, with and without bias, refractory period, several receptors and delays
// of neurons, for losses of spike times, of plain and weighted voltage integrals and of V at single
// instants. They are exact, so the reference is 0 (design notes, eventprop 3.8).
#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <retrograde/adjoint/check/identities.hpp>
#include <retrograde/adjoint/loss/spike_time_power.hpp>
#include <retrograde/adjoint/loss/voltage_maximum_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_over_time_cross_entropy.hpp>
#include <retrograde/adjoint/sequential/sequential.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/random_network.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

// What the loss is made of.
enum class Source { spikes, readout, own_voltage, maximum, over_time };

// One loss of spike times of hidden neurons, of voltages of readouts, or of both of hidden ones.
std::unique_ptr<Loss> draw_loss(Source source, const RandomNetworkSpec& spec,
                                const TimeWeight& weighting) {
  if (source == Source::maximum) return make_loss(VoltageMaximumCrossEntropySpec{2, 2.0});
  if (source == Source::over_time) return make_loss(VoltageOverTimeCrossEntropySpec{2, 2.0});
  Random random(spec.seed, "loss");
  const auto normal = [&](std::uint32_t size) {
    std::vector<double> values(size);
    for (double& v : values) v = random.normal();
    return values;
  };
  if (source == Source::readout)
    return make_loss(SpikeTimePowerSpec{2, {}, 10.0, 2.0, normal(spec.outputs), weighting});
  std::vector<double> voltages;
  if (source == Source::own_voltage) voltages = normal(spec.hidden);
  return make_loss(SpikeTimePowerSpec{1, normal(spec.hidden), 10.0, 2.0, voltages, weighting});
}

void holds(bool bias, Source source, std::uint32_t largest, Model model = Model::cuba_lif) {
  RandomNetworkSpec spec;
  spec.seed = *rc::gen::arbitrary<std::uint32_t>();
  spec.inputs = *rc::gen::inRange<std::uint32_t>(1, 6);
  spec.hidden = *rc::gen::inRange<std::uint32_t>(1, largest + 1);
  spec.outputs = *rc::gen::inRange<std::uint32_t>(1, 4);
  spec.refractory = *rc::gen::arbitrary<bool>();
  spec.bias = bias;
  spec.model = model;
  // Several receptors, and adaptation, cost many times as much per event.
  spec.receptors = model != Model::qif && spec.hidden <= 40 && *rc::gen::arbitrary<bool>();
  spec.delays = *rc::gen::arbitrary<bool>();
  spec.duration = *rc::gen::element(30.0, 60.0, 120.0);
  spec.spikes_per_input = *rc::gen::inRange(1, 4);
  const TimeWeight weighting =
      *rc::gen::element<TimeWeight>(never, 7.0, spec.duration, TimeWeight::linear());
  const RandomNetwork r = random_network(spec);
  const auto loss = draw_loss(source, spec, weighting);

  Tape tape;
  try {
    tape = run_sequential(r.network, r.trial, {.readout = loss->readout()});
  } catch (const LimitError&) {
    RC_DISCARD("runaway activity");
  }
  const LossValue value = loss->evaluate(r.network, tape, 0);
  Gradient gradient{r.network.layout(),
                    std::vector<double>(r.network.layout().size(), 0.0),
                    {},
                    std::vector<double>(r.network.neuron_count(), 0.0)};
  const BackwardStatistics statistics =
      backward_sequential(r.network, tape, value, loss->readout(), {}, gradient);
  const Identities identities = check_identities(r.network, r.trial, tape, value, loss->readout(),
                                                 gradient, statistics.grazing);
  RC_CLASSIFY(tape.spikes.size() > r.trial.inputs.size(), "spikes");
  RC_CLASSIFY(identities.tolerance > 1e-6, "grazing");
  for (const IdentityResidual& residual : identities.residuals) {
    RC_LOG() << residual.name << " " << residual.sum << " of " << residual.magnitude
             << " tolerance " << identities.tolerance << " slope "
             << statistics.grazing.smallest_slope << "\n";
    RC_ASSERT(residual.inapplicable.empty());
    RC_ASSERT(residual.relative() <= identities.tolerance);
  }
}

constexpr std::uint32_t largest = 500;

}  // namespace

TEST_CASE("identities hold for losses of spike times without bias") {
  CHECK(rc::check("spike times, no bias", [] { holds(false, Source::spikes, largest); }));
}

TEST_CASE("identities hold for losses of spike times with bias") {
  CHECK(rc::check("spike times, bias", [] { holds(true, Source::spikes, 100); }));
}

TEST_CASE("identities hold for voltage integrals of a readout, plain and weighted") {
  CHECK(rc::check("readout", [] { holds(*rc::gen::arbitrary<bool>(), Source::readout, 100); }));
}

TEST_CASE("identities hold for voltage integrals of neurons that are reset, plain and weighted") {
  CHECK(rc::check("voltages of spiking neurons",
                  [] { holds(*rc::gen::arbitrary<bool>(), Source::own_voltage, 100); }));
}

TEST_CASE("identities hold for maxima of the voltage") {
  CHECK(rc::check("maxima", [] { holds(*rc::gen::arbitrary<bool>(), Source::maximum, 100); }));
}

TEST_CASE("identities hold for the cross-entropy of the voltage over time") {
  CHECK(rc::check("over time", [] { holds(*rc::gen::arbitrary<bool>(), Source::over_time, 30); }));
}

TEST_CASE("identities hold for adaptive neurons, whose adaptation belongs to the amplitude") {
  CHECK(rc::check("alif", [] {
    holds(*rc::gen::arbitrary<bool>(),
          *rc::gen::element(Source::spikes, Source::readout, Source::own_voltage), 100,
          Model::alif);
  }));
}

TEST_CASE("translation, time scale and the amplitude of readouts hold for quadratic neurons") {
  CHECK(rc::check("qif", [] {
    holds(false, *rc::gen::element(Source::spikes, Source::readout), 100, Model::qif);
  }));
}
