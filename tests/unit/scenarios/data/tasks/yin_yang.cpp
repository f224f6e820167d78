// Golden values: yin_yang_golden.py in this folder, which asks NumPy's own RandomState (legacy rand
// and randint). Reference: Kriener, Goeltz, Petrovici, "The Yin-Yang dataset", arXiv:2102.08211.
#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/tasks/yin_yang.hpp>

using namespace retrograde;

namespace {

void add_bytes(std::uint64_t& sum, std::uint64_t bits, int bytes) {
  for (int i = 0; i < bytes; ++i) {
    sum ^= bits >> 8 * i & 0xff;
    sum *= 0x100000001b3;
  }
}

// FNV-1a over x, y and label of every point, as the script forms it.
std::uint64_t checksum(const std::vector<YinYangPoint>& points) {
  std::uint64_t sum = 0xcbf29ce484222325;
  for (const YinYangPoint& p : points) {
    add_bytes(sum, std::bit_cast<std::uint64_t>(p.x), 8);
    add_bytes(sum, std::bit_cast<std::uint64_t>(p.y), 8);
    add_bytes(sum, p.label, 1);
  }
  return sum;
}

struct Golden {
  std::size_t index;
  double x, y;
  int label;
};

struct GoldenSet {
  std::size_t size;
  std::uint32_t seed;
  std::uint64_t sum;
  std::array<int, 3> classes;
  std::array<Golden, 4> points;
};

const std::array<GoldenSet, 3> golden = {{
    {5000,
     42,
     0x3cedf141171f1d94,
     {1681, 1702, 1617},
     {{{0, 0x1.5c51450ae9de0p-1, 0x1.cd4fad08539c4p-2, 2},
       {1, 0x1.9010a27637b70p-4, 0x1.5e53ca8f6cf61p-1, 1},
       {2, 0x1.82bebb13f3130p-1, 0x1.b35c0fc29196cp-2, 2},
       {4999, 0x1.89c4d1458e203p-1, 0x1.2d3ac2bedbf80p-1, 2}}}},
    {1000,
     41,
     0x0229bfde809f69eb,
     {316, 336, 348},
     {{{0, 0x1.5c740742f33bep-1, 0x1.48ad3fd6a1ea2p-2, 0},
       {1, 0x1.5647b12cfd86ap-1, 0x1.d5bbb9755f423p-1, 1},
       {2, 0x1.9a9cd89543bedp-1, 0x1.6ea69d4874e44p-3, 0},
       {999, 0x1.6be16840556a5p-1, 0x1.9c06028ff6098p-1, 1}}}},
    {1000,
     40,
     0x9c6085fe2e674478,
     {350, 316, 334},
     {{{0, 0x1.df6e0fe77e0e4p-3, 0x1.9b5dcab9967b6p-2, 2},
       {1, 0x1.80ae3293af921p-1, 0x1.df7af78b6999cp-2, 2},
       {2, 0x1.1b4a4c74a9654p-3, 0x1.24541434b9943p-1, 1},
       {999, 0x1.5038850813b78p-2, 0x1.8f57b6ece295cp-2, 1}}}},
}};

const LatencyEncoding wunderlich_pehle = {
    .t_early = 0, .t_late = 30, .duration = 60, .bias_time = 0.0};

}  // namespace

TEST_CASE("all 7000 Yin-Yang points equal those of NumPy's RandomState bit for bit") {
  for (const GoldenSet& set : golden) {
    CAPTURE(set.seed);
    const std::vector<YinYangPoint> points = yin_yang(set.size, set.seed);
    REQUIRE(points.size() == set.size);
    for (const Golden& g : set.points) {
      CHECK(points[g.index].x == g.x);
      CHECK(points[g.index].y == g.y);
      CHECK(points[g.index].label == g.label);
    }
    std::array<int, 3> classes{};
    for (const YinYangPoint& p : points) ++classes.at(p.label);
    CHECK(classes == set.classes);
    CHECK(checksum(points) == set.sum);
  }
}

TEST_CASE("the Yin-Yang figure is divided as published") {
  CHECK(yin_yang_class(0.75, 0.5) == 2);   // centre of the right dot
  CHECK(yin_yang_class(0.25, 0.5) == 2);   // centre of the left dot
  CHECK(yin_yang_class(0.5, 0.9) == 1);    // upper half
  CHECK(yin_yang_class(0.5, 0.1) == 0);    // lower half
  CHECK(yin_yang_class(0.25, 0.65) == 1);  // the head around the left dot, above
  CHECK(yin_yang_class(0.25, 0.35) == 1);  // and below the middle
  CHECK(yin_yang_class(0.75, 0.65) == 0);  // the head around the right dot, above
  CHECK(yin_yang_class(0.75, 0.35) == 0);  // and below the middle
}

TEST_CASE("the Yin-Yang data set has the published parts and speaks in spike times") {
  const Dataset data = load_yin_yang(wunderlich_pehle);
  CHECK(data.size(Part::train) == 5000);
  CHECK(data.size(Part::validation) == 1000);
  CHECK(data.size(Part::test) == 1000);
  CHECK(data.info().name == "yin_yang");
  CHECK(data.info().inputs == 5);
  CHECK(data.info().duration == 60);
  CHECK(data.info().class_names == std::vector<std::string>{"yin", "yang", "dot"});

  // t = 30 x for x, y, 1 - x, 1 - y (Wunderlich and Pehle 2021), and the bias neuron at 0.
  const double x = 0x1.df6e0fe77e0e4p-3, y = 0x1.9b5dcab9967b6p-2;
  const Sample first = data.sample(Part::test, 0);
  CHECK(first.label == 2);
  CHECK(first.trial.duration == 60);
  CHECK(
      first.trial.inputs ==
      std::vector<Spike>{{0.0, 4}, {x * 30, 0}, {y * 30, 1}, {(1 - y) * 30, 3}, {(1 - x) * 30, 2}});
  CHECK(&data.part(Part::train) != &data.part(Part::test));
}

TEST_CASE("a limited data set shows the first samples of the whole one") {
  const Dataset all = load_yin_yang(wunderlich_pehle);
  const Dataset few = all.limited(100, 5000, 0);
  CHECK(few.size(Part::train) == 100);
  CHECK(few.size(Part::validation) == 1000);
  CHECK(few.size(Part::test) == 0);
  for (std::size_t i = 0; i < 100; ++i) {
    REQUIRE(few.trial(Part::train, i).inputs == all.trial(Part::train, i).inputs);
    REQUIRE(few.label(Part::train, i) == all.label(Part::train, i));
  }
  CHECK_THROWS_AS(few.trial(Part::train, 100), InternalError);
  CHECK_THROWS_AS(few.label(Part::test, 0), InternalError);
}
