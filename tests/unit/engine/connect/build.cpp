// Networks in one call. References: synapses written out by hand, degrees counted; that numbers are those
// of a scenario is tests/unit/scenarios/read/front_door.cpp.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <retrograde/engine/connect/build.hpp>
#include <retrograde/engine/network/with_synapses.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

constexpr double no_synapse = std::numeric_limits<double>::quiet_NaN();

// From 3 inputs "a", or from "b" to itself, to 2 neurons "b" unless others are wanted.
NetworkSpec spec_of(ProjectionSpec projection, std::uint32_t from = 3, std::uint32_t to = 2) {
  if (projection.from.empty()) projection.from = "a";
  if (projection.to.empty()) projection.to = "b";
  return {.populations = {{.name = "a", .model = Model::input, .size = from},
                          {.name = "b", .size = to}},
          .projections = {std::move(projection)}};
}

using Row = std::tuple<std::uint32_t, std::uint32_t, double, double>;
std::vector<Row> rows_of(const Network& network) {
  std::vector<Row> rows;
  for (const SynapseSpec& s : synapses_of(network, network.projections()[0]))
    rows.emplace_back(s.source, s.target, s.weight, s.delay);
  std::ranges::sort(rows);
  return rows;
}
std::vector<Row> rows_of(const NetworkSpec& spec) { return rows_of(build(spec)); }

std::map<std::uint32_t, int> count_of(const std::vector<Row>& rows, bool by_target) {
  std::map<std::uint32_t, int> count;
  for (const Row& row : rows) ++count[by_target ? std::get<1>(row) : std::get<0>(row)];
  return count;
}

std::string refusal(const NetworkSpec& spec) {
  try {
    build(spec);
  } catch (const NetworkError& error) {
    return error.what();
  }
  return "nothing is refused";
}

}  // namespace

TEST_CASE("matrices, pairs, lists and functions are what they say") {
  // A row for each target, a column for each source; nan: none.
  CHECK(rows_of(spec_of({.weight = {1, 2, 3, 4, no_synapse, 6}, .delay = {7, 8, 9, 1, 2, 3}})) ==
        std::vector<Row>{{0, 0, 1, 7}, {0, 1, 4, 1}, {1, 0, 2, 8}, {2, 0, 3, 9}, {2, 1, 6, 3}});
  CHECK(rows_of(spec_of({.weight = 0.5}, 2, 1)) ==
        std::vector<Row>{{0, 0, 0.5, 0}, {1, 0, 0.5, 0}});
  CHECK(rows_of(spec_of({.connect = one_to_one(), .weight = {1, 2}, .delay = 3}, 2)) ==
        std::vector<Row>{{0, 0, 1, 3}, {1, 1, 2, 3}});
  CHECK(rows_of(spec_of(
            {.connect = synapse_list({2, 0}, {1, 1}), .weight = {5, 6}, .delay = {1, 2}})) ==
        std::vector<Row>{{0, 1, 6, 2}, {2, 1, 5, 1}});
  CHECK(rows_of(spec_of({.connect = synapse_list({2, 2}, {1, 1}, {.allow_multapses = true}),
                         .weight = {5, 6}})) == std::vector<Row>{{2, 1, 5, 0}, {2, 1, 6, 0}});
  CHECK(rows_of(spec_of({.weight = [](std::uint32_t s, std::uint32_t t) { return 10.0 * s + t; }},
                        2)) ==
        std::vector<Row>{{0, 0, 0, 0}, {0, 1, 1, 0}, {1, 0, 10, 0}, {1, 1, 11, 0}});
  // Of a rule, too.
  for (const auto& [source, target, w, d] :
       rows_of(spec_of({.connect = fixed_indegree(2),
       .weight = [](std::uint32_t s, std::uint32_t t) { return 10.0 * s + t; }},
                       9, 5)))
    CHECK(w == 10.0 * source + target);
  CHECK(rows_of(spec_of({.from = "b",
                         .connect = all_to_all({.allow_autapses = false}),
                         .weight = 1,
                         .delay = 1})) == std::vector<Row>{{0, 1, 1, 1}, {1, 0, 1, 1}});
}

TEST_CASE("rules keep their degrees, names their receptors") {
  const auto drawn = [](Connectivity connect) {
    return rows_of(
        spec_of({.from = "b", .connect = std::move(connect), .weight = 1, .delay = 1}, 1, 30));
  };
  const auto indegree = drawn(fixed_indegree(4, {.allow_autapses = false}));
  CHECK(indegree.size() == 120);
  for (const auto& [target, count] : count_of(indegree, true)) CHECK(count == 4);
  for (const Row& row : indegree) CHECK(std::get<0>(row) != std::get<1>(row));
  for (const auto& [source, count] : count_of(drawn(fixed_outdegree(5)), false)) CHECK(count == 5);
  CHECK(drawn(fixed_total_number(77)).size() == 77);
  CHECK(drawn(fixed_indegree(40, {.allow_multapses = true})).size() == 1200);
  // 900 pairs of probability 0.2: 180, with a deviation of 12.
  CHECK(std::abs(static_cast<double>(drawn(pairwise_bernoulli(0.2)).size()) - 180.0) < 60.0);
  CHECK(drawn(pairwise_bernoulli(0.0)).empty());

  NetworkSpec spec = spec_of({.weight = 1, .receptor = 2, .name = "second"});
  spec.populations[1].receptors = {SynapseShape::exponential, SynapseShape::exponential};
  const Network network = build(spec);
  CHECK(network.projections()[0].name == "second");
  CHECK(network.projections()[0].receptor == 1);
  CHECK(build(spec_of({.weight = 1})).projections()[0].name == "a->b");
}

