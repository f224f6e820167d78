// Clustering on maps whose answers are known: by hand, by a second implementation written from the
// formula, by what a test has to find and how often it may find what is not there.
#include <boost/math/distributions/binomial.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <tbb/global_control.h>

#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/run/analysis/clustering.hpp>
#include <retrograde/scenarios/run/analysis/false_discovery.hpp>

using namespace retrograde;

namespace {

constexpr auto free_null = static_cast<std::size_t>(ClusteringNull::free);
constexpr auto within = static_cast<std::size_t>(ClusteringNull::within_channel);

// A map of channels x delays, all of them occupied.
template <typename Value>
SynapseMap full_map(std::uint32_t channels, std::int32_t delays, const Value& value) {
  SynapseMap map;
  for (std::uint32_t c = 0; c < channels; ++c)
    for (std::int32_t d = 0; d < delays; ++d) {
      map.channels.push_back(c);
      map.delays.push_back(d);
      map.weights.push_back(value(c, d));
    }
  return map;
}

ClusteringOptions with(MapValue value, std::uint32_t permutations = 199) {
  ClusteringOptions options;
  options.value = value;
  options.permutations = permutations;
  return options;
}

// Half of the places of a map, each with a weight from value(random, channel, delay).
template <typename Value>
SynapseMap half_map(std::uint64_t entity, const Value& value) {
  Random random(7, "half map", entity);
  SynapseMap map;
  for (std::uint32_t c = 0; c < 20; ++c)
    for (std::int32_t d = 0; d < 20; ++d)
      if (random.uniform() < 0.5) {
        map.channels.push_back(c);
        map.delays.push_back(d);
        map.weights.push_back(value(random, c, d));
      }
  return map;
}

// As a network has them: one synapse per neuron and channel.
template <typename Sign, typename Delay>
std::vector<SynapseMap> network_maps(const Sign& sign, const Delay& delay) {
  std::vector<SynapseMap> maps(40);
  for (std::uint32_t n = 0; n < maps.size(); ++n)
    for (std::uint32_t c = 0; c < 30; ++c) {
      maps[n].neuron = n;
      maps[n].channels.push_back(c);
      maps[n].weights.push_back(sign(n, c));
      maps[n].delays.push_back(delay(n, c));
    }
  return maps;
}

// The definition, over ordered pairs.
double moran_by_definition(const SynapseMap& map, const Neighbourhood& neighbourhood) {
  const std::size_t n = map.size();
  double mean = 0.0;
  for (const double w : map.weights) mean += w / static_cast<double>(n);
  double top = 0.0, omega_sum = 0.0, squares = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    squares += std::pow(map.weights[i] - mean, 2);
    for (std::size_t j = 0; j < n; ++j) {
      if (i == j) continue;
      const double dc = neighbourhood.ordered_channels
                            ? std::fabs(double(map.channels[i]) - double(map.channels[j]))
                            : 0.0;
      const double dd = std::fabs(double(map.delays[i]) - double(map.delays[j]));
      double omega = std::max(dc, dd) <= 1.0 ? 1.0 : 0.0;
      if (neighbourhood.kind == Neighbourhood::Kind::gaussian) {
        const double l = neighbourhood.length;
        omega = std::max(dc, dd) <= 4.0 * l ? std::exp(-(dc * dc + dd * dd) / (2.0 * l * l)) : 0.0;
      }
      omega_sum += omega;
      top += omega * (map.weights[i] - mean) * (map.weights[j] - mean);
    }
  }
  return static_cast<double>(n) * top / (omega_sum * squares);
}

// Whether so many of `of` can be at a rate, but once in a thousand on either side.
void check_rate(std::size_t found, std::size_t of, double rate) {
  const boost::math::binomial expected(static_cast<double>(of), rate);
  CAPTURE(found, of);
  CHECK(static_cast<double>(found) >= quantile(expected, 0.001));
  CHECK(static_cast<double>(found) <= quantile(complement(expected, 0.001)));
}

}  // namespace

