// Networks that the chip cannot hold, or holds badly: `retro check` says so with the remedy.
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/read/library.hpp>

#include "tests/support/command.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// Three inputs onto `size` neurons.
std::string scenario(const std::string& weight, const std::string& delay = "\"0 ms\"",
                     const std::string& threshold = "1.0", int size = 2) {
  return fmt::format(R"(
[scenario]
duration = "20 ms"
[[population]]
name = "in"
size = 3
spikes = [["1 ms", "5 ms"], ["2 ms"], ["3 ms"]]
[[population]]
name = "n"
size = {}
v_threshold = {}
[[projection]]
from = "in"
to = "n"
weight = {}
delay = {}
[loss]
kind = "spike_time_power"
)",
                     size, threshold, weight, delay);
}

CommandResult check(const std::string& text, const ScratchFolder& folder,
                    const std::string& options = "") {
  put(folder / "x.toml", text);
  const CommandResult result = retro("check x.toml " + options, folder.path());
  UNSCOPED_INFO(result.out << result.err);
  return result;
}

}  // namespace

TEST_CASE("check: a network that fits ends with a verdict, and says so in JSON") {
  const ScratchFolder folder;
  const CommandResult result = check(scenario("9.0"), folder, "--json x.json");
  CHECK(result.status == 0);
  CHECK_THAT(
      result.out,
      Contains(
          "verdict: fits Loihi 2, and seems to behave, of which so few trials are no proof: the "
          "same decision in 100.00 % of 1 trial (20.7 .. 100.0 %); 1 of 120 cores"));
  CHECK_THAT(result.out, Contains("factor of"));  // how far off it may be
  CHECK_THAT(result.out, Contains("Jetson Orin Nano: no measurement of this network"));
  const auto document = nlohmann::json::parse(get(folder / "x.json"));
  const auto& chip = document["chip"];
  CHECK(chip["verdict"]["fits"] == true);
  CHECK(chip["verdict"]["profile"] == "Loihi 2");
  CHECK(chip["cores"].size() == 1);
  CHECK(chip["cores"][0]["uses"]["neurons"]["used"] == 2);
  CHECK(chip["cores"][0]["uses"]["neurons"]["limit"] == 4096);
  CHECK(chip["cores"][0]["events"]["synaptic_operations"] == 8);
  CHECK(chip["registers"][0]["safety"] == "proven");
  const auto& forecast = chip["forecast"];
  CHECK(forecast["events"]["synaptic_operations"] == 8);
  CHECK(forecast["time_ms"]["low"] < forecast["time_ms"]["value"]);
  CHECK(forecast["time_ms"]["value"] < forecast["time_ms"]["high"]);
  CHECK(forecast["bound_by"]["neuron_updates"].is_number());
  CHECK(forecast["time_basis"]["workloads"] == 3);
  CHECK(forecast["time_basis"]["points"].size() == 5);
  CHECK(forecast["energy_mj"]["static"]["value"] > 0);
}

TEST_CASE("check: Loihi 1 has no static power and no fitted points, and says so") {
  const ScratchFolder folder;
  const CommandResult result = check(scenario("9.0"), folder, "--chip loihi1 --json x.json");
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("verdict: fits Loihi 1") && Contains("without static power") &&
                             Contains("no whole system is measured"));
  const auto document = nlohmann::json::parse(get(folder / "x.json"));
  CHECK(document["chip"]["forecast"]["energy_mj"]["static"].is_null());
  CHECK(document["chip"]["forecast"]["time_basis"]["leave_one_out_factor"].is_null());
}

