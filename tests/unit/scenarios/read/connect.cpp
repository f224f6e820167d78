// Connectivity by rule. References: exact degrees; the chi-square of partners, whose mean is its degrees
// of freedom f and whose deviation sqrt(2 f), of which five are allowed; the parts of ranks; brute force
// over all pairs for what depends on distance.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <tbb/global_control.h>
#include <tuple>
#include <vector>

#include <retrograde/engine/network/with_synapses.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/arrays/array_file.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/read/part.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

#include "tests/support/scratch.hpp"

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

std::string text_of(std::uint32_t from, std::uint32_t to, const std::string& keys,
                    const std::string& ends = "from = \"a\"\nto = \"b\"\n") {
  return "[scenario]\nduration = \"10 ms\"\nseed = 7\n"
         "[[population]]\nname = \"a\"\nsize = " +
         std::to_string(from) + "\n[[population]]\nname = \"b\"\nsize = " + std::to_string(to) +
         "\n[[projection]]\n" + ends + "delay = \"1 ms\"\n" + keys;
}

Network network_of(const std::string& text, const std::string& file = "s.toml",
                   const ScenarioLimits& limits = {}) {
  return parse_scenario(text, file, {}, limits).network;
}

Network network_of(std::uint32_t from, std::uint32_t to, const std::string& keys) {
  return network_of(text_of(from, to, keys + "\nweight = 1\n"));
}

std::vector<SynapseSpec> all_of(const Network& network) {
  return synapses_of(network, network.projections()[0]);
}

std::string refused(const std::string& text, const std::string& file) {
  try {
    network_of(text, file);
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "nothing is refused";
}

std::string refused(const std::string& keys) {
  return refused(text_of(4, 3, keys + "\nweight = 1\n"), "s.toml");
}

std::vector<double> degrees(const Network& network, bool of_targets) {
  const Projection& p = network.projections()[0];
  std::vector<double> result(network.populations()[of_targets ? p.target : p.source].size, 0.0);
  for (const SynapseSpec& s : all_of(network)) result[of_targets ? s.target : s.source] += 1.0;
  return result;
}

bool has_twins(const Network& network) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> pairs;
  for (const SynapseSpec& s : all_of(network))
    if (!pairs.insert({s.source, s.target}).second) return true;
  return false;
}

// Counts of which each has the same expectation; `share` of the variance of independent draws is left
// where they are drawn without coming again.
void check_even(const std::vector<double>& counts, double share = 1.0) {
  double sum = 0.0, chi = 0.0;
  for (const double c : counts) sum += c;
  const double expected = sum / static_cast<double>(counts.size());
  for (const double c : counts) chi += (c - expected) * (c - expected) / expected;
  const auto freedom = static_cast<double>(counts.size() - 1);
  CAPTURE(chi, freedom, share);
  CHECK(std::fabs(chi / share - freedom) < 5.0 * std::sqrt(2.0 * freedom));
}

const std::string self_ends = "from = \"a\"\nto = \"a\"\n";

}  // namespace

TEST_CASE("fixed degrees are exact, and partners are even", "[connect]") {
  for (const bool multapses : {false, true}) {
    const std::string more = multapses ? "\nallow_multapses = true" : "";
    const Network in = network_of(500, 2000, "connect = \"fixed_indegree\"\nindegree = 50" + more);
    CHECK(degrees(in, true) == std::vector<double>(2000, 50.0));
    check_even(degrees(in, false), multapses ? 1.0 : 0.9);  // 450 of 500 are not met
    CHECK(has_twins(in) == multapses);
    const Network out =
        network_of(2000, 500, "connect = \"fixed_outdegree\"\noutdegree = 50" + more);
    CHECK(degrees(out, false) == std::vector<double>(2000, 50.0));
    check_even(degrees(out, true), multapses ? 1.0 : 0.9);
    CHECK(has_twins(out) == multapses);
  }
  // All there are, and none.
  CHECK(network_of(30, 20, "connect = \"fixed_indegree\"\nindegree = 30").projections()[0].dense);
  CHECK(network_of(30, 20, "connect = \"fixed_outdegree\"\noutdegree = 0").synapse_count() == 0);
}

