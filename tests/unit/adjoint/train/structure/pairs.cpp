// Pairs of a dense projection are a function of their number. Reference: the same network with a
// list of them all.
#include <catch2/catch.hpp>
#include <limits>

#include <retrograde/adjoint/train/structure/pairs.hpp>
#include <retrograde/engine/network/analysis.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

using namespace retrograde;

namespace {

constexpr std::uint32_t inputs = 3, hidden = 5, outputs = 2;

double weight(std::uint32_t source, std::uint32_t target) { return 0.5 * source - 0.25 * target; }
double delay(std::uint32_t source, std::uint32_t target) { return 1.0 + source + 0.125 * target; }

// in->hidden and hidden->hidden have all pairs, the latter but for the diagonal, hidden->out a few.
// With a list of them all, or with one synapse that stands for all.
struct Described {
  Network network;
  Learning learning;
  DenseProjections dense;

  explicit Described(bool listed) {
    NetworkBuilder builder;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = inputs});
    const auto h = builder.add({.name = "hidden", .size = hidden});
    const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = outputs});
    const auto all = [&](std::uint32_t sources, bool self) {
      std::vector<SynapseSpec> synapses;
      for (std::uint32_t s = 0; s < sources; ++s)
        for (std::uint32_t t = 0; t < hidden; ++t)
          if (self || s != t) synapses.push_back({s, t, weight(s, t), delay(s, t)});
      if (!listed) synapses.resize(1);
      return synapses;
    };
    builder.connect(in, h, all(inputs, true), "in->hidden");
    builder.connect(h, h, all(hidden, false), "hidden->hidden");
    builder.connect(h, out, {{0, 1, 2.0, 3.0}, {4, 0, 4.0, 5.0}, {2, 1, 6.0, 7.0}}, "hidden->out");
    network = builder.build();
    if (!listed) {
      dense = {DensePairs{true, weight, delay}, DensePairs{false, weight, delay}, std::nullopt};
    }
    learning = Learning::none(network);
    const std::size_t delays = network.layout().offset(ParameterKind::delay);
    for (std::uint32_t p = 0; p < 3; ++p) {
      const Projection& projection = network.projections()[p];
      const std::size_t first = projection.first, end = first + projection.size;
      for (std::size_t k = first; k < end; ++k) {
        learning.learned.set(k, 1);
        learning.lower.set(k, -1.0 - p);
        learning.learned.set(delays + k, p != 1);
        learning.lower.set(delays + k, 0.5);
        learning.upper.set(delays + k, 20.0 + p);
      }
      learning.groups.push_back({first, end, 0.1 * (p + 1)});
      if (p == 1) learning.groups.push_back({delays + first, delays + end, {}, {}, 0.25});
    }
    const std::size_t bias = network.layout().offset(ParameterKind::bias);
    learning.learned.set(bias + inputs, 1);
    learning.groups.push_back({bias + inputs, bias + inputs + hidden, 7.0});
  }
  Pairs pairs() const { return {network, learning, dense}; }
};

}  // namespace

TEST_CASE("pairs of dense projections are those of a list of them all") {
  const Pairs dense = Described(false).pairs(), listed = Described(true).pairs();
  REQUIRE(listed.count() == inputs * hidden + hidden * (hidden - 1) + 3);
  CHECK(dense.count() == listed.count());
  for (std::uint32_t p = 0; p < 3; ++p) {
    CHECK(dense.begin(p) == listed.begin(p));
    CHECK(dense.end(p) == listed.end(p));
  }
  for (PairId pair = 0; pair < listed.count(); ++pair) {
    const std::uint32_t p = listed.projection_of(pair);
    CHECK(dense.projection_of(pair) == p);
    const SynapseSpec a = dense.synapse(pair), b = listed.synapse(pair);
    CHECK(a.source == b.source);
    CHECK(a.target == b.target);
    CHECK(a.weight == b.weight);
    CHECK(a.delay == b.delay);
    CHECK(dense.find(p, a.source, a.target) == pair);
    CHECK(listed.find(p, a.source, a.target) == pair);
    for (const auto range : {&Pairs::weight_range, &Pairs::delay_range}) {
      const ValueRange x = (dense.*range)(pair), y = (listed.*range)(pair);
      CHECK(x.learned == y.learned);
      CHECK(x.lower == y.lower);
      CHECK(x.upper == y.upper);
    }
  }
  for (const Pairs* pairs : {&dense, &listed}) {
    CHECK_THROWS_AS(pairs->find(1, 2, 2), InternalError);
    CHECK_THROWS_AS(pairs->find(0, 0, hidden), InternalError);
    CHECK_THROWS_AS(pairs->find(0, inputs, 0), InternalError);
    CHECK_THROWS_AS(pairs->find(2, 1, 1), InternalError);
  }
}