TEST_CASE("Moran's I of small maps is what comes out by hand") {
  // 4 x 4 with queen neighbours: 24 pairs side by side and 18 diagonal ones.
  const auto checkerboard =
      full_map(4, 4, [](std::uint32_t c, std::int32_t d) { return (c + d) % 2 == 0 ? 2.0 : -3.0; });
  const auto c = clustering_of({checkerboard}, with(MapValue::sign));
  REQUIRE(c.maps[0].state == MapState::measured);
  CHECK(c.maps[0].moran == Approx(-1.0 / 7.0));  // 16 (18 - 24) / (42 x 16)
  CHECK(c.maps[0].same_sign.value() == Approx(3.0 / 7.0));
  CHECK(c.maps[0].p[free_null].value() > 0.5);

  // Two halves: 4 pairs side by side and 6 diagonal ones cross the border.
  const auto halves =
      full_map(4, 4, [](std::uint32_t channel, std::int32_t) { return channel < 2 ? 0.5 : -0.1; });
  const auto h = clustering_of({halves}, with(MapValue::sign, 999));
  CHECK(h.maps[0].moran == Approx(11.0 / 21.0));  // 16 (32 - 10) / (42 x 16)
  CHECK(h.maps[0].same_sign.value() == Approx(32.0 / 42.0));
  CHECK(h.maps[0].p[free_null].value() <= 0.01);
  CHECK(h.maps[0].significant[free_null]);

  // Weights 1, 2, 6 in a row: z = -2, -1, 3, of squares 14.
  SynapseMap row{.channels = {4, 4, 4}, .delays = {1, 2, 3}, .weights = {1.0, 2.0, 6.0}};
  CHECK(clustering_of({row}, with(MapValue::weight)).maps[0].moran == Approx(-3.0 / 28.0));
  ClusteringOptions gaussian = with(MapValue::weight);
  gaussian.neighbourhood = {Neighbourhood::Kind::gaussian, 1.0};
  const double one = std::exp(-0.5), two = std::exp(-2.0);
  CHECK(clustering_of({row}, gaussian).maps[0].moran ==
        Approx(3.0 * (one * (2.0 - 3.0) + two * -6.0) / ((2.0 * one + two) * 14.0)));
  // Two synapses always have I = -1 = -1/(n - 1).
  SynapseMap two_synapses{.channels = {0, 1}, .delays = {0, 1}, .weights = {0.3, -0.2}};
  CHECK(clustering_of({two_synapses}, with(MapValue::weight)).maps[0].moran == Approx(-1.0));
}

TEST_CASE("Moran's I is that of a double loop over all pairs, whatever the neighbourhood") {
  for (std::uint64_t k = 0; k < 20; ++k) {
    SynapseMap map = half_map(k, [](Random& r, std::uint32_t, std::int32_t) { return r.normal(); });
    // Some at one point.
    for (std::size_t s = 1; s < map.size(); s += 7)
      if (map.channels[s] == map.channels[s - 1]) map.delays[s] = map.delays[s - 1];
    for (const Neighbourhood n :
         {Neighbourhood{}, Neighbourhood{Neighbourhood::Kind::gaussian, 0.7},
          Neighbourhood{Neighbourhood::Kind::gaussian, 2.3},
          Neighbourhood{.ordered_channels = false},
          Neighbourhood{Neighbourhood::Kind::gaussian, 0.7, false}}) {
      ClusteringOptions options = with(MapValue::weight, 1);
      options.neighbourhood = n;
      CHECK(clustering_of({map}, options).maps[0].moran ==
            Approx(moran_by_definition(map, n)).epsilon(1e-12).margin(1e-15));
    }
  }
}

