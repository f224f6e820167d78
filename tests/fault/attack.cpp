// retro attack: what is wrong with its input is said with the remedy, before anything is computed, and
// nothing is replaced unasked.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/command.hpp"
#include "tests/support/two_ways.hpp"

using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

const std::string& ways = two_ways_text;
const std::string& loss = two_ways_loss;

CommandResult attack(const std::string& arguments, const ScratchFolder& folder) {
  const CommandResult result = retro("attack " + arguments, folder.path());
  UNSCOPED_INFO(arguments << "\n" << result.out << result.err);
  return result;
}

void refused(const std::string& text, const std::string& arguments, const std::string& message) {
  const ScratchFolder folder;
  put(folder / "x.toml", text);
  const CommandResult result = attack(arguments, folder);
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Contains(message));
  CHECK(result.out.empty());
}

}  // namespace

TEST_CASE("attack: a scenario ends with a table, a picture and a document") {
  const ScratchFolder folder;
  put(folder / "x.toml", ways + loss);
  const CommandResult result =
      attack("x.toml --epsilons '200 us, 0.1 ms' --svg a.svg --json a.json", folder);
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("1 train trial under attack") && Contains("0.2 ms") &&
                             Contains("untrained") && Contains("no test part") &&
                             Contains("wrote a.svg"));
  CHECK_THAT(get(folder / "a.svg"), Contains("right decisions"));
  const auto document = nlohmann::json::parse(get(folder / "a.json"));
  CHECK(document["schema"] == "retrograde.attack/1");
  CHECK(document["count"] == 1);
  CHECK(document["steps"] == 10);
  CHECK(document["restarts"] == 1);
  const auto& radii = document["curves"][0]["radii"];
  REQUIRE(radii.size() == 3);  // 0 is always there, and they are sorted
  CHECK(radii[0]["epsilon"] == 0.0);
  CHECK(radii[1]["epsilon"] == 0.1);
  CHECK(radii[1]["attacked"]["right"] == 1);  // 0.3 ms apart
  CHECK(radii[2]["attacked"]["right"] == 0);
  // Again: neither is replaced unasked.
  for (const char* file : {"--svg a.svg", "--json a.json"}) {
    const CommandResult again = attack(std::string("x.toml --epsilons '1 ms' ") + file, folder);
    CHECK(again.status == 2);
    CHECK_THAT(again.err, Contains("--overwrite"));
  }
  CHECK(attack("x.toml --epsilons '1 ms' --svg a.svg --overwrite", folder).status == 0);
  // Without --epsilons the usual ones; another norm, more steps, no restart.
  const CommandResult other =
      attack("x.toml --norm l2 --steps 3 --restarts 0 --seed 5 --json b.json", folder);
  CHECK(other.status == 0);
  const auto b = nlohmann::json::parse(get(folder / "b.json"));
  CHECK(b["norm"] == "l2");
  CHECK(b["steps"] == 3);
  CHECK(b["restarts"] == 0);
  CHECK(b["attack_seed"] == 5);
  CHECK(b["curves"][0]["radii"].size() == 7);  // 0, 0.02, 0.05 ... 1
}

TEST_CASE("attack: no run, no loss, no labels, nothing to attack") {
  refused(ways + loss, "nowhere.toml", "nowhere.toml");
  refused(ways + loss, ".", "retro train");
  refused(ways + loss, "", "RUN is missing");
  refused(ways, "x.toml", "no loss that decides");
  refused(ways + "[loss]\nkind = \"spike_time_target\"\ntarget = [[\"5 ms\"], [\"5 ms\"]]\n",
          "x.toml", "none of its trials has a label");
  refused(ways + loss, "x.toml --last", "untrained");
}

TEST_CASE("attack: options that are none are refused with what would be one") {
  for (const char* radii : {"-1 ms", "1", "1 m", "nan ms", "1 ms,", ",1 ms", "1 ms;2 ms",
                            "1e400 ms", "x", "0.1 ms, -0.2 ms"}) {
    CAPTURE(radii);
    refused(ways + loss, "x.toml --epsilons '" + std::string(radii) + "'", "--epsilons");
  }
  refused(ways + loss, "x.toml --epsilons ''", "nothing is named");
  refused(ways + loss, "x.toml --norm l1", "--norm l1: linf");
  refused(ways + loss, "x.toml --steps 0", "--steps 0");
  refused(ways + loss, "x.toml --restarts -1", "--restarts -1");
  refused(ways + loss, "x.toml --trials 0", "--trials 0");
  refused(ways + loss, "x.toml --seed x", "--seed x");
}
