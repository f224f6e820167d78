// [study]: what is read, and that a combination is the scenario somebody would write by hand.
#include <catch2/catch.hpp>
#include <set>

#include <retrograde/scenarios/read/study_place.hpp>
#include <retrograde/scenarios/run/study/runner.hpp>

#include "tests/support/study.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

StudySpec spec_of(const std::string& study) {
  return *parse_scenario(small_scenario + study, "x.toml").study;
}

bool same_parameters(const Network& a, const Network& b) {
  const auto x = a.parameters(), y = b.parameters();
  return std::vector<double>(x.begin(), x.end()) == std::vector<double>(y.begin(), y.end());
}

}  // namespace

TEST_CASE("a study has axes with names, labels and numbers, and seeds") {
  const StudySpec spec = spec_of(R"(
[study]
seeds = [4, "18446744073709551615"]
[[study.axis]]
name = "size"
"population.hidden.size" = [4, 6, 8]
"train.weight_rate" = [0.1, 0.2, 0.3]
[[study.axis]]
"loss.margin" = ["1 ms", "500 us"]
[[study.axis]]
"projection.in->hidden.learn" = [["weight"], ["weight", "delay"], []]
[[study.axis]]
labels = ["few", "many"]
"train.batch" = [5, 10]
)");
  CHECK(spec.seeds == std::vector<std::uint64_t>{4, 18446744073709551615u});
  REQUIRE(spec.axes.size() == 4);
  CHECK(spec.axes[0].name == "size");
  CHECK(spec.axes[0].labels == std::vector<std::string>{"4", "6", "8"});
  CHECK(spec.axes[0].numbers == std::vector<double>{4, 6, 8});
  CHECK(spec.axes[1].name == "loss.margin");
  CHECK(spec.axes[1].numbers == std::vector<double>{1, 0.5});
  CHECK(spec.axes[1].unit == "ms");
  CHECK(spec.axes[2].labels == std::vector<std::string>{"weight", "weight + delay", "none"});
  CHECK(spec.axes[2].numbers.empty());
  CHECK(spec.axes[3].labels == std::vector<std::string>{"few", "many"});
  CHECK(spec.axes[3].numbers.empty());
  CHECK(spec.combinations() == 36);
  std::set<std::vector<std::size_t>> all;
  std::set<std::string> names;
  for (std::size_t k = 0; k < 36; ++k) {
    const auto values = spec.combination(k);
    CHECK((all.empty() || *all.rbegin() < values));  // the last axis turns fastest
    all.insert(values);
    names.insert(spec.run_name(values, 1));
  }
  CHECK(all.size() == 36);
  CHECK(names.size() == 36);
  const std::vector<std::size_t> values = {1, 1, 1, 0};
  CHECK(spec.describe(values) ==
        "size 6, loss.margin 500 us, projection.in->hidden.learn weight + delay, train.batch few");
  CHECK(spec.run_name(values, 7) == "6_500-us_weight-delay_few_seed-7");
}

TEST_CASE("a study without axes or seeds is the scenario with its own seed") {
  const StudySpec spec = spec_of("[study]\n");
  CHECK(spec.seeds == std::vector<std::uint64_t>{9});
  CHECK(spec.combinations() == 1);
  CHECK(spec.combination(0).empty());
  CHECK(spec.describe({}).empty());
  CHECK(spec.run_name({}, 9) == "seed-9");
  CHECK_FALSE(parse_scenario(small_scenario, "x.toml").study);
}

TEST_CASE("a combination is the scenario with the values written in, and has no study") {
  const std::string study = R"([study]
seeds = [3]
[[study.axis]]
"population.hidden.size" = [4, 6]
"projection.in->hidden.weight" = [2.5, { distribution = "uniform", low = 1, high = 2 }]
[[study.axis]]
"train.batch" = [5, 10]
"scenario.duration" = ["50 ms", "60 ms"]
)";
  ScenarioOverrides overrides;
  overrides.seed = 3;
  overrides.study = {1, 0};
  const Scenario chosen = parse_scenario(small_scenario + study, "x.toml", overrides);
  CHECK_FALSE(chosen.study);
  CHECK(chosen.network.populations()[1].size == 6);
  CHECK(chosen.train.batch == 5);
  CHECK(chosen.duration == 50.0);
  CHECK(chosen.seed == 3);

  std::string by_hand = small_scenario;
  const auto replace = [&](const std::string& from, const std::string& to) {
    const auto at = by_hand.find(from);
    REQUIRE(at != std::string::npos);
    by_hand.replace(at, from.size(), to);
  };
  replace("size = 5", "size = 6");
  replace("weight = { distribution = \"normal\", mean = 4.0, std = 3.0 }",
          "weight = { distribution = \"uniform\", low = 1, high = 2 }");
  replace("batch = 20", "batch = 5");
  replace("60 ms", "50 ms");
  const Scenario written = parse_scenario(by_hand, "x.toml", {.seed = 3});
  CHECK(same_parameters(chosen.network, written.network));
  CHECK(chosen.learning.learned == written.learning.learned);
  // And its resolved text says the same again.
  const Scenario again = parse_scenario(resolved_text(chosen), "other.toml");
  CHECK(again.name == "x");
  CHECK(again.seed == 3);
  CHECK(same_parameters(again.network, chosen.network));
  CHECK(resolved_text(again) == resolved_text(chosen));
}

