// What may be learned and within which bounds. Reference: the contract in adjoint/train/learning.hpp.
#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <vector>

#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/engine/network/analysis.hpp>
#include <retrograde/events/random.hpp>

using namespace retrograde;

namespace {

Network network() {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  const auto n = builder.add({.name = "n", .size = 3});
  builder.connect(in, n, {{0, 0, 1.0, 1.0}, {1, 2, 1.0, 1.0}});
  return builder.build();
}

}  // namespace

TEST_CASE("at first nothing is learned and every kind has the bounds of its range") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Network net = network();
  const ParameterLayout& layout = net.layout();
  const Learning learning = Learning::none(net);
  REQUIRE(learning.learned.size() == layout.size());
  REQUIRE(learning.lower.size() == layout.size());
  REQUIRE(learning.upper.size() == layout.size());
  CHECK_FALSE(learning.any());
  const auto lower = [](ParameterKind kind) {
    switch (kind) {
      case ParameterKind::delay:
      case ParameterKind::t_ref:
      case ParameterKind::adaptation:
      case ParameterKind::axonal_delay:
      case ParameterKind::dendritic_delay:
        return 0.0;
      case ParameterKind::tau_mem:
      case ParameterKind::tau_syn:
      case ParameterKind::tau_syn_2:
      case ParameterKind::tau_syn_3:
      case ParameterKind::tau_syn_4:
      case ParameterKind::tau_adapt:
        return 0.1;
      case ParameterKind::v_threshold:
        return 1e-3;
      default:
        return -infinity;
    }
  };
  for (const ParameterKind kind : parameter_kinds) {
    CAPTURE(std::string(name(kind)));
    CHECK_FALSE(learning.any(layout, kind));
    for (std::size_t k = 0; k < layout.count(kind); ++k) {
      CHECK(learning.learned[layout.offset(kind) + k] == 0);
      CHECK(learning.lower[layout.offset(kind) + k] == lower(kind));
      CHECK(learning.upper[layout.offset(kind) + k] == infinity);
    }
  }
}

TEST_CASE("one learned entry is seen for its kind, at both ends of the kind, and for no other") {
  const Network net = network();
  const ParameterLayout& layout = net.layout();
  for (const ParameterKind kind : parameter_kinds)
    for (const std::size_t k : {std::size_t{0}, layout.count(kind) - 1}) {
      Learning learning = Learning::none(net);
      learning.learned.set(layout.offset(kind) + k, 1);
      CHECK(learning.any());
      for (const ParameterKind other : parameter_kinds)
        CHECK(learning.any(layout, other) == (other == kind));
    }
}

TEST_CASE("of a network without synapses no weight and no delay is learned") {
  NetworkBuilder builder;
  builder.add({.name = "n", .size = 1});
  const Network net = builder.build();
  Learning learning = Learning::none(net);
  learning.learned.fill(0, net.layout().size(), 1);
  CHECK_FALSE(learning.any(net.layout(), ParameterKind::weight));
  CHECK_FALSE(learning.any(net.layout(), ParameterKind::delay));
  CHECK(learning.any(net.layout(), ParameterKind::t_ref));
}

TEST_CASE("delays that could vanish together around a cycle get a floor, all others keep theirs") {
  // a <-> b in both directions, c behind them; what is learned is the axonal delay of a and b, the
  // synaptic one from a to b and the dendritic one of c.
  NetworkBuilder builder;
  const auto p = builder.add({.name = "p",
                              .size = 3,
                              .axonal_delay = {0.05, 3.0, 2.0},
                              .dendritic_delay = {0.0, 0.0, 1.0}});
  builder.connect(p, p, {{0, 1, 1.0, 0.5}, {1, 0, 1.0, 0.0}, {1, 2, 1.0, 0.0}});
  const Network net = builder.build();
  const auto at = [&](ParameterKind kind, std::size_t k) { return net.layout().offset(kind) + k; };
  Learning learning = Learning::none(net);
  for (const std::size_t k :
       {at(ParameterKind::axonal_delay, 0), at(ParameterKind::axonal_delay, 1),
        at(ParameterKind::delay, 0), at(ParameterKind::dendritic_delay, 2)})
    learning.learned.set(k, 1);
  const Learning floored = with_open_cycles(learning, net);
  CHECK(floored.lower[at(ParameterKind::axonal_delay, 0)] == 0.05);
  CHECK(floored.lower[at(ParameterKind::axonal_delay, 1)] == shortest_cycle_delay);
  CHECK(floored.lower[at(ParameterKind::delay, 0)] == shortest_cycle_delay);
  CHECK(floored.lower[at(ParameterKind::dendritic_delay, 2)] == 0.0);
  CHECK(floored.upper == learning.upper);
  CHECK(floored.learned == learning.learned);

  // A bound above 0 on one of them, or a fixed delay, keeps the cycle open already.
  learning.lower.set(at(ParameterKind::delay, 0), 0.01);
  CHECK(with_open_cycles(learning, net).lower == learning.lower);
  learning.lower.set(at(ParameterKind::delay, 0), 0.0);
  learning.learned.set(at(ParameterKind::delay, 0), 0);
  CHECK(with_open_cycles(learning, net).lower == learning.lower);
}

