// retro analyse: what it is given wrongly is said with the remedy, and nothing is replaced unasked.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/command.hpp"

using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// Four channels onto two neurons: one hears like signs side by side, the other hears them in turn.
const std::string scenario = R"([scenario]
duration = "20 ms"
[[population]]
name = "in"
size = 4
spikes = [["1 ms"], ["2 ms"], [], []]
[[population]]
name = "hidden"
size = 2
[[projection]]
from = "in"
to = "hidden"
weight = [[1.0, 2.0, -1.0, -2.0], [1.0, -1.0, 1.0, -1.0]]
delay = "3 ms"
)";

void refused(const std::string& arguments, const std::string& message) {
  const ScratchFolder folder;
  put(folder / "x.toml", scenario);
  const CommandResult result = retro("analyse " + arguments, folder.path());
  CAPTURE(arguments, result.out, result.err);
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Contains(message));
  CHECK(result.out.empty());
}

}  // namespace

TEST_CASE("retro analyse: a scenario ends with a table, a picture, a document and a page") {
  const ScratchFolder folder;
  put(folder / "x.toml", scenario);
  const CommandResult result =
      retro("analyse x.toml --svg x.svg --json x.json --out found", folder.path());
  INFO(result.out << result.err);
  REQUIRE(result.status == 0);
  CHECK_THAT(result.out, Contains("by sign, in steps of 0.2 ms, queen neighbours") &&
                             Contains("untrained") && Contains("tested together only") &&
                             Contains("of neurons") && Contains("none") &&
                             Contains("no channel has synapses of different delays"));
  const auto document = nlohmann::json::parse(get(folder / "x.json"));
  CHECK(document == nlohmann::json::parse(get(folder / "found/analysis.json")));
  REQUIRE(document.at("projections").size() == 1);
  const auto& p = document["projections"][0];
  CHECK(p.at("after").is_null());
  // By hand, from four values of mean 0 in a row: 4 (1 - 1 + 1) / (3 x 4) and 4 (-3) / (3 x 4).
  const auto& neurons = p.at("before").at("neurons");
  CHECK(neurons[0].at("moran").get<double>() == Approx(1.0 / 3.0));
  CHECK(neurons[1].at("moran").get<double>() == Approx(-1.0));
  CHECK(neurons[0].at("p_free").is_null());
  CHECK(neurons[0].at("significant_free").is_null());
  CHECK(p.at("before").at("same_sign_neurons") == 2);
  CHECK(p.at("before").at("free").at("counted") == 999);
  CHECK(p.at("before").at("within_channel").at("counted") == 0);
  CHECK(p.at("before").at("within_channel").at("moran").is_null());
  CHECK(p.at("before").at("within_channel").at("p").is_null());
  CHECK(p.at("before").at("same_sign").get<double>() == Approx((2.0 / 3.0 + 0.0) / 2.0));
  CHECK(p.at("before").at("within_channel").at("nothing").is_string());
  CHECK_THAT(get(folder / "x.svg"), Contains("hidden[0]: I = 0.333") && Contains("excites"));
  CHECK_THAT(get(folder / "found/report.html"), Contains("within channel"));

  // An analysis replaces an analysis; a file only when that is asked for.
  CHECK(retro("analyse x.toml --out found", folder.path()).status == 0);
  CHECK(retro("analyse x.toml --svg x.svg", folder.path()).status == 2);
  CHECK(retro("analyse x.toml --svg x.svg --overwrite", folder.path()).status == 0);
  CHECK_THAT(retro("check x.toml --out found", folder.path()).err, Contains("an analysis"));
}

TEST_CASE("retro analyse: too few permutations for one neuron alone are said with the remedy") {
  const ScratchFolder folder;
  put(folder / "x.toml", R"([scenario]
duration = "20 ms"
[[population]]
name = "in"
size = 12
spikes = [["1 ms"], [], [], [], [], [], [], [], [], [], [], []]
[[population]]
name = "hidden"
size = 1
[[projection]]
from = "in"
to = "hidden"
weight = [[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0]]
delay = "3 ms"
)");
  const CommandResult few = retro("analyse x.toml --permutations 18 --json x.json", folder.path());
  INFO(few.out << few.err);
  REQUIRE(few.status == 0);
  CHECK_THAT(few.out, Contains("use --permutations 20"));
  const auto document = nlohmann::json::parse(get(folder / "x.json"));
  const auto& before = document.at("projections")[0].at("before");
  CHECK(before.at("neurons")[0].at("significant_free") == false);
  CHECK(before.at("neurons")[0].at("counted_free") == 18);
  CHECK(before.at("neurons")[0].at("significant_within_channel").is_null());
  CHECK_THAT(retro("analyse x.toml --permutations 20", folder.path()).out,
             !Contains("use --permutations"));
}

TEST_CASE("retro analyse: what cannot be is refused with the remedy") {
  refused("x.toml --projection hidden_out", "no such projection");
  refused("x.toml --step 0ms", "a step has to be above 0");
  refused("x.toml --step 3", "--step 3");
  refused("x.toml --step 1e-9ns", "longer --step");
  refused("x.toml --value size", "by its sign or its weight");
  refused("x.toml --neighbours rook", "gaussian:LENGTH");
  refused("x.toml --neighbours gaussian:0", "gaussian:LENGTH");
  refused("x.toml --permutations 0", "--permutations");
  refused("y.toml", "y.toml");
}