TEST_CASE("check: a network larger than its chip is exit status 1, with what to change") {
  const ScratchFolder folder;
  std::string profile = read_text_file(library_chip("loihi2"));
  const auto replace = [&](const std::string& section, const std::string& what,
                           const std::string& by) {
    const std::size_t at = profile.find(what, profile.find(section));
    REQUIRE(at != std::string::npos);
    profile.replace(at, what.size(), by);
  };
  replace("[core.neurons]", "4096", "2");
  replace("[mesh.columns]", "8", "1");
  replace("[mesh.rows]", "4", "1");
  replace("[mesh.usable_cores]", "low = 120", "low = 4");
  put(folder / "small.toml", profile);
  const CommandResult result =
      check(scenario("9.0", "\"0 ms\"", "1.0", 11), folder, "--chip small.toml --json x.json");
  CHECK(result.status == 1);
  CHECK_THAT(result.out, Contains("problem: 6 cores are needed, Loihi 2 has 4") &&
                             Contains("n takes 6 of them") &&
                             Contains("make the population smaller") &&
                             Contains("verdict: does not fit Loihi 2: 1 problem"));
  const auto document = nlohmann::json::parse(get(folder / "x.json"));
  CHECK(document["chip"]["verdict"]["fits"] == false);
  CHECK(document["chip"]["verdict"]["findings"][0]["resource"] == "cores");
  CHECK(document["chip"]["verdict"]["findings"][0]["limit"] == 4);
  CHECK(document["chip"]["verdict"]["findings"][0]["wanted"] == 6);
  CHECK(document["chip"]["forecast"].is_null());

  replace("[core.input_axons]", "16000", "2");
  put(folder / "small.toml", profile);
  const CommandResult narrow = check(scenario("9.0"), folder, "--chip small.toml");
  CHECK(narrow.status == 1);
  CHECK_THAT(narrow.out, Contains("n[0] alone takes 3 input axons, a core has 2") &&
                             Contains("lower the density"));
}

// 300 spikes of the largest weight, 127, in one step are beyond 16 bits, and with a synaptic decay
// of 4/4096 a step u soon passes 2^23.
TEST_CASE("check: registers that overflow are problems with the remedy") {
  const ScratchFolder folder;
  std::string spikes;
  for (int n = 0; n < 300; ++n)
    spikes += std::string(n ? ", " : "") + "[\"1 ms\", \"2 ms\", \"3 ms\", \"4 ms\", \"5 ms\"]";
  const CommandResult result = check(fmt::format(R"(
[scenario]
duration = "20 ms"
[[population]]
name = "in"
size = 300
spikes = [{}]
[[population]]
name = "out"
size = 2
model = "cuba_li"
tau_syn = "1000 ms"
[[projection]]
from = "in"
to = "out"
weight = 1.0
[loss]
kind = "voltage_cross_entropy"
label = 0
)",
                                                 spikes),
                                     folder);
  CHECK(result.status == 1);
  CHECK_THAT(result.out, Contains("problem: a of out left its 16 bits") &&
                             Contains("problem: u of out wrapped around its 24 bits") &&
                             Contains("make the weight steps larger") &&
                             Contains("verdict: does not fit Loihi 2: 2 problems"));
}

TEST_CASE("check: delays above 62 steps are cut with a warning and the remedy") {
  const ScratchFolder folder;
  const CommandResult result = check(scenario("9.0", "\"100 ms\""), folder);
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("6 of 6 delays are longer than 62 steps of 1 ms") &&
                             Contains("longer chip.step") && Contains("2 warnings"));
  // Nothing arrives within the trial, and a comparison of nothing is none.
  CHECK_THAT(result.out, Contains("neither side decides anything in 1 of 1 trial") &&
                             Contains("verdict: fits Loihi 2; 1 of 120 cores"));
}

// Thresholds have 17 bits: 2^17 is the first that does not fit.
TEST_CASE("check: a threshold beyond 17 bits is refused with the remedy") {
  const ScratchFolder folder;
  const CommandResult result = check(scenario("1e-4"), folder);
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Contains("17 bits end at 131071") && Contains("n[0]") &&
                             Contains("lower the threshold or raise"));
}

TEST_CASE("check: weights that leave no room for the threshold are refused with the remedy") {
  const ScratchFolder folder;
  const CommandResult result = check(scenario("[[-1e6, 9.0, 9.0], [-1e6, 9.0, 9.0]]"), folder);
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Contains("less than one weight unit") && Contains("clip_percentile"));
}

TEST_CASE("check: a layer whose weights are all zero is a warning with the remedy") {
  const ScratchFolder folder;
  const CommandResult result = check(scenario("0.0"), folder);
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("n: no incoming weight is other than 0") &&
                             Contains("give it other weights"));
}

