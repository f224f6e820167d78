// What is settled of a structure before training: pairs, signs, who begins.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <set>

#include <retrograde/adjoint/train/structure/signs.hpp>
#include <retrograde/adjoint/train/structure/structure_plan.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/tiny_task.hpp"

using namespace retrograde;
using retrograde::test::TinyTask;

namespace {

StructureSpec some(StructureRule rule, double density) {
  StructureSpec spec;
  apply(rule, spec);
  spec.projections = {1, 1, 1};
  spec.density = density;
  return spec;
}

// Of its synapses.
std::vector<int> signs_of(const Network& network, const StructureSpec& spec, std::uint64_t seed) {
  const DrawnSigns signs(network, spec, seed);
  std::vector<int> all;
  for (std::uint32_t p = 0; p < network.projections().size(); ++p) {
    const Projection& of = network.projections()[p];
    for (SynapseId k = 0; k < of.size; ++k)
      all.push_back(signs.of(p, of.source_of(k), of.targets[k]));
  }
  return all;
}

}  // namespace

TEST_CASE("a structure begins with its budget in every projection, the same for a seed alone") {
  const TinyTask task;
  StructureSpec spec = some(StructureRule::fixed, 0.5);
  spec.projections = {1, 0, 1};
  const StructurePlan plan(Pairs(task.network, task.learning), spec, 5);
  const Network network = plan.network();
  CHECK(network.projections()[0].size == 8);
  CHECK(network.projections()[1].size == 64);  // is none of the structure
  CHECK(network.projections()[2].size == 8);
  CHECK(plan.pairs().taken_by(network) == plan.taken());
  CHECK(StructurePlan(Pairs(task.network, task.learning), spec, 5).taken() == plan.taken());
  CHECK(StructurePlan(Pairs(task.network, task.learning), spec, 6).taken() != plan.taken());
}

TEST_CASE("a network of some pairs has their values and what is learned of them") {
  TinyTask task;
  const ParameterLayout& full = task.network.layout();
  for (std::size_t k = 0; k < task.learning.lower.size(); ++k)
    task.learning.lower.set(k, k < full.synapses ? -1000.0 - static_cast<double>(k) : 0.5);
  // The weights of hidden->hidden have a rate of their own.
  task.learning.groups = {{16, 16 + 64, 0.125}};
  const Pairs pairs(task.network, task.learning);
  const std::vector<PairId> taken = {1, 2, 15, 16, 40, 79, 80, 95};
  const Network network = pairs.network(taken, pairs.beginning(taken));
  const Learning learning = pairs.learning(taken);
  REQUIRE(network.synapse_count() == taken.size());
  for (SynapseId s = 0; s < taken.size(); ++s) {
    const auto of_all = static_cast<SynapseId>(taken[s]);
    CHECK(network.weight(s) == task.network.weight(of_all));
    CHECK(network.delay(s) == task.network.delay(of_all));
    CHECK(network.target_of(s) == task.network.target_of(of_all));
    CHECK(learning.lower[s] == -1000.0 - of_all);
  }
  CHECK(network.parameters().size() == learning.learned.size());
  for (const ParameterKind kind : neuron_parameter_kinds)
    for (NeuronId n = 0; n < network.neuron_count(); ++n)
      CHECK(network.parameter(kind, n) == task.network.parameter(kind, n));
  REQUIRE(learning.groups.size() == 1);
  CHECK(learning.groups[0].begin == 3);
  CHECK(learning.groups[0].end == 6);
  CHECK(learning.groups[0].rate == 0.125);
  CHECK(pairs.taken_by(network) == taken);
}

TEST_CASE("Dale's principle is one sign for all synapses of a neuron, also over projections") {
  const TinyTask task;
  StructureSpec spec = some(StructureRule::fixed, 1.0);
  spec.signs = Signs::neuron;
  const std::vector<int> signs = signs_of(task.network, spec, 5);
  std::vector<std::set<int>> of(task.network.neuron_count());
  for (NeuronId n = 0; n < task.network.neuron_count(); ++n)
    for (const SynapseId s : task.network.synapses_of(n)) of[n].insert(signs[s]);
  std::set<int> all;
  for (NeuronId n = 0; n < 2 + TinyTask::hidden; ++n) {
    CHECK(of[n].size() == 1);
    all.merge(of[n]);
  }
  CHECK(all == std::set<int>{-1, 1});
  CHECK(signs_of(task.network, spec, 5) == signs);
  CHECK(signs_of(task.network, spec, 6) != signs);
}

