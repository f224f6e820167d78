// Networks by rule, and where the synapses of networks lie. Reference: the same synapses as a list,
// sorted by std::sort and looked for one by one.
#include <algorithm>
#include <catch2/catch.hpp>
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

void draw(std::uint32_t source, std::span<RowSynapse> row) {
  Random random(1, "row", source);
  std::set<std::uint32_t> taken;
  for (RowSynapse& s : row) {
    do s.target = static_cast<std::uint32_t>(random.index(targets));
    while (!taken.insert(s.target).second);
    s.weight = random.normal();
    s.delay = random.uniform(1.0, 2.0);
  }
}

std::vector<SynapseSpec> listed() {
  std::vector<SynapseSpec> all;
  std::vector<RowSynapse> row;
  for (std::uint32_t i = sources; i-- > 0;) {
    row.resize(size_of(i));
    draw(i, row);
    for (const RowSynapse& s : row) all.push_back({i, s.target, s.weight, s.delay});
  }
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
  builder.connect_by_rule(builder.in, builder.out, {size_of, draw}, "p");
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
                          {[](std::uint32_t) { return 4u; },
                           [](std::uint32_t i, std::span<RowSynapse> row) {
                             for (std::uint32_t j = 0; j < 4; ++j) row[j] = {3 - j, 10.0 * i, 1.0};
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

TEST_CASE("what a rule must not say is refused as in a list, the first source first") {
  const auto refusal = [](std::uint32_t second, std::uint32_t size = 2) -> std::string {
    Builder builder(600, 5);
    builder.connect_by_rule(builder.in, builder.out,
                            {[=](std::uint32_t i) { return i == 3 || i == 599 ? size : 0u; },
                             [=](std::uint32_t, std::span<RowSynapse> row) {
                               row[0] = {4, 1.0, 1.0};
                               row[1] = {second, 1.0, 1.0};
                             }},
                            "p");
    try {
      std::move(builder).build();
    } catch (const NetworkError& error) {
      return error.what();
    }
    return "";
  };
  CHECK(refusal(3).empty());
  CHECK_THAT(refusal(4), Contains("p[4, 3]") && Contains("given twice"));
  CHECK_THAT(refusal(5), Contains("p[5, 3]") && Contains("5 targets"));
  Builder builder(600, 5);
  const SynapseRule many{[](std::uint32_t) { return 1u << 23; },
                         [](std::uint32_t, std::span<RowSynapse>) {}};
  CHECK_THROWS_AS(builder.connect_by_rule(builder.in, builder.out, many), LimitError);
}
