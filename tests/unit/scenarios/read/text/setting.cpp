// --set: values that go before what a scenario says.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/read/text/document.hpp>

using namespace retrograde;

namespace {

const std::string text = R"(# a comment that stays
[scenario]
duration = "20 ms"

[[population]]
name = "in"
size = 1
spikes = [["1 ms"]]

[[population]]
name = "n"
size = 2              # of these

[[projection]]
from = "in"
to = "n"
weight = 2.0
)";

Scenario read(const std::vector<std::string>& words, const std::string& from = text) {
  ScenarioOverrides overrides;
  for (const std::string& word : words) overrides.settings.push_back(parse_setting(word));
  return parse_scenario(from, "my.toml", overrides);
}

std::string refusal(const std::vector<std::string>& words, const std::string& from = text) {
  try {
    read(words, from);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("the option --set gives a scenario that a file with the value gives") {
  const Scenario s = read({"population.n.size=3", "population.n.tau_mem = 7 ms",
                           "projection.in->n.weight=0.5", "projection.in->n.delay=2 ms",
                           "scenario.duration=30 ms", "scenario.seed=9", "train.epochs=4"});
  CHECK(s.network.populations()[1].size == 3);
  CHECK(s.network.parameters(ParameterKind::tau_mem)[1] == 7.0);
  CHECK(s.network.parameters(ParameterKind::weight)[0] == 0.5);
  CHECK(s.network.parameters(ParameterKind::delay)[2] == 2.0);
  CHECK(s.duration == 30.0);
  CHECK(s.seed == 9);
  CHECK(s.train.epochs == 4);
}

TEST_CASE("the text of a scenario has the values of --set, and what else it had") {
  const Scenario s = read({"population.n.size=3", "population.n.tau_mem=7 ms", "train.epochs=4"});
  CHECK_THAT(s.text, Catch::Contains("# a comment that stays"));
  CHECK_THAT(s.text, Catch::Contains("size = 3              # of these"));
  CHECK_THAT(s.text, Catch::Contains("tau_mem = '7 ms'"));
  const Scenario again = parse_scenario(resolved_text(s), "other.toml");
  CHECK(again.network.parameters(ParameterKind::tau_mem)[2] == 7.0);
  CHECK(again.train.epochs == 4);
  CHECK(again.name == "my");
  // What stands there already changes nothing.
  CHECK(read({"population.n.size=2"}).text == text);
}

TEST_CASE("{ absent = true } takes a key away") {
  const std::string with_delay = text + "delay = \"3 ms\"\n";
  const Scenario s = read({"projection.in->n.delay={ absent = true }"}, with_delay);
  CHECK(s.network.parameters(ParameterKind::delay)[0] == 0.0);
  CHECK_THAT(s.text, !Catch::Contains("delay"));
  CHECK_THAT(refusal({"projection.in->n.delay={absent=true}"}),
             Catch::Contains("no such key to be taken away"));
}

TEST_CASE("values of --set are TOML, and words that are none are strings") {
  CHECK(parse_setting("a.b=3").value == "3");
  CHECK(parse_setting("a.b = [1, 2]").value == "[1, 2]");
  CHECK(parse_setting("a.b=2 ms").value == "'2 ms'");
  CHECK(parse_setting("a.b=\"x\"").value == "\"x\"");
  CHECK(parse_setting("a.b=data/my shd").value == "'data/my shd'");
  CHECK(parse_setting("a.b=x=y").value == "'x=y'");
  // A second line would be a second key.
  CHECK(parse_setting("a.b=1\nc = 2").value != "1\nc = 2");
}

TEST_CASE("what is wrong with --set names it") {
  const auto refused = [](const std::string& word) {
    try {
      parse_setting(word);
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK_THAT(refused("train.epochs"), Catch::Contains("--set train.epochs: a value is missing"));
  CHECK_THAT(refused("=3"), Catch::Contains("a key is missing"));
  CHECK_THAT(refused("train.epochs="), Catch::Contains("a value is missing after ="));
  CHECK_THAT(refused("projection.a.learn=[\"weight\""), Catch::Contains("is no TOML"));

  CHECK_THAT(refusal({"population.n.size=-1"}),
             Catch::StartsWith("--set population.n.size: population[1].size: -1 is out of range"));
  CHECK_THAT(
      refusal({"population.n.tau_men=3 ms"}),
      Catch::StartsWith("--set population.n.tau_men: population[1].tau_men: unknown key (did "
                        "you mean tau_mem?)"));
  CHECK_THAT(refusal({"population.m.size=3"}),
             Catch::StartsWith("--set population.m.size: there is no population m"));
  CHECK_THAT(refusal({"tain.epochs=3"}), Catch::Contains("did you mean train?"));
  CHECK_THAT(refusal({"train=3"}), Catch::Contains("a key of train is missing"));
  CHECK_THAT(refusal({"train.=3"}), Catch::Contains("a key of train is missing"));
  CHECK_THAT(refusal({"population.size=3"}), Catch::Contains("which population?"));
  CHECK_THAT(refusal({"probe.interval=3 ms"}), Catch::Contains("have no names"));
  CHECK_THAT(refusal({"train.epochs=3", "train.epochs=4"}), Catch::Contains("given twice"));
  CHECK_THAT(refusal({"scenario.duration.x=3"}), Catch::Contains("is no table"));
  CHECK_THAT(refusal({"train.epochs=many"}),
             Catch::StartsWith("--set train.epochs: train.epochs: \"many\" is no whole number"));
}

TEST_CASE("variations of a scenario keep --set, which an axis may not contradict") {
  const std::string study = text + R"(learn = ["weight"]
[loss]
kind = "spike_time_power"
[study]
[[study.axis]]
"population.n.size" = [2, 4]
)";
  const Scenario s = read({"population.n.tau_mem=7 ms"}, study);
  REQUIRE(s.study);
  const Scenario second = variation_of(s, 5, {1});
  CHECK(second.seed == 5);
  CHECK(second.network.populations()[1].size == 4);
  CHECK(second.network.parameters(ParameterKind::tau_mem)[1] == 7.0);
  CHECK_FALSE(second.study);
  // Of the scenario as it stands a value is a value.
  const Scenario fixed = read({"population.n.size=3"}, study);
  CHECK(fixed.network.populations()[1].size == 3);
  CHECK_THROWS_WITH(
      variation_of(fixed, 1, {0}),
      Catch::StartsWith("--set population.n.size: an axis of [study] gives it several "
                        "values"));
}