TEST_CASE("a key that the scenario leaves at its default can be varied") {
  ScenarioOverrides overrides;
  overrides.study = {1};
  const Scenario chosen = parse_scenario(
      small_scenario + "[study]\n[[study.axis]]\n\"train.delay_rate\" = [0.1, 0.7]\n", "x.toml",
      overrides);
  CHECK(chosen.train.delay_rate == 0.7);
}

TEST_CASE("a value may be that the key is absent, beside another that needs it to be") {
  // delay_max and the like are refused as idle with grown_delay = "pair", and needed with "drawn".
  const std::string text = small_scenario +
                           "[structure]\nrule = \"deep_r_rigl\"\ndensity = 0.5\n"
                           "[study]\n[[study.axis]]\n"
                           "\"structure.grown_delay\" = [\"pair\", \"drawn\"]\n"
                           "\"structure.delay_max\" = [{ absent = true }, \"8 ms\"]\n"
                           "[[study.axis]]\n"
                           "\"train.weight_rate\" = [{ absent = true }, 0.5]\n";
  const StudySpec spec = *parse_scenario(text, "x.toml").study;
  CHECK(spec.axes[1].labels == std::vector<std::string>{"absent", "0.5"});
  CHECK(spec.axes[1].numbers.empty());
  const Scenario without = parse_scenario(text, "x.toml", {.study = {{0, 0}}});
  CHECK(without.structure->spec().delay == GrownDelay::pair);
  CHECK(without.train.weight_rate == 0.001);  // the default: what the scenario has is taken away
  CHECK_THAT(resolved_text(without), !Contains("delay_max = \"8") && !Contains("absent"));
  const Scenario with = parse_scenario(text, "x.toml", {.study = {{1, 1}}});
  CHECK(with.structure->spec().delay_max == 8.0);
  CHECK(with.train.weight_rate == 0.5);
}

TEST_CASE("projections are found by their name, given or made, and nested tables by their path") {
  std::string text = small_scenario +
                     "[train.regulariser]\nstrength = 0.1\ntarget = 1\n"
                     "[study]\n[[study.axis]]\n\"train.regulariser.target\" = [2, 3]\n"
                     "\"projection.read out.weight\" = [5, 6]\n";
  text.replace(text.find("from = \"hidden\""), 0, "name = \"read out\"\n");
  ScenarioOverrides overrides;
  overrides.study = {0};
  const Scenario chosen = parse_scenario(text, "x.toml", overrides);
  CHECK(chosen.train.regulariser_target == 2);
  CHECK(chosen.network.parameters(ParameterKind::weight).back() == 5);
}

TEST_CASE("a plan has every combination with every seed, the first seed first") {
  const Scenario scenario = parse_scenario(small_scenario + R"([study]
seeds = [2, 1]
[[study.axis]]
"population.hidden.size" = [4, 6]
)",
                                           "x.toml");
  const Study study = plan_study(scenario, "");
  REQUIRE(study.runs.size() == 4);
  CHECK(study.runs[0].name == "4_seed-2");
  CHECK(study.runs[1].name == "6_seed-2");
  CHECK(study.runs[2].name == "4_seed-1");
  CHECK(study.labelled);
  CHECK(study.has_validation);
  CHECK(study.part == "test");
  CHECK(study.trials == 60);
  CHECK(study.runs[1].work > study.runs[0].work);
  for (const StudyRun& run : study.runs) {
    const Scenario each = parse_scenario(run.text, "runs/scenario.toml");
    CHECK(each.seed == run.seed);
    CHECK(each.name == "x");
  }
}

