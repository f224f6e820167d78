// Building networks: where parameters lie, what is refused, and that every refusal says where and
// what to do. Reference: the contracts in engine/network/network.hpp and engine/parameters.hpp.
#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <vector>

#include <retrograde/engine/network/cuba_lif_neurons.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

// Runs `body`, which has to be refused; gives back where and with which words.
struct Refusal {
  std::string where, message;
};
template <typename Body>
Refusal refusal(const Body& body) {
  try {
    body();
  } catch (const NetworkError& error) {
    return {error.where, error.what()};
  }
  FAIL("nothing was refused");
  return {};
}

struct Builder : NetworkBuilder {
  std::uint32_t in = add({.name = "in", .model = Model::input, .size = 2});
  std::uint32_t hidden = add({.name = "hidden", .size = 3});
  std::uint32_t out = add({.name = "out", .model = Model::cuba_li, .size = 2});
};

// The refusal of a hidden population with one parameter set so.
Refusal refused(ParameterKind kind, double value) {
  Builder builder;
  const Network good = builder.build();
  std::vector<double> values(good.parameters().begin(), good.parameters().end());
  values[good.layout().offset(kind) + 3] = value;
  const Refusal later = refusal([&] { good.with_parameters(values); });
  // The builder and with_parameters refuse alike.
  const Refusal first = refusal([&] {
    Builder again;
    PopulationSpec spec{.name = "other", .size = 1};
    spec.values(kind) = {value};
    again.add(spec);
    again.build();
  });
  CHECK(first.where == "other[0]");
  CHECK_THAT(later.message, Contains(std::string(name(kind))));
  return later;
}

}  // namespace

TEST_CASE("populations follow each other in the order of adding, neurons are named after them") {
  const Network network = Builder().build();
  REQUIRE(network.neuron_count() == 7);
  CHECK(network.populations()[1].first == 2);
  CHECK(network.population_of(4) == 1);
  CHECK(network.model_of(0) == Model::input);
  CHECK(network.model_of(6) == Model::cuba_li);
  CHECK(network.neuron_name(4) == "hidden[2]");
  CHECK(network.find_population("out") == 2u);
  CHECK(network.find_population("nobody") == std::nullopt);
  CHECK(network.find_projection("nothing") == std::nullopt);
}

TEST_CASE("synapses of a projection are ordered by source, then target, however they were given") {
  Builder builder;
  builder.connect(builder.in, builder.hidden,
                  {{1, 2, 4.0, 0.4}, {0, 1, 2.0, 0.2}, {1, 0, 3.0, 0.3}, {0, 0, 1.0, 0.1}});
  const Network network = builder.build();
  REQUIRE(network.synapse_count() == 4);
  for (SynapseId s = 0; s < 4; ++s) {
    CHECK(network.weight(s) == s + 1.0);
    CHECK(network.delay(s) == Approx(0.1 * (s + 1.0)));
  }
  const Projection& p = network.projections()[0];
  CHECK(p.name == "in->hidden");
  CHECK(p.rows == std::vector<SynapseId>{0, 2, 4});
  CHECK(p.targets == std::vector<std::uint32_t>{0, 1, 0, 2});
}

TEST_CASE(
    "a spike meets its synapses ordered by delay, then target, then synapse, across projections") {
  Builder builder;
  builder.connect(builder.in, builder.hidden,
                  {{0, 0, 1.0, 5.0}, {0, 1, 2.0, 1.0}, {0, 2, 3.0, 1.0}});
  builder.connect(builder.in, builder.out, {{0, 0, 4.0, 1.0}, {0, 1, 5.0, 0.0}});
  builder.connect(builder.in, builder.hidden, {{0, 1, 6.0, 1.0}}, "again");
  const Network network = builder.build();
  std::vector<double> weights;
  for (const Synapse& s : network.outgoing(0)) weights.push_back(s.weight);
  CHECK(weights == std::vector<double>{5.0, 2.0, 6.0, 3.0, 4.0, 1.0});
  CHECK(network.outgoing(1).empty());
  // Also after delays have changed.
  std::vector<double> values(network.parameters().begin(), network.parameters().end());
  values[network.layout().offset(ParameterKind::delay)] = 0.5;
  const Network other = network.with_parameters(values);
  weights.clear();
  for (const Synapse& s : other.outgoing(0)) weights.push_back(s.weight);
  CHECK(weights == std::vector<double>{5.0, 1.0, 2.0, 6.0, 3.0, 4.0});
  CHECK(network.outgoing(0).back().weight == 1.0);  // the first network is what it was
}

