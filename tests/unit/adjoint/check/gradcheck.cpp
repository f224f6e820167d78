// The check of gradients, checked: it must agree with a closed form, catch a loss that lies about
// its gradient, and count what it cannot judge.
//
// Closed form: tau_mem = 10, tau_syn = 5, at rest, threshold 1. A current w at 0 gives V =
// w (x - x^2) with x = e^(-t/10), so it fires at t = -10 ln x, x = (1 + sqrt(1 - 4/w))/2, with
// dt/dw = -10 / (x w^2 sqrt(1 - 4/w)); at w = 4 it grazes.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <tuple>
#include <vector>

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/loss/first_spike_cross_entropy.hpp>
#include <retrograde/adjoint/loss/spike_time_power.hpp>
#include <retrograde/adjoint/loss/van_rossum_distance.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_maximum_cross_entropy.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/random_network.hpp"

using namespace retrograde;

namespace {

// in -> n over one synapse of 1 ms.
Network single(double weight) {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n = builder.add({.name = "n", .size = 1, .tau_mem = {10.0}, .tau_syn = {5.0}});
  builder.connect(in, n, {{0, 0, weight, 1.0}});
  return builder.build();
}

const Trial one_spike{40.0, {{2.0, 0}}};

// The sum of the spike times of n.
std::unique_ptr<Loss> spike_time() {
  return make_loss(SpikeTimePowerSpec{1, {1.0}, 1.0, 1.0, {}, never});
}

// A loss whose value is right and whose gradient is altered on the way out.
class Liar final : public Loss {
 public:
  Liar(std::unique_ptr<Loss> honest, std::function<void(LossValue&)> lie)
      : honest_(std::move(honest)), lie_(std::move(lie)) {}
  std::string_view name() const override { return "liar"; }
  Readout readout() const override { return honest_->readout(); }

 private:
  LossValue measure(const Network& network, const Population&, const Tape& tape,
                    int label) const override {
    LossValue value = honest_->evaluate(network, tape, label);
    lie_(value);
    return value;
  }

  std::unique_ptr<Loss> honest_;
  std::function<void(LossValue&)> lie_;
};

const GradientCheckEntry& entry_of(const GradientCheck& check, ParameterKind kind,
                                   std::size_t index) {
  for (const GradientCheckEntry& e : check.entries)
    if (!e.input && e.kind == kind && e.index == index) return e;
  FAIL("the entry was not checked");
  return check.entries.front();
}

const GradientCheckEntry& input_of(const GradientCheck& check, std::size_t index) {
  for (const GradientCheckEntry& e : check.entries)
    if (e.input && e.index == index) return e;
  FAIL("the input was not checked");
  return check.entries.front();
}

// Enough of an entry to tell which one it is.
std::set<std::tuple<bool, ParameterKind, std::size_t>> names_of(const GradientCheck& check) {
  std::set<std::tuple<bool, ParameterKind, std::size_t>> names;
  for (const GradientCheckEntry& e : check.entries) names.insert({e.input, e.kind, e.index});
  return names;
}

}  // namespace

TEST_CASE("adjoint and difference of one neuron's spike time are the derivative of its formula") {
  const double w = 6.0, root = std::sqrt(1.0 - 4.0 / w), x = 0.5 * (1.0 + root);
  const GradientCheck check = check_gradient(single(w), one_spike, *spike_time(), 0);
  CHECK(check.skipped == 0);
  CHECK(std::fabs(check.loss - (3.0 - 10.0 * std::log(x))) < 1e-13);
  const GradientCheckEntry& weight = entry_of(check, ParameterKind::weight, 0);
  const double expected = -10.0 / (x * w * w * root);
  CHECK(std::fabs(weight.adjoint - expected) < 1e-13);
  CHECK(std::fabs(weight.difference - expected) < 1e-9);
  // The spike moves with the delay and with its cause, and not with what happens after it.
  CHECK(std::fabs(entry_of(check, ParameterKind::delay, 0).adjoint - 1.0) < 1e-14);
  CHECK(std::fabs(input_of(check, 0).adjoint - 1.0) < 1e-14);
  CHECK(std::fabs(input_of(check, 0).difference - 1.0) < 1e-9);
  CHECK(entry_of(check, ParameterKind::v_reset, 1).adjoint == 0.0);
  CHECK(entry_of(check, ParameterKind::t_ref, 1).adjoint == 0.0);
}