TEST_CASE("networks of some pairs and what is learned of them do not depend on who is listed") {
  const Pairs dense = Described(false).pairs(), listed = Described(true).pairs();
  Random random(3, "some");
  for (int repeat = 0; repeat < 50; ++repeat) {
    std::vector<PairId> taken;
    for (PairId pair = 0; pair < listed.count(); ++pair)
      if (random.uniform() < 0.3) taken.push_back(pair);
    CHECK(dense.beginning(taken) == listed.beginning(taken));
    const Network a = dense.network(taken, dense.beginning(taken));
    const Network b = listed.network(taken, listed.beginning(taken));
    REQUIRE(a.layout() == b.layout());
    for (SynapseId s = 0; s < a.synapse_count(); ++s) CHECK(a.target_of(s) == b.target_of(s));
    CHECK(dense.taken_by(b) == taken);
    CHECK(listed.taken_by(a) == taken);
    const Learning x = dense.learning(taken), y = listed.learning(taken);
    CHECK(x.learned == y.learned);
    CHECK(x.lower == y.lower);
    CHECK(x.upper == y.upper);
    REQUIRE(x.groups.size() == y.groups.size());
    for (std::size_t g = 0; g < x.groups.size(); ++g) {
      CHECK(x.groups[g].begin == y.groups[g].begin);
      CHECK(x.groups[g].end == y.groups[g].end);
      CHECK(x.groups[g].rate == y.groups[g].rate);
      CHECK(x.groups[g].l1 == y.groups[g].l1);
    }
  }
}

TEST_CASE("a network of pairs that there are not is refused") {
  for (const bool listed : {false, true}) {
    const Described d(listed);
    const Pairs pairs = d.pairs();
    const std::vector<PairId> beyond = {0, pairs.count()};
    const ParameterLayout layout{2, d.network.neuron_count()};
    CHECK_THROWS_AS(pairs.network(beyond, std::vector<double>(layout.size(), 1.0)), InternalError);
  }
}

TEST_CASE("a group of parameters that has no synapse is none") {
  const Pairs dense = Described(false).pairs();
  const std::vector<PairId> taken = {1, dense.begin(2)};
  const Learning learning = dense.learning(taken);
  REQUIRE(learning.groups.size() == 3);  // of hidden->hidden none is left
  CHECK(learning.groups[0].end == 1);
  CHECK(learning.groups[1].begin == 1);
  CHECK(learning.groups[1].end == 2);
  CHECK(learning.groups[2].rate == 7.0);
}

TEST_CASE("who reaches itself over dense projections does so over all their pairs") {
  // Random layers, some recurrent, each projection dense or with a list of a few pairs.
  Random random(9, "groups");
  int recurrent = 0, apart = 0;
  for (int repeat = 0; repeat < 200; ++repeat) {
    NetworkBuilder outline, full;
    std::vector<std::uint32_t> sizes;
    for (int p = 0; p < 4; ++p) {
      sizes.push_back(static_cast<std::uint32_t>(random.index(3)) + 2);
      const PopulationSpec spec{.name = std::string(1, static_cast<char>('a' + p)),
                                .size = sizes.back()};
      outline.add(spec);
      full.add(spec);
    }
    DenseProjections dense;
    for (int k = 0; k < 5; ++k) {
      const auto source = static_cast<std::uint32_t>(random.index(4));
      const auto target = static_cast<std::uint32_t>(random.index(4));
      const std::string name = "p" + std::to_string(k);
      const bool all = random.uniform() < 0.5, self = source != target || random.uniform() < 0.5;
      std::vector<SynapseSpec> synapses;
      for (std::uint32_t s = 0; s < sizes[source]; ++s)
        for (std::uint32_t t = 0; t < sizes[target]; ++t)
          if ((all && (self || s != t)) || (!all && random.uniform() < 0.3))
            synapses.push_back({s, t, 1.0, 1.0});
      full.connect(source, target, synapses, name);
      dense.emplace_back();
      if (all) {
        dense.back() = DensePairs{self, weight, delay};
        synapses.resize(1);
      }
      outline.connect(source, target, synapses, name);
    }
    const Network network = full.build();
    std::vector<std::size_t> expected(network.neuron_count(), 0);
    const auto components = analyse(network, 0).recurrent;
    for (std::size_t c = 0; c < components.size(); ++c)
      for (const NeuronId n : components[c].neurons) expected[n] = c + 1;
    // Numbers of groups may differ, who is together does not.
    const std::vector<std::size_t> groups = recurrent_groups(outline.build(), dense);
    REQUIRE(groups.size() == expected.size());
    for (NeuronId n = 0; n < groups.size(); ++n) {
      CHECK((groups[n] == 0) == (expected[n] == 0));
      for (NeuronId m = 0; m < n; ++m)
        CHECK((groups[n] == groups[m]) == (expected[n] == expected[m]));
      ++(groups[n] > 0 ? recurrent : apart);
    }
  }
  CHECK(recurrent > 200);
  CHECK(apart > 200);
}
