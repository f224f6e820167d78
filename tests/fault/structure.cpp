// What is wrong in [structure] of a scenario: the error has the place and says what to write.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

using namespace retrograde;

namespace {

// Lines 1 to 22; what the test adds begins with line 23, [structure], and line 24, density.
const std::string base =
    "[scenario]\nduration = \"40 ms\"\n"
    "[[population]]\nname = \"in\"\nsize = 10\nmodel = \"input\"\n"
    "[[population]]\nname = \"hidden\"\nsize = 20\n"
    "[[projection]]\nfrom = \"in\"\nto = \"hidden\"\nlearn = [\"weight\", \"delay\"]\n"
    "weight = 0.5\ndelay = \"2 ms\"\ndelay_min = \"1 ms\"\ndelay_max = \"9 ms\"\n"
    "[[projection]]\nfrom = \"hidden\"\nto = \"hidden\"\nweight = 0.1\ndelay = \"1 ms\"\n";

struct Wrong {
  std::string keys;  // after density
  std::string key;   // at which the error is
  std::uint32_t line;
  std::vector<std::string> message;
};

ScenarioError error_of(const std::string& text) {
  try {
    parse_scenario(text, "wrong.toml");
  } catch (const ScenarioError& error) {
    return error;
  }
  FAIL("no error:\n" + text);
  throw 0;
}

void check(const ScenarioError& error, const Wrong& wrong) {
  CAPTURE(wrong.keys, error.what());
  CHECK(error.key == "structure" + (wrong.key.empty() ? "" : "." + wrong.key));
  CHECK(error.line == wrong.line);
  for (const std::string& part : wrong.message) CHECK_THAT(error.message, Catch::Contains(part));
}

}  // namespace

TEST_CASE("a key of [structure] that cannot be meant is refused with its place and a remedy") {
  const std::string both = "rule = \"deep_r_rigl\"\n";
  const std::vector<Wrong> all = {
      {"rules = 1\n", "rules", 25, {"rule"}},
      {"rule = \"rigel\"\n", "rule", 25, {"rigl"}},
      {"budget = \"all\"\n", "budget", 25, {"erdos_renyi"}},
      {"projections = [\"in->hiden\"]\n", "projections[0]", 25, {"no projection", "in->hidden"}},
      {"projections = [\"hidden->hidden\"]\n", "projections[0]", 25, {"learn = [\"weight\"]"}},
      {"projections = []\n", "projections", 25, {"empty"}},
      {"projections = [\"in->hidden\", \"in->hidden\"]\n", "projections[1]", 25, {"twice"}},
      {"excitatory = 0.5\n", "excitatory", 25, {"signs = \"neuron\""}},
      {"signs = \"neuron\"\nexcitatory = 1.5\n", "excitatory", 26, {"at most 1"}},
      // Of a rule, under one that has none of it.
      {"every = 2\n", "every", 25, {"rule = \"fixed\"", "rigl"}},
      {"growth = \"random\"\n", "growth", 25, {"rule = \"fixed\""}},
      {"candidates = 5\n", "candidates", 25, {"rule = \"fixed\""}},
      {both + "fraction = 0.3\n", "fraction", 26, {"removal = \"magnitude\""}},
      {both + "until = 3\n", "until", 26, {"removal = \"magnitude\""}},
      {"rule = \"rigl\"\ncrossed = \"kept\"\n", "crossed", 26, {"removal = \"sign\""}},
      {"rule = \"rigl\"\ntemperature = 1e-9\n", "temperature", 26, {"removal = \"sign\""}},
      {"rule = \"rigl\"\nremoval = \"sign\"\n", "removal", 26, {"signs = \"synapse\""}},
      {both + "signs = \"free\"\n", "signs", 26, {"removal = \"magnitude\""}},
      {"rule = \"rigl\"\ngrowth = \"signed_gradient\"\n", "growth", 26, {"growth = \"gradient\""}},
      {"rule = \"rigl\"\ngrown_weight = 0.1\n", "grown_weight", 26, {"signs"}},
      {both + "crossed = \"kept\"\nevery = 2\n", "crossed", 26, {"every = 1"}},
      {both + "growth = \"random\"\ncandidates = 5\n", "candidates", 27, {"remove"}},
      {both + "every = 0\n", "every", 26, {"1"}},
      {both + "l1 = 0\nl1_step = \"gradient\"\n", "l1_step", 27, {"l1 = 0.01"}},
      {"rule = \"deep_r\"\nl1 = 1e-4\n", "", 23, {"temperature is missing"}},
      {"rule = \"deep_r\"\ntemperature = 0\n", "", 23, {"l1 is missing"}},
      // Delays of grown synapses.
      {both + "delay_min = \"1 ms\"\n", "delay_min", 26, {"grown_delay"}},
      {both + "grown_delay = \"drawn\"\n", "", 23, {"delay_max = \"20 ms\""}},
      {both + "grown_delay = \"drawn\"\ndelay_min = \"2 ms\"\ndelay_max = \"2 ms\"\n",
       "delay_max",
       28,
       {"above delay_min"}},
      {both + "grown_delay = \"drawn\"\ndelay_min = \"1 ms\"\ndelay_max = \"20 ms\"\n",
       "delay_max",
       28,
       {"in->hidden learns delays between 1 and 9 ms", "delay_min"}},
      {both + "grown_delay = \"drawn\"\ndelay_max = \"5 ms\"\n",
       "",
       23,
       {"in->hidden learns delays between 1 and 9 ms", "delay_min"}},
      {both + "grown_delay = \"drawn\"\ndelay_max = \"5 ms\"\ndelay_step = \"1 ms\"\n",
       "delay_step",
       28,
       {"\"best\""}},
      {both + "grown_delay = \"best\"\ndelay_min = \"1 ms\"\ndelay_max = \"5 ms\"\n"
              "delay_step = \"5 ms\"\n",
       "delay_step",
       29,
       {"there is one delay to choose from"}},
      {both + "grown_delay = \"best\"\ndelay_min = \"1 ms\"\ndelay_max = \"5 ms\"\n",
       "",
       23,
       {"delay_step = \"1 ms\""}},
      {both + "growth = \"random\"\ngrown_delay = \"best\"\n", "grown_delay", 27, {"\"drawn\""}},
  };
  for (const Wrong& wrong : all)
    check(error_of(base + "[structure]\ndensity = 0.5\n" + wrong.keys), wrong);
}