TEST_CASE("every parameter that can matter is checked, and the worst entry comes first") {
  const auto r = test::random_network({.seed = 2, .inputs = 2, .hidden = 3, .outputs = 2});
  const auto loss = make_loss(VoltageCrossEntropySpec{2, never, 3.0});
  const GradientCheck check = check_gradient(r.network, r.trial, *loss, 1);
  // All of a synapse, all eight of a neuron, four of a readout (it has no threshold, no reset, no
  // refractory time, no axon), the time of an input spike and the axonal delay of an input.
  const std::size_t all = 2 * r.network.synapse_count() + 8 * 3 + 4 * 2 + r.trial.inputs.size() + 2;
  CHECK(check.entries.size() + check.skipped == all);
  CHECK(check.skipped * 20 < all);
  CHECK(names_of(check).size() == check.entries.size());
  CHECK(std::is_sorted(check.entries.begin(), check.entries.end(),
                       [](const auto& a, const auto& b) { return a.error > b.error; }));
  CHECK(check.worst() == check.entries.front().error);
  CHECK(check.worst() < 1e-7);
  for (const GradientCheckEntry& e : check.entries) {
    const double scale = std::fmax(1.0, std::fmax(std::fabs(e.adjoint), std::fabs(e.difference)));
    CHECK(e.error == std::fabs(e.adjoint - e.difference) / scale);
    CHECK(e.uncertainty >= 0.0);
  }
}

TEST_CASE("a loss that overstates its gradient by a thousandth is caught by a thousandth") {
  const Liar liar(spike_time(), [](LossValue& value) {
    for (double& source : value.spike_times) source *= 1.001;
  });
  const GradientCheck check = check_gradient(single(6.0), one_spike, liar, 0);
  CHECK(check.skipped == 0);
  CHECK(check.worst() == Approx(0.001 / 1.001).epsilon(1e-4));
  const GradientCheckEntry& delay = entry_of(check, ParameterKind::delay, 0);
  CHECK(std::fabs(delay.adjoint - 1.001) < 1e-13);
  CHECK(std::fabs(delay.difference - 1.0) < 1e-9);
  // What does not depend on the lie is not accused.
  CHECK(entry_of(check, ParameterKind::v_reset, 1).error < 1e-9);
}

TEST_CASE(
    "a check fails beyond its tolerance, of differences or of tangents, and passes within it") {
  const Liar liar(spike_time(), [](LossValue& value) {
    for (double& source : value.spike_times) source *= 1.001;
  });
  const auto check = [&](const Loss& loss, double tolerance) {
    return check_gradient(single(6.0), one_spike, loss, 0, {.tolerance = tolerance});
  };
  CHECK(check(*spike_time(), 1e-7).passed());
  CHECK_FALSE(check(liar, 1e-7).passed());
  CHECK_FALSE(check(liar, 0.00099).passed());
  CHECK(check(liar, 0.00101).passed());
  CHECK(check(liar, 0.00101).tolerance == 0.00101);
  GradientCheck tangents = check(*spike_time(), 1e-7);
  tangents.worst_tangent = 0.99e-9;
  CHECK(tangents.passed());
  tangents.worst_tangent = 1.01e-9;
  CHECK_FALSE(tangents.passed());
}