TEST_CASE("a fixed total is exact, few or many, and both sides are even", "[connect]") {
  for (const std::uint32_t total : {10'000u, 60'000u})
    for (const bool multapses : {false, true}) {
      const Network network =
          network_of(400, 600,
                     "connect = \"fixed_total_number\"\ntotal = " + std::to_string(total) +
                         (multapses ? "\nallow_multapses = true" : ""));
      CAPTURE(total, multapses);
      CHECK(network.synapse_count() == total);
      CHECK(has_twins(network) == multapses);
      const double share = multapses ? 1.0 : 1.0 - total / 240'000.0;
      check_even(degrees(network, false), share);
      check_even(degrees(network, true), share);
    }
  CHECK(
      network_of(40, 50, "connect = \"fixed_total_number\"\ntotal = 2000").projections()[0].dense);
}

TEST_CASE("no neuron meets itself where autapses are not allowed", "[connect]") {
  for (const std::string rule :
       {"connect = \"fixed_indegree\"\nindegree = 39",
        "connect = \"fixed_outdegree\"\noutdegree = 20",
        "connect = \"fixed_total_number\"\ntotal = 1560",
        "connect = \"fixed_total_number\"\nallow_multapses = true\ntotal = 1560",
        "connect = \"fixed_indegree\"\nallow_multapses = true\nindegree = 100",
        "connect = \"pairwise_bernoulli\"\ndensity = 0.9",
        "connect = \"pairwise_bernoulli\"\ndensity = 1"}) {
    CAPTURE(rule);
    const auto made = [&](const char* allowed) {
      return network_of(
          text_of(40, 1, rule + "\nallow_autapses = " + allowed + "\nweight = 1\n", self_ends));
    };
    const auto autapses = [](const Network& network) {
      const auto all = all_of(network);
      return std::ranges::any_of(all, [](const SynapseSpec& s) { return s.source == s.target; });
    };
    CHECK_FALSE(autapses(made("false")));
    CHECK(autapses(made("true")));
  }
}

TEST_CASE("pairwise_bernoulli is the rule that a density follows where pairs are too many",
          "[connect]") {
  const Network rule = network_of(300, 400, "connect = \"pairwise_bernoulli\"\ndensity = 0.1");
  const Network many =
      network_of(text_of(300, 400, "density = 0.1\nweight = 1\n"), "s.toml", {.pairs = 10});
  CHECK(rule.projections()[0].targets == many.projections()[0].targets);
  CHECK(std::fabs(rule.synapse_count() - 12'000.0) < 5.0 * std::sqrt(120'000 * 0.09));
  check_even(degrees(rule, true), 0.9);
  // The old name of all_to_all, and of autapses.
  CHECK(network_of(3, 4, "connect = \"dense\"\ndensity = 1").synapse_count() == 12);
  CHECK(network_of(text_of(3, 1, "self = false\nweight = 1\n", self_ends)).synapse_count() == 6);
}

TEST_CASE("a million neurons to a million with one synapse each look at no pair", "[connect]") {
  for (const std::string rule : {"connect = \"fixed_indegree\"\nindegree = 1",
                                 "connect = \"fixed_total_number\"\ntotal = 1000000",
                                 "connect = \"pairwise_bernoulli\"\ndensity = 1e-6"}) {
    const Network network = network_of(1'000'000, 1'000'000, rule);
    CHECK(std::fabs(network.synapse_count() - 1e6) < 5000.0);
  }
}

