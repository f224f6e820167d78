// What the graph analysis says about graphs small enough to be analysed by hand. The reference of
// each test is the drawing in its comment.
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include <retrograde/engine/network/analysis.hpp>

using namespace retrograde;

namespace {

Network network_of(std::uint32_t size, std::vector<SynapseSpec> synapses,
                   std::vector<SynapseSpec> more = {}) {
  NetworkBuilder builder;
  const auto n = builder.add({.name = "n", .size = size});
  builder.connect(n, n, std::move(synapses));
  if (!more.empty()) builder.connect(n, n, std::move(more), "more");
  return builder.build();
}

}  // namespace

TEST_CASE("a network without synapses has no delays, no recurrence and no depth") {
  const NetworkAnalysis a = analyse(network_of(3, {}));
  CHECK(a.min_delay == never);
  CHECK(a.max_delay == 0);
  CHECK(a.lookahead == never);
  CHECK(a.component_count == 3);
  CHECK(a.recurrent.empty());
  CHECK(a.depth == 0);
}

TEST_CASE("a feed-forward diamond has unlimited lookahead and the depth of its longest path") {
  // 0 -> 1 -> 2 -> 3 and 0 -> 3; the short way has the longest delay.
  const NetworkAnalysis a =
      analyse(network_of(4, {{0, 1, 1, 2.0}, {1, 2, 1, 0.5}, {2, 3, 1, 1.0}, {0, 3, 1, 9.0}}));
  CHECK(a.min_delay == 0.5);
  CHECK(a.max_delay == 9.0);
  CHECK(a.lookahead == never);
  CHECK(a.component_count == 4);
  CHECK(a.recurrent.empty());
  CHECK(a.depth == 3);
}

TEST_CASE(
    "two loops joined by a bridge are two components; the bridge does not limit the lookahead") {
  // 0 -2-> 1 -3-> 0        1 -0.1-> 2        2 -4-> 3 -1.5-> 4 -2-> 2, 3 -6-> 2
  const NetworkAnalysis a = analyse(network_of(5, {{0, 1, 1, 2.0},
                                                   {1, 0, 1, 3.0},
                                                   {1, 2, 1, 0.1},
                                                   {2, 3, 1, 4.0},
                                                   {3, 4, 1, 1.5},
                                                   {4, 2, 1, 2.0},
                                                   {3, 2, 1, 6.0}}));
  CHECK(a.min_delay == 0.1);
  CHECK(a.lookahead == 1.5);
  CHECK(a.component_count == 2);
  CHECK(a.depth == 1);
  REQUIRE(a.recurrent.size() == 2);
  CHECK(a.recurrent[0].neurons == std::vector<NeuronId>{0, 1});
  CHECK(a.recurrent[0].synapses == 2);
  CHECK(a.recurrent[0].min_delay == 2.0);
  CHECK(a.recurrent[0].max_delay == 3.0);
  CHECK(a.recurrent[0].shortest_cycle == 5.0);
  CHECK(a.recurrent[0].longest_cycle == 5.0);
  CHECK(a.recurrent[1].neurons == std::vector<NeuronId>{2, 3, 4});
  CHECK(a.recurrent[1].synapses == 4);
  CHECK(a.recurrent[1].shortest_cycle == 7.5);
  CHECK(a.recurrent[1].longest_cycle == 10.0);
}

TEST_CASE("in a ring the shortest and the longest cycle are the ring: the sum of its delays") {
  // 0 -1.25-> 1 -2.5-> 2 -0.5-> 0
  const NetworkAnalysis a =
      analyse(network_of(3, {{0, 1, 1, 1.25}, {1, 2, 1, 2.5}, {2, 0, 1, 0.5}}));
  CHECK(a.component_count == 1);
  CHECK(a.depth == 0);
  CHECK(a.min_delay == 0.5);
  CHECK(a.max_delay == 2.5);
  CHECK(a.lookahead == 0.5);
  REQUIRE(a.recurrent.size() == 1);
  CHECK(a.recurrent[0].neurons == std::vector<NeuronId>{0, 1, 2});
  CHECK(a.recurrent[0].synapses == 3);
  CHECK(a.recurrent[0].shortest_cycle == 4.25);
  CHECK(a.recurrent[0].longest_cycle == 4.25);
}