TEST_CASE("a wrong gradient fails wherever it is wrong: no step, kink or doubt hides it") {
  // The derivative by each spike of the population in turn, a thousandth too large.
  const auto r = test::random_network({.seed = 4, .inputs = 2, .hidden = 3, .outputs = 2});
  const SpikeTimePowerSpec spec{1, {0.5, 0.2, 0.3}, 20.0, 2.0, {0.3, 0.2, -0.3}, never};
  const auto check = [&](const std::function<void(LossValue&)>& lie) {
    return check_gradient(r.network, r.trial, Liar(make_loss(spec), lie), 0);
  };
  const GradientCheck honest = check([](LossValue&) {});
  CHECK(honest.passed());
  CHECK(honest.skipped * 20 < honest.entries.size());
  std::size_t lies = 0;
  const LossGradient run = gradient_of(r.network, r.trial, *make_loss(spec), 0);
  for (std::size_t k = 0; k < run.tape.spikes.size(); ++k) {
    if (r.network.population_of(run.tape.spikes[k].neuron) != 1) continue;
    CAPTURE(k);
    CHECK_FALSE(check([&](LossValue& value) { value.spike_times[k] *= 1.001; }).passed());
    ++lies;
  }
  CHECK(lies > 5);
}

TEST_CASE("a loss that forgets one spike, or one integral, or has a sign wrong, is caught") {
  const auto r = test::random_network({.seed = 4, .inputs = 2, .hidden = 3, .outputs = 2});
  const auto worst_of = [&](const std::function<void(LossValue&)>& lie) {
    const SpikeTimePowerSpec spec{1, {0.5, 0.2, 0.3}, 20.0, 2.0, {0.3, 0.2, -0.3}, never};
    return check_gradient(r.network, r.trial, Liar(make_loss(spec), lie), 0).worst();
  };
  CHECK(worst_of([](LossValue&) {}) < 1e-7);
  CHECK(worst_of([](LossValue& value) {
          for (double& source : value.spike_times)
            if (source != 0.0) {
              source = 0.0;
              break;
            }
        }) > 1e-3);
  CHECK(worst_of([](LossValue& value) {
          for (double& source : value.integrals)
            if (source != 0.0) {
              source = 0.0;
              break;
            }
        }) > 1e-2);
  CHECK(worst_of([](LossValue& value) {
          for (double& source : value.integrals) source = -source;
        }) > 1e-2);
}

TEST_CASE(
    "values whose every nudge takes away a grazing spike are skipped and counted, others not") {
  // The smallest step tried is 1e-3 / 4^6 = 2.4e-7 of a value: more than V has to spare.
  const GradientCheck check =
      check_gradient(single(4.0 * (1.0 + 1e-12)), one_spike, *spike_time(), 0);
  CHECK(check.skipped == 5);  // weight, tau_mem, tau_syn, v_threshold, bias
  REQUIRE(check.entries.size() == 6);
  CHECK(std::fabs(entry_of(check, ParameterKind::delay, 0).difference - 1.0) < 1e-9);
  CHECK(std::fabs(input_of(check, 0).difference - 1.0) < 1e-9);
  CHECK(entry_of(check, ParameterKind::v_reset, 1).difference == 0.0);
  CHECK(entry_of(check, ParameterKind::t_ref, 1).difference == 0.0);
  CHECK(check.worst() < 1e-9);
}

TEST_CASE("a spike with a little to spare is checked with the steps that keep it") {
  // Step 1e-3: the spike vanishes at weight 4.004 - 2 * 0.004; a few quarters later it stays.
  const double w = 4.0 * (1.0 + 1e-3), root = std::sqrt(1.0 - 4.0 / w), x = 0.5 * (1.0 + root);
  const GradientCheck check = check_gradient(single(w), one_spike, *spike_time(), 0);
  CHECK(check.skipped == 0);
  CHECK(entry_of(check, ParameterKind::weight, 0).adjoint ==
        Approx(-10.0 / (x * w * w * root)).epsilon(1e-11));
  CHECK(check.worst() < 1e-6);
}

