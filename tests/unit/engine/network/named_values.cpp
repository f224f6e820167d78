// Values by name. Reference: the layout of engine/parameters.hpp, counted out by hand.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include <retrograde/adjoint/named_gradient.hpp>
#include <retrograde/engine/network/named_values.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;
using enum ParameterKind;

namespace {

// 7 synapses and 6 neurons; two projections join h and h.
Network network() {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  const auto h = builder.add({.name = "h", .size = 3, .tau_mem = {10.0, 11.0, 12.0}});
  const auto out = builder.add({.name = "a->b", .model = Model::cuba_li, .size = 1});
  builder.connect(in, h, {{0, 0, 1.0, 0.1}, {1, 2, 2.0, 0.2}});
  builder.connect(h, h, {{0, 1, 3.0, 1.3}}, "near");
  builder.connect(h, h, {{0, 2, 4.0, 1.4}, {2, 0, 5.0, 1.5}}, "far");
  builder.connect(h, out, {{1, 0, 6.0, 0.6}, {2, 0, 7.0, 0.7}});
  return std::move(builder).build();
}

std::vector<double> values(const Network& net, std::string_view owner, ParameterKind kind) {
  const auto span = values_of(net, owner, kind);
  return {span.begin(), span.end()};
}

std::string refusal(const auto& body) {
  try {
    body();
  } catch (const NetworkError& error) {
    return error.what();
  }
  FAIL("nothing was refused");
  return {};
}

}  // namespace

TEST_CASE("values of projections and populations have names") {
  const Network net = network();
  CHECK(values(net, "in->h", weight) == std::vector{1.0, 2.0});
  CHECK(values(net, "in -> h", delay) == std::vector{0.1, 0.2});
  CHECK(values(net, " in->  h ", weight) == std::vector{1.0, 2.0});
  CHECK(values(net, "near", weight) == std::vector{3.0});
  CHECK(values(net, "far", delay) == std::vector{1.4, 1.5});
  CHECK(values(net, "h", tau_mem) == std::vector{10.0, 11.0, 12.0});
  CHECK(values(net, "h", axonal_delay) == std::vector{0.0, 0.0, 0.0});
  CHECK(values(net, "h -> a->b", weight) == std::vector{6.0, 7.0});  // an arrow in a name
  CHECK(parameter_kind("tau_syn_2") == tau_syn_2);

  const ParameterBlock block = parameter_block(net, "h", tau_mem);
  CHECK(block.key() == "population.h.tau_mem");
  CHECK(block.begin == 2 * 7 + 2);
  CHECK(block.size == 3);
  CHECK(parameter_block(net, "in -> h", weight).key() == "projection.in->h.weight");
}

TEST_CASE("blocks are what influences a network, each entry once") {
  const Network net = network();
  std::vector<int> met(net.layout().size(), 0);
  std::vector<std::string> keys;
  for (const ParameterBlock& block : parameter_blocks(net)) {
    keys.push_back(block.key());
    for (int& count : block.of(std::span(met))) ++count;
    const ParameterBlock again = parameter_block(net, block.owner, block.kind);
    CHECK(again.begin == block.begin);
    CHECK(again.size == block.size);
  }
  // An input has a delay of its axons, h its seven and both delays of neurons, a readout its own.
  CHECK(keys.front() == "population.in.axonal_delay");
  CHECK(keys.back() == "projection.h->a->b.delay");
  for (const Population& p : net.populations())
    for (const ParameterKind kind : neuron_parameter_kinds)
      for (NeuronId n = 0; n < p.size; ++n)
        CHECK(met[net.layout().offset(kind) + p.first + n] == int{p.has(kind)});
  for (std::size_t s = 0; s < 2 * 7; ++s) CHECK(met[s] == 1);
}

TEST_CASE("a wrong name or kind says what there is") {
  const Network net = network();
  const auto of = [&](std::string_view owner, ParameterKind kind) {
    return refusal([&] { values_of(net, owner, kind); });
  };
  CHECK_THAT(of("hidden", tau_mem),
             Contains("hidden") && Contains("the populations are in, h, a->b"));
  CHECK_THAT(of("h", weight), Contains("is a population, and a projection is wanted") &&
                                  Contains("the projections are in->h, near, far, h->a->b"));
  CHECK_THAT(of("in -> h", tau_mem),
             Contains("tau_mem is of neurons") && Contains("weight, delay"));
  CHECK_THAT(of("h -> in", weight), Contains("none between such populations"));
  CHECK_THAT(of("h -> h", weight),
             Contains("2 projections join these populations") && Contains("near, far"));
  CHECK_THAT(of("in", tau_mem), Contains("it has no tau_mem; a population of input"));
  CHECK_THAT(refusal([] { parameter_kind("tau"); }), Contains("weight, delay, tau_mem"));
  CHECK_THAT(refusal([&] { population_named(net, "in->h"); }), Contains("is a projection"));
}

TEST_CASE("a network with other values by name") {
  const Network net = network();
  const Network other = with_values(net, {{"in -> h", weight, {8.0, 9.0}}, {"h", tau_mem, {30.0}}});
  CHECK(values(other, "in->h", weight) == std::vector{8.0, 9.0});
  CHECK(values(other, "h", tau_mem) == std::vector{30.0, 30.0, 30.0});
  CHECK(values(other, "far", delay) == values(net, "far", delay));
  CHECK_THAT(refusal([&] {
               with_values(net, {{"h", tau_mem, {1.0, 2.0}}});
             }),
             Contains("tau_mem has 3 values, and 2 are given"));
  CHECK_THAT(refusal([&] {
               with_values(net, {{"in -> h", delay, {-1.0}}});
             }),
             Contains("in->h[0, 0]") && Contains("delay is -1"));
}

TEST_CASE("gradients have the same names, with and without those of delays") {
  const Network net = network();
  const GradientLayout whole(net.layout()), brief(net.layout(), false);
  std::vector<double> flat(whole.size());
  for (std::size_t k = 0; k < flat.size(); ++k) flat[k] = static_cast<double>(k);
  const Gradient gradient{whole, flat, {}};
  CHECK(gradient_by_name(net, gradient, "far", weight)[1] == 4.0);
  CHECK(gradient_by_name(net, gradient, "far", delay)[0] == 7.0 + 3.0);
  CHECK(gradient_by_name(net, gradient, "h", tau_mem)[2] == 14.0 + 4.0);

  flat.resize(brief.size());
  CHECK(gradient_by_name(net, brief, flat, "far", weight)[1] == 4.0);
  CHECK(gradient_by_name(net, brief, flat, "h", tau_mem)[2] == 7.0 + 4.0);
  CHECK_THAT(refusal([&] { gradient_by_name(net, brief, flat, "far", delay); }),
             Contains("without those of delays"));
  CHECK_THAT(refusal([&] { gradient_by_name(net, whole, flat, "far", weight); }),
             Contains("of another network"));
}