TEST_CASE("a parameter given once holds for every neuron, given per neuron for each") {
  NetworkBuilder builder;
  builder.add({.name = "a", .size = 2, .tau_mem = {10.0, 30.0}, .t_ref = {2.0}});
  const Network network = builder.build();
  CHECK(network.parameter(ParameterKind::tau_mem, 1) == 30.0);
  CHECK(cuba_lif_neuron(network, 1).tau_mem == 30.0);
  CHECK(network.parameter(ParameterKind::t_ref, 0) == 2.0);
  CHECK(network.parameter(ParameterKind::t_ref, 1) == 2.0);
}

TEST_CASE("kinds of parameters do not overlap in the flat vector and fill it") {
  const ParameterLayout layout{5, 3};
  std::vector<int> hits(layout.size(), 0);
  for (const ParameterKind kind : parameter_kinds)
    for (std::size_t k = 0; k < layout.count(kind); ++k) ++hits[layout.offset(kind) + k];
  CHECK(hits == std::vector<int>(layout.size(), 1));
}

TEST_CASE("populations that cannot be are refused with the remedy") {
  Builder builder;
  CHECK_THAT(refusal([&] { builder.add({.name = "", .size = 1}); }).message, Contains("name"));
  CHECK_THAT(refusal([&] { builder.add({.name = "hidden", .size = 1}); }).message,
             Contains("hidden") && Contains("has this name already"));
  CHECK_THAT(refusal([&] { builder.add({.name = "x", .size = 0}); }).message,
             Contains("at least one neuron"));
  CHECK_THAT(refusal([&] {
               builder.add({.name = "x", .size = 3, .tau_mem = {1.0, 2.0}});
             }).message,
             Contains("tau_mem has 2 values") && Contains("give one, or one per neuron (3)"));
  CHECK_THAT(refusal([&] { builder.add({.name = "x", .size = 3, .bias = {}}); }).message,
             Contains("bias has 0 values"));
  CHECK_THAT(refusal([] { NetworkBuilder().build(); }).message, Contains("no population"));
}

TEST_CASE(
    "time constants that are not positive, not finite or beyond 1e-6 to 1e12 ms are refused") {
  for (const ParameterKind kind : {ParameterKind::tau_mem, ParameterKind::tau_syn})
    for (const double value : {0.0, -1.0, not_a_number, infinity, 1e-7, 1e13}) {
      CAPTURE(value);
      const Refusal r = refused(kind, value);
      CHECK(r.where == "hidden[1]");
      CHECK_THAT(r.message, Contains("between 1e-06 and 1e+12 ms"));
    }
}

TEST_CASE(
    "thresholds at or below 0, resets at or above the threshold, broken biases and refractory "
    "times are refused") {
  for (const double value : {0.0, -1.0, not_a_number, infinity})
    CHECK_THAT(refused(ParameterKind::v_threshold, value).message, Contains("finite and above 0"));
  for (const double value : {1.0, 2.0})
    CHECK_THAT(refused(ParameterKind::v_reset, value).message, Contains("below v_threshold"));
  for (const double value : {not_a_number, -infinity})
    CHECK_THAT(refused(ParameterKind::v_reset, value).message, Contains("must be finite"));
  for (const double value : {not_a_number, infinity})
    CHECK_THAT(refused(ParameterKind::bias, value).message, Contains("must be finite"));
  for (const double value : {-1e-9, not_a_number, infinity})
    CHECK_THAT(refused(ParameterKind::t_ref, value).message, Contains("not negative"));
}

TEST_CASE("a readout may have any threshold and reset, since it uses neither") {
  NetworkBuilder builder;
  builder.add({.name = "out",
               .model = Model::cuba_li,
               .size = 1,
               .v_threshold = {-3.0},
               .v_reset = {not_a_number}});
  CHECK(cuba_lif_neuron(builder.build(), 0).v_threshold == never);
}

