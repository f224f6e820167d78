// Chip profiles that are wrong: each names file, line, key, what was found and the remedy.
#include <catch2/catch.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/read/chips/chip_profile.hpp>
#include <retrograde/scenarios/read/library.hpp>

#include "tests/support/command.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

const std::string& shipped() {
  static const std::string text = read_text_file(library_chip("loihi2"));
  return text;
}

// The shipped profile with one piece of its text replaced, the first after `after`.
std::string with(const std::string& after, const std::string& old_text,
                 const std::string& new_text) {
  std::string text = shipped();
  const std::size_t at = text.find(old_text, text.find(after));
  REQUIRE(at != std::string::npos);
  return text.replace(at, old_text.size(), new_text);
}

std::uint32_t line_of(const std::string& text, const std::string& what) {
  const std::string before = text.substr(0, text.find(what));
  return 1 + static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n'));
}

void refused(const std::string& text, const std::string& key, const std::string& message,
             std::uint32_t line = 0) {
  try {
    parse_chip_profile(text, "my.toml");
    FAIL("accepted");
  } catch (const ScenarioError& error) {
    CHECK(error.file == "my.toml");
    CHECK(error.key == key);
    CHECK_THAT(error.message, Catch::Contains(message));
    CHECK(error.line > 0);
    if (line > 0) CHECK(error.line == line);
  }
}

}  // namespace

TEST_CASE("shipped profiles and comparisons are read, and every number has a source") {
  CHECK(library_chips() == std::vector<std::string>{"loihi1", "loihi2", "xylo_audio3"});
  for (const char* name : {"loihi1", "loihi2"}) {
    const ChipProfile profile = read_chip_profile(library_chip(name));
    CHECK(profile.mesh.cores() == 128);
    CHECK_FALSE(profile.time.barrier.source.empty());
  }
  REQUIRE(library_comparisons().size() == 1);
  const Comparison jetson = read_comparison(library_comparisons()[0]);
  CHECK(jetson.rows.size() == 15);
  CHECK(jetson.rows[0].latency == 25.54);
  CHECK(jetson.rows[14].dynamic_energy == 10.17);
  const ChipProfile loihi2 = read_chip_profile(library_chip("loihi2"));
  CHECK(loihi2.time.neuron_update.value.low == 0.59e-6);  // ms
  CHECK(loihi2.energy.neuron_update.value.low == 81e-9);  // mJ
  CHECK(loihi2.energy.io_power->value.low == 4.4e-3);     // W
  CHECK(loihi2.points[0].step_energy == 103.8e-3);
}

TEST_CASE("a misspelt key of a profile gets a suggestion and its line") {
  const std::string text = with("[time.barrier]", "evidence", "evidense");
  refused(text, "time.barrier.evidense", "did you mean evidence?", line_of(text, "evidense"));
  refused(with("", "[core.neurons]", "[core.neuron]"), "core.neuron", "unknown key");
}
TEST_CASE("a constant without evidence or source is refused") {
  refused(with("[core.neurons]", "evidence = \"inferred\"\n", ""), "core.neurons",
          "evidence is missing");
  refused(with("[core.neurons]", "evidence = \"inferred\"", "evidence = \"guessed\""),
          "core.neurons.evidence", "measured");
  refused(shipped() + "\n[[point]]\nname = \"x\"\nevidence = \"measured\"\nsource = \"\"\n",
          "point[5].source", "say where");
}
TEST_CASE("a time without unit, an energy in ms and a power of nothing are refused") {
  refused(with("[time.word_read]", "\"0.07 ns\"", "0.07"), "time.word_read.value", "no unit");
  refused(with("[energy.message]", "\"1.7 pJ\"", "\"1.7 ms\""), "energy.message.value",
          "pJ, nJ, uJ, mJ or J");
  refused(with("[energy.message]", "\"1.7 pJ\"", "1.7"), "energy.message.value", "no energy");
  refused(with("[energy.io_power]", "\"4.4 mW\"", "\"0 mW\""), "energy.io_power.value",
          "above 0 W");
}
TEST_CASE("an interval that is upside down, or half, or doubled, is refused") {
  refused(with("[time.barrier]", "\"67 ns\"", "\"67 us\""), "time.barrier.high", "exchange");
  refused(with("[time.barrier]", "high = \"200 ns\"\n", ""), "time.barrier", "high is missing");
  refused(with("[time.word_read]", "value", "low = \"1 ns\"\nvalue"), "time.word_read.low",
          "either value or low and high");
}
TEST_CASE("a missing section or constant is refused with what to write") {
  refused("name = \"x\"\n", "", "[core] is missing");
  std::string text = shipped();
  const std::size_t from = text.find("[time.barrier]");
  text.erase(from, text.find("# Energies") - from);
  refused(text, "time", "[time.barrier]");
}
TEST_CASE("a mesh larger than can be placed is refused") {
  refused(with("[mesh.columns]", "value = 8", "value = 100"), "mesh", "1024");
  refused(with("[mesh.columns]", "value = 8", "value = 1e9"), "mesh.columns.value", "at most 128");
}
TEST_CASE("a profile that is no TOML says where and which manual to read") {
  refused("name = \n", "", "docs/loihi2.md");
}
