// Parts of a scenario's network: what the ranks read together is what one process reads, synapse for
// synapse, whether pairs are listed or drawn by rule. Reference: parse_scenario.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <tuple>
#include <vector>

#include <retrograde/engine/network/with_synapses.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/read/part.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

const std::string text = R"([scenario]
duration = "20 ms"
seed = 5
scheduler = "windowed"
[[population]]
name = "in"
size = 30
model = "input"
[[population]]
name = "e"
size = 41
tau_mem = { distribution = "uniform", low = "10 ms", high = "20 ms" }
[[population]]
name = "out"
size = 3
model = "cuba_li"
[[projection]]
from = "in"
to = "e"
density = 0.3
weight = { distribution = "normal", mean = 0.5, std = 0.2 }
[[projection]]
from = "e"
to = "e"
density = 0.2
self = false
weight = { distribution = "normal", mean = 0.0, std = 0.2 }
delay = { distribution = "uniform", low = "1 ms", high = "5 ms" }
[[projection]]
from = "e"
to = "out"
weight = { distribution = "uniform", low = 0.1, high = 0.2 }
)";

using Row = std::tuple<std::uint32_t, std::uint32_t, double, double>;

std::vector<Row> rows_of(const Network& network, std::size_t projection) {
  std::vector<Row> rows;
  for (const SynapseSpec& s : synapses_of(network, network.projections()[projection]))
    rows.emplace_back(s.source, s.target, s.weight, s.delay);
  return rows;
}

void check_parts(const ScenarioLimits& limits) {
  const Scenario whole = parse_scenario(text, "s.toml", {}, limits);
  for (const int ranks : {1, 2, 5}) {
    std::vector<std::vector<Row>> together(3);
    for (int rank = 0; rank < ranks; ++rank) {
      const NeuronShares shares(rank, ranks);
      const Scenario part = parse_part(text, "s.toml", {}, shares, limits);
      REQUIRE(part.network.neuron_count() == whole.network.neuron_count());
      for (const ParameterKind kind : neuron_parameter_kinds)
        CHECK(std::ranges::equal(part.network.parameters(kind), whole.network.parameters(kind)));
      for (std::size_t p = 0; p < 3; ++p) {
        const Population& to = part.network.populations()[part.network.projections()[p].target];
        for (const Row& row : rows_of(part.network, p)) {
          CHECK(shares.own(to).holds(std::get<1>(row)));
          together[p].push_back(row);
        }
      }
    }
    for (std::size_t p = 0; p < 3; ++p) {
      std::sort(together[p].begin(), together[p].end());
      CAPTURE(ranks, p);
      CHECK((together[p] == rows_of(whole.network, p)));
    }
  }
}

}  // namespace

TEST_CASE("the parts of ranks together are the network of one process", "[ranks]") {
  check_parts({});              // pairs are listed
  check_parts({.pairs = 200});  // sparse projections follow a rule
}

TEST_CASE("limits are those of each rank", "[ranks]") {
  ScenarioLimits few;
  few.synapses = 400;
  CHECK_THROWS_AS(parse_scenario(text, "s.toml", {}, few), ScenarioError);
  CHECK_THROWS_AS(parse_part(text, "s.toml", {}, NeuronShares(0, 1), few), ScenarioError);
  CHECK_NOTHROW(parse_part(text, "s.toml", {}, NeuronShares(0, 3), few));
}

TEST_CASE("what parts have not is refused with the remedy", "[ranks]") {
  const auto refused = [](const std::string& addition) {
    CHECK_THROWS_WITH(parse_part(text + addition, "s.toml", {}, NeuronShares(1, 2)),
                      Contains("without mpirun"));
  };
  refused("learn = [\"delay\"]\ndelay_share = 0.5\ndelay_min = \"0 ms\"\ndelay_max = \"5 ms\"\n");
  CHECK_THROWS_WITH(
      parse_part("[scenario]\nname = \"c\"\n[dictionary]\n", "s.toml", {}, NeuronShares(1, 2)),
      Contains("without mpirun"));
}
