// Xylo profiles that are wrong, and networks that do not fit Xylo Audio 3: what is said, with which
// remedy, and the exit status.
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/read/chips/chip_profile.hpp>
#include <retrograde/scenarios/read/chips/xylo_profile.hpp>
#include <retrograde/scenarios/read/library.hpp>

#include "tests/support/command.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Contains;

namespace {

std::string shipped() { return read_text_file(library_chip("xylo_audio3")); }

// The shipped profile with one piece of its text replaced, the first after `after`.
std::string with(const std::string& after, const std::string& old_text,
                 const std::string& new_text) {
  std::string text = shipped();
  const std::size_t at = text.find(old_text, text.find(after));
  REQUIRE(at != std::string::npos);
  return text.replace(at, old_text.size(), new_text);
}

void refused(const std::string& text, const std::string& key, const std::string& message) {
  try {
    parse_xylo_profile(text, "my.toml");
    FAIL("accepted");
  } catch (const ScenarioError& error) {
    CHECK(error.file == "my.toml");
    CHECK(error.key == key);
    CHECK_THAT(error.message, Contains(message));
    CHECK(error.line > 0);
  }
}

// A labelled trial of a network that hears four channels and is read by first spikes; `delay` of what
// goes to the hidden layer, `rest` is more of its population.
std::string scenario(const std::string& delay = "\"0 ms\"", const std::string& rest = "",
                     int hidden = 8) {
  // The first output is the one that fires.
  const auto row = [&](const char* weight) {
    std::string list = "[";
    for (int n = 0; n < hidden; ++n) list += n == 0 ? weight : fmt::format(", {}", weight);
    return list + "]";
  };
  const std::string weights = fmt::format("[{}, {}]", row("0.8"), row("0.1"));
  return fmt::format(R"(
[scenario]
duration = "60 ms"
[[population]]
name = "in"
size = 4
spikes = [["2 ms", "4 ms", "9 ms"], ["3 ms"], ["5 ms"], ["7 ms"]]
[[population]]
name = "hidden"
size = {}
tau_mem = "15.494625 ms"
tau_syn = "3.476059 ms"
{}
[[population]]
name = "out"
size = 2
tau_mem = "15.494625 ms"
tau_syn = "3.476059 ms"
[[projection]]
from = "in"
to = "hidden"
weight = 4.0
delay = {}
[[projection]]
from = "hidden"
to = "out"
weight = {}
delay = "1 ms"
[loss]
kind = "first_spike_cross_entropy"
population = "out"
label = 0
)",
                     hidden, rest, delay, weights);
}

CommandResult check(const std::string& text, const ScratchFolder& folder,
                    const std::string& options = "--chip xylo_audio3") {
  put(folder / "x.toml", text);
  return retro("check x.toml " + options, folder.path());
}

}  // namespace

TEST_CASE("the shipped profile of Xylo Audio 3 is read, and every number has a source") {
  const xylo::Profile profile = parse_xylo_profile(shipped(), "xylo_audio3.toml");
  CHECK(profile.name == "Xylo Audio 3");
  CHECK(profile.limits.hidden.value.low == 992);
  CHECK(profile.cycles.input_synapse.value.low == 3.5);
  CHECK(profile.powers.core->value.low == 141e-6);  // W
  CHECK(profile.powers.core->evidence == Evidence::measured);
  CHECK(profile.clock.mhz.value.high == 50);
  for (const Constant* c : {&profile.limits.channels, &profile.cycles.synapse, &profile.clock.mhz,
                            &*profile.powers.core_per_mhz})
    CHECK_FALSE(c->source.empty());
  CHECK(is_xylo_profile(library_chip("xylo_audio3")));
  CHECK_FALSE(is_xylo_profile(library_chip("loihi2")));
}

TEST_CASE("a Xylo profile that is wrong names key, line and remedy") {
  refused(with("[limits.hidden]", "value = 992", "value = 0"), "limits.hidden.value", "0");
  refused(with("[limits.hidden]", "[limits.hidden]", "[limits.hiden]"), "limits.hiden", "hidden");
  refused(with("[cycles.synapse]", "evidence = \"published\"", "evidence = \"guessed\""),
          "cycles.synapse.evidence", "measured");
  refused(with("[power.core]", "\"141 uW\"", "\"141 V\""), "power.core.value", "W");
  refused(with("[power.core_per_mhz]", "low = \"25.2 uW\"", "low = \"95 uW\""),
          "power.core_per_mhz.high", "exchange them");
  refused(with("family", "family = \"xylo\"", ""), "", "family");
  refused(with("[clock.mhz]", "low = 6.25", "low = -1"), "clock.mhz.low", "-1");
  std::string without = shipped();
  without.erase(without.find("[clock.mhz]"));
  refused(without, "", "[clock] is missing");
}

TEST_CASE("a profile of the other family is refused as one") {
  CHECK_THROWS_WITH(parse_chip_profile(shipped(), "x.toml"), Contains("family"));
  CHECK_THROWS_WITH(parse_xylo_profile(read_text_file(library_chip("loihi2")), "l.toml"),
                    Contains("core") || Contains("family"));
}