TEST_CASE("a spike that a nudge would bring is skipped as well as one that it would take away") {
  // Just below the threshold, never firing: nudges upwards make it fire.
  const GradientCheck check =
      check_gradient(single(4.0 * (1.0 - 1e-12)), one_spike, *spike_time(), 0);
  CHECK(check.loss == 0.0);
  CHECK(check.skipped == 5);
  CHECK(check.worst() == 0.0);
}

TEST_CASE("at the edges of their ranges values are nudged to the inside only") {
  // An input at 0, one so late that a step would leave the trial, a delay of 0, t_ref of 0.
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n = builder.add({.name = "n", .size = 1, .tau_mem = {10.0}});
  builder.connect(in, n, {{0, 0, 7.0, 0.0}});
  const Network network = builder.build();
  const auto loss = make_loss(SpikeTimePowerSpec{1, {0.3}, 10.0, 2.0, {1.0}, never});
  const GradientCheck check = check_gradient(network, {40.0, {{0.0, 0}, {39.95, 0}}}, *loss, 0);
  CHECK(check.skipped == 0);
  CHECK(check.entries.size() == 2 + 7 + 1 + 2);
  CHECK(check.worst() < 1e-8);
}

TEST_CASE("values closer to the edge of what a network may be than a step are nudged by less") {
  // Two steps of 1e-3 would bring the reset above the threshold, the threshold below 0, the time
  // constant below 1e-6 ms, or an input out of a very short trial.
  const auto check = [](const PopulationSpec& spec, const Trial& trial) {
    NetworkBuilder builder;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
    builder.connect(in, builder.add(spec), {{0, 0, 7.0, 0.0}});
    const auto loss = make_loss(SpikeTimePowerSpec{1, {}, 1.0, 1.0, {1.0}, never});
    return check_gradient(builder.build(), trial, *loss, 0);
  };
  const GradientCheck reset =
      check({.name = "n", .size = 1, .v_reset = {0.999}, .t_ref = {30.0}}, one_spike);
  CHECK(reset.skipped == 0);
  CHECK(reset.worst() < 1e-7);
  const GradientCheck threshold =
      check({.name = "n", .size = 1, .v_threshold = {1.5e-3}, .v_reset = {-1.0}, .t_ref = {30.0}},
            one_spike);
  CHECK(threshold.skipped == 0);
  CHECK(threshold.worst() < 1e-6);
  const GradientCheck quick =
      check({.name = "n", .size = 1, .tau_mem = {1.5e-3}, .v_threshold = {10.0}}, one_spike);
  CHECK(quick.skipped == 0);
  const GradientCheck brief = check({.name = "n", .size = 1}, {3e-3, {{2e-3, 0}}});
  CHECK(brief.skipped == 0);
  CHECK(brief.worst() < 1e-7);
}

TEST_CASE("a sample checks so many entries, the same ones for the same seed, else others") {
  const auto r = test::random_network({.seed = 5, .inputs = 2, .hidden = 3, .outputs = 2});
  const auto loss = make_loss(VoltageCrossEntropySpec{2, never, 3.0});
  const auto check = [&](std::size_t sample, std::uint64_t seed) {
    GradientCheckOptions options;
    options.sample = sample;
    options.seed = seed;
    return check_gradient(r.network, r.trial, *loss, 0, options);
  };
  const GradientCheck one = check(12, 1), again = check(12, 1), other = check(12, 2);
  CHECK(one.entries.size() + one.skipped == 12);
  CHECK(names_of(one) == names_of(again));
  CHECK(names_of(one) != names_of(other));
  CHECK(one.worst() == again.worst());
  const GradientCheck all = check(0, 1), more = check(100000, 1);
  CHECK(all.entries.size() + all.skipped == more.entries.size() + more.skipped);
  CHECK(names_of(all) == names_of(more));
}