TEST_CASE("a density that leaves nothing, or nothing to choose, is refused") {
  const auto structure = [](const std::string& keys) {
    return error_of(base + "[structure]\n" + keys);
  };
  check(structure("rule = \"rigl\"\n"), {"", "", 23, {"density = 0.1"}});
  check(structure("density = 0\n"), {"", "density", 24, {"above 0"}});
  check(structure("density = 1.5\n"), {"", "density", 24, {"at most 1"}});
  check(structure("density = 0.001\n"), {"", "density", 24, {"larger density"}});
  check(structure("density = 1.0\nrule = \"deep_r_rigl\"\n"),
        {"", "density", 24, {"below 1", "fixed"}});
  CHECK_NOTHROW(
      parse_scenario(base + "[structure]\ndensity = 1.0\nsigns = \"neuron\"\n", "s.toml"));
}

TEST_CASE("what projections and [train] say against a structure is refused") {
  const std::string structure = "[structure]\ndensity = 0.5\nrule = \"deep_r_rigl\"\n";
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = base;
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return error_of(text.replace(at, from.size(), to) + structure);
  };
  check(changed("weight = 0.5\n", "weight = 0.5\nweight_min = 0.0\n"),
        {"", "rule", 26, {"weight_min", "in->hidden"}});
  // Where weights cannot be 0 no synapse can be grown.
  std::string bounded = base;
  bounded.replace(bounded.find("weight = 0.5\n"), 13, "weight = 0.5\nweight_min = 0.25\n");
  check(error_of(bounded + "[structure]\ndensity = 0.5\nrule = \"rigl\"\n"),
        {"", "rule", 26, {"in->hidden", "between 0.25 and inf", "rule = \"fixed\""}});
  CHECK_NOTHROW(parse_scenario(bounded + "[structure]\ndensity = 0.5\n", "s.toml"));
  check(changed("delay_min = \"1 ms\"\n", "delay_min = \"1 ms\"\ndelay_share = 0.5\n"),
        {"", "", 24, {"delay_share"}});
  check(changed("weight = 0.5\n", "weight = 0.5\nweight_l1 = 0.1\n"),
        {"", "rule", 26, {"weight_l1", "l1 = 0.1"}});
  check(changed("learn = [\"weight\", \"delay\"]\n", ""), {"", "", 22, {"learn = [\"weight\"]"}});
  check(error_of(base + "[train]\nweight_l1 = 0.1\n" + structure),
        {"", "rule", 27, {"weight_l1", "l1 = 0.1"}});
  // Without an l1 of its own as well, since it would stop at 0 what is to cross.
  check(error_of(base + "[train]\nweight_l1 = 0.1\n" + structure + "l1 = 0\n"),
        {"", "l1", 28, {"l1_step = \"proximal\""}});
  CHECK_NOTHROW(parse_scenario(
      base + "[train]\nweight_l1 = 0.1\n[structure]\ndensity = 0.5\nrule = \"rigl\"\n", "s.toml"));
  // Lifting silent neurons would take inhibitory synapses away.
  const std::string lifting = base + "[train]\nsilent_increment = 0.25\n";
  check(error_of(lifting + structure),
        {"", "rule", 27, {"silent_increment = 0.25", "removal = \"magnitude\""}});
  check(error_of(lifting + structure + "removal = \"sign\"\n"),
        {"", "removal", 28, {"silent_increment = 0.25", "removal = \"magnitude\""}});
  CHECK_NOTHROW(
      parse_scenario(lifting + "[structure]\ndensity = 0.5\nrule = \"rigl\"\n", "s.toml"));
  // 100 x 50 pairs, half of them with 8001 delays.
  std::string large = base;
  large.replace(large.find("size = 10\n"), 10, "size = 100\n");
  large.replace(large.find("size = 20\n"), 10, "size = 50\n");
  const std::string fine =
      "grown_delay = \"best\"\ndelay_min = \"1 ms\"\ndelay_max = \"9 ms\"\n"
      "delay_step = \"0.001 ms\"\n";
  check(error_of(large + structure + fine),
        {"", "delay_step", 29, {"2500 pairs", "8001 delays", "candidates = 1249", "delay_step"}});
  CHECK_NOTHROW(parse_scenario(large + structure + fine + "candidates = 1249\n", "s.toml"));
  // A cycle needs delays above 0.
  std::string recurrent = base;
  const std::string fixed = "weight = 0.1\ndelay = \"1 ms\"\n";
  recurrent.replace(recurrent.find(fixed), fixed.size(), fixed + "learn = [\"weight\"]\n");
  check(error_of(recurrent + structure +
                 "projections = [\"hidden->hidden\"]\ngrown_delay = \"drawn\"\n"
                 "delay_max = \"5 ms\"\n"),
        {"", "grown_delay", 28, {"delay_min = \"0.1 ms\"", "hidden->hidden"}});
  // What only leads to a cycle lies on none, and may be instant.
  std::string leading = base;
  leading.replace(leading.find("delay_min = \"1 ms\"\n"), 19, "");
  CHECK_NOTHROW(parse_scenario(
      leading + structure + "grown_delay = \"drawn\"\ndelay_max = \"5 ms\"\n", "s.toml"));
}

TEST_CASE("more pairs than can be numbered, and more synapses than possible, are refused") {
  const auto with = [](const std::string& inputs, const std::string& hidden,
                       const std::string& density) {
    std::string text = base;
    text.replace(text.find("size = 10\n"), 10, "size = " + inputs + "\n");
    text.replace(text.find("size = 20\n"), 10, "size = " + hidden + "\n");
    text.resize(text.rfind("[[projection]]"));
    return error_of(text + "[structure]\ndensity = " + density + "\n");
  };
  const ScenarioError pairs = with("2000000", "2000000", "1e-10");
  CHECK(pairs.line == 10);
  CHECK_THAT(pairs.message, Catch::Contains("4000000000000 pairs") &&
                                Catch::Contains("at most 1000000000000") &&
                                Catch::Contains("smaller"));
  const ScenarioError synapses = with("100000", "100000", "0.2");
  CHECK(synapses.key == "structure.density");
  CHECK_THAT(synapses.message, Catch::Contains("2000000000 synapses") &&
                                   Catch::Contains("at most 1000000000 ") &&
                                   Catch::Contains("smaller density"));
}
