// The shipped scenarios give the bits they gave before: fingerprints of spikes, gradients and of the
// parameters after one epoch of training, stored per type of machine in fingerprints.txt. A change of
// bits is no mistake by itself; it is written down there and in CHANGELOG.md, with its reason.
#include <catch2/catch.hpp>
#include <fstream>
#include <gnu/libc-version.h>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include <retrograde/version.hpp>

#include "tests/skip.hpp"
#include "tests/support/command.hpp"
#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

using Stored = std::map<std::string, std::string>;  // "r1 spikes" -> fingerprint

// What last bits depend on: instructions, compiler, and the exponential of the C library.
std::string machine_type() {
  return std::string(version::arch) + " | " + std::string(version::compiler) + " | glibc " +
         gnu_get_libc_version();
}

// Blocks of a machine type in brackets and rows `scenario what fingerprint`.
Stored stored_for(const std::string& machine) {
  std::ifstream in(RETROGRADE_SOURCE_DIR "/tests/golden/fingerprints.txt");
  REQUIRE(in);
  Stored stored;
  bool mine = false;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '[') {
      mine = line == '[' + machine + ']';
      continue;
    }
    std::istringstream words(line);
    std::string scenario, what, value;
    words >> scenario >> what >> value;
    if (mine) stored[scenario + ' ' + what] = value;
  }
  return stored;
}

// The document that a command writes beside what it prints.
nlohmann::json document_of(const std::string& arguments, const ScratchFolder& folder,
                           const char* file) {
  const CommandResult result = retro(arguments, folder.path());
  INFO(arguments << '\n' << result.err);
  REQUIRE(result.status == 0);
  return nlohmann::json::parse(get(folder / file));
}

std::string shipped(const std::string& name) {
  return "'" RETROGRADE_SOURCE_DIR "/scenarios/library/" + name + ".toml'";
}

Stored measure() {
  Stored measured;
  for (const char* name : {"hello", "r1", "r1_voltage"}) {
    const ScratchFolder folder;
    measured[std::string(name) + " spikes"] =
        document_of("run " + shipped(name) + " --json run.json", folder, "run.json")["fingerprint"];
  }
  for (const char* name : {"r1", "r1_voltage", "yin_yang", "sequence_detection", "temporal_xor"}) {
    const ScratchFolder folder;
    measured[std::string(name) + " gradient"] = document_of(
        "gradient " + shipped(name) + " --json g.json", folder, "g.json")["gradient_fingerprint"];
  }
  for (const char* name : {"sequence_detection", "temporal_xor"}) {
    const ScratchFolder folder;
    measured[std::string(name) + " one_epoch"] =
        document_of("train " + shipped(name) + " --epochs 1 --out run", folder,
                    "run/run.json")["parameters_fingerprint"];
  }
  return measured;
}

}  // namespace

TEST_CASE("the shipped scenarios give the bits that are stored for this type of machine",
          "[serial]") {
  const Stored stored = stored_for(machine_type());
  if (stored.empty())
    RETROGRADE_SKIP("tests/golden/fingerprints.txt has nothing of " + machine_type());
  const Stored measured = measure();
  std::string block = '[' + machine_type() + "]\n";
  for (const auto& [what, value] : measured) block += what + ' ' + value + '\n';
  INFO("bits changed. Where that is meant, tests/golden/fingerprints.txt gets\n"
       << block << "and CHANGELOG.md, under Changed, the reason");
  CHECK(measured == stored);
}

TEST_CASE("every machine type of the stored fingerprints has the same rows") {
  std::ifstream in(RETROGRADE_SOURCE_DIR "/tests/golden/fingerprints.txt");
  std::map<std::string, std::size_t> rows;
  std::string machine;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '[')
      machine = line;
    else
      ++rows[machine];
  }
  REQUIRE(!rows.empty());
  for (const auto& [name, count] : rows) CHECK(count == rows.begin()->second);
}
