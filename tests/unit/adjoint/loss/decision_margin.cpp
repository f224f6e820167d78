// Margins of tapes written by hand, and of cross-entropies: there the margin is the loss of the best
// other label less that of the true one, derivatives and all, which is a second way to it.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <utility>

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/loss/decision_margin.hpp>
#include <retrograde/adjoint/loss/first_spike_cross_entropy.hpp>
#include <retrograde/adjoint/loss/softmax_sum_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_maximum_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_over_time_cross_entropy.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/random_network.hpp"
#include "tests/unit/adjoint/loss/tapes.hpp"

using namespace retrograde;
using namespace retrograde::test;
using namespace retrograde::test::tapes;
using Catch::Matchers::Contains;

TEST_CASE("the margin of first spikes is by how much the true one comes first") {
  const auto loss = make_loss(FirstSpikeCrossEntropySpec{out});
  const auto margin = decision_margin(*loss);
  CHECK(margin->name() == "decision_margin");
  CHECK(margin->readout().kind == Readout::Kind::first_spike);
  CHECK(margin->readout().population == out);
  // a at 4, b at 6, c at the end, 10.
  const LossValue first = margin->evaluate(network(), usual(), 0);
  CHECK(first.value == 2.0);
  CHECK(first.spike_times == std::vector<double>{0, 0, -1, 0, 1, 0});
  const LossValue second = margin->evaluate(network(), usual(), 1);
  CHECK(second.value == -2.0);
  CHECK(second.spike_times == std::vector<double>{0, 0, 1, 0, -1, 0});
  // The true one is silent: only its rival can move.
  const LossValue third = margin->evaluate(network(), usual(), 2);
  CHECK(third.value == -6.0);
  CHECK(third.spike_times == std::vector<double>{0, 0, 1, 0, 0, 0});
  // c at 0.5, b at 1, a at 3, and later ones that do not count.
  CHECK(value_of(*margin, busy(), 2) == 0.5);
  CHECK(value_of(*margin, busy(), 0) == -2.5);
  // All are silent: no decision, and nothing to follow.
  const LossValue silence = margin->evaluate(network(), silent(), 1);
  CHECK(silence.value == 0.0);
  CHECK(silence.spike_times == std::vector<double>{0, 0});
}

TEST_CASE("the margins of integrals and maxima are in units of V") {
  const auto loss = make_loss(VoltageCrossEntropySpec{out, {}, 7.0});
  const auto of_mean = decision_margin(*loss);
  // Integrals 1, 3, -2 over 10 ms; the gain does not matter.
  const LossValue a_less_b = of_mean->evaluate(network(), usual(), 0);
  CHECK(a_less_b.value == (1.0 - 3.0) / 10.0);
  CHECK(a_less_b.integrals == std::vector<double>{0, 0, 0.1, -0.1, 0, 0, 0, 0, 0});
  CHECK(value_of(*of_mean, usual(), 1) == (3.0 - 1.0) / 10.0);
  CHECK(value_of(*of_mean, usual(), 2) == (-2.0 - 3.0) / 10.0);

  // Of equal others the first.
  Tape tie = usual();
  tie.voltage_integrals = {0.0, 0.0, 1.0, 3.0, 3.0, 50.0, 0.0, 0.0, 0.0};
  CHECK(of_mean->evaluate(network(), tie, 0).integrals[3] == -0.1);

  const auto largest = make_loss(VoltageMaximumCrossEntropySpec{readout, 3.0});
  const auto of_largest = decision_margin(*largest);
  Tape tape = usual();
  tape.voltage_maxima.assign(9, {});
  tape.voltage_maxima[6] = {0.2, 7.0, 3, 11, 0.25, 4};                     // on an arrival
  tape.voltage_maxima[7] = {0.6, 5.5, VoltageMaximum::nobody, 0, 0.0, 2};  // inside a stretch
  const LossValue top = of_largest->evaluate(network(), tape, 0);
  CHECK(top.value == 0.2 - 0.6);
  REQUIRE(top.samples.size() == 2);  // in order of time
  CHECK(top.samples[0].time == 5.5);
  CHECK(top.samples[0].neuron == 7);
  CHECK(top.samples[0].gradient == -1.0);
  CHECK(top.samples[1].neuron == 6);
  CHECK(top.samples[1].gradient == 1.0);
  REQUIRE(top.deliveries.size() == 1);
  CHECK(top.deliveries[0].spike == 3);
  CHECK(top.deliveries[0].synapse == 11);
  CHECK(top.deliveries[0].gradient == 0.25);
}

