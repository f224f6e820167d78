// What [train] asks for is what the trainer is told. Reference: the text, with a different number in
// every place.
#include <catch2/catch.hpp>
#include <map>

#include <retrograde/scenarios/run/training.hpp>

#include "tests/support/two_ways.hpp"

using namespace retrograde;
using namespace retrograde::test;

TEST_CASE("every key of [train] reaches the trainer") {
  std::string text = two_ways().text;
  text.replace(text.find("duration"), 8, "seed = 11\nduration");
  text.replace(text.find("weight = 9.0"), 12, "weight = 9.0\nlearn = [\"weight\", \"delay\"]");
  const Scenario scenario = parse_scenario(text + R"(
[train]
epochs = 3
batch = 7
weight_rate = 0.01
delay_rate = 0.02
neuron_rate = 0.03
rate_decay = 0.97
schedule = { kind = "plateau", epochs = 9 }
weight_decay = 0.001
weight_l1 = 0.002
delay_l1 = 0.003
beta1 = 0.8
beta2 = 0.95
epsilon = 1e-6
silent_increment = 0.04
regulariser = { strength = 0.05, target = 1.5 }
gradient_clip = 2.5
grazing = { policy = "clip", slope_min = 0.06 }
)",
                                           "x.toml");
  const TrainerOptions options = trainer_options(scenario, 5);
  CHECK(options.batch == 7);
  const std::map<ParameterKind, double> not_of_neurons = {{ParameterKind::weight, 0.01},
                                                          {ParameterKind::delay, 0.02},
                                                          {ParameterKind::axonal_delay, 0.02},
                                                          {ParameterKind::dendritic_delay, 0.02}};
  for (const ParameterKind kind : parameter_kinds) {
    CAPTURE(name(kind));
    const auto found = not_of_neurons.find(kind);
    CHECK(options.adam.rate[static_cast<std::size_t>(kind)] ==
          (found == not_of_neurons.end() ? 0.03 : found->second));
  }
  CHECK(options.schedules.decay == 0.97);
  CHECK(options.schedules.epochs == 3);
  REQUIRE(options.schedules.list.size() == 1);
  CHECK(std::get<Plateau>(options.schedules.list[0].shape).epochs == 9);
  CHECK(options.adam.decay[0] == 0.001);
  CHECK(options.adam.l1[0] == 0.002);
  for (const ParameterKind kind : parameter_kinds)
    if (is_delay(kind)) CHECK(options.adam.l1[static_cast<std::size_t>(kind)] == 0.003);
  CHECK(options.dropout.empty());
  CHECK(options.adam.beta1 == 0.8);
  CHECK(options.adam.beta2 == 0.95);
  CHECK(options.adam.epsilon == 1e-6);
  CHECK(options.silent_increment == 0.04);
  CHECK(options.regulariser.strength == 0.05);
  CHECK(options.regulariser.target == 1.5);
  CHECK(options.gradient_clip == 2.5);
  CHECK(options.grazing.policy == GrazingPolicy::clip);
  CHECK(options.grazing.slope_min == 0.06);
  CHECK(options.self_check == 5);
  CHECK(options.seed == 11);
}