TEST_CASE("the share of excitatory signs is what is asked, and a sign depends on its pair alone") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 100});
  const auto out = builder.add({.name = "out", .size = 100});
  std::vector<SynapseSpec> all, half;
  for (std::uint32_t i = 0; i < 100; ++i)
    for (std::uint32_t j = 0; j < 100; ++j) {
      all.push_back({i, j, 1.0, 1.0});
      if ((i + j) % 2 == 0) half.push_back(all.back());
    }
  NetworkBuilder other = builder;
  builder.connect(in, out, all, "p");
  other.connect(in, out, half, "p");
  StructureSpec spec;
  spec.projections = {1};
  spec.signs = Signs::synapse;
  spec.excitatory = 0.8;
  const std::vector<int> signs = signs_of(builder.build(), spec, 5);
  const std::vector<int> fewer = signs_of(other.build(), spec, 5);
  const auto positive = std::count(signs.begin(), signs.end(), 1);
  CHECK(positive > 7800);  // 8000 with a deviation of 40
  CHECK(positive < 8200);
  for (std::size_t k = 0; k < fewer.size(); ++k)
    CHECK(fewer[k] == signs[half[k].source * 100 + half[k].target]);
}

TEST_CASE("under signs the absolute weight counts, and learning keeps it on its side of 0") {
  const TinyTask task;
  StructureSpec spec = some(StructureRule::fixed, 0.7);
  spec.signs = Signs::synapse;
  const StructurePlan plan(Pairs(task.network, task.learning), spec, 5);
  const Network network = plan.network();
  const Learning learning = plan.learning();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (SynapseId s = 0; s < network.synapse_count(); ++s) {
    const auto pair = static_cast<SynapseId>(plan.taken()[s]);
    CHECK(network.weight(s) == plan.sign(pair) * std::fabs(task.network.weight(pair)));
    CHECK(learning.lower[s] == (plan.sign(pair) > 0 ? 0.0 : -infinity));
    CHECK(learning.upper[s] == (plan.sign(pair) > 0 ? infinity : 0.0));
  }
}

TEST_CASE("a structure without a synapse, and a rule without a choice, are refused with a remedy") {
  const TinyTask task;
  const auto make = [&](StructureRule rule, double density) {
    return StructurePlan(Pairs(task.network, task.learning), some(rule, density), 5);
  };
  CHECK_THROWS_WITH(make(StructureRule::fixed, 0.05),
                    Catch::Contains("in->hidden") && Catch::Contains("larger density"));
  CHECK_THROWS_WITH(make(StructureRule::rigl, 1.0), Catch::Contains("density below 1"));
  CHECK_NOTHROW(make(StructureRule::fixed, 1.0));
  // A budget of all: a projection may have none.
  StructureSpec spec = some(StructureRule::deep_r, 0.05);
  CHECK(StructurePlan(Pairs(task.network, task.learning), spec, 5).taken().size() == 4);
  spec.signs = Signs::free;
  CHECK_THROWS_AS(StructurePlan(Pairs(task.network, task.learning), spec, 5), InternalError);
}

TEST_CASE("no choice of pairs can close a cycle without delay") {
  // Two neurons that reach each other; each delay alone may become 0 where the other is not there.
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto a = builder.add({.name = "a", .size = 1});
  const auto b = builder.add({.name = "b", .size = 1});
  builder.connect(in, a, {{0, 0, 1.0, 1.0}}, "in->a");
  builder.connect(a, b, {{0, 0, 1.0, 1.0}}, "a->b");
  builder.connect(b, a, {{0, 0, 1.0, 1.0}}, "b->a");
  const Network network = builder.build();
  Learning learning = Learning::none(network);
  learning.learned.fill(0, 6, 1);
  const Pairs pairs(network, learning);
  const Learning some = pairs.learning(std::vector<PairId>{0, 1});
  CHECK(some.lower[2 + 0] == 0.0);
  CHECK(some.lower[2 + 1] == shortest_cycle_delay);
}