TEST_CASE("projections that cannot be are refused with the remedy") {
  Builder builder;
  CHECK_THAT(refusal([&] { builder.connect(builder.hidden, builder.in, {}); }).message,
             Contains("hidden->in") && Contains("is an input"));
  CHECK_THAT(refusal([&] { builder.connect(builder.out, builder.hidden, {}); }).message,
             Contains("out->hidden") && Contains("never fires"));
  const Refusal outside = refusal([&] {
    builder.connect(builder.in, builder.hidden, {{2, 0, 1.0, 1.0}});
  });
  CHECK(outside.where == "in->hidden[0, 2]");
  CHECK_THAT(outside.message, Contains("3 targets and 2 sources"));
  CHECK_THAT(refusal([&] {
               builder.connect(builder.in, builder.hidden, {{0, 3, 1.0, 1.0}});
             }).message,
             Contains("in->hidden[3, 0]"));
  CHECK_THAT(refusal([&] {
               builder.connect(builder.in, builder.hidden,
                               {{0, 1, 1.0, 1.0}, {1, 1, 1, 1}, {0, 1, 2.0, 2.0}});
             }).message,
             Contains("in->hidden[1, 0]") && Contains("second projection"));
  builder.connect(builder.in, builder.hidden, {{0, 1, 1.0, 1.0}});
  CHECK_THAT(refusal([&] { builder.connect(builder.in, builder.hidden, {}); }).message,
             Contains("a name") || Contains("one of its own"));
  CHECK(builder.connect(builder.in, builder.hidden, {}, "second") == 1);
  CHECK_THROWS_AS(builder.connect(7, builder.hidden, {}), InternalError);
}

TEST_CASE(
    "weights and delays that are not numbers, and negative delays, are refused and the synapse is "
    "named") {
  const auto refused_synapse = [](double weight, double delay) {
    Builder builder;
    builder.connect(builder.in, builder.hidden, {{0, 0, 1.0, 1.0}, {1, 2, weight, delay}});
    const Refusal r = refusal([&] { builder.build(); });
    CHECK(r.where == "in->hidden[2, 1]");
    return r.message;
  };
  CHECK_THAT(refused_synapse(not_a_number, 1.0),
             Contains("weight is") && Contains("must be finite"));
  CHECK_THAT(refused_synapse(infinity, 1.0), Contains("weight is") && Contains("must be finite"));
  for (const double delay : {-1e-12, not_a_number, infinity, -infinity})
    CHECK_THAT(refused_synapse(1.0, delay),
               Contains("delay is") && Contains("finite and not negative"));
}

TEST_CASE(
    "cycles whose delays are all zero are refused, self-connections among them; others are not") {
  const auto cycle = [](std::vector<SynapseSpec> synapses) {
    Builder builder;
    builder.connect(builder.hidden, builder.hidden, std::move(synapses));
    return builder.build();
  };
  const Refusal self = refusal([&] { cycle({{1, 1, 1.0, 0.0}}); });
  CHECK(self.where == "hidden[1]");
  CHECK_THAT(self.message, Contains("delay above 0"));
  CHECK_THAT(refusal([&] {
               cycle({{0, 1, 1, 0}, {1, 2, 1, 0}, {2, 0, 1, 0}});
             }).message,
             Contains("through hidden[1]"));
  CHECK_NOTHROW(cycle({{0, 1, 1, 0}, {1, 2, 1, 0}, {2, 0, 1, 1e-9}}));
  CHECK_NOTHROW(cycle({{0, 1, 1, 0}, {1, 2, 1, 0}, {0, 2, 1, 0}}));
}

TEST_CASE("a zero-delay cycle through two projections is refused as well") {
  NetworkBuilder builder;
  const auto a = builder.add({.name = "a", .size = 1}), b = builder.add({.name = "b", .size = 1});
  builder.connect(a, b, {{0, 0, 1.0, 0.0}});
  builder.connect(b, a, {{0, 0, 1.0, 0.0}});
  CHECK_THAT(refusal([&] { builder.build(); }).message, Contains("delays are all zero"));
}

TEST_CASE(
    "training cannot bring a cycle to zero delay either: with_parameters refuses it as the builder "
    "does") {
  Builder builder;
  builder.connect(builder.in, builder.hidden, {{0, 0, 1.0, 0.0}});
  builder.connect(builder.hidden, builder.hidden, {{0, 1, 1.0, 0.0}, {1, 0, 1.0, 2.0}});
  const Network network = builder.build();
  std::vector<double> values(network.parameters().begin(), network.parameters().end());
  values[network.layout().offset(ParameterKind::delay) + 2] = 0.0;
  CHECK_THAT(refusal([&] { network.with_parameters(values); }).message,
             Contains("delays are all zero"));
}

TEST_CASE("with_parameters wants exactly as many values as the network has") {
  const Network network = Builder().build();
  CHECK_THAT(refusal([&] {
               network.with_parameters({1.0, 2.0});
             }).message,
             Contains("2 values given"));
}