TEST_CASE("of four neurons, each connected to each other, the best of 20 cycles by hand") {
  // Delay 2^(3 i + j') of i -> j, j' the rank of j among the others: sums of different cycles
  // differ. The slowest synapses 3 -> 2 (2048), 2 -> 3 (256), 1 -> 3 (32), 0 -> 3 (4) lie on
  // cycles; with 2 -> 1 (128) instead of 2 -> 3 all four neurons do: 0 3 2 1 takes
  // 4 + 2048 + 128 + 8, but 1 3 2 with 32 + 2048 + 128 takes more, and 2 3 most: 256 + 2048.
  // The quickest is 0 1: 1 + 8.
  std::vector<SynapseSpec> all;
  for (std::uint32_t i = 0; i < 4; ++i)
    for (std::uint32_t j = 0; j < 4; ++j)
      if (i != j) all.push_back({i, j, 1.0, static_cast<double>(1u << (3 * i + j - (j > i)))});
  const NetworkAnalysis a = analyse(network_of(4, all));
  REQUIRE(a.recurrent.size() == 1);
  CHECK(a.recurrent[0].synapses == 12);
  CHECK(a.recurrent[0].shortest_cycle == 9.0);
  CHECK(a.recurrent[0].longest_cycle == 2304.0);
}

TEST_CASE("a self-connection is a recurrent component of one neuron") {
  const NetworkAnalysis a = analyse(network_of(2, {{1, 1, 1, 2.5}, {0, 1, 1, 0.0}}));
  REQUIRE(a.recurrent.size() == 1);
  CHECK(a.recurrent[0].neurons == std::vector<NeuronId>{1});
  CHECK(a.recurrent[0].shortest_cycle == 2.5);
  CHECK(a.recurrent[0].longest_cycle == 2.5);
  CHECK(a.lookahead == 2.5);
}

TEST_CASE("of parallel synapses the quick one makes the shortest cycle, the slow one the longest") {
  const NetworkAnalysis a =
      analyse(network_of(2, {{0, 1, 1, 2.0}, {1, 0, 1, 3.0}}, {{0, 1, 1, 7.0}, {1, 0, 1, 1.0}}));
  REQUIRE(a.recurrent.size() == 1);
  CHECK(a.recurrent[0].shortest_cycle == 3.0);
  CHECK(a.recurrent[0].longest_cycle == 10.0);
}

TEST_CASE("the longest cycle visits no neuron twice") {
  // Two triangles that share neuron 0: 0-1-2 of 3 ms, 0-3-4 of 30 ms; going round both is no cycle
  // of that kind.
  const NetworkAnalysis a = analyse(network_of(
      5, {{0, 1, 1, 1}, {1, 2, 1, 1}, {2, 0, 1, 1}, {0, 3, 1, 10}, {3, 4, 1, 10}, {4, 0, 1, 10}}));
  REQUIRE(a.recurrent.size() == 1);
  CHECK(a.recurrent[0].shortest_cycle == 3.0);
  CHECK(a.recurrent[0].longest_cycle == 30.0);
}

TEST_CASE("a zero delay inside a loop leaves it a loop without lookahead") {
  const NetworkAnalysis a = analyse(network_of(2, {{0, 1, 1, 0.0}, {1, 0, 1, 4.0}}));
  CHECK(a.lookahead == 0.0);
  CHECK(a.recurrent.at(0).shortest_cycle == 4.0);
}

