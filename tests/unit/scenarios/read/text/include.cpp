// include: what other files say, put in.
#include <catch2/catch.hpp>
#include <string>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/read/text/document.hpp>

#include "tests/support/scratch.hpp"

using namespace retrograde;
using retrograde::test::put;
using retrograde::test::ScratchFolder;

namespace {

const char* const neurons = R"([[population]]
name = "in"
size = 1
spikes = [["1 ms"]]

[[population]]
name = "n"
size = 2
tau_mem = "7 ms"

[train]
epochs = 5
)";

const char* const scenario = R"(include = ["parts/neurons.toml"]

[scenario]
duration = "20 ms"

[train]
batch = 4

[[population]]
name = "last"
size = 1

[[projection]]
from = "in"
to = "n"
weight = 2.0
)";

std::string refusal(const ScratchFolder& folder) {
  try {
    read_scenario((folder / "my.toml").string());
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "accepted";
}

void put_parts(const ScratchFolder& folder, const std::string& text = neurons) {
  std::filesystem::create_directories(folder / "parts");
  put(folder / "parts/neurons.toml", text);
  put(folder / "my.toml", std::string_view(scenario));
}

}  // namespace

TEST_CASE("what a scenario includes stands before what it says itself") {
  const ScratchFolder folder;
  put_parts(folder);
  const Scenario s = read_scenario((folder / "my.toml").string());
  REQUIRE(s.network.populations().size() == 3);
  CHECK(s.network.populations()[0].name == "in");
  CHECK(s.network.populations()[2].name == "last");
  CHECK(s.network.parameters(ParameterKind::tau_mem)[1] == 7.0);
  // Tables that there is one of are put together.
  CHECK(s.train.epochs == 5);
  CHECK(s.train.batch == 4);
  CHECK(s.name == "my");
}

TEST_CASE("the kept text of a scenario needs no other file") {
  const ScratchFolder folder;
  put_parts(folder);
  const Scenario s = read_scenario((folder / "my.toml").string());
  std::filesystem::remove_all(folder / "parts");
  const Scenario kept = parse_scenario(resolved_text(s), "elsewhere.toml");
  CHECK_THAT(resolved_text(s), !Catch::Contains("include"));
  CHECK(kept.name == "my");
  const auto values = [](const Scenario& of) {
    return std::vector<double>(of.network.parameters().begin(), of.network.parameters().end());
  };
  CHECK(values(kept) == values(s));
  CHECK(kept.train.epochs == 5);
}

TEST_CASE("the options --set and --epochs go before what is included") {
  const ScratchFolder folder;
  put_parts(folder);
  const Scenario s =
      read_scenario((folder / "my.toml").string(),
                    {.epochs = 9, .settings = {parse_setting("population.n.tau_mem=3 ms")}});
  CHECK(s.train.epochs == 9);
  CHECK(s.network.parameters(ParameterKind::tau_mem)[1] == 3.0);
  const Scenario kept = parse_scenario(resolved_text(s), "elsewhere.toml");
  CHECK(kept.train.epochs == 9);
  CHECK(kept.network.parameters(ParameterKind::tau_mem)[2] == 3.0);
}

TEST_CASE("messages name the included file and the line in it") {
  const ScratchFolder folder;
  put_parts(folder, std::string(neurons) + "epoch = 3\n");
  const std::string part = (folder / "parts/neurons.toml").string();
  CHECK_THAT(refusal(folder),
             Catch::StartsWith(part + ":13:1: train.epoch: unknown key (did you mean epochs?)"));
  put_parts(folder, "[[population]]\nname = \"in\"\nsize = 1.5\n");
  CHECK_THAT(refusal(folder),
             Catch::StartsWith(part + ":3:8: population[0].size: 1.5 is no whole number"));
  put_parts(folder, "[[population]\n");
  CHECK_THAT(refusal(folder), Catch::StartsWith(part + ":1:"));
  // And those of the scenario itself its own.
  put_parts(folder);
  put(folder / "my.toml", std::string(scenario) + "dlay = \"1 ms\"\n");
  CHECK_THAT(refusal(folder), Catch::StartsWith((folder / "my.toml").string() + ":17:1: "));
}

TEST_CASE("a key that two files give names both places") {
  const ScratchFolder folder;
  put_parts(folder, std::string(neurons) + "batch = 8\n");
  CHECK_THAT(
      refusal(folder),
      Catch::StartsWith((folder / "my.toml").string() + ":7:1: train.batch: it is given at " +
                        (folder / "parts/neurons.toml").string() + ":13:9, too"));
}

TEST_CASE("a file that includes itself, comes twice or is not there is refused at its name") {
  const ScratchFolder folder;
  const auto with = [&](const std::string& included, const std::string& own) {
    put_parts(folder, own);
    put(folder / "my.toml", "include = " + included + "\n[scenario]\nduration = \"20 ms\"\n");
    return refusal(folder);
  };
  const std::string here = (folder / "my.toml").string();
  CHECK_THAT(with(R"(["parts/neurons.toml"])", "include = [\"../my.toml\"]\n"),
             Catch::Contains("neurons.toml:1:12: include[0]: ") &&
                 Catch::Contains("would include itself"));
  CHECK_THAT(with(R"(["my.toml"])", ""), Catch::Contains("would include itself"));
  CHECK_THAT(with(R"(["parts/neurons.toml", "./parts/neurons.toml"])", neurons),
             Catch::StartsWith(here + ":1:34: include[1]: ") && Catch::Contains("included before"));
  CHECK_THAT(with(R"(["none.toml"])", ""),
             Catch::StartsWith(here + ":1:12: include[0]: ") && Catch::Contains("none.toml"));
  CHECK_THAT(with("[]", ""), Catch::Contains("include: it is empty"));
  CHECK_THAT(with("[3]", ""), Catch::Contains("include[0]: 3 is no string"));
  CHECK_THAT(with("\"parts/neurons.toml\"", ""), Catch::Contains("is no list"));
  CHECK_THAT(with(R"([""])", ""), Catch::Contains("names no file"));
  CHECK_THAT(with(R"(["parts"])", ""), Catch::Contains("include[0]: "));
}

TEST_CASE("an included file may include, seen from its own folder") {
  const ScratchFolder folder;
  put_parts(folder, "include = [\"deeper/n.toml\"]\n");
  std::filesystem::create_directories(folder / "parts/deeper");
  put(folder / "parts/deeper/n.toml", std::string_view(neurons));
  CHECK(read_scenario((folder / "my.toml").string()).train.epochs == 5);
}

TEST_CASE("what is wrong with a value of a study is named in the included file") {
  const ScratchFolder folder;
  put_parts(folder, std::string(neurons) +
                        "[study]\n[[study.axis]]\n\"population.n.size\" = [1, "
                        "-1]\n");
  put(folder / "my.toml",
      std::string(scenario) + "learn = [\"weight\"]\n[loss]\nkind = \"spike_time_power\"\n");
  const Scenario s = read_scenario((folder / "my.toml").string());
  REQUIRE(s.study);
  CHECK(variation_of(s, 1, {0}).network.populations()[1].size == 1);
  CHECK_THROWS_WITH(variation_of(s, 1, {1}),
                    Catch::StartsWith((folder / "parts/neurons.toml").string() + ":15:"));
}