namespace {

const std::vector<std::string> all_rules = {
    "connect = \"fixed_indegree\"\nindegree = 9",
    "connect = \"fixed_outdegree\"\noutdegree = 9\nallow_multapses = true",
    "connect = \"fixed_total_number\"\ntotal = 700",
    "connect = \"fixed_total_number\"\ntotal = 17000",
    "connect = \"fixed_total_number\"\ntotal = 900\nallow_multapses = true",
    "connect = \"pairwise_bernoulli\"\ndensity = 0.2",
    "connect = \"list\"\nsynapses = [[3, 4], [299, 4], [0, 99], [3, 5]]"};
const std::string drawn_values =
    "\nweight = { distribution = \"normal\", mean = 0.0, std = 1.0 }\n";

std::string ranked_text(const std::string& rule) {
  std::string text = text_of(300, 100, rule + drawn_values);
  text.replace(text.find("delay = \"1 ms\""), 14,
               "delay = { distribution = \"uniform\", low = \"1 ms\", high = \"3 ms\" }");
  return text;
}

using Row = std::tuple<std::uint32_t, std::uint32_t, double, double>;
std::vector<Row> rows_of(const Network& network) {
  std::vector<Row> rows;
  for (const SynapseSpec& s : all_of(network))
    rows.emplace_back(s.source, s.target, s.weight, s.delay);
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace

TEST_CASE("the parts of ranks are the whole of every rule", "[connect]") {
  for (const std::string& rule : all_rules) {
    CAPTURE(rule);
    const std::string text = ranked_text(rule);
    std::vector<Row> together;
    for (int rank = 0; rank < 3; ++rank) {
      const NeuronShares shares(rank, 3);
      const Network part = parse_part(text, "s.toml", {}, shares).network;
      for (const Row& row : rows_of(part)) {
        CHECK(shares.own(part.populations()[1]).holds(std::get<1>(row)));
        together.push_back(row);
      }
    }
    std::sort(together.begin(), together.end());
    CHECK((together == rows_of(network_of(text))));
  }
}

TEST_CASE("rules draw the same bits with any number of threads, others with another seed",
          "[connect]") {
  for (const std::string& rule : all_rules) {
    const std::string text = ranked_text(rule);
    std::vector<Network> made;
    for (const std::size_t threads : {1u, 2u, 8u}) {
      const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
      made.push_back(network_of(text));
    }
    for (const Network& network : made) {
      CHECK(network.projections()[0].targets == made[0].projections()[0].targets);
      CHECK(std::ranges::equal(network.parameters(), made[0].parameters()));
    }
    std::string other = text;
    other.replace(other.find("seed = 7"), 8, "seed = 8");
    CHECK_FALSE(std::ranges::equal(network_of(other).parameters(), made[0].parameters()));
  }
}

TEST_CASE("synapses of multapses have weights and delays of their own", "[connect]") {
  const Network network = network_of(text_of(
      1, 1,
      "connect = \"fixed_indegree\"\nindegree = 20000\nallow_multapses = true" + drawn_values));
  REQUIRE(network.synapse_count() == 20'000);
  double sum = 0.0, squares = 0.0;
  for (SynapseId s = 0; s < 20'000; ++s) {
    sum += network.weight(s);
    squares += network.weight(s) * network.weight(s);
  }
  CHECK(std::fabs(sum / 20'000) < 5.0 / std::sqrt(20'000));
  CHECK(std::fabs(squares / 20'000 - 1.0) < 5.0 * std::sqrt(2.0 / 20'000));
}

TEST_CASE("lists come inline and from files of each kind, with values or without", "[connect]") {
  const std::vector<Row> expected = {{0, 2, 0.5, 1.5}, {1, 0, -1, 2}, {3, 2, 0.25, 0.5}};
  const auto rows = [](const std::string& keys, const std::string& file = "s.toml") {
    std::string text = text_of(4, 3, keys);
    text.erase(text.find("delay = \"1 ms\"\n"), 15);
    return rows_of(network_of(text, file));
  };
  CHECK((rows("connect = \"list\"\nsynapses = [[3, 2, 0.25, \"0.5 ms\"], [0, 2, 0.5, \"1.5 ms\"], "
              "[1, 0, -1, \"2 ms\"]]\n") == expected));
  const test::ScratchFolder folder;
  const std::vector<NamedArray> arrays = {{"source", {{3}, {3, 0, 1}, true}},
                                          {"target", {{3}, {2, 2, 0}, true}},
                                          {"weight", {{3}, {0.25, 0.5, -1}, false}},
                                          {"delay", {{3}, {0.5, 1.5, 2}, false}}};
  const std::string scenario = (folder / "s.toml").string();
  for (const char* name : {"l.csv", "l.npz", "l.h5"}) {
    write_arrays(folder / name, *array_format_of(name), arrays);
    CHECK(
        (rows(std::string("connect = \"list\"\nfile = \"") + name + "\"\n", scenario) == expected));
  }
  write_arrays(folder / "l.npy", ArrayFormat::npy,
               std::vector<NamedArray>{
                   {"", {{3, 4}, {3, 2, 0.25, 0.5, 0, 2, 0.5, 1.5, 1, 0, -1, 2}, false}}});
  CHECK((rows("connect = \"list\"\nfile = \"l.npy\"\n", scenario) == expected));
  write_file(folder / "ends.csv", "source,target\n0,2\n0,2\n1,1\n");
  const auto again = rows(
      "connect = \"list\"\nfile = \"ends.csv\"\nallow_multapses = true\n"
      "weight = [1, 2, 3]\ndelay = \"1 ms\"\n",
      scenario);
  CHECK((again == std::vector<Row>{{0, 2, 1, 1}, {0, 2, 2, 1}, {1, 1, 3, 1}}));
  CHECK(rows("connect = \"list\"\nsynapses = []\n").empty());

  const auto wrong = [&](const std::string& content, const std::string& more = "") {
    write_file(folder / "w.csv", content);
    std::string text = text_of(4, 3, "connect = \"list\"\nfile = \"w.csv\"\n" + more);
    return refused(text, scenario);
  };
  CHECK_THAT(wrong("source,target\n4,0\n", "weight = 1"),
             Contains("projection[0].file") && Contains("synapse 0") && Contains("from 0 to 3"));
  CHECK_THAT(wrong("source,target\n0,0.5\n", "weight = 1"), Contains("target 0.5"));
  CHECK_THAT(wrong("source,targt\n0,0\n", "weight = 1"), Contains("did you mean target?"));
  CHECK_THAT(wrong("source,target,weight\n0,0,1\n", "weight = 1"),
             Contains("projection[0].weight") && Contains("says the weights itself"));
  CHECK_THAT(wrong("source,target\n0,1\n0,1\n", "weight = 1"),
             Contains("[1, 0]") && Contains("given twice") && Contains("multapses"));
  CHECK_THAT(wrong("source,target\n0,1\n"), Contains("weight is missing"));
}

TEST_CASE("a matrix of weights from a file counts as one that is written", "[connect]") {
  const test::ScratchFolder folder;
  const std::string scenario = (folder / "s.toml").string();
  const std::vector<double> values = {1, 2, 3, 4, 5, 6};
  write_arrays(folder / "w.npy", ArrayFormat::npy, std::vector<NamedArray>{{"", {{2, 3}, values}}});
  for (const char* name : {"w.npz", "w.h5"})
    write_arrays(folder / name, *array_format_of(name),
                 std::vector<NamedArray>{{"w", {{2, 3}, values}}});
  write_file(folder / "w.csv", "w\n1\n2\n3\n");
  const auto weight = [](const std::string& file) {
    return "weight = { file = \"" + file + "\"" +
           (file == "w.npy" ? " }\n" : ", array = \"w\" }\n");
  };
  const std::string written = "weight = [[1, 2, 3], [4, 5, 6]]\n";
  const auto weights = [&](const std::string& keys) {
    std::vector<double> all;
    for (const SynapseSpec& s : all_of(network_of(text_of(3, 2, keys), scenario)))
      all.push_back(s.weight);
    return all;
  };
  for (const char* file : {"w.npy", "w.npz", "w.h5"}) {
    INFO(file);
    CHECK(weights(weight(file)) == weights(written));
    // What does not go with the one goes with the other neither, for the same reason.
    for (const std::string keys :
         {"density = 0.5\n", "connect = \"pairwise_bernoulli\"\ndensity = 0.5\n",
          "connect = \"fixed_indegree\"\nindegree = 1\n"}) {
      const auto reason = [](std::string said) {
        return said.substr(said.find(": projection[0]"));
      };
      const std::string of_file = refused(text_of(3, 2, keys + weight(file)), scenario);
      CHECK(reason(of_file) == reason(refused(text_of(3, 2, keys + written), scenario)));
      CHECK_THAT(of_file, Contains("matrix of weights"));
    }
  }
  CHECK_THAT(refused(text_of(3, 2, weight("w.csv")), scenario),
             Contains("projection[0].weight.file") && Contains("has the shape (3)"));
  const auto square = [](const std::string& keys) {
    return text_of(3, 2, keys, "from = \"a\"\nto = \"a\"\n");
  };
  write_arrays(folder / "w.npy", ArrayFormat::npy,
               std::vector<NamedArray>{{"", {{3, 3}, std::vector<double>(9, 1.0)}}});
  CHECK_THAT(refused(square("allow_autapses = false\n" + weight("w.npy")), scenario),
             Contains("does not go with a matrix of weights"));

  // What is no number is told with its place.
  for (const double wrong : {std::nan(""), -HUGE_VAL})
    for (const char* name : {"w.npy", "w.npz", "w.h5"}) {
      std::vector<double> with = values;
      with[5] = wrong;
      write_arrays(
          folder / name, *array_format_of(name),
          std::vector<NamedArray>{{name == std::string("w.npy") ? "" : "w", {{2, 3}, with}}});
      CHECK_THAT(refused(text_of(3, 2, weight(name)), scenario),
                 Contains(name) && Contains("row 1, column 2") && Contains("not a number"));
    }
  write_arrays(folder / "w.npz", ArrayFormat::npz,
               std::vector<NamedArray>{{"w", {{2, 3}, {1, 2, 3, -4, 5, 6}}}});
  CHECK_THAT(refused(text_of(3, 2, weight("w.npz") + "weight_min = 0\n"), scenario),
             Contains("w.npz") && Contains("row 1, column 0") && Contains("-4"));
}

namespace {

std::string sheet(const std::string& grid, const std::string& keys) {
  return "[scenario]\nduration = \"10 ms\"\n[[population]]\nname = \"a\"\nsize = 900\ngrid = " +
         grid + "\n[[projection]]\nfrom = \"a\"\nto = \"a\"\n" + keys + "\n";
}

double apart(std::uint32_t a, std::uint32_t b, double spacing, bool wrap) {
  double x = std::fabs(double(a % 30) - double(b % 30)),
         y = std::fabs(double(a / 30) - double(b / 30));
  if (wrap) x = std::min(x, 30 - x), y = std::min(y, 30 - y);
  return std::hypot(x, y) * spacing;
}

}  // namespace

TEST_CASE("densities over distance are those of brute force, with and without wrap", "[connect]") {
  struct Case {
    const char* density;
    double (*probability)(double);
  };
  for (const Case& c : {Case{"{ profile = \"gaussian\", peak = 0.8, std = 0.4 }",
                             [](double d) { return 0.8 * std::exp(-d * d / 0.32); }},
                        Case{"{ profile = \"exponential\", peak = 1, length = 0.5, radius = 2 }",
                             [](double d) { return d <= 2 ? std::exp(-2 * d) : 0.0; }},
                        Case{"{ profile = \"constant\", peak = 0.3, radius = 1.01 }",
                             [](double d) { return d <= 1.01 ? 0.3 : 0.0; }},
                        Case{"{ profile = \"constant\", peak = 1, radius = 0.5 }",
                             [](double d) { return d <= 0.5 ? 1.0 : 0.0; }}})
    for (const bool wrap : {false, true}) {
      CAPTURE(c.density, wrap);
      const Network network = network_of(sheet(
          std::string("{ shape = [30, 30], spacing = 0.2, wrap = ") + (wrap ? "true }" : "false }"),
          std::string("weight = 1\ndelay = \"1 ms\"\ndensity = ") + c.density));
      // Of pairs by distance, in bins: how many there are and are to be expected.
      std::map<int, std::array<double, 3>> bins;
      for (std::uint32_t i = 0; i < 900; ++i)
        for (std::uint32_t j = 0; j < 900; ++j) {
          const double d = apart(i, j, 0.2, wrap), p = c.probability(d);
          auto& bin = bins[static_cast<int>(4 * d)];
          bin[1] += p;
          bin[2] += p * (1 - p);
        }
      for (const SynapseSpec& s : all_of(network)) {
        const double d = apart(s.source, s.target, 0.2, wrap);
        CHECK(c.probability(d) > 0.0);
        bins[static_cast<int>(4 * d)][0] += 1.0;
      }
      for (const auto& [bin, n] : bins) {
        CAPTURE(bin, n[0], n[1]);
        CHECK(std::fabs(n[0] - n[1]) <= 5.0 * std::sqrt(n[2]) + 1e-6 * n[1]);
      }
    }
}

TEST_CASE("weights and delays follow profiles of the distance", "[connect]") {
  const Network network =
      network_of(sheet("{ shape = [30, 30], spacing = 0.2, wrap = true }",
                       "connect = \"fixed_indegree\"\nindegree = 20\n"
                       "weight = { profile = \"gaussian\", peak = 2, std = 3 }\n"
                       "delay = { profile = \"linear\", start = \"0.5 ms\", slope = \"2 ms\" }"));
  for (const SynapseSpec& s : all_of(network)) {
    const double d = apart(s.source, s.target, 0.2, true);
    REQUIRE(s.weight == Approx(2 * std::exp(-d * d / 18)).epsilon(1e-12));
    REQUIRE(s.delay == Approx(0.5 + 2 * d).epsilon(1e-12));
  }
  const Network line = network_of(
      "[scenario]\nduration = \"10 ms\"\n[[population]]\nname = \"a\"\nsize = 5\ngrid = { shape = "
      "[5] "
      "}\n[[population]]\nname = \"b\"\nsize = 3\ngrid = { shape = [3], spacing = 2 }\n"
      "[[projection]]\nfrom = \"a\"\nto = \"b\"\nweight = { profile = \"exponential\", peak = 1, "
      "length = 4 }\n");
  for (const SynapseSpec& s : all_of(line))
    CHECK(s.weight == Approx(std::exp(-std::fabs((s.source - 2.0) - 2 * (s.target - 1.0)) / 4)));
}

TEST_CASE("a wrong use of each rule says what to write", "[connect]") {
  CHECK_THAT(refused("connect = \"fixed_indegre\"\nindegree = 2"),
             Contains("did you mean fixed_indegree?"));
  CHECK_THAT(refused("connect = \"fixed_indegree\""), Contains("indegree = 100"));
  CHECK_THAT(refused("connect = \"fixed_indegree\"\nindegree = 5"),
             Contains("projection[0].indegree") && Contains("4 neurons") &&
                 Contains("allow_multapses = true"));
  CHECK_THAT(refused("connect = \"fixed_outdegree\"\noutdegree = 4"), Contains("b has 3 neurons"));
  CHECK_THAT(refused("connect = \"fixed_total_number\"\ntotal = 13"), Contains("12 pairs"));
  CHECK_THAT(
      refused("connect = \"fixed_total_number\"\ntotal = 5000000000\nallow_multapses = true"),
      Contains("at most 1000000000 synapses"));
  CHECK_THAT(refused("connect = \"fixed_indegree\"\nindegree = 2\noutdegree = 2"),
             Contains("projection[0].outdegree") && Contains("fixed_outdegree"));
  CHECK_THAT(refused("indegree = 2"), Contains("connect = \"fixed_indegree\""));
  CHECK_THAT(refused("allow_multapses = true"), Contains("one synapse at most"));
  CHECK_THAT(refused("connect = \"pairwise_bernoulli\""), Contains("density = 0.1"));
  CHECK_THAT(refused("connect = \"all_to_all\"\ndensity = 0.5"), Contains("pairwise_bernoulli"));
  CHECK_THAT(refused("connect = \"fixed_indegree\"\nindegree = 2\ndensity = 0.5"),
             Contains("projection[0].density"));
  CHECK_THAT(refused("connect = \"list\""), Contains("synapses = [[0, 3], [1, 2]]"));
  CHECK_THAT(refused("connect = \"list\"\nsynapses = [[0, 3]]"),
             Contains("projection[0].synapses[0][1]"));
  CHECK_THAT(refused("connect = \"list\"\nsynapses = [[0, 1], [0]]"), Contains("2 to 4 entries"));
  CHECK_THAT(refused("connect = \"list\"\nsynapses = [[0, 1], [0, 2, 3]]"),
             Contains("give all synapses the same"));
  CHECK_THAT(refused("connect = \"list\"\nsynapses = []\nfile = \"x.csv\""),
             Contains("remove file or synapses"));
  CHECK_THAT(refused("connect = \"list\"\nfile = \"x.csv\""), Contains("there is no file x.csv"));
  CHECK_THAT(refused("density = { profile = \"gaussian\", peak = 1, std = 1 }"),
             Contains("projection[0].density") && Contains("a has no places"));
  CHECK_THAT(refused("allow_autapses = true\nself = true"), Contains("remove one of the two"));
  const auto matrix = text_of(1, 1, "connect = \"fixed_indegree\"\nindegree = 1\nweight = [[1]]\n");
  CHECK_THAT(refused(matrix, "s.toml"), Contains("matrix"));
  const std::string grid = "{ shape = [30, 30], spacing = 0.2 }";
  const auto on_sheet = [&](const std::string& keys, const std::string& places = "") {
    return refused(sheet(places.empty() ? grid : places, keys), "s.toml");
  };
  CHECK_THAT(on_sheet("weight = 1", "{ shape = [30, 31] }"), Contains("930 places"));
  CHECK_THAT(on_sheet("weight = 1", "{ shape = [900], space = 1 }"), Contains("spacing"));
  CHECK_THAT(
      on_sheet("weight = 1\ndelay = { profile = \"linear\", start = \"1 ms\", slope = \"-1 ms\" }"),
      Contains("at the largest distance"));
  CHECK_THAT(on_sheet("weight = 1\ndensity = { profile = \"constant\", peak = 1 }"),
             Contains("needs a radius"));
  CHECK_THAT(on_sheet("weight = 1\ndensity = { profile = \"gaussian\", peak = 1.5, std = 1 }"),
             Contains("density.peak"));
  CHECK_THAT(
      on_sheet("weight = { profile = \"gaussian\", peak = 1, length = 1 }\ndelay = \"1 ms\""),
      Contains("std"));
}
