// retro gradcheck where a gradient does not exist, cannot be judged, or is nothing: never FAILED
// for a right gradient, never passed without one. And losses beyond what a double can hold, by any
// verb.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/command.hpp"

using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

std::string the_case(const std::string& name) {
  return std::string(RETROGRADE_SOURCE_DIR) + "/tests/cases/" + name + ".toml";
}

}  // namespace

TEST_CASE("a readout that hears nothing has a bias at a kink: skipped, counted, exit status 0") {
  const ScratchFolder folder;
  const CommandResult result = retro(
      "gradcheck " + the_case("dead_readout_gradcheck") + " --json check.json", folder.path());
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("1 skipped: the loss has a kink") && Contains(": passed"));
  CHECK_THAT(result.out, !Contains("FAILED"));
  const auto json = nlohmann::json::parse(get(folder / "check.json"));
  CHECK(json["passed"] == true);
  CHECK(json["skipped"] == 1);
  CHECK(json["kinks"] == 1);
  CHECK(json["uncertain"] == 0);
  CHECK(json["silent"] == nlohmann::json::array());
}

TEST_CASE("where the difference knows less than the adjoint, an entry does not fail") {
  // The adjoint by one of the parameters, -0.6947173685911, is right to its last digit (50-digit
  // arithmetic); the difference is off by 2.9e-7 and says itself that it may be by 7.3e-7.
  const ScratchFolder folder;
  const CommandResult result =
      retro("gradcheck " + the_case("gradcheck_uncertain") + " --sample 25 --json check.json",
            folder.path());
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains(": passed"));
  const auto json = nlohmann::json::parse(get(folder / "check.json"));
  CHECK(json["checked"].get<int>() + json["skipped"].get<int>() == 25);
  CHECK(json["skipped"].get<int>() < 5);
  CHECK(json["worst_error"].get<double>() <= 1e-7);
}

TEST_CASE(
    "a check in which every gradient is 0 is not passed, and says who is silent and what to do") {
  const ScratchFolder folder;
  const CommandResult result = retro(
      "gradcheck " + the_case("silent_loss_population") + " --json check.json", folder.path());
  CHECK(result.status == 1);
  CHECK_THAT(result.out, Contains("nothing was checked") && Contains("NOTHING CHECKED") &&
                             Contains("silent in this trial: ") && Contains("two") &&
                             Contains("silent_increment") && Contains("weights"));
  CHECK_THAT(result.out, !Contains("passed"));
  const auto json = nlohmann::json::parse(get(folder / "check.json"));
  CHECK(json["passed"] == false);
  const auto silent = json["silent"].get<std::vector<std::string>>();
  CHECK(std::find(silent.begin(), silent.end(), "two") != silent.end());
  CHECK(std::find(silent.begin(), silent.end(), "in") == silent.end());
}

TEST_CASE("a check that cannot judge a single entry is not passed either") {
  // Differences in doubles cannot know 1e-17.
  const ScratchFolder folder;
  const std::string r1 = std::string(RETROGRADE_SOURCE_DIR) + "/scenarios/library/r1.toml";
  const CommandResult result =
      retro("gradcheck " + r1 + " --tolerance 1e-17 --json check.json", folder.path());
  CHECK(result.status == 1);
  CHECK_THAT(result.out, !Contains("passed"));
  CHECK(nlohmann::json::parse(get(folder / "check.json"))["passed"] == false);
}

TEST_CASE("a loss beyond what a double can hold ends every verb with an error that names it") {
  const ScratchFolder folder;
  const std::string file = the_case("overflow_never_ends");
  for (const std::string verb : {"run", "gradient", "gradcheck"}) {
    CAPTURE(verb);
    const CommandResult result = retro(verb + " " + file + " --json out.json", folder.path());
    CHECK(result.status == 2);
    CHECK_THAT(result.err,
               Contains("voltage_over_time_cross_entropy is not finite") && Contains("gain"));
    CHECK_FALSE(std::filesystem::exists(folder / "out.json"));
  }
}
