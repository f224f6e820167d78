// Networks that a program has in memory, and the trial that is looked at.
#include <catch2/catch.hpp>
#include <filesystem>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/read/chips/chip_profile.hpp>
#include <retrograde/scenarios/read/library.hpp>
#include <retrograde/scenarios/run/chips/network_deployment.hpp>
#include <retrograde/scenarios/run/evaluation/chosen_trial.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>
#include <retrograde/scenarios/run/trained.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

constexpr const char* text = R"(
[scenario]
name = "two"
duration = "20 ms"
[[population]]
name = "in"
size = 2
[[population]]
name = "h"
size = 3
[[projection]]
from = "in"
to = "h"
weight = { distribution = "normal", mean = 8.0, std = 1.0 }
[loss]
kind = "first_spike_cross_entropy"
population = "h"
[[trial]]
label = 0
spikes = { in = [["1 ms"], ["2 ms"]] }
[[trial]]
label = 1
spikes = { in = [["2 ms"], ["1 ms", "9 ms"]] }
)";

}  // namespace

TEST_CASE("a network in memory has its own values and the settings that they do not depend on") {
  const Scenario scenario = parse_scenario(text, "x.toml");
  std::vector<double> values(scenario.network.parameters().begin(),
                             scenario.network.parameters().end());
  values[0] += 1.0;
  const Network other = scenario.network.with_parameters(values);
  const Trained trained = trained_of(scenario, &other, "", {parse_setting("chip.step=0.5 ms")});
  CHECK(trained.scenario.chip.step == 0.5);
  CHECK(scenario.chip.step == 1.0);
  CHECK(trained.network.parameters()[0] == values[0]);
  CHECK(!trained.folder);
  CHECK(trained_of(scenario, nullptr, "").network.parameters()[0] == values[0] - 1.0);
  CHECK_THROWS_WITH(trained_of(scenario, &other, "", {parse_setting("population.h.size=4")}),
                    Contains("--set population.h.size: a network is given, which has its values "
                             "already") &&
                        Contains("chip.KEY"));
  // Without a network the scenario is read again, with anything.
  const Trained larger = trained_of(scenario, nullptr, "", {parse_setting("population.h.size=4")});
  CHECK(larger.network.neuron_count() == 6);
}

TEST_CASE("the trial that is looked at has the name and the number of its part") {
  const Scenario scenario = parse_scenario(text, "x.toml");
  const auto none = []() -> Dataset { throw InternalError("there is no data set"); };
  const ChosenTrial first = choose_trial(scenario, {}, none);
  CHECK(first.name == "train trial 0 (label 0)");
  const ChosenTrial second = choose_trial(scenario, {.part = Part::train, .trial = 1}, none);
  CHECK(second.label == 1);
  CHECK(second.index == 1);
  CHECK(second.trial.inputs.size() == 3);
  CHECK_THROWS_WITH(choose_trial(scenario, {.part = {}, .trial = 2}, none),
                    "--trial 2: the train part has 2 trials, numbered from 0");
  CHECK_THROWS_WITH(part_named("middle"), "--part middle: train, validation or test is needed");
}

TEST_CASE("a deployment that nobody judges has the cores and the forecast of one that is judged") {
  const Scenario scenario = parse_scenario(text, "x.toml");
  const Trained trained = trained_of(scenario, nullptr, "");
  const Dataset dataset = load_dataset(trained.scenario, "");
  const ChipProfile profile = read_chip_profile(library_chip("loihi2"));
  const OnChip on_chip = put_on_chip(trained, dataset);
  const Deployment alone = deploy_network(trained, on_chip, dataset, profile);
  const Evaluation judged = evaluate_network(trained, dataset, profile);
  REQUIRE(judged.chip);
  const Deployment& beside = judged.chip->deployment;
  REQUIRE(alone.forecast);
  CHECK(alone.forecast->time.value == beside.forecast->time.value);
  CHECK(alone.forecast->total_energy.range.high == beside.forecast->total_energy.range.high);
  CHECK(alone.mapping.core_of == beside.mapping.core_of);
  CHECK(alone.fit.cores == beside.fit.cores);
  // Its registers are judged, its behaviour is not.
  CHECK(alone.fit.registers.size() == beside.fit.registers.size());
  CHECK(alone.fit.fidelity == Fidelity::not_seen);
  CHECK(beside.fit.fidelity != Fidelity::not_seen);
}
