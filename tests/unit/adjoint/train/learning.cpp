// What may be learned and within which bounds. Reference: the contract in adjoint/train/learning.hpp.
#include <catch2/catch.hpp>
#include <limits>
#include <string>

#include <retrograde/adjoint/train/learning.hpp>

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