TEST_CASE("maps without clustering are found at the nominal rate, and I is -1/(n - 1) on average") {
  std::vector<SynapseMap> maps;
  double expected = 0.0;
  for (std::uint64_t k = 0; k < 300; ++k) {
    maps.push_back(half_map(k, [](Random& r, std::uint32_t, std::int32_t) { return r.normal(); }));
    expected -= 1.0 / static_cast<double>(maps.back().size() - 1) / 300.0;
  }
  const Clustering c = clustering_of(maps, with(MapValue::weight));
  for (const std::size_t null : {free_null, within}) {
    CAPTURE(null);
    std::size_t found = 0;
    for (const MapClustering& map : c.maps) found += map.p[null].value() <= 0.05 ? 1 : 0;
    check_rate(found, maps.size(), 0.05);
    CHECK(c.nulls[null].tested == maps.size());
    CHECK(c.nulls[null].counted == 199);
    CHECK(c.nulls[null].needed == 6000);           // 1/(1 + 6000) <= 0.05/300
    CHECK(c.nulls[null].p.value() > 1.5 / 200.0);  // some permutation comes to as much
  }
  // 199 x 300 draws, whose deviation is about 0.04 each.
  CHECK(c.nulls[free_null].moran.value() ==
        Approx(expected).margin(5.0 * 0.04 / std::sqrt(199.0 * 300.0)));
}

TEST_CASE("bands of delays are found by both nulls, bands of channels by the free one alone") {
  const auto delays = half_map(
      1, [](Random&, std::uint32_t, std::int32_t d) { return d / 5 % 2 == 0 ? 1.0 : -1.0; });
  const auto channels = half_map(
      2, [](Random&, std::uint32_t c, std::int32_t) { return c / 4 % 2 == 0 ? 1.0 : -1.0; });
  const Clustering d = clustering_of({delays}, with(MapValue::sign));
  CHECK(d.maps[0].p[free_null].value() == Approx(1.0 / 200.0));
  CHECK(d.maps[0].p[within].value() == Approx(1.0 / 200.0));
  const Clustering c = clustering_of({channels}, with(MapValue::sign));
  CHECK(c.maps[0].p[free_null].value() == Approx(1.0 / 200.0));
  CHECK(c.maps[0].p[within].value() == 1.0);  // all synapses of a channel are alike
}

TEST_CASE("with the signs of channels given, the null within channels finds what delays add") {
  const auto dale = [](std::uint32_t, std::uint32_t c) { return c / 3 % 2 == 0 ? 1.0 : -1.0; };
  // Delays at random: the free null sees the signs of channels, the other one nothing, at its rate.
  std::size_t found = 0;
  for (std::uint64_t k = 0; k < 100; ++k) {
    Random random(11, "delays", k);
    const auto maps = network_maps(dale, [&](std::uint32_t, std::uint32_t) {
      return static_cast<std::int32_t>(random.index(8));
    });
    const Clustering c = clustering_of(maps, with(MapValue::sign, 99));
    CHECK(c.nulls[free_null].p.value() == Approx(0.01));
    found += c.nulls[within].p.value() <= 0.05 ? 1 : 0;
  }
  check_rate(found, 100, 0.05);
  // One sign early and the other late, half of the neurons one way and half the other: of every
  // channel there are early and late delays, and only their choice brings like signs together.
  Random random(12, "delays");
  const auto alternating = [](std::uint32_t, std::uint32_t c) { return c % 2 == 0 ? 1.0 : -1.0; };
  const auto apart = network_maps(alternating, [&](std::uint32_t n, std::uint32_t c) {
    const bool late = (c % 2 == 0) == (n % 2 == 0);
    return static_cast<std::int32_t>(random.index(2)) + (late ? 10 : 0);
  });
  Clustering c = clustering_of(apart, with(MapValue::sign));
  // Neighbouring channels have opposite signs, so that only delays keep unlike ones from each other:
  // of neighbours none are left here, but beyond them there are.
  CHECK(c.states[static_cast<std::size_t>(MapState::apart)] == apart.size());
  ClusteringOptions wide = with(MapValue::sign);
  wide.neighbourhood = {Neighbourhood::Kind::gaussian, 1.5};
  c = clustering_of(apart, wide);
  CHECK(c.nulls[within].p.value() == Approx(1.0 / 200.0));
  CHECK(c.nulls[within].significant > 30);
  CHECK(c.same_sign.value() > 0.9);
  CHECK(c.nulls[within].same_sign.value() < 0.6);
}

