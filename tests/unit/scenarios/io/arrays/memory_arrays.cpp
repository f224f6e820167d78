// Arrays that a program hands over beside a scenario: read as files are, kept by run folders, part of what
// a scenario is. Reference: the same values written out.
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <limits>
#include <memory>
#include <string>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/arrays/memory_arrays.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/read/stimuli/named_files.hpp>
#include <retrograde/scenarios/run/folder/scenario_identity.hpp>

#include "tests/support/scratch.hpp"

using namespace retrograde;
using Catch::Matchers::Contains;
using retrograde::test::ScratchFolder;

namespace {

std::string text_of(const std::string& weight, const std::string& tau) {
  return fmt::format(
      "[scenario]\nname = \"s\"\nduration = \"10 ms\"\n"
      "[[population]]\nname = \"in\"\nsize = 2\nmodel = \"input\"\n"
      "[[population]]\nname = \"h\"\nsize = 3\ntau_mem = {}\n"
      "[[projection]]\nfrom = \"in\"\nto = \"h\"\nweight = {}\n",
      tau, weight);
}

const std::string named =
    text_of(R"({ file = "memory:w" })", R"({ file = "memory:n", array = "t" })");

std::shared_ptr<MemoryArrays> arrays() {
  auto all = std::make_shared<MemoryArrays>();
  (*all)["w"] = {{"", {{3, 2}, {1, 2, 3, 4, 5, 6}}}};
  (*all)["n"] = {{"t", {{3}, {10, 20, 30}}}, {"other", {{1}, {0}}}};
  return all;
}

Scenario read(const std::shared_ptr<const MemoryArrays>& memory,
              const std::string& file = "s.toml") {
  return parse_scenario(named, file, {.arrays = memory});
}

}  // namespace

TEST_CASE("memory arrays: a scenario reads them as it reads files") {
  const Scenario scenario = read(arrays());
  const Scenario written = parse_scenario(
      text_of("[[1, 2], [3, 4], [5, 6]]", R"(["10 ms", "20 ms", "30 ms"])"), "s.toml");
  const auto values = scenario.network.parameters(), wanted = written.network.parameters();
  CHECK(std::vector<double>(values.begin(), values.end()) ==
        std::vector<double>(wanted.begin(), wanted.end()));
  CHECK(named_files(scenario).empty());
  CHECK(named_arrays(scenario).size() == 2);
  CHECK(scenario.folder.empty());
}

TEST_CASE("memory arrays: a list of synapses") {
  auto all = arrays();
  (*all)["list"] = {
      {"source", {{2}, {0, 1}}}, {"target", {{2}, {2, 0}}}, {"weight", {{2}, {7, 8}}}};
  const std::string text = text_of("1.0", "\"20 ms\"");
  const Scenario scenario = parse_scenario(
      text.substr(0, text.rfind("weight")) + "connect = \"list\"\nfile = \"memory:list\"\n",
      "s.toml", {.arrays = all});
  CHECK(scenario.network.synapse_count() == 2);
  CHECK(scenario.network.weight(0) == 7.0);
}

TEST_CASE("memory arrays: a run folder keeps them, and the scenario stays the same") {
  const ScratchFolder folder;
  const Scenario scenario = read(arrays(), (folder / "scenario.toml").string());
  keep_scenario(folder.path(), scenario.text, nullptr, scenario.arrays.get());
  const Scenario again = read_scenario((folder / "scenario.toml").string());
  CHECK(again.network.weight(0) == scenario.network.weight(0));
  CHECK(scenario_identity(again) == scenario_identity(scenario));

  auto others = arrays();
  (*others)["w"][0].array.values[3] = 4.5;
  CHECK(scenario_identity(read(others, scenario.file)) != scenario_identity(scenario));
  keep_arrays(folder.path(), *others);
  CHECK(scenario_identity(read_scenario(scenario.file)) != scenario_identity(scenario));
}

TEST_CASE("memory arrays: what is not there, or no number") {
  CHECK_THROWS_WITH(read(nullptr), Contains("no array called n was given with this scenario"));
  auto all = arrays();
  all->erase("w");
  CHECK_THROWS_WITH(read(all), Contains("no array called w was given with this scenario"));
  all = arrays();
  (*all)["w"][0].array.values[3] = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH(read(all), Contains("value 3 is inf"));
  (*all)["w"][0].array = {{2, 2}, {1, 2, 3, 4}};
  CHECK_THROWS_AS(read(all), ScenarioError);
  // A name that would lead out of the folder is none of a file.
  const std::string outside = text_of(R"({ file = "memory:../w" })", "\"20 ms\"");
  CHECK_THROWS_WITH(parse_scenario(outside, "s.toml"), Contains("no array called ../w"));
}
