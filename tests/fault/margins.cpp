// retro margins: what it is given wrongly, and what it cannot say anything of.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/command.hpp"

using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

std::string scenario(const std::string& hidden, const std::string& rest) {
  return R"(
[scenario]
duration = "20 ms"
[[population]]
name = "in"
size = 2
spikes = [["1 ms", "4 ms"], ["2 ms"]]
[[population]]
name = "hidden"
size = 2
)" + hidden +
         R"(
[[population]]
name = "out"
size = 2
model = "cuba_li"
[[projection]]
from = "in"
to = "hidden"
weight = [[9.0, 1.0], [2.0, 3.0]]
[[projection]]
from = "hidden"
to = "out"
weight = [[1.0, 0.2], [0.1, 1.0]]
)" + rest;
}

const std::string loss =
    "[loss]\nkind = \"voltage_cross_entropy\"\npopulation = \"out\"\nlabel = 0\n";

}  // namespace

TEST_CASE("retro margins proves a decision, says where the proof ends, and refuses by name") {
  const ScratchFolder folder;
  put(folder / "x.toml", scenario("", loss));
  const CommandResult result = retro("margins x.toml --json x.json", folder.path());
  INFO(result.out << result.err);
  REQUIRE(result.status == 0);
  CHECK_THAT(result.out, Contains("1 train trial") && Contains("median radius") &&
                             Contains("where proofs end"));
  const auto document = nlohmann::json::parse(get(folder / "x.json"));
  CHECK(document.at("trials") == 1);
  CHECK(document.at("correct") == 1);
  REQUIRE(document.at("radii").size() == 1);
  // The first neuron's spike at 9.0 holds for a per cent and more.
  CHECK(document.at("radii")[0].get<double>() > 0.01);
  CHECK(document.at("radii")[0].get<double>() < 1.0);
  CHECK(document.at("chip_refusal").is_null());
  // Both neurons fire, and what they do is close to something.
  CHECK_THAT(result.out, Contains("how close spikes and silences are") && Contains("the closest"));
  const auto& layers = document.at("distances").at("layers");
  REQUIRE(layers.size() == 1);
  CHECK(layers[0].at("layer") == "hidden");
  CHECK(layers[0].at("crossing").at("count").get<int>() > 0);
  CHECK(layers[0].at("crossing").at("within").size() ==
        document.at("distances").at("limits").size());
  CHECK(layers[0].at("silence").at("count").get<int>() > 0);
  CHECK_FALSE(document.at("distances").at("closest").empty());
  const CommandResult picture = retro("margins x.toml --svg x.svg", folder.path());
  REQUIRE(picture.status == 0);
  CHECK_THAT(get(folder / "x.svg"), Contains("decisions proven") && Contains("hidden: silences"));

  const auto refused = [&](const std::string& text, const std::string& arguments,
                           const std::string& message) {
    put(folder / "y.toml", text);
    const CommandResult r = retro("margins y.toml " + arguments, folder.path());
    CAPTURE(r.out, r.err);
    CHECK(r.status == 2);
    CHECK_THAT(r.err, Contains(message));
  };
  refused(scenario("", ""), "", "no loss that decides between classes");
  refused(scenario("model = \"alif\"\n", loss), "", "alif: only cuba_lif and cuba_li");
  refused(scenario("", loss), "--trials 0", "--trials");
  put(folder / "t.toml", scenario("t_ref = \"3 ms\"\n", loss));
  const CommandResult chip = retro("margins t.toml", folder.path());
  CHECK(chip.status == 0);
  CHECK_THAT(chip.out, Contains("nothing is proven of the chip") && Contains("refractory"));
}