TEST_CASE("where channels have no order, their numbers do not matter, and delays alone cluster") {
  // By hand: + and - of channels that are far apart, at delays 0, 0, 1 and 5, 5: of the four pairs of
  // neighbours those of one delay are alike, (0, 1) twice unlike. Mean -0.2, squares 4.8.
  SynapseMap map{.channels = {0, 7, 20, 30, 50},
                 .delays = {0, 0, 1, 5, 5},
                 .weights = {1.0, 1.0, -1.0, -1.0, -1.0}};
  ClusteringOptions options = with(MapValue::sign);
  CHECK(clustering_of({map}, options).maps[0].state == MapState::apart);
  options.neighbourhood.ordered_channels = false;
  const Clustering c = clustering_of({map}, options);
  CHECK(c.maps[0].same_sign.value() == Approx(0.5));
  CHECK(c.maps[0].moran == Approx(5.0 * (1.44 + 0.64 - 2.0 * 0.96) / (4.0 * 4.8)));
  CHECK(c.both_signs == 1);
  SynapseMap renumbered = map;
  renumbered.channels = {0, 1, 2, 3, 4};
  CHECK(clustering_of({renumbered}, options).maps[0].moran == c.maps[0].moran);
}

TEST_CASE("where no permutation counts there is no p") {
  // Of ten synapses of one delay two have neighbouring channels. Two such maps, far apart in delay:
  // their delays change places, and the two stay neighbours where both channels or neither does so. Of
  // one permutation this happens or not, each with probability 1/2.
  SynapseMap early, late;
  for (std::uint32_t c = 0; c < 10; ++c)
    for (SynapseMap* map : {&early, &late}) {
      map->channels.push_back(c < 2 ? c : 5 * c);
      map->delays.push_back(map == &early ? 0 : 9);
      map->weights.push_back(c % 2 == 0 ? 1.0 : -1.0);
    }
  std::size_t with_p = 0, without = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    ClusteringOptions options = with(MapValue::sign, 1);
    options.seed = seed;
    const Clustering c = clustering_of({early, late}, options);
    const NullClustering& n = c.nulls[within];
    CHECK(n.nothing.empty());
    CHECK(n.drawn == 1);
    CHECK(c.nulls[free_null].counted == 1);
    REQUIRE(n.counted <= 1);
    ++(n.counted == 1 ? with_p : without);
    CHECK(n.p.has_value() == (n.counted == 1));
    CHECK(n.same_sign.has_value() == (n.counted == 1));
    CHECK(n.moran.has_value() == (n.counted == 1));
    CHECK(n.tested == (n.counted == 1 ? 2 : 0));
    for (const MapClustering& map : c.maps) {
      CHECK(map.state == MapState::measured);
      CHECK(map.counted[within] == n.counted);
      CHECK(map.p[within].has_value() == (n.counted == 1));
    }
  }
  CHECK(with_p > 0);
  CHECK(without > 0);
}

TEST_CASE("sparse maps are tested together, and each alone from ten synapses on") {
  const auto sparse = [](bool banded) {
    std::vector<SynapseMap> maps;
    for (std::uint64_t k = 0; k < 200; ++k) {
      SynapseMap map;
      Random random(3, "sparse", k);
      for (std::uint32_t c = 0; c < 8; ++c) {
        map.channels.push_back(c);
        map.delays.push_back(static_cast<std::int32_t>(random.index(4)));
        const bool high = banded ? map.delays.back() >= 2 : random.uniform() < 0.5;
        map.weights.push_back(high ? 1.0 : -1.0);
      }
      maps.push_back(map);
    }
    return maps;
  };
  const Clustering banded = clustering_of(sparse(true), with(MapValue::sign));
  const Clustering random = clustering_of(sparse(false), with(MapValue::sign));
  for (const std::size_t null : {free_null, within}) {
    CHECK(banded.nulls[null].tested == 0);
    CHECK(banded.nulls[null].p.value() == Approx(1.0 / 200.0));
    CHECK(banded.same_sign.value() > banded.nulls[null].same_sign.value() + 0.1);
    CHECK(random.nulls[null].p.value() > 0.01);
  }
}