TEST_CASE(
    "of a cross-entropy the margin is the loss of the best other label less that of the own") {
  const RandomNetwork r = random_network({.seed = 11, .outputs = 4});
  const auto voltages = static_cast<std::uint32_t>(r.network.populations().size() - 1);
  const auto machine = make_machine(r.network);
  const std::unique_ptr<Loss> losses[] = {
      make_loss(FirstSpikeCrossEntropySpec{1, 1.0, 0.0, 10.0}),
      make_loss(VoltageCrossEntropySpec{voltages, {}, 1.0}),
      make_loss(VoltageMaximumCrossEntropySpec{voltages, 1.0}),
      make_loss(VoltageOverTimeCrossEntropySpec{voltages, 1.0}),
      make_loss(SoftmaxSumCrossEntropySpec{voltages, 3.0, 5.0})};
  for (const auto& loss : losses) {
    const int classes = static_cast<int>(r.network.populations()[loss->readout().population].size);
    const auto margin = decision_margin(*loss);
    for (int label = 0; label < classes; ++label) {
      CAPTURE(loss->name(), label);
      const LossGradient own = gradient_of(*machine, r.trial, *loss, label);
      LossGradient best;
      best.loss = std::numeric_limits<double>::infinity();
      for (int j = 0; j < classes; ++j)
        if (j != label)
          if (LossGradient other = gradient_of(*machine, r.trial, *loss, j); other.loss < best.loss)
            best = std::move(other);
      const LossGradient found = gradient_of(*machine, r.trial, *margin, label);
      CHECK(found.loss == Approx(best.loss - own.loss).epsilon(1e-9).margin(1e-9));
      // Right or wrong as the sign says.
      const auto value = loss->evaluate(r.network, own.tape, label);
      const int decision =
          value.decision ? *value.decision : decide(r.network, loss->readout(), own.tape);
      CHECK((found.loss > 0.0) == (decision == label));
      double size = 0.0;
      for (std::size_t k = 0; k < r.trial.inputs.size(); ++k) {
        const double wanted = best.gradient.input_times[k] - own.gradient.input_times[k];
        CHECK(found.gradient.input_times[k] == Approx(wanted).epsilon(1e-7).margin(1e-7));
        size += std::fabs(wanted);
      }
      CHECK(size > 0.0);
    }
  }
}

TEST_CASE("a margin's gradient is that of differences") {
  const RandomNetwork r = random_network({.seed = 12});
  const auto voltages = static_cast<std::uint32_t>(r.network.populations().size() - 1);
  for (const auto& loss :
       {make_loss(FirstSpikeCrossEntropySpec{1}), make_loss(VoltageCrossEntropySpec{voltages}),
        make_loss(VoltageMaximumCrossEntropySpec{voltages}),
        make_loss(SoftmaxSumCrossEntropySpec{voltages, 3.0, 5.0})}) {
    CAPTURE(loss->name());
    const GradientCheck check =
        check_gradient(r.network, r.trial, *decision_margin(*loss), 0, {.sample = 60, .seed = 3});
    CAPTURE(check.worst(), check.skipped);
    CHECK(check.passed());
    CHECK(check.entries.size() > 30);
  }
}

TEST_CASE("a margin wants two classes, and a label that is one of them") {
  const auto loss = make_loss(FirstSpikeCrossEntropySpec{out});
  const auto margin = decision_margin(*loss);
  CHECK_THROWS_AS(margin->evaluate(network(), usual(), 3), NetworkError);
  CHECK_THROWS_AS(margin->evaluate(network(), usual(), -1), NetworkError);
  const auto one = make_loss(FirstSpikeCrossEntropySpec{2});  // the bystander
  CHECK_THROWS_WITH(decision_margin(*one)->evaluate(network(), usual(), 0),
                    Contains("between two classes") && Contains("between 1"));
}
