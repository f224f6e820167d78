// The shipped sequence detection against closed forms. With weights 1, tau_mem = 10 ms and tau_syn
// = 5 ms an arrival at t = 0 raises V(t) by K(t) = e^(-t/10) - e^(-t/5). Two arrivals, x ms apart:
// s after the later one V = A e^(-s/10) - B e^(-s/5) with A = 1 + e^(-x/10), B = 1 + e^(-x/5), so
//   max V = A^2 / (4 B) = (1 + sech(x/10)) / 4        1/2 where they arrive together
// Delays d from the early input of a class to its output and 0 else: its output hears both inputs
// |d - 10| apart, the other one d + 10. The cross entropy falls as long as
// sech((d + 10)/10) - sech((d - 10)/10) does, that is up to sinh(d/10 + 1) sinh(d/10 - 1) = 1, or
//   d = 5 arccosh(2 + cosh 2) = 12.184... ms
// It is beyond the 10 ms that make the right output largest, since later arrivals still lower the
// wrong one. Only the difference of the two delays of an output matters.
#include <array>
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/evaluate.hpp>
#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/training.hpp>

#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

const std::string file = RETROGRADE_SOURCE_DIR "/scenarios/library/sequence_detection.toml";
const double e = std::exp(1.0);

// Delays of in->out as [target][source].
std::array<std::array<double, 2>, 2> delays_of(const Network& network,
                                               std::span<const double> values) {
  std::array<std::array<double, 2>, 2> d{};
  const Projection& p = network.projections()[0];
  for (SynapseId s = 0; s < p.size; ++s)
    d[p.targets[s]][p.source_of(s)] = values[network.layout().offset(ParameterKind::delay) + s];
  return d;
}

Network with_delays(const Scenario& scenario, double diagonal, double off) {
  std::vector<double> values(scenario.network.parameters().begin(),
                             scenario.network.parameters().end());
  const Projection& p = scenario.network.projections()[0];
  for (SynapseId s = 0; s < p.size; ++s)
    values[scenario.network.layout().offset(ParameterKind::delay) + s] =
        p.targets[s] == p.source_of(s) ? diagonal : off;
  return scenario.network.with_parameters(values);
}

}  // namespace

TEST_CASE("sequence detection starts at the closed form: equal maxima, opposite gradients") {
  const Scenario scenario = read_scenario(file);
  const Dataset data = load_dataset(scenario, "");
  const double v_max = (1 + e) * (1 + e) / (4 * (1 + e * e));
  CHECK(v_max == Approx(0.4120135684159713).epsilon(1e-14));
  const double t_max = 10 * std::log(2 * (1 + e * e) / (1 + e));
  const double slope = -(-std::exp(-t_max / 10) / 10 + std::exp(-t_max / 5) / 5);
  CHECK(slope == Approx(0.01233885868911433).epsilon(1e-12));
  for (const std::size_t k : {0u, 1u}) {
    CAPTURE(k);
    const int label = data.label(Part::train, k);
    const LossGradient g =
        gradient_of(scenario.network, data.trial(Part::train, k), *scenario.loss, label);
    CHECK(g.loss == Approx(std::log(2.0)).epsilon(1e-14));
    const auto d = delays_of(scenario.network, g.gradient.parameters);
    // p - 1 = -1/2 for the output of the label, 1/2 for the other; early is the input of the label.
    for (const std::size_t out : {0u, 1u})
      for (const std::size_t in : {0u, 1u}) {
        const double sign = (out == k ? -0.5 : 0.5) * (in == k ? 1.0 : -1.0);
        CHECK(d[out][in] == Approx(sign * slope).epsilon(1e-11));
      }
  }
}

TEST_CASE("with the right delays the right output reaches 1/2") {
  const Scenario scenario = read_scenario(file);
  const Dataset data = load_dataset(scenario, "");
  const Network best = with_delays(scenario, 10.0, 0.0);
  const double wrong = (1 + 1 / std::cosh(2.0)) / 4;
  const double expected = std::log1p(std::exp(wrong - 0.5));
  for (const std::size_t k : {0u, 1u}) {
    const LossGradient g =
        gradient_of(best, data.trial(Part::train, k), *scenario.loss, data.label(Part::train, k));
    CHECK(g.decision == static_cast<int>(k));
    CHECK(g.loss == Approx(expected).epsilon(1e-13));
  }
}

TEST_CASE(
    "six presentations of each example are enough, and delays settle where the loss is least") {
  const double best = 5 * std::acosh(2 + std::cosh(2.0));
  for (const std::uint64_t seed : {1u, 2u, 3u, 4u, 5u}) {
    CAPTURE(seed);
    const Scenario scenario = read_scenario(file, {.seed = seed});
    const Dataset data = load_dataset(scenario, "");
    const ScratchFolder folder;
    const RunFolder run(folder.path());
    TrainingOptions options;
    options.epochs = 6;
    const Checkpoint early = train(scenario, data, run, options).checkpoint;
    const Network network = scenario.network.with_parameters(early.trainer.values);
    CHECK(evaluate(*scenario.machine(network), data.part(Part::test), *scenario.loss).accuracy() ==
          1.0);
    options.epochs.reset();
    options.resume = true;
    const Checkpoint late = train(scenario, data, run, options).checkpoint;
    const auto d = delays_of(scenario.network, late.trainer.values);
    for (const std::size_t out : {0u, 1u}) {
      CHECK(d[out][out] - d[out][1 - out] == Approx(best).margin(0.02));
      // Adam overshoots once, and the way back is shared by both delays.
      CHECK(d[out][1 - out] < 1.5);
    }
  }
}