TEST_CASE("maps that have no clustering to measure are named by what they lack") {
  SynapseMap none, one{.channels = {0}, .delays = {0}, .weights = {1.0}};
  SynapseMap excitatory{.channels = {0, 1, 2}, .delays = {0, 0, 1}, .weights = {1.0, 2.0, 0.5}};
  SynapseMap distant{.channels = {0, 3}, .delays = {0, 9}, .weights = {1.0, -1.0}};
  SynapseMap constant{.channels = {0, 1, 2}, .delays = {0, 1, 1}, .weights = {0.1, 0.1, 0.1}};
  const std::vector<SynapseMap> maps = {none, one, excitatory, distant, constant};
  const auto states = [&](MapValue value) {
    std::vector<MapState> all;
    for (const MapClustering& map : clustering_of(maps, with(value)).maps) all.push_back(map.state);
    return all;
  };
  using enum MapState;
  CHECK(states(MapValue::sign) == std::vector<MapState>{few, few, alike, apart, alike});
  CHECK(states(MapValue::weight) == std::vector<MapState>{few, few, measured, apart, alike});
  // Of one sign everywhere: there is no share to be tested.
  const Clustering c = clustering_of({excitatory, constant}, with(MapValue::sign));
  CHECK_FALSE(c.same_sign);
  CHECK_FALSE(c.nulls[free_null].p);
  // One synapse per channel, all of one delay: nothing changes places within a channel.
  SynapseMap flat{.channels = {0, 1, 2}, .delays = {1, 1, 1}, .weights = {1.0, -1.0, 2.0}};
  const Clustering f = clustering_of({flat, flat}, with(MapValue::sign));
  CHECK(f.nulls[free_null].nothing.empty());
  CHECK(f.nulls[within].nothing == "no channel has synapses of different delays");
  CHECK_FALSE(f.nulls[within].p);
  CHECK(clustering_of({none}, with(MapValue::sign)).nulls[free_null].nothing ==
        "no neuron has two synapses");
}

TEST_CASE("clustering is the same for any number of threads") {
  std::vector<SynapseMap> maps;
  for (std::uint64_t k = 0; k < 10; ++k)
    maps.push_back(half_map(k, [](Random& r, std::uint32_t, std::int32_t) { return r.normal(); }));
  const auto run = [&](std::size_t threads) {
    const tbb::global_control control(tbb::global_control::max_allowed_parallelism, threads);
    return clustering_of(maps, with(MapValue::weight));
  };
  const Clustering one = run(1), four = run(4);
  for (const std::size_t null : {free_null, within}) {
    CHECK(one.nulls[null].moran == four.nulls[null].moran);
    CHECK(one.nulls[null].same_sign == four.nulls[null].same_sign);
    CHECK(one.nulls[null].p == four.nulls[null].p);
    for (std::size_t m = 0; m < maps.size(); ++m) CHECK(one.maps[m].p == four.maps[m].p);
  }
}

TEST_CASE(
    "of many tests those have found something that Benjamini and Hochberg's procedure names") {
  // The worked example of their article (1995, section 4): four of fifteen at 0.05.
  const std::vector<double> article = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201,
                                       0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
                                       0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
  std::vector<char> expected(15, 0);
  std::fill_n(expected.begin(), 4, 1);
  CHECK(false_discovery(article, 0.05) == expected);
  // By hand: 0.02 > 0.05/3, but 0.03 <= 0.05 2/3 and 0.045 <= 0.05, so that all three have.
  CHECK(false_discovery(std::vector<double>{0.045, 0.02, 0.03}, 0.05) ==
        std::vector<char>{1, 1, 1});
  CHECK(false_discovery(std::vector<double>{0.2, 0.02, 0.04}, 0.05) == std::vector<char>{0, 0, 0});
  CHECK(false_discovery(std::vector<double>{}, 0.05).empty());
}