TEST_CASE("values are called as they are written, in tables and folders") {
  const StudySpec spec = spec_of(R"([study]
[[study.axis]]
"train.weight_rate" = [0.3, 1e-3, 0.30000000000000004, 3_0.5]
[[study.axis]]
"population.hidden.bias" = [-0.5, 0.5, -0.25e0, 0]
)");
  REQUIRE(spec.axes.size() == 2);
  CHECK(spec.axes[0].labels ==
        std::vector<std::string>{"0.3", "1e-3", "0.30000000000000004", "3_0.5"});
  CHECK(spec.axes[0].numbers == std::vector<double>{0.3, 0.001, 0.30000000000000004, 30.5});
  std::set<std::string> names;
  for (std::size_t k = 0; k < spec.combinations(); ++k)
    names.insert(spec.run_name(spec.combination(k), 1));
  CHECK(names.size() == 16);
  const std::vector<std::size_t> minus = {0, 0}, plus = {0, 1};
  CHECK(spec.run_name(minus, 1) == "0.3_minus-0.5_seed-1");
  CHECK(spec.run_name(plus, 1) == "0.3_0.5_seed-1");
  // Signs inside of lists count, too; a dash between words is a dash.
  const StudySpec lists = spec_of(R"([study]
[[study.axis]]
"loss.margin" = ["1 ms", "2 ms"]
labels = ["a - b", "a-1"]
)");
  const std::vector<std::size_t> first = {0}, second = {1};
  CHECK(lists.run_name(first, 1) == "a-b_seed-1");
  CHECK(lists.run_name(second, 1) == "a-1_seed-1");
}

TEST_CASE("the runs of a study go onto the chip where the scenario has one") {
  const std::string study = "[study]\n[[study.axis]]\n\"train.batch\" = [5, 10]\n";
  CHECK(spec_of(study + "[chip]\n").on_chip);
  CHECK_FALSE(spec_of(study).on_chip);
}

TEST_CASE("epochs and seed of the command line go before what a scenario and its study say") {
  const std::string study =
      "# kept\n[study]\nseeds = [1, 2]\n[[study.axis]]\n\"train.batch\" = [5, 10]\n";
  ScenarioOverrides overrides;
  overrides.epochs = 7;
  overrides.seed = 18446744073709551615u;
  const Scenario scenario = parse_scenario(small_scenario + study, "x.toml", overrides);
  CHECK(scenario.train.epochs == 7);
  CHECK(scenario.study->seeds == std::vector<std::uint64_t>{18446744073709551615u});
  CHECK_THAT(scenario.text, Contains("# kept") && Contains("epochs = 7"));
  const Study plan = plan_study(scenario, "");
  REQUIRE(plan.runs.size() == 2);
  for (const StudyRun& run : plan.runs) {
    CHECK(run.epochs == 7);
    CHECK(run.seed == 18446744073709551615u);
    CHECK(parse_scenario(run.text, "y.toml").train.epochs == 7);
  }
  // Also where the scenario has no [train].
  std::string bare = small_scenario;
  bare.erase(bare.find("[train]"));
  CHECK(parse_scenario(bare, "x.toml", {.epochs = 3}).train.epochs == 3);
  CHECK(parse_scenario("train = {}\n" + bare, "x.toml", {.epochs = 3}).train.epochs == 3);
  CHECK(parse_scenario(bare + "[train]", "x.toml", {.epochs = 3}).train.epochs == 3);
}

TEST_CASE("a range of values is the decimal numbers of its steps, whole ones where it is whole") {
  const StudySpec spec = spec_of(R"([study]
[[study.axis]]
"train.weight_rate" = { from = 0.1, to = 0.7, step = 0.1 }
[[study.axis]]
"train.batch" = { from = 5, to = 21, step = 5 }
[[study.axis]]
"population.hidden.bias" = { from = -0.5, to = 0.5, step = 0.25 }
[[study.axis]]
"train.delay_rate" = { from = 1e-3, to = 3e-3, step = 1e-3 }
)");
  CHECK(spec.axes[0].labels ==
        std::vector<std::string>{"0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7"});
  CHECK(spec.axes[0].numbers == std::vector<double>{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7});
  CHECK(spec.axes[1].labels == std::vector<std::string>{"5", "10", "15", "20"});
  CHECK(spec.axes[2].numbers == std::vector<double>{-0.5, -0.25, 0, 0.25, 0.5});
  CHECK(spec.axes[3].labels == std::vector<std::string>{"0.001", "0.002", "0.003"});
  // In a combination they are the values that somebody would write.
  const Scenario chosen =
      parse_scenario(small_scenario +
                         "[study]\n[[study.axis]]\n\"train.weight_rate\" = { from = 0.1, to = 0.7, "
                         "step = 0.1 }\n\"train.batch\" = { from = 1, to = 7, step = 1 }\n",
                     "x.toml", {.study = {{2}}});
  CHECK(chosen.train.weight_rate == 0.3);
  CHECK(chosen.train.batch == 3);
  CHECK_THAT(chosen.text, Contains("weight_rate = 0.3\n") && Contains("batch = 3\n"));
}