namespace {

// A recurrent network, some of whose delays are 0 or short.
Network tangled(Random& random, std::uint32_t size) {
  const auto some = [&] {
    const double choice[] = {0.0, 0.0, 0.03, 0.07, random.uniform(0.0, 0.2), 5.0};
    return choice[random.index(6)];
  };
  std::vector<double> axonal, dendritic;
  for (std::uint32_t n = 0; n < size; ++n) {
    axonal.push_back(some());
    dendritic.push_back(some());
  }
  std::vector<SynapseSpec> synapses;
  for (std::uint32_t source = 0; source < size; ++source)
    for (std::uint32_t target = 0; target < size; ++target)
      // Not a cycle of zeros, which no network may have.
      if (random.index(5) == 0)
        synapses.push_back({source, target, 1.0, source < target ? some() : 0.01 + some()});
  NetworkBuilder builder;
  const auto p = builder.add(
      {.name = "p", .size = size, .axonal_delay = axonal, .dendritic_delay = dendritic});
  builder.connect(p, p, std::move(synapses));
  return builder.build();
}

// with_open_cycles on vectors with an entry for every parameter.
std::vector<double> floors(const Learning& learning, const Network& network) {
  const ParameterLayout& layout = network.layout();
  const auto values = network.parameters();
  std::vector<double> lower;
  for (std::size_t k = 0; k < learning.size(); ++k) lower.push_back(learning.lower[k]);
  const auto parts = [&](NeuronId source, SynapseId s) {
    return std::vector{layout.offset(ParameterKind::axonal_delay) + source,
                       layout.offset(ParameterKind::delay) + s,
                       layout.offset(ParameterKind::dendritic_delay) + network.target_of(s)};
  };
  const auto may_vanish = [&](NeuronId source, SynapseId s) {
    double shortest = 0.0;
    for (const std::size_t k : parts(source, s))
      shortest = std::max(shortest, learning.learned[k] ? learning.lower[k] : values[k]);
    return shortest == 0.0;
  };
  std::vector<double> raised = lower;
  for (const auto& [source, s] : synapses_on_cycles(network, may_vanish))
    for (const std::size_t k : parts(source, s))
      if (learning.learned[k])
        raised[k] = std::max(lower[k], std::min(values[k], shortest_cycle_delay));
  return raised;
}

}  // namespace

TEST_CASE("floors under delays of cycles are those of a list with an entry for each parameter") {
  std::size_t moved = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Random random(seed, "open cycles");
    const Network net = tangled(random, 5 + static_cast<std::uint32_t>(random.index(20)));
    Learning learning = Learning::none(net);
    const double share = random.uniform();
    for (const ParameterKind kind : parameter_kinds)
      for (std::size_t k = 0; is_delay(kind) && k < net.layout().count(kind); ++k) {
        const std::size_t at = net.layout().offset(kind) + k;
        learning.learned.set(at, random.uniform() < share);
        if (random.uniform() < 0.2) learning.lower.set(at, 0.05);
      }
    const std::vector<double> expected = floors(learning, net);
    const Learning open = with_open_cycles(learning, net);
    REQUIRE(open.size() == expected.size());
    std::size_t wrong = 0;
    for (std::size_t k = 0; k < expected.size(); ++k) {
      wrong += open.lower[k] != expected[k];
      moved += expected[k] != learning.lower[k];
    }
    CHECK(wrong == 0);
    CHECK(open.learned == learning.learned);
    CHECK(open.upper == learning.upper);
  }
  CHECK(moved > 100);
}

TEST_CASE("stretches that are learned alike cover what is asked for, each entry once") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    Random random(seed, "alike");
    Learning learning;
    const std::size_t size = 30;
    for (std::size_t k = 0; k < size; ++k) {
      learning.learned.append(1, static_cast<char>(random.index(2)));
      learning.lower.append(1, static_cast<double>(random.index(2)));
      learning.upper.append(1, static_cast<double>(random.index(2)));
    }
    const std::size_t begin = random.index(size), end = begin + random.index(size - begin + 1);
    std::size_t next = begin, learned = 0;
    learning.for_each_alike(begin, end,
                            [&](std::size_t from, std::size_t to, const ValueRange& range) {
                              CHECK(from == next);
                              CHECK(to > from);
                              for (next = from; next < to; ++next) {
                                learned += range.learned;
                                CHECK(range.learned == (learning.learned[next] != 0));
                                CHECK(range.lower == learning.lower[next]);
                                CHECK(range.upper == learning.upper[next]);
                              }
                            });
    CHECK(next == end);
    CHECK(learning.count(begin, end) == learned);
  }
}

TEST_CASE("bounds of what is learned alike take no memory, whatever the size of the network") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 300});
  const auto a = builder.add({.name = "a", .size = 300});
  std::vector<SynapseSpec> all;
  for (std::uint32_t i = 0; i < 300; ++i)
    for (std::uint32_t j = 0; j < 300; ++j) all.push_back({i, j, 1.0, 1.0});
  builder.connect(in, a, all);
  builder.connect(a, a, std::move(all));
  const Network net = builder.build();
  const ParameterLayout& layout = net.layout();
  const auto bytes = [](const Learning& of) {
    return of.learned.bytes() + of.lower.bytes() + of.upper.bytes();
  };
  Learning learning = Learning::none(net);
  CHECK(bytes(learning) < 1024);
  learning.learned.fill(0, layout.synapses, 1);
  learning.lower.fill(net.projections()[1].first, net.projections()[1].size, -2.0);
  CHECK(bytes(learning) < 1024);
  learning.learned.fill(layout.offset(ParameterKind::delay), layout.synapses, 1);
  learning = with_open_cycles(std::move(learning), net);
  CHECK(learning.lower[layout.offset(ParameterKind::delay) + net.projections()[1].first] ==
        shortest_cycle_delay);
  CHECK(bytes(learning) < 1024);
}