TEST_CASE("progress is told once per entry, up to the total; false stops the check") {
  GradientCheckOptions options;
  std::mutex mutex;
  std::set<std::size_t> seen;
  std::size_t calls = 0;
  options.progress = [&](std::size_t done, std::size_t total) {
    const std::lock_guard lock(mutex);
    seen.insert(done);
    ++calls;
    return total == 11;
  };
  check_gradient(single(6.0), one_spike, *spike_time(), 0, options);
  CHECK(calls == 11);
  CHECK(seen.size() == 11);
  CHECK(*seen.begin() == 1);
  CHECK(*seen.rbegin() == 11);
  options.progress = [](std::size_t done, std::size_t) { return done < 3; };
  CHECK_THROWS_AS(check_gradient(single(6.0), one_spike, *spike_time(), 0, options), Interrupted);
}

TEST_CASE("a network in which nothing can be nudged has nothing to check and no error") {
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto loss = make_loss(SpikeTimePowerSpec{0, {1.0}, 1.0, 1.0, {}, never});
  const GradientCheck check = check_gradient(builder.build(), {10.0, {}}, *loss, 0);
  CHECK(check.entries.empty());
  CHECK(check.skipped == 0);
  CHECK(check.worst() == 0.0);
}

TEST_CASE("a check in which every gradient is 0 has checked nothing, and says who is silent") {
  const GradientCheck check = check_gradient(single(3.0), one_spike, *spike_time(), 0);
  CHECK(check.entries.size() == 11);
  CHECK(check.worst() == 0.0);
  CHECK(check.nothing());
  CHECK_FALSE(check.passed());
  CHECK(check.silent == std::vector<std::uint32_t>{1});
  // Somebody fires, and the loss does not look.
  const auto blind = make_loss(SpikeTimePowerSpec{1, {0.0}, 1.0, 1.0, {}, never});
  const GradientCheck unseen = check_gradient(single(6.0), one_spike, *blind, 0);
  CHECK(unseen.nothing());
  CHECK_FALSE(unseen.passed());
  CHECK(unseen.silent.empty());
  // A difference that is not 0 is something, whatever the adjoint says.
  const Liar mute(spike_time(), [](LossValue& value) {
    std::fill(value.spike_times.begin(), value.spike_times.end(), 0.0);
  });
  const GradientCheck wrong = check_gradient(single(6.0), one_spike, mute, 0);
  CHECK_FALSE(wrong.nothing());
  CHECK_FALSE(wrong.passed());
  CHECK(wrong.worst() > 0.5);
}

TEST_CASE("the bias of a readout that hears nothing is at a kink of its largest V") {
  // V = bias (1 - e^(-t/10)): the largest is V(0) = 0 for a bias below 0, V(20) above it. So the
  // loss log(1 + e^(max V - other)) has derivative 0 to the left.
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto li =
      builder.add({.name = "li", .model = Model::cuba_li, .size = 2, .tau_mem = {10.0}});
  builder.connect(in, li, {{0, 0, 2.0, 0.0}});
  const auto loss = make_loss(VoltageMaximumCrossEntropySpec{li});
  const GradientCheck check = check_gradient(builder.build(), {20.0, {{1.0, 0}}}, *loss, 0);
  CHECK(check.skipped == 1);
  CHECK(check.kinks == 1);
  CHECK(check.uncertain == 0);
  CHECK(check.passed());
  for (const GradientCheckEntry& e : check.entries)
    CHECK_FALSE((!e.input && e.kind == ParameterKind::bias && e.index == 2));
}

