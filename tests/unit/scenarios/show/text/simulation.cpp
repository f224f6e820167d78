// What is printed of one trial: what spikes, and what an analogue input does, apart.
#include <catch2/catch.hpp>
#include <string>

#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/trial/signal.hpp>
#include <retrograde/scenarios/show/text/simulation.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

// One input that fires, one that brings a signal whose changes are all 1, and one of other changes.
const std::string analogue = R"([scenario]
duration = "40 ms"
[[population]]
name = "in"
size = 1
spikes = [["2 ms", "3 ms"]]
[[population]]
name = "stairs"
size = 2
signal = [[{ at = "5 ms", value = 1 }, { at = "6 ms", value = 2 }], []]
[[population]]
name = "current"
size = 1
signal = [[{ at = "20 ms", value = 1.6 }]]
[[population]]
name = "cell"
size = 1
receptors = ["exponential", "step"]
[[projection]]
from = "in"
to = "cell"
weight = 0.001
[[projection]]
from = "stairs"
to = "cell"
receptor = 2
weight = 0.001
[[projection]]
from = "current"
to = "cell"
receptor = 2
weight = 0.001
)";

std::string text_of(const std::string& scenario_text) {
  const Scenario scenario = parse_scenario(scenario_text, "x.toml");
  Simulation s;
  s.trial = "inline trial";
  s.tape = scenario.machine(scenario.network)->run(scenario.trial, scenario.run_options());
  return simulation_text(scenario, scenario.network, s);
}

}  // namespace

TEST_CASE("changes of signals are no spikes, in tables, times and counts") {
  const std::string text = text_of(analogue);
  CHECK_THAT(text, Contains("population        neurons     spikes  spikes/neuron"));
  CHECK_THAT(text, Contains("in                      1          2 ") &&
                       Contains("cell                    1          0 "));
  CHECK_THAT(text, Contains("signal            neurons    changes changes/neuron"));
  CHECK_THAT(text, Contains("stairs                  2          2 ") &&
                       Contains("current                 1          1 "));
  const std::size_t spikes = text.find("\nspike times"), changes = text.find("\nchange times");
  REQUIRE(changes != std::string::npos);
  CHECK(text.find("in[0]", spikes) < changes);
  CHECK(text.find("stairs[0]", spikes) > changes);
  CHECK_THAT(text.substr(changes), Contains("5 6\n") && Contains("constant"));

  const Scenario scenario = parse_scenario(analogue, "x.toml");
  CHECK(input_count_text(scenario.network, scenario.trial) ==
        "2 input spikes and 3 changes of signals");
  const Tape tape = scenario.machine(scenario.network)->run(scenario.trial, scenario.run_options());
  CHECK(spike_count_text(scenario.network, tape) == "2 spikes and 3 changes of signals");
  CHECK(signal_populations(scenario.network, tape) == std::vector<char>{0, 1, 1, 0});
}

TEST_CASE("a trial without signals has one table, and all of it is spikes") {
  // Up to the signals, and a neuron.
  const std::string text =
      text_of(analogue.substr(0, analogue.find("[[population]]\nname = \"stairs\"")) +
              "[[population]]\nname = \"cell\"\nsize = 1\n");
  CHECK_THAT(text, Contains("in                      1          2 ") && !Contains("change") &&
                       !Contains("signal"));
}
