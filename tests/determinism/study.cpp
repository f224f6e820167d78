// A study gives the same bytes for any number of threads, and after being stopped or killed.
#include "tests/support/study.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/command.hpp"
#include "tests/support/markup.hpp"
#include "tests/support/scratch.hpp"

using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

const std::string study = R"([study]
seeds = [1, 2, 3]
[[study.axis]]
name = "hidden neurons"
"population.hidden.size" = [4, 8, 16]
"train.weight_rate" = [0.03, 0.02, 0.02]
[[study.axis]]
name = "delays"
labels = ["fixed", "learned"]
"projection.in->hidden.learn" = [["weight"], ["weight", "delay"]]
)";

std::string longer() {
  std::string text = small_scenario;
  text.replace(text.find("epochs = 3"), 10, "epochs = 30");
  return text + study;
}

}  // namespace

TEST_CASE("a study on 1, 2 and 5 threads gives the same results and parameters") {
  const ScratchFolder folder;
  put(folder / "s.toml", small_scenario + study);
  for (const int threads : {1, 2, 5}) {
    const std::string out = "t" + std::to_string(threads);
    const CommandResult result =
        retro("study s.toml --out " + out + " --threads " + std::to_string(threads), folder.path());
    CAPTURE(result.err);
    REQUIRE(result.status == 0);
    CHECK(get(folder / out / "results.csv") == get(folder / "t1/results.csv"));
    CHECK(get(folder / out / "study.svg") == get(folder / "t1/study.svg"));
    CHECK_THAT(result.out, Contains("hidden neurons") && Contains("report.html"));
  }
  const std::string csv = get(folder / "t1/results.csv");
  CHECK(occurrences(csv, "\n") == 1 + 18);
  const std::string page = get(folder / "t1/report.html");
  CHECK(markup_fault(page) == "");
  CHECK(occurrences(page, "src=") == 0);
  CHECK(occurrences(page, "http") == 0);

  // A run of the study is the training that its own scenario file describes.
  const CommandResult alone =
      retro("train t1/runs/8_learned_seed-2/scenario.toml --out alone", folder.path());
  REQUIRE(alone.status == 0);
  const auto without_speed = [&](const std::filesystem::path& metrics) {
    std::string columns;
    std::istringstream rows(get(metrics));
    for (std::string row; std::getline(rows, row);) {
      for (int k = 0; k < 3; ++k) row.resize(row.rfind(','));
      columns += row + '\n';
    }
    return columns;
  };
  CHECK(without_speed(folder / "alone/metrics.csv") ==
        without_speed(folder / "t1/runs/8_learned_seed-2/metrics.csv"));
}

TEST_CASE("a study that was interrupted, killed and taken up equals the uninterrupted one") {
  const ScratchFolder folder;
  put(folder / "s.toml", longer());
  REQUIRE(retro("study s.toml --out whole", folder.path()).status == 0);
  // Stops the command once so many runs have finished and another has begun.
  const auto stopped = [&](const char* signal, int runs) {
    const std::string script =
        "cd '" + folder.path().string() +
        "' && { '" RETROGRADE_CLI
        "' study s.toml --out parts >out 2>err & p=$!; until [ $(find parts -name result.json "
        "2>/dev/null | wc -l) -ge " +
        std::to_string(runs) + " ]; do kill -0 $p || break; sleep 0.01; done; kill -" + signal +
        " $p; wait $p; }";
    const int raw = std::system(script.c_str());
    return CommandResult{WEXITSTATUS(raw), get(folder / "out"), get(folder / "err")};
  };
  const CommandResult interrupted = stopped("INT", 2);
  CAPTURE(interrupted.out, interrupted.err);
  CHECK(interrupted.status == 130);
  CHECK_THAT(interrupted.err,
             Contains("interrupted after") && Contains("retro study s.toml --out parts"));
  CHECK_FALSE(std::filesystem::exists(folder / "parts/results.csv"));
  CHECK(stopped("KILL", 6).status == 128 + 9);
  const CommandResult rest = retro("study s.toml --out parts --threads 2", folder.path());
  CAPTURE(rest.err);
  CHECK(rest.status == 0);
  CHECK_THAT(rest.err, Contains("of them done before"));
  CHECK(get(folder / "parts/results.csv") == get(folder / "whole/results.csv"));
  CHECK(get(folder / "parts/study.svg") == get(folder / "whole/study.svg"));
}
