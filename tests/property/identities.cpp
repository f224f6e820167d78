// Three exact identities of any loss of spike times, for networks at rest at t = 0 (design notes,
// eventprop 3.8): they follow from shifting time, scaling amplitudes of one neuron, and scaling
// time, and test gradients of networks of any size without differences.
#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <retrograde/adjoint/gradcheck.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/random_network.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

struct Terms {
  double sum = 0.0, magnitude = 0.0;
  void add(double term) {
    sum += term;
    magnitude += std::fabs(term);
  }
  // Zero to the rounding of its terms; gradients of grazing spikes carry larger rounding than their
  // sum shows.
  bool vanishes() const { return std::fabs(sum) <= 1e-9 * magnitude + 1e-13; }
};

struct Setup {
  RandomNetwork r;
  std::unique_ptr<Loss> loss;
  LossGradient result;
  std::vector<double> spike_times;  // dl/dt_k
};

Setup draw(bool bias, std::uint32_t largest) {
  const auto seed = *rc::gen::arbitrary<std::uint32_t>();
  const auto hidden = *rc::gen::inRange<std::uint32_t>(1, largest + 1);
  const bool refractory = *rc::gen::arbitrary<bool>();
  Setup s;
  s.r = random_network({.seed = seed,
                        .inputs = 5,
                        .hidden = hidden,
                        .refractory = refractory,
                        .bias = bias,
                        .duration = bias ? 120.0 : 1000.0,
                        .spikes_per_input = 1});
  // All input in the first 40 ms, so that everything is over long before the end.
  Random random(seed, "early inputs");
  for (Spike& spike : s.r.trial.inputs) spike.time = random.uniform(1.0, 40.0);
  std::sort(s.r.trial.inputs.begin(), s.r.trial.inputs.end());
  std::vector<double> coefficient(hidden);
  for (double& c : coefficient) c = random.normal();
  s.loss = make_loss(SpikeTimePowerSpec{1, coefficient, 10.0, 2.0, {}, never});
  try {
    s.result = gradient_of(s.r.network, s.r.trial, *s.loss, 0);
  } catch (const LimitError&) {
    RC_DISCARD("runaway activity");
  }
  s.spike_times = s.loss->evaluate(s.r.network, s.result.tape, 0).spike_times;
  return s;
}

constexpr std::uint32_t largest = 100;

}  // namespace

TEST_CASE(
    "translation: gradients of input times sum to the loss gradient of all spike times (without "
    "bias)") {
  CHECK(rc::check("translation", [] {
    const Setup s = draw(false, largest);
    Terms terms;
    for (const double d : s.result.gradient.input_times) terms.add(d);
    for (const double d : s.spike_times) terms.add(-d);
    RC_CLASSIFY(s.result.tape.spikes.size() > s.r.trial.inputs.size(), "spikes");
    RC_ASSERT(terms.vanishes());
  }));
}

TEST_CASE(
    "amplitude: scaling weights, threshold, reset and bias of one neuron together changes "
    "nothing") {
  CHECK(rc::check("amplitude, per neuron", [] {
    const Setup s = draw(true, 30);
    const Network& network = s.r.network;
    const Gradient& g = s.result.gradient;
    std::vector<Terms> of(network.neuron_count());
    for (const Projection& p : network.projections())
      for (SynapseId k = 0; k < p.size; ++k)
        of[network.populations()[p.target].first + p.targets[k]].add(
            network.weight(p.first + k) * g.of(ParameterKind::weight)[p.first + k]);
    for (NeuronId n = 0; n < network.neuron_count(); ++n) {
      if (network.model_of(n) != Model::cuba_lif) continue;
      for (const ParameterKind kind :
           {ParameterKind::v_threshold, ParameterKind::v_reset, ParameterKind::bias})
        of[n].add(network.parameter(kind, n) * g.of(kind)[n]);
      RC_ASSERT(of[n].vanishes());
    }
  }));
}

TEST_CASE("time scale: scaling all times and time constants together scales the spike times") {
  CHECK(rc::check("time scale", [] {
    const Setup s = draw(false, largest);
    const Network& network = s.r.network;
    const Gradient& g = s.result.gradient;
    Terms terms;
    for (const ParameterKind kind : {ParameterKind::delay, ParameterKind::tau_mem,
                                     ParameterKind::tau_syn, ParameterKind::t_ref})
      for (std::size_t k = 0; k < network.layout().count(kind); ++k)
        terms.add(network.parameter(kind, k) * g.of(kind)[k]);
    for (std::size_t k = 0; k < s.r.trial.inputs.size(); ++k)
      terms.add(s.r.trial.inputs[k].time * g.input_times[k]);
    for (std::size_t k = 0; k < s.spike_times.size(); ++k)
      terms.add(-s.result.tape.spikes[k].time * s.spike_times[k]);
    RC_ASSERT(terms.vanishes());
  }));
}