TEST_CASE("runs are trainings with a [train], else simulations, unless the study says so") {
  const auto kind = [](const std::string& text) { return read_study_runs(text, "x.toml", 60.0); };
  CHECK_FALSE(kind(small_scenario + "[study]\n").simulations);
  CHECK(kind(small_scenario + "[study]\nruns = \"simulations\"\n").simulations);
  std::string bare = small_scenario;
  bare.erase(bare.find("[train]"));
  CHECK(kind(bare + "[study]\n").simulations);
  CHECK_FALSE(kind(bare + "[study]\nruns = \"trainings\"\n").simulations);
  const StudyRuns runs =
      kind(bare + "[study]\nfrom = \"5 ms\"\nordinate = [\"rate.out\", \"loss\"]\n");
  CHECK(runs.from == 5);
  CHECK(runs.ordinates == std::vector<std::string>{"rate.out", "loss"});
  CHECK(kind(bare + "[study]\nordinate = \"rate\"\n").ordinates ==
        std::vector<std::string>{"rate"});
}

TEST_CASE("an axis leads into any table of a scenario, and into those of an array by their name") {
  toml::table document = parse_toml(
      "[data]\npath = \"a\"\n[data.augment]\nshift = 1\n[[event]]\nname = \"cut\"\nshare = 0.1\n"
      "[[event]]\nname = \"dead.one\"\nat = \"1 ms\"\n[[event]]\nat = \"2 ms\"\n[list]\nx = [1]\n"
      "[[projection]]\nfrom = \"a\"\nto = \"b\"\n",
      "x.toml");
  const toml::table nothing = parse_toml("", "x.toml");
  const TomlTable axis("x.toml", nothing, "study.axis[0]");
  const auto place = [&](const std::string& path) { return study_place(document, axis, path); };
  toml::array& events = *document["event"].as_array();
  CHECK(place("event.cut.share").tables == std::vector<toml::table*>{events[0].as_table()});
  CHECK(place("event.dead.one.at").tables == std::vector<toml::table*>{events[1].as_table()});
  CHECK(place("event.dead.one.at").key == "at");
  CHECK(place("event.*.at").tables.size() == 3);
  CHECK(place("projection.a->b.weight").tables.size() == 1);
  CHECK(place("data.augment.shift").tables ==
        std::vector<toml::table*>{document["data"]["augment"].as_table()});
  // Tables within one of them have one dot more.
  toml::table nested = parse_toml(
      "[[population]]\nname = \"in\"\nspikes = { stimulus = \"poisson\", rate = \"5 Hz\" }\n"
      "[[population]]\nname = \"in.b\"\nspikes = [[]]\n[[trial]]\nname = \"cue\"\n"
      "[trial.spikes]\nin = { stimulus = \"regular\", interval = \"5 ms\" }\n",
      "x.toml");
  const auto inner = [&](const std::string& path) { return study_place(nested, axis, path); };
  CHECK(inner("population.in.spikes.rate").tables ==
        std::vector<toml::table*>{nested["population"][0]["spikes"].as_table()});
  CHECK(inner("population.in.spikes.rate").key == "rate");
  CHECK(inner("population.in.b.spikes").tables ==
        std::vector<toml::table*>{nested["population"][1].as_table()});
  CHECK(inner("trial.cue.repeat").tables ==
        std::vector<toml::table*>{nested["trial"][0].as_table()});
  CHECK(inner("trial.cue.spikes.in.interval").tables ==
        std::vector<toml::table*>{nested["trial"][0]["spikes"]["in"].as_table()});
  CHECK_THROWS_WITH(
      inner("population.in.b.spikes.rate"),
      Contains("spikes of population in.b is no table here") && Contains("spikes = { ... }"));
  CHECK_THROWS_WITH(inner("trial.cues.repeat"), Contains("did you mean cue?"));
  CHECK_THROWS_WITH(inner("trial.cue.name"), Contains("by its name it is found"));
  CHECK_THROWS_WITH(place("event.cat.share"),
                    Contains("no event cat") && Contains("did you mean cut?"));
  CHECK_THROWS_WITH(place("event.share"), Contains("which event?"));
  CHECK_THROWS_WITH(place("evnt.cut.share"), Contains("did you mean event?"));
  document["event"][1].as_table()->insert_or_assign("name", "cut");
  CHECK_THROWS_WITH(place("event.cut.share"), Contains("two events cut"));
  toml::table unnamed = parse_toml("[[event]]\nat = \"2 ms\"\n", "x.toml");
  CHECK_THROWS_WITH(study_place(unnamed, axis, "event.cut.share"), Contains("name = \"cut\""));
}