TEST_CASE("draws depend on the seed and on the name, and stay in the range of the parameter") {
  const auto spec = [](std::uint64_t seed, std::string name) {
    NetworkSpec result = spec_of({.weight = Distribution::normal(0.0, 1.0),
                                  .delay = Distribution::normal(0.0, 1.0),
                                  .name = std::move(name)},
                                 20, 20);
    result.seed = seed;
    return result;
  };
  const auto rows = rows_of(spec(1, ""));
  CHECK(rows == rows_of(spec(1, "a->b")));
  CHECK(rows != rows_of(spec(2, "")));
  CHECK(rows != rows_of(spec(1, "other")));
  CHECK(std::ranges::all_of(rows, [](const Row& row) { return std::get<3>(row) >= 0.0; }));
  CHECK(std::ranges::count(rows, 0.0, [](const Row& row) { return std::get<3>(row); }) > 100);
}

TEST_CASE("what cannot be built says where and what to do instead") {
  CHECK_THAT(refusal(spec_of({})), Contains("a->b") && Contains("weight is missing"));
  const ValueSpec::Function nothing;
  CHECK_THAT(refusal(spec_of({.weight = nothing})), Contains("weight is an empty function"));
  CHECK_THAT(refusal(spec_of({.weight = 1, .delay = nothing})),
             Contains("delay is an empty function"));
  CHECK_THAT(refusal(spec_of({.to = "c", .weight = 1})),
             Contains("to is \"c\"") && Contains("the populations are a, b"));
  CHECK_THAT(refusal(spec_of({.weight = {1, 2}})), Contains("weight has 2 values") &&
                                                       Contains("matrix of 2 rows") &&
                                                       Contains("3 columns"));
  CHECK_THAT(refusal(spec_of({.connect = one_to_one(), .weight = 1})),
             Contains("equal size") && Contains("a has 3 neurons and b has 2"));
  CHECK_THAT(refusal(spec_of({.connect = one_to_one(), .weight = {1, 2, 3}}, 2)),
             Contains("3 values") && Contains("one for each synapse"));
  CHECK_THAT(refusal(spec_of({.connect = fixed_indegree(4), .weight = 1})),
             Contains("indegree is 4, and 3 are possible") && Contains("allow_multapses = true"));
  CHECK_THAT(refusal(spec_of({.connect = fixed_outdegree(3), .weight = 1})),
             Contains("outdegree is 3, and 2 are possible"));
  CHECK_THAT(refusal(spec_of({.connect = fixed_total_number(7), .weight = 1})),
             Contains("total is 7, and 6 are possible"));
  CHECK_THAT(refusal(spec_of({.connect = fixed_indegree(1), .weight = {1, 2}})),
             Contains("goes with no rule") && Contains("a distribution or a function"));
  CHECK_THAT(refusal(spec_of({.connect = pairwise_bernoulli(1.5), .weight = 1})),
             Contains("density is 1.5") && Contains("from 0 to 1"));
  CHECK_THAT(refusal(spec_of(
                 {.connect = pairwise_bernoulli(0.5, {.allow_autapses = false}), .weight = 1})),
             Contains("allow_autapses = false has no effect"));
  CHECK_THAT(refusal(spec_of({.connect = synapse_list({0, 1}, {0}), .weight = 1})),
             Contains("2 sources and 1 targets"));
  CHECK_THAT(refusal(spec_of({.connect = synapse_list({0, 3}, {0, 0}), .weight = 1})),
             Contains("synapse 1") && Contains("source 3") && Contains("neurons 0 to 2"));
  CHECK_THAT(refusal(spec_of({.connect = synapse_list({0}, {2}), .weight = 1})),
             Contains("target 2"));
  CHECK_THAT(refusal(spec_of({.weight = no_synapse})), Contains("weight is not a number"));
  CHECK_THAT(refusal(spec_of({.weight = 1, .delay = -1})), Contains("delay") && Contains("-1"));
  CHECK_THAT(refusal(spec_of({.weight = 1, .receptor = 0})), Contains("counted from 1"));
  Connectivity by_distance = pairwise_bernoulli(0.5);
  by_distance.distance = DistanceDensity{};
  CHECK_THAT(refusal(spec_of({.connect = by_distance, .weight = 1})), Contains("needs grids"));
}