TEST_CASE("a profile may lack powers, not limits") {
  std::string text = shipped();
  text.erase(text.find("[power.core]"));
  text += "[power]\n";
  const xylo::Profile profile = parse_xylo_profile(text, "my.toml");
  CHECK_FALSE(profile.powers.core);
}

TEST_CASE("check: a network that fits Xylo Audio 3 says so, with time and energy") {
  const ScratchFolder folder;
  const CommandResult result = check(scenario(), folder, "--chip xylo_audio3 --json x.json");
  CAPTURE(result.out, result.err);
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("verdict: fits Xylo Audio 3") &&
                             Contains("energy, in real time") && Contains("measured") &&
                             Contains("distance of spike trains"));
  const auto document = nlohmann::json::parse(get(folder / "x.json"));
  CHECK(document["schema"] == "retrograde.chip_check/1");
  CHECK(document["verdict"]["fits"] == true);
  CHECK(document["comparison"]["agreement"] == 1.0);
  CHECK(document["forecast"]["energy_mj"]["low"] > 0.0);
  CHECK(document["forecast"]["energy_parts"].back()["value"].is_null());
}

TEST_CASE("check: a network with delays does not fit Xylo, exit status 1, with what to change") {
  const ScratchFolder folder;
  const CommandResult result =
      check(scenario("{ distribution = \"uniform\", low = \"0 ms\", high = \"8 ms\" }"), folder,
            "--chip xylo_audio3 --json x.json");
  CAPTURE(result.out, result.err);
  CHECK(result.status == 1);
  CHECK_THAT(result.out, Contains("have delays that the chip does not have") &&
                             Contains("train without delays") &&
                             Contains("verdict: does not fit Xylo Audio 3"));
  const auto document = nlohmann::json::parse(get(folder / "x.json"));
  CHECK(document["verdict"]["fits"] == false);
  CHECK(document["verdict"]["findings"][0]["resource"] == "delays");
  CHECK(document["forecast"].is_null());
}

TEST_CASE("check: other neurons do not fit Xylo, and nothing is run") {
  const ScratchFolder folder;
  const CommandResult result =
      check(scenario("\"0 ms\"", "model = \"alif\""), folder, "--chip xylo_audio3 --json x.json");
  CAPTURE(result.out, result.err);
  CHECK(result.status == 1);
  CHECK_THAT(result.out, Contains("its model is alif") && Contains("Train with cuba_lif"));
  const auto document = nlohmann::json::parse(get(folder / "x.json"));
  CHECK(document["comparison"].is_null());
}

TEST_CASE("check: too many neurons for the inputs of Xylo are a problem with numbers") {
  const ScratchFolder folder;
  const CommandResult result = check(scenario("\"0 ms\"", "", 130), folder);
  CAPTURE(result.out, result.err);
  CHECK(result.status == 1);
  CHECK_THAT(result.out, Contains("the network takes 130; the chip has 128"));
}

TEST_CASE("check: the step of the chip is that of [chip], whose kind is not Xylo") {
  const ScratchFolder folder;
  const CommandResult half =
      check(scenario() + "[chip]\nstep = \"0.5 ms\"\n", folder, "--chip xylo_audio3 --json x.json");
  CAPTURE(half.out, half.err);
  CHECK(nlohmann::json::parse(get(folder / "x.json"))["step_ms"] == 0.5);
  const CommandResult named = check(scenario() + "[chip]\nkind = \"xylo_audio3\"\n", folder);
  CHECK(named.status == 2);
  CHECK_THAT(named.err, Contains("leave kind out") && Contains("--chip xylo_audio3"));
}

TEST_CASE("check: Xylo refuses [[event]], and says nothing else of it") {
  const ScratchFolder folder;
  const CommandResult result =
      check(scenario() + "[[event]]\ndo = \"silence\"\npopulation = \"hidden\"\n", folder);
  CAPTURE(result.out, result.err);
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Contains("things happen in it besides spikes") && !Contains("warning"));
}

TEST_CASE("check: a chip that is not there is told which ones are") {
  const ScratchFolder folder;
  const CommandResult unknown = check(scenario(), folder, "--chip xylo_audio2");
  CHECK(unknown.status == 2);
  CHECK_THAT(unknown.err, Contains("xylo_audio3"));
}

TEST_CASE("check: a Xylo profile of one's own is one, and a broken one is exit status 2") {
  const ScratchFolder folder;
  put(folder / "mine.toml", with("[limits.hidden]", "value = 992", "value = 4"));
  const CommandResult small = check(scenario(), folder, "--chip mine.toml");
  CHECK(small.status == 1);
  CHECK_THAT(small.out, Contains("hidden neurons: the network takes 8; the chip has 4"));
  put(folder / "mine.toml", with("[limits.hidden]", "value = 992", "value = \"many\""));
  const CommandResult broken = check(scenario(), folder, "--chip mine.toml");
  CHECK(broken.status == 2);
  CHECK_THAT(broken.err, Contains("mine.toml") && Contains("limits.hidden.value"));
}