TEST_CASE("check: an unknown chip lists those there are; a wrong profile is placed by its line") {
  const ScratchFolder folder;
  const CommandResult unknown = check(scenario("9.0"), folder, "--chip loihi3");
  CHECK(unknown.status == 2);
  CHECK_THAT(unknown.err, Contains("loihi1, loihi2") && Contains(".toml"));
  put(folder / "mine.toml", "name = \"mine\"\n[core]\nneuronz = 3\n");
  const CommandResult wrong = check(scenario("9.0"), folder, "--chip mine.toml");
  CHECK(wrong.status == 2);
  CHECK_THAT(wrong.err, Contains("mine.toml:3:1: core.neuronz") && Contains("neurons?"));
  const CommandResult missing = check(scenario("9.0"), folder, "--chip nowhere.toml");
  CHECK(missing.status == 2);
  CHECK_THAT(missing.err, Contains("nowhere.toml"));
}

TEST_CASE("check: a network that loses a third of its spikes on the chip does not merely fit") {
  const ScratchFolder folder;
  put(folder / "x.toml",
      read_text_file(RETROGRADE_SOURCE_DIR "/tests/cases/loses_spikes_on_chip.toml"));
  const CommandResult result = retro("check x.toml --json x.json", folder.path());
  CHECK(result.status == 0);
  CHECK_THAT(result.out,
             Contains("verdict: fits Loihi 2, but fires otherwise there") &&
                 Contains("warning: h: 555 spikes become 360 on the chip, in 1 trial") &&
                 Contains("shorter chip.step"));
  // Its recurrent weights drown beside those from the inputs, one input spike in the step of
  // another.
  CHECK_THAT(result.out,
             Contains("h->h: 3169 of 4061 weights are rounded to 0") && Contains("groups") &&
                 Contains("1 input spike shared a step with another of the same neuron and was"));
  const auto verdict = nlohmann::json::parse(get(folder / "x.json"))["chip"]["verdict"];
  CHECK(verdict["fits"] == true);
  CHECK(verdict["faithful"] == false);
}

TEST_CASE("check: recurrent delays below a step ask for a shorter step") {
  const ScratchFolder folder;
  const std::string text =
      read_text_file(RETROGRADE_SOURCE_DIR "/tests/cases/recurrent_delays_too_short.toml");
  put(folder / "x.toml", text);
  const CommandResult result = retro("check x.toml", folder.path());
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("h->h: 4061 of 4061 delays are shorter than the chip's one step "
                                  "of latency, 1 ms") &&
                             Contains("a shorter chip.step, of 0.4 ms at most"));
  CHECK_THAT(result.out, !Contains("longer chip.step"));
  // The remedy is one.
  put(folder / "y.toml", text + "[chip]\nstep = \"0.4 ms\"\n");
  CHECK_THAT(retro("check y.toml", folder.path()).out,
             !Contains("than the chip's one step of latency"));
}

TEST_CASE("check: a limit of the emulator is no refusal of the chip") {
  const ScratchFolder folder;
  std::string text = scenario("9.0");
  text.replace(text.find("20 ms"), 5, "1e10 ms");
  const CommandResult result = check(text, folder);
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Contains("the trial has 10000000000 steps; take a longer step or a "
                                  "shorter trial") &&
                             !Contains("cannot go on the chip"));
}

TEST_CASE("check: without a loss spikes are compared, and nothing is said of decisions") {
  const ScratchFolder folder;
  std::string text = scenario("9.0");
  text.erase(text.find("[loss]"));
  put(folder / "x.toml", text);
  const CommandResult result = retro("check x.toml --json x.json --out page", folder.path());
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("verdict: fits Loihi 2") && !Contains("decision"));
  const auto document = nlohmann::json::parse(get(folder / "x.json"));
  CHECK(document["exact"]["loss"].is_null());
  CHECK(document["chip"]["agreement"].is_null());
  CHECK(document["chip"]["verdict"]["same_decision"].is_null());
  CHECK(document == nlohmann::json::parse(get(folder / "page/check.json")));
  CHECK_THAT(get(folder / "page/report.html"), !Contains("Agreement") && Contains("On the chip"));
}
