// Silence that pays. With tau_mem = 2 tau_syn one arrival of weight w lifts V to w/4 after tau_mem log 2, so
// 3.2 pays for 0.8 - level, worked by hand.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/loss/silence_margin.hpp>
#include <retrograde/adjoint/loss/spike_time_power.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

// One that is reset above 0 is let go when its current is inhibitory.
Network one_neuron(double inhibition, double v_reset) {
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 2});
  builder.add({.name = "n",
               .size = 1,
               .tau_mem = {20.0},
               .tau_syn = {10.0},
               .v_reset = {v_reset},
               .t_ref = {v_reset > 0.0 ? 10.0 : 0.0}});
  builder.connect(0, 1, {{0, 0, v_reset > 0.0 ? 12.0 : 3.2, 0.0}, {1, 0, inhibition, 0.0}});
  return builder.build();
}

LossValue value(const Network& network, const SilenceMarginSpec& spec) {
  const Trial trial{60.0, {{2.0, 0}, {7.0, 1}}};
  const auto loss =
      with_silence_margin(make_loss(SpikeTimePowerSpec{1, {1.0}, 1.0, 1.0, {}, {}}), spec);
  CHECK(loss->name() == "spike_time_power");
  return loss->evaluate(network, SequentialMachine(network).run(trial), 0);
}

}  // namespace

TEST_CASE("silence 0.1 above a level of 0.7 pays with strength 2, worked by hand") {
  const LossValue smooth = value(one_neuron(0.0, 0.0), {2.0, 0.7});
  CHECK(smooth.value == Approx(0.5 * 2.0 * 0.01).epsilon(1e-12));
  REQUIRE(smooth.samples.size() == 1);
  CHECK(smooth.samples[0].neuron == 2);
  CHECK(smooth.samples[0].time == Approx(2.0 + 20.0 * std::log(2.0)).epsilon(1e-13));
  CHECK(smooth.samples[0].gradient == Approx(2.0 * 0.1).epsilon(1e-12));
  CHECK(smooth.deliveries.empty());

  // An arrival that ends the rise at V = 3.2 (x - x^2), x = e^(-1/4), moves it by its slope.
  const LossValue kink = value(one_neuron(-3.0, 0.0), {2.0, 0.5});
  const double x = std::exp(-0.25), above = 3.2 * (x - x * x) - 0.5;
  REQUIRE(kink.samples.size() == 1);
  CHECK(kink.samples[0].gradient == Approx(2.0 * above).epsilon(1e-12));
  REQUIRE(kink.deliveries.size() == 1);
  CHECK(kink.deliveries[0].spike == 1);
  CHECK(kink.deliveries[0].synapse == 1);
  CHECK(kink.deliveries[0].gradient ==
        Approx(2.0 * above * 3.2 * (-x / 20.0 + x * x / 10.0)).epsilon(1e-12));

  // Below the level nobody pays.
  const LossValue none = value(one_neuron(0.0, 0.0), {2.0, 0.81});
  CHECK(none.value == 0.0);
  CHECK(none.samples.empty());
}

TEST_CASE("a reset above the level from which silence pays is an error that names the neuron") {
  CHECK_THROWS_WITH(value(one_neuron(-20.0, 0.8), {1.0, 0.5}),
                    Contains("n[0]") && Contains("v_reset") && Contains("raise the level"));
}
