// Networks by rule, and where the synapses of networks lie. Reference: the same synapses as a list,
// sorted by std::sort and looked for one by one.
#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <set>
#include <tbb/global_control.h>
#include <utility>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

// More sources than one task takes, rows of 0 to 6 synapses in an order of their own.
constexpr std::uint32_t sources = 700, targets = 150'000;

std::uint32_t size_of(std::uint32_t source) { return source % 7; }

// The k-th synapse of a source, in an order of its own, has the number 8 source + k.
SynapseSpec synapse_of(std::uint64_t number, std::uint32_t target) {
  Random random(1, "values", number);
  const double weight = random.normal();
  return {static_cast<std::uint32_t>(number / 8), target, weight, random.uniform(1.0, 2.0)};
}

void visit(std::uint32_t source, const std::function<void(const RuleSynapse&)>& meet) {
  Random random(1, "row", source);
  std::set<std::uint32_t> taken;
  for (std::uint32_t k = 0; k < size_of(source); ++k) {
    std::uint32_t target = 0;
    do target = static_cast<std::uint32_t>(random.index(targets));
    while (!taken.insert(target).second);
    meet({source, target, 8ull * source + k});
  }
}

void values(const RuleSynapse& s, double& weight, double& delay) {
  const SynapseSpec synapse = synapse_of(s.number, s.target);
  weight = synapse.weight;
  delay = synapse.delay;
}

std::vector<SynapseSpec> listed() {
  std::vector<SynapseSpec> all;
  for (std::uint32_t i = sources; i-- > 0;)
    visit(i, [&](const RuleSynapse& s) { all.push_back(synapse_of(s.number, s.target)); });
  return all;
}

struct Builder : NetworkBuilder {
  explicit Builder(std::uint32_t from = sources, std::uint32_t to = targets)
      : in(add({.name = "in", .model = Model::input, .size = from})),
        out(add({.name = "out", .size = to})) {}
  std::uint32_t in, out;
};

Network by_rule() {
  Builder builder;
  builder.connect_by_rule(builder.in, builder.out, {sources, visit, values}, "p");
  return std::move(builder).build();
}

void check_equal(const Network& a, const Network& b) {
  REQUIRE(a.synapse_count() == b.synapse_count());
  CHECK(std::ranges::equal(a.parameters(), b.parameters()));
  for (std::size_t k = 0; k < a.projections().size(); ++k) {
    const Projection &p = a.projections()[k], &q = b.projections()[k];
    CHECK(p.rows == q.rows);
    CHECK(p.targets == q.targets);
    CHECK(p.dense == q.dense);
    if (p.dense) continue;
    CHECK(a.incoming(k).begin == b.incoming(k).begin);
    CHECK(a.incoming(k).positions == b.incoming(k).positions);
    CHECK(a.incoming(k).sources == b.incoming(k).sources);
  }
}

}  // namespace

TEST_CASE("a rule makes the network that the list of its synapses makes, for any threads") {
  Builder builder;
  builder.connect(builder.in, builder.out, listed(), "p");
  const Network expected = builder.build();
  for (const std::size_t threads : {1u, 2u, 7u}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    check_equal(by_rule(), expected);
  }
}

TEST_CASE("rows and columns of a projection hold its synapses, sorted, and nothing else") {
  const Network network = by_rule();
  const Projection& p = network.projections()[0];
  std::vector<SynapseSpec> all = listed();
  std::ranges::sort(all, {}, [](const SynapseSpec& s) { return std::pair(s.source, s.target); });
  REQUIRE(p.size == all.size());
  for (SynapseId k = 0; k < p.size; ++k) {
    REQUIRE(p.source_of(k) == all[k].source);
    REQUIRE(p.targets[k] == all[k].target);
    REQUIRE(network.weight(k) == all[k].weight);
    REQUIRE(network.delay(k) == all[k].delay);
    REQUIRE(network.target_of(k) == sources + all[k].target);
  }
  std::vector<std::vector<SynapseId>> columns(targets);
  for (SynapseId k = 0; k < p.size; ++k) columns[all[k].target].push_back(k);
  const IncomingSynapses& in = network.incoming(0);
  REQUIRE(in.begin.size() == targets + 1);
  for (std::uint32_t j = 0; j < targets; ++j) {
    const std::vector<SynapseId> column(in.positions.begin() + in.begin[j],
                                        in.positions.begin() + in.begin[j + 1]);
    REQUIRE(column == columns[j]);
  }
  for (SynapseId k = 0; k < p.size; ++k) {
    REQUIRE(in.sources[k] == all[in.positions[k]].source);
    REQUIRE(p.joining(all[k].source, all[k].target) == k);
  }
  // No other pair is joined, as far as every 37th target tells.
  std::size_t joined = 0, expected = 0;
  for (std::uint32_t i = 0; i < sources; ++i)
    for (std::uint32_t j = 0; j < targets; j += 37) joined += p.joining(i, j) < p.size;
  for (const SynapseSpec& s : all) expected += s.target % 37 == 0;
  REQUIRE(joined == expected);
}

