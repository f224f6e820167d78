// From a network to maps, and from a run to what is compared.
#include <catch2/catch.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/analysis/analysis.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

Scenario scenario_of(const std::string& projection, const std::string& rest = "") {
  return parse_scenario(R"([scenario]
duration = "20 ms"
[[population]]
name = "in"
size = 3
spikes = [["1 ms"], [], []]
[[population]]
name = "hidden"
size = 2
dendritic_delay = ["0 ms", "2 ms"]
[[projection]]
from = "in"
to = "hidden"
)" + projection + rest,
                        "x.toml");
}

const std::string by_target =
    "weight = [[1.0, 0.0, -0.5], [-1.0, 2.0, 3.0]]\n"
    "delay = [[\"1 ms\", \"3 ms\", \"5.6 ms\"], [\"2.4 ms\", \"4 ms\", \"6 ms\"]]\n";

}  // namespace

TEST_CASE("a map has the synapses of a neuron with a weight, delays in steps, all parts of them") {
  const Scenario scenario = scenario_of(by_target);
  const auto maps = maps_of(scenario.network, 0, 1.0);
  REQUIRE(maps.size() == 2);
  CHECK(maps[0].channels == std::vector<std::uint32_t>{0, 2});
  CHECK(maps[0].delays == std::vector<std::int32_t>{1, 6});
  CHECK(maps[0].weights == std::vector<double>{1.0, -0.5});
  CHECK(maps[1].neuron == 1);
  CHECK(maps[1].channels == std::vector<std::uint32_t>{0, 1, 2});
  CHECK(maps[1].delays == std::vector<std::int32_t>{4, 6, 8});  // with 2 ms of the dendrite
  CHECK_THROWS_WITH(maps_of(scenario.network, 0, 1e-12), Contains("longer --step"));
}

TEST_CASE("the step of a map is a round one with which the longest delay is 25 steps at most") {
  const Scenario scenario = scenario_of(by_target);  // 8 ms
  CHECK(usual_map_step(scenario, scenario.network) == Approx(0.5));
  const Scenario without = scenario_of("weight = 1.0\n");  // 2 ms of the dendrite
  CHECK(usual_map_step(without, without.network) == Approx(0.1));
}

TEST_CASE("neighbours are by delay alone where a projection comes from no input") {
  Trained trained;
  trained.scenario = scenario_of(by_target, R"([[population]]
name = "out"
size = 1
[[projection]]
from = "hidden"
to = "out"
weight = [[1.0, -1.0]]
delay = "3 ms"
[[projection]]
from = "in"
to = "out"
weight = [[1.0, 0.0, -1.0]]
delay = "3 ms"
)");
  trained.network = trained.scenario.network;
  AnalysisOptions options;
  options.step = 1.0;
  options.clustering.permutations = 9;
  const auto analysed = analyse(trained, options).projections;
  REQUIRE(analysed.size() == 3);
  // Both have two synapses of one delay; those of the input are two channels apart.
  CHECK_FALSE(analysed[1].from_input);
  CHECK(analysed[1].before.clustering.maps[0].state == MapState::measured);
  CHECK(analysed[2].from_input);
  CHECK(analysed[2].before.clustering.maps[0].state == MapState::apart);
}

TEST_CASE("an untrained network is analysed as it is, and a projection by its name") {
  Trained trained;
  trained.scenario = scenario_of(by_target);
  trained.network = trained.scenario.network;
  AnalysisOptions options;
  options.projection = trained.network.projections()[0].name;
  options.step = 2.0;
  const Analysis analysis = analyse(trained, options);
  CHECK(analysis.step == 2.0);
  REQUIRE(analysis.projections.size() == 1);
  CHECK(analysis.projections[0].from_input);
  CHECK(analysis.projections[0].channels == 3);
  CHECK_FALSE(analysis.projections[0].after);
  CHECK(analysis.projections[0].before.clustering.synapses == 5);
  options.projection = "in_hiden";
  CHECK_THROWS_AS(analyse(trained, options), UsageError);
}