TEST_CASE("a network made with other values leaves the first as it was and shares its shape") {
  Builder builder;
  builder.connect(builder.in, builder.hidden, {{0, 0, 1.0, 1.0}});
  const Network network = builder.build();
  std::vector<double> values(network.parameters().begin(), network.parameters().end());
  values[0] = 5.0;
  values[network.layout().offset(ParameterKind::tau_mem) + 2] = 7.0;
  const Network other = network.with_parameters(values);
  CHECK(other.weight(0) == 5.0);
  CHECK(other.outgoing(0)[0].weight == 5.0);
  CHECK(cuba_lif_neuron(other, 2).rate_mem == 1.0 / 7.0);
  CHECK(network.weight(0) == 1.0);
  CHECK(network.outgoing(0)[0].weight == 1.0);
  CHECK(cuba_lif_neuron(network, 2).tau_mem == 20.0);
}

TEST_CASE("networks that differ in their values alone share populations and projections") {
  Builder builder;
  builder.connect(builder.in, builder.hidden, {{0, 0, 1.0, 1.0}});
  builder.connect(builder.hidden, builder.out, {{0, 1, 1.0, 1.0}}, "last");
  const Network network = builder.build();
  std::vector<double> values(network.parameters().begin(), network.parameters().end());
  values[1] = -4.0;
  const Network other = network.with_parameters(values);
  CHECK(&other.populations() == &network.populations());
  CHECK(&other.projections() == &network.projections());
  CHECK(other.layout() == network.layout());
  CHECK(other.find_projection("in->hidden") == 0u);
  CHECK(other.find_projection("last") == 1u);
  CHECK(other.find_projection("hidden->out") == std::nullopt);  // it was given another name
  // The builder can go on after build() without touching what it has built.
  builder.add({.name = "more", .size = 5});
  CHECK(network.populations().size() == 3);
  CHECK(builder.build().populations().size() == 4);
}

TEST_CASE("with_parameters refuses weights and delays as the builder does and names the synapse") {
  Builder builder;
  builder.connect(builder.in, builder.hidden, {{0, 0, 1.0, 1.0}, {1, 2, 1.0, 1.0}});
  const Network network = builder.build();
  const auto refused_value = [&](ParameterKind kind, double value) {
    std::vector<double> values(network.parameters().begin(), network.parameters().end());
    values[network.layout().offset(kind) + 1] = value;
    const Refusal r = refusal([&] { network.with_parameters(values); });
    CHECK(r.where == "in->hidden[2, 1]");
    return r.message;
  };
  for (const double value : {not_a_number, infinity, -infinity})
    CHECK_THAT(refused_value(ParameterKind::weight, value),
               Contains("weight is") && Contains("must be finite"));
  for (const double value : {-1e-300, not_a_number, infinity})
    CHECK_THAT(refused_value(ParameterKind::delay, value), Contains("finite and not negative"));
}

TEST_CASE("every refusal starts its message with the name of what it refuses") {
  Builder builder;
  const auto check = [](const Refusal& r) {
    CAPTURE(r.where, r.message);
    CHECK_FALSE(r.where.empty());
    CHECK(r.message.rfind(r.where, 0) == 0);
    CHECK(r.message.size() > r.where.size() + 5);
  };
  check(refusal([&] { builder.add({.name = "", .size = 1}); }));
  check(refusal([&] { builder.add({.name = "hidden", .size = 1}); }));
  check(refusal([&] { builder.add({.name = "x", .size = 0}); }));
  check(refusal([&] { builder.add({.name = "x", .size = 3, .tau_mem = {1.0, 2.0}}); }));
  check(refusal([&] { builder.connect(builder.hidden, builder.in, {}); }));
  check(refusal([&] { builder.connect(builder.out, builder.hidden, {}); }));
  check(refusal([&] { builder.connect(builder.in, builder.hidden, {{9, 0, 1.0, 1.0}}); }));
  check(refused(ParameterKind::tau_mem, 0.0));
  check(refused(ParameterKind::t_ref, -1.0));
  check(refusal([] { NetworkBuilder().build(); }));
}

TEST_CASE("copies of a network share its values until they are taken") {
  Network network = Builder().build();
  const Network copy = network;
  CHECK(copy.parameters().data() == network.parameters().data());
  const std::vector<double> before(copy.parameters().begin(), copy.parameters().end());

  // Those of the copy stay; those that nobody else has are handed over.
  std::vector<double> values = network.take_parameters();
  CHECK(values == before);
  CHECK(values.data() != copy.parameters().data());
  values[0] += 1.0;
  CHECK(std::vector<double>(copy.parameters().begin(), copy.parameters().end()) == before);
  Network changed = copy.with_parameters(values);
  const double* const held = changed.parameters().data();
  CHECK(changed.take_parameters().data() == held);
}