TEST_CASE("a network of lists and rules is one network, its builder may be used again") {
  Builder builder(3, 4);
  builder.connect(builder.in, builder.out, {{2, 1, 1.0, 0.5}, {0, 3, 2.0, 0.5}}, "first");
  builder.connect_by_rule(builder.in, builder.out,
                          {3,
                           [](std::uint32_t i, const auto& meet) {
                             for (std::uint32_t j = 0; j < 4; ++j) meet({i, 3 - j, 0});
                           },
                           [](const RuleSynapse& s, double& weight, double& delay) {
                             weight = 10.0 * s.source;
                             delay = 1.0;
                           }},
                          "all");
  builder.connect(builder.in, builder.out, {}, "none");
  builder.connect(builder.in, builder.out, {{1, 1, 3.0, 0.25}}, "last");
  const Network network = builder.build();
  check_equal(network, builder.build());
  check_equal(network, std::move(builder).build());
  REQUIRE(network.synapse_count() == 15);
  CHECK(network.projections()[1].dense);
  // Ids of a neuron's synapses: one stretch of each projection that has any.
  std::vector<SynapseId> ids;
  for (const SynapseId s : network.synapses_of(1)) ids.push_back(s);
  CHECK(ids == std::vector<SynapseId>{6, 7, 8, 9, 14});
  CHECK(network.synapses_of(4).empty());
}

namespace {

// Four synapses of one pair and one of another, in two pieces, with values by their numbers.
const std::vector<double> twin_delays = {2.0, 1.0, 1.0, 1.0},
                          twin_weights = {0.5, 0.25, -0.5, 0.25};

SynapseRule twins(bool multapses) {
  return {2,
          [](std::uint32_t piece, const auto& meet) {
            if (piece == 0) meet({1, 3, 4});
            for (std::uint64_t k = 0; k < 2; ++k) meet({1, 2, 2 * piece + k});
          },
          [](const RuleSynapse& s, double& weight, double& delay) {
            weight = s.number == 4 ? 1.0 : twin_weights[s.number];
            delay = s.number == 4 ? 1.0 : twin_delays[s.number];
          },
          multapses};
}

}  // namespace

TEST_CASE(
    "multapses are ordered by target, delay and weight, by rule and by list, and never dense") {
  const std::vector<SynapseSpec> list = {
      {1, 2, 0.5, 2.0}, {1, 3, 1.0, 1.0}, {1, 2, 0.25, 1.0}, {1, 2, -0.5, 1.0}, {1, 2, 0.25, 1.0}};
  Builder ruled(2, 4), given(2, 4);
  ruled.connect_by_rule(ruled.in, ruled.out, twins(true), "p");
  given.connect(given.in, given.out, list, "p", 0, true);
  const Network network = ruled.build();
  check_equal(network, given.build());
  const Projection& p = network.projections()[0];
  CHECK(p.targets == std::vector<std::uint32_t>{2, 2, 2, 2, 3});
  CHECK(network.delay(3) == 2.0);
  CHECK(network.weight(0) == 0.25);
  CHECK(network.weight(1) == 0.25);
  CHECK(network.weight(2) == -0.5);
  CHECK(p.joining(1, 2) == 0);
  CHECK(p.joining_end(1, 0) == 4);
  CHECK(p.joining_end(1, 4) == 5);
  // As many synapses as there are pairs, and yet not from all to all.
  Builder two(1, 2);
  two.connect(two.in, two.out, {{0, 1, 1.0, 1.0}, {0, 1, 1.0, 1.0}}, "p", 0, true);
  CHECK_FALSE(two.build().projections()[0].dense);
  Builder refused(2, 4);
  refused.connect_by_rule(refused.in, refused.out, twins(false), "p");
  CHECK_THROWS_WITH(std::move(refused).build(), Contains("p[2, 1]") && Contains("given twice"));
}

TEST_CASE("what a rule must not say is refused as in a list, the first source first") {
  const auto refusal = [](std::uint32_t second) -> std::string {
    Builder builder(600, 5);
    try {
      builder.connect_by_rule(
          builder.in, builder.out,
          {600,
           [=](std::uint32_t i, const auto& meet) {
             if (i != 3 && i != 599) return;
             meet({i, 4, 0});
             meet({i, second, 1});
           },
           [](const RuleSynapse&, double& weight, double& delay) { weight = delay = 1.0; }},
          "p");
      std::move(builder).build();
    } catch (const NetworkError& error) {
      return error.what();
    }
    return "";
  };
  CHECK(refusal(3).empty());
  CHECK_THAT(refusal(4), Contains("p[4, 3]") && Contains("given twice"));
  CHECK_THAT(refusal(5), Contains("p[5, 3]") && Contains("5 targets"));
}
