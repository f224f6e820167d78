// retro grid: what is wrong with its input is said with the remedy, before anything is computed, and
// nothing is replaced unasked.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/command.hpp"
#include "tests/support/two_ways.hpp"

using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

const std::string& ways = two_ways_text;
const std::string& loss = two_ways_loss;

CommandResult grid(const std::string& arguments, const ScratchFolder& folder) {
  const CommandResult result = retro("grid " + arguments, folder.path());
  UNSCOPED_INFO(arguments << "\n" << result.out << result.err);
  return result;
}

void refused(const std::string& text, const std::string& arguments, const std::string& message) {
  const ScratchFolder folder;
  put(folder / "x.toml", text);
  const CommandResult result = grid(arguments, folder);
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Contains(message));
  CHECK(result.out.empty());
}

}  // namespace

TEST_CASE("grid: a scenario ends with a table, a picture and a document") {
  const ScratchFolder folder;
  put(folder / "x.toml", ways + loss);
  const CommandResult result =
      grid("x.toml --steps '1 ms, 100 us' --svg g.svg --json g.json", folder);
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("0.1 ms") && Contains("1 ms") && Contains("wrote g.svg"));
  CHECK_THAT(get(folder / "g.svg"), Contains("decides as exactly"));
  const auto document = nlohmann::json::parse(get(folder / "g.json"));
  CHECK(document["schema"] == "retrograde.grid/1");
  REQUIRE(document["steps"].size() == 2);
  CHECK(document["steps"][0]["step_ms"] == 0.1);
  CHECK(document["trials"] == 1);
  CHECK(document["part"] == "train");  // the inline trial
  // Again: neither is replaced unasked.
  for (const char* file : {"--svg g.svg", "--json g.json"}) {
    const CommandResult again = grid(std::string("x.toml --steps '1 ms' ") + file, folder);
    CHECK(again.status == 2);
    CHECK_THAT(again.err, Contains("--overwrite"));
  }
  CHECK(grid("x.toml --steps '1 ms' --svg g.svg --overwrite", folder).status == 0);
  // Without --steps all the usual ones.
  CHECK(grid("x.toml --json all.json", folder).status == 0);
  CHECK(nlohmann::json::parse(get(folder / "all.json"))["steps"].size() == 11);
}

TEST_CASE("grid: trials without labels have no accuracy, and it says what there is") {
  const ScratchFolder folder;
  put(folder / "x.toml",
      ways + "[loss]\nkind = \"spike_time_target\"\ntarget = [[\"5 ms\"], [\"5 ms\"]]\n");
  const CommandResult result = grid("x.toml --steps '1 ms' --json g.json", folder);
  CHECK(result.status == 0);
  CHECK_THAT(result.out, !Contains("chance"));
  const auto document = nlohmann::json::parse(get(folder / "g.json"));
  CHECK(document["exact"]["accuracy"].is_null());
  CHECK(document["steps"][0]["agreement"].is_number());
}

TEST_CASE("grid: no run, no loss, a model that does not go in steps") {
  refused(ways + loss, "nowhere.toml", "nowhere.toml");
  refused(ways + loss, ".", "retro train");
  refused(ways + loss, "", "RUN is missing");
  refused(ways, "x.toml", "[loss]");
  refused(ways + loss + "[[population]]\nname = \"slow\"\nmodel = \"alif\"\nsize = 1\n", "x.toml",
          "slow");
}

TEST_CASE("grid: steps that are none are refused with the way to write them") {
  for (const char* steps : {"0 ms", "-1 ms", "1", "1 m", "nan ms", "1 ms,", ",1 ms", "1 ms;2 ms",
                            "1e400 ms", "x", "0.1 ms, -0.2 ms"}) {
    CAPTURE(steps);
    refused(ways + loss, "x.toml --steps '" + std::string(steps) + "'", "--steps");
  }
  refused(ways + loss, "x.toml --steps ''", "nothing is named");
  refused(ways + loss, "x.toml --steps '1e-9 ms'", "longer step");
}
