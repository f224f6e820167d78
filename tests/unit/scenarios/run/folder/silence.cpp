// Since when a population is silent. Reference: histories made by hand.
#include <catch2/catch.hpp>

#include <retrograde/scenarios/run/folder/run_folder.hpp>
#include <retrograde/scenarios/run/folder/silence.hpp>

#include "tests/support/scratch.hpp"
#include "tests/support/study.hpp"

using namespace retrograde;

namespace {

std::vector<EpochMetrics> history(const std::vector<std::vector<std::uint32_t>>& silent) {
  std::vector<EpochMetrics> rows;
  for (const auto& populations : silent) {
    EpochMetrics m;
    m.epoch = static_cast<std::uint32_t>(rows.size()) + 1;
    m.silent_populations = populations;
    rows.push_back(m);
  }
  return rows;
}

std::string text(const std::vector<std::vector<std::uint32_t>>& silent) {
  NetworkBuilder builder;
  for (const char* name : {"in", "hidden", "out"}) builder.add({.name = name, .size = 2});
  return names_of(silences(history(silent)), builder.build());
}

}  // namespace

TEST_CASE("a population is silent since the first of the epochs that end the history without it") {
  CHECK(text({}).empty());
  CHECK(text({{1}, {}}).empty());
  CHECK(text({{1}}) == "hidden (since epoch 1)");
  CHECK(text({{1}, {}, {1}, {1}}) == "hidden (since epoch 3)");
  CHECK(text({{1, 2}, {2}, {1, 2}}) == "hidden (since epoch 3), out (since epoch 1)");
}

TEST_CASE("a comma in the name of a silent population adds no cell to metrics.csv") {
  NetworkBuilder builder;
  builder.add({.name = "a,b", .size = 2});
  const test::ScratchFolder folder;
  write_metrics((folder / "metrics.csv").string(), history({{0}}), builder.build());
  CHECK_THAT(test::get(folder / "metrics.csv"), Catch::Contains(",\"a,b\","));
}

TEST_CASE("the remedy for silence is silent_increment, or more of it, where it is not refused") {
  Scenario scenario;
  CHECK_THAT(silence_remedy(scenario), Catch::StartsWith("set silent_increment in [train]"));
  scenario.train.silent_increment = 0.05;
  CHECK_THAT(silence_remedy(scenario), Catch::Contains("silent_increment above 0.05"));
  const auto with = [](const std::string& rule) {
    return silence_remedy(parse_scenario(
        test::small_scenario + "[structure]\ndensity = 0.5\nrule = \"" + rule + "\"\n", "x.toml"));
  };
  CHECK_THAT(with("rigl"), Catch::StartsWith("set silent_increment in [train]"));
  CHECK_THAT(with("deep_r_rigl"),
             !Catch::Contains("silent_increment") && Catch::Contains("larger weights or a bias"));
}