TEST_CASE(
    "components above the limit are not searched for cycles, ten neurons are the most for the "
    "longest") {
  std::vector<SynapseSpec> ring;
  for (std::uint32_t n = 0; n < 11; ++n) ring.push_back({n, (n + 1) % 11, 1, 1.0});
  const Network network = network_of(11, ring);
  CHECK(analyse(network, 10).recurrent.at(0).shortest_cycle == never);
  CHECK(analyse(network, 11).recurrent.at(0).shortest_cycle == 11.0);
  CHECK(analyse(network, 11).recurrent.at(0).longest_cycle == never);
  CHECK(analyse(network, 10).lookahead == 1.0);
}

TEST_CASE(
    "shortest and longest cycles of random graphs agree with trying every order of every subset") {
  std::mt19937 random(11);
  std::uniform_int_distribution<int> delay(1, 50), coin(0, 2);
  for (int round = 0; round < 30; ++round) {
    constexpr std::uint32_t size = 6;
    std::vector<std::vector<double>> d(size, std::vector<double>(size, never));
    std::vector<SynapseSpec> synapses;
    for (std::uint32_t i = 0; i < size; ++i)
      for (std::uint32_t j = 0; j < size; ++j)
        if (coin(random) == 0) synapses.push_back({i, j, 1.0, d[i][j] = delay(random)});
    double shortest = never, longest = 0.0;
    std::vector<std::uint32_t> order(size);
    for (std::uint32_t n = 0; n < size; ++n) order[n] = n;
    do {  // every cycle is a prefix of some permutation, closed
      double length = 0.0;
      for (std::uint32_t k = 0; k < size; ++k) {
        const double closed = length + d[order[k]][order[0]];
        if (closed < never) {
          shortest = std::min(shortest, closed);
          longest = std::max(longest, closed);
        }
        if (k + 1 < size) length += d[order[k]][order[k + 1]];
      }
    } while (std::next_permutation(order.begin(), order.end()));
    double found_shortest = never, found_longest = 0.0, lookahead = never;
    const NetworkAnalysis a = analyse(network_of(size, synapses));
    for (const RecurrentComponent& r : a.recurrent) {
      found_shortest = std::min(found_shortest, r.shortest_cycle);
      found_longest = std::max(found_longest, r.longest_cycle);
      lookahead = std::min(lookahead, r.min_delay);
    }
    CHECK(found_shortest == shortest);
    CHECK(found_longest == longest);
    CHECK(lookahead == a.lookahead);
  }
}

TEST_CASE(
    "parallel synapses do not multiply the search for cycles: ten neurons, each connected to each "
    "by three, are analysed") {
  // 10! orders times 3^10 choices of synapse would not end within the time that a test has.
  NetworkBuilder builder;
  const auto n = builder.add({.name = "n", .size = 10});
  std::vector<SynapseSpec> all;
  for (std::uint32_t i = 0; i < 10; ++i)
    for (std::uint32_t j = 0; j < 10; ++j) all.push_back({i, j, 1.0, 1.0});
  for (const char* name : {"a", "b"}) builder.connect(n, n, all, name);
  for (SynapseSpec& s : all) s.delay = 2.0;
  builder.connect(n, n, all, "slow");
  const Network network = builder.build();
  const NetworkAnalysis a = analyse(network);
  CHECK(a.recurrent.at(0).shortest_cycle == 1.0);
  CHECK(a.recurrent.at(0).longest_cycle == 20.0);
  CHECK(a.recurrent.at(0).synapses == 300);
}

TEST_CASE(
    "a chain of two hundred thousand neurons without delay is analysed without running out of "
    "stack") {
  constexpr std::uint32_t size = 200000;
  std::vector<SynapseSpec> chain;
  for (std::uint32_t n = 0; n + 1 < size; ++n) chain.push_back({n, n + 1, 1.0, 0.0});
  const NetworkAnalysis a = analyse(network_of(size, std::move(chain)));
  CHECK(a.depth == size - 1);
  CHECK(a.recurrent.empty());
  CHECK(a.lookahead == never);
}