TEST_CASE("a spike next to a van Rossum target, or on it, is judged rightly or not at all") {
  const Network network = single(6.0);
  const Time spike = gradient_of(network, one_spike, *spike_time(), 0).loss;
  const auto check = [&](Time target) {
    return check_gradient(network, one_spike, *make_loss(VanRossumDistanceSpec{1, {{target}}}), 0);
  };
  const GradientCheck on_it = check(spike);
  // All that moves the spike: seven values on both sides, two delays of 0 on one.
  CHECK(on_it.kinks == 7);
  CHECK(on_it.skipped == 9);
  for (double distance = 1e-12; distance < 1.0; distance *= 3.7)
    for (const double side : {-1.0, 1.0}) {
      const GradientCheck near = check(spike + side * distance);
      CAPTURE(distance, side, near.worst(), near.kinks, near.uncertain);
      CHECK(near.worst() <= near.tolerance);
      CHECK(near.worst_tangent <= GradientCheck::tangent_tolerance);
      if (distance > 1e-2) CHECK(near.skipped == 0);
      if (near.skipped < 9) CHECK(near.passed());
    }
}

TEST_CASE("an arrival at the very instant of a spike is a kink, with t_ref = 0 and above") {
  // The second input arrives when n fires: earlier it helps to cause the spike, later it does not.
  for (const double t_ref : {0.0, 2.0}) {
    NetworkBuilder builder;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
    const auto n = builder.add(
        {.name = "n", .size = 1, .tau_mem = {10.0}, .tau_syn = {5.0}, .t_ref = {t_ref}});
    builder.connect(in, n, {{0, 0, 6.0, 1.0}, {1, 0, 5.0, 0.0}});
    const Network early = builder.build();
    const auto loss = make_loss(SpikeTimePowerSpec{1, {1.0}, 10.0, 2.0, {}, never});
    const Tape first = run(early, one_spike);
    REQUIRE(first.spikes.size() == 2);
    const Time spike = first.spikes[1].time;
    // An input at 2.5 ms, so that its delay is the difference without rounding.
    const Trial trial{40.0, {{2.0, 0}, {2.5, 1}}};
    for (double distance = 0.0; distance < 1.0; distance = distance * 5.3 + 1e-12)
      for (const double side : {-1.0, 1.0}) {
        std::vector<double> values(early.parameters().begin(), early.parameters().end());
        values[early.layout().offset(ParameterKind::delay) + 1] = spike - 2.5 + side * distance;
        const GradientCheck check = check_gradient(early.with_parameters(values), trial, *loss, 0);
        CAPTURE(t_ref, distance, side, check.worst(), check.kinks, check.uncertain);
        CHECK(check.worst() <= check.tolerance);
        CHECK(check.worst_tangent <= GradientCheck::tangent_tolerance);
        if (distance == 0.0) CHECK(check.kinks > 0);
        if (distance > 1e-2) CHECK(check.skipped == 0);
      }
  }
}

TEST_CASE("gradient_of returns the run, its loss and its decision as run and loss say themselves") {
  const auto r = test::random_network({.seed = 6});
  const auto loss = make_loss(VoltageCrossEntropySpec{2, never, 3.0});
  const LossGradient result = gradient_of(r.network, r.trial, *loss, 2);
  const Tape tape = run(r.network, r.trial, {.readout = loss->readout()});
  CHECK(result.loss == loss->evaluate(r.network, tape, 2).value);
  CHECK(result.decision == decide(r.network, loss->readout(), tape));
  CHECK(result.tape.voltage_integrals == tape.voltage_integrals);
  CHECK(result.tape.spikes.size() == tape.spikes.size());
  CHECK(result.gradient.layout.parameters == r.network.layout());
  CHECK(result.gradient.parameters.size() == r.network.layout().size());
  CHECK(result.gradient.input_times.size() == r.trial.inputs.size());
}

TEST_CASE("errors of the run and of the loss come through the check") {
  const auto classes = make_loss(FirstSpikeCrossEntropySpec{1});
  CHECK_THROWS_AS(check_gradient(single(6.0), one_spike, *classes, 1), NetworkError);
  CHECK_THROWS_AS(check_gradient(single(6.0), {40.0, {{50.0, 0}}}, *spike_time(), 0), NetworkError);
}
