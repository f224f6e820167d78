// retro bench: wrong arguments are refused with the remedy, and small runs leave the documents that
// docs/json.md describes. What is fast is never asserted.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/command.hpp"

using namespace retrograde::test;

namespace {

using Json = nlohmann::json;

void refused(const std::string& arguments, const std::string& message, const std::string& remedy) {
  const ScratchFolder folder;
  const CommandResult result = retro("bench " + arguments, folder.path());
  CAPTURE(arguments, result.out, result.err);
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Catch::Contains(message) && Catch::Contains(remedy));
}

Json document(const std::string& arguments) {
  const ScratchFolder folder;
  const CommandResult result = retro("bench " + arguments + " --json x.json", folder.path());
  CAPTURE(arguments, result.out, result.err);
  REQUIRE(result.status == 0);
  return Json::parse(get(folder / "x.json"));
}

void has(const Json& object, std::initializer_list<const char*> fields) {
  for (const char* field : fields) {
    CAPTURE(field, object.dump());
    CHECK(object.contains(field));
  }
}

void has_header(const Json& d) {
  has(d, {"schema", "retrograde", "commit", "compiler", "build", "architecture", "machine"});
  has(d.at("machine"), {"processor", "cores", "memory_bytes", "last_cache", "system", "load"});
}

}  // namespace

TEST_CASE("wrong arguments of retro bench are refused", "[bench]") {
  refused("--only keywrd", "--only keywrd", "did you mean keyword?");
  refused("--only nothing", "--only nothing", "trial_threads");
  refused("--size 0", "--size 0", "above 0 and up to 1");
  refused("--size 2", "--size 2", "above 0 and up to 1");
  refused("--seconds -1", "--seconds -1", "above 0");
  refused("--rounds 0", "--rounds 0", "1 to 1000");
  refused("--memory huge", "--memory huge", "keyword, wide");
  refused("keyword", "too many: keyword", "--help");
  refused("--only mnist --data nowhere --size 0.1", "nowhere", "train-images-idx3-ubyte");
}

TEST_CASE("another build that cannot be run is refused with what to name", "[bench]") {
  refused("--against nowhere", "--against nowhere", "build/release/bin/retro");
  refused("--against .", "--against .", "build/release/bin/retro");
  // A program that is no retro, and one that leaves no document.
  refused("--against /bin/false --only keyword --rounds 1 --size 0.01", "status 1", "verb bench");
  refused("--against /bin/true --only keyword --rounds 1 --size 0.01", "no JSON document",
          "bench.json");
}

TEST_CASE("a figure that was asked for and cannot be measured is not passed over", "[bench]") {
  const ScratchFolder folder;
  const CommandResult result = retro("bench --only mnist --data ''", folder.path());
  CHECK(result.status == 1);
  CHECK_THAT(result.out, Catch::Contains("skipped"));
}

TEST_CASE("a tiny run of every figure leaves a document with every field", "[bench]") {
  const Json d = document("--full --size 0.01 --rounds 1 --seconds 0.01 --data ''");
  has_header(d);
  has(d, {"full", "size", "warnings", "figures"});
  CHECK(d.at("schema") == "retrograde.bench/1");
  CHECK(d.at("full") == true);
  CHECK(d.at("size") == 0.01);
  std::vector<std::string> names;
  for (const Json& figure : d.at("figures")) {
    has(figure, {"name", "question", "rounds", "skipped", "rows", "ratios", "notes"});
    names.push_back(figure.at("name"));
    INFO(names.back());
    if (!figure.at("skipped").is_null()) continue;
    CHECK_FALSE(figure.at("rows").empty());
    for (const Json& row : figure.at("rows")) {
      has(row, {"name", "value", "unit", "work", "seconds", "scatter", "processors", "error_ulp"});
      // A step so small may take no page of memory that was not there.
      if (row.at("unit") == "bytes")
        CHECK(row.at("value").get<double>() >= 0.0);
      else
        CHECK(row.at("value").get<double>() > 0.0);
    }
    for (const Json& ratio : figure.at("ratios")) {
      has(ratio, {"name", "value", "low", "high", "wanted"});
      if (!ratio.at("wanted").is_null()) has(ratio.at("wanted"), {"met"});
    }
  }
  CHECK(names == std::vector<std::string>{"keyword", "keyword_recurrent", "keyword_recurrent_512",
                                          "delay_range", "scaling", "batch_threads",
                                          "trial_threads", "emulation", "pursuit", "memory",
                                          "elementary", "dilated", "mnist"});
  CHECK_THAT(d.at("figures").back().at("skipped").get<std::string>(), Catch::Contains("--data"));
}

TEST_CASE("a build is compared with itself", "[bench]") {
  const Json d = document("--against '" RETROGRADE_CLI
                          "' --only keyword --rounds 2 --size 0.01 --seconds 0.01");
  has_header(d);
  has(d, {"size", "rounds", "warnings", "against"});
  CHECK(d.at("schema") == "retrograde.bench_against/1");
  const Json& against = d.at("against");
  has(against, {"commit", "compiler", "rows", "notes"});
  CHECK(against.at("commit") == d.at("commit"));
  CHECK(against.at("notes").empty());
  CHECK_FALSE(against.at("rows").empty());
  for (const Json& row : against.at("rows")) {
    has(row, {"figure", "name", "unit", "here", "there", "ratio", "low", "high"});
    CHECK(row.at("figure") == "keyword");
    CHECK(row.at("low").get<double>() <= row.at("high").get<double>());
  }
}

TEST_CASE("one training step is measured in a process of its own", "[bench]") {
  const Json d = document("--memory keyword --size 0.02");
  has_header(d);
  CHECK(d.at("schema") == "retrograde.bench_memory/1");
  has(d.at("memory"),
      {"name", "batch", "spikes", "peak_bytes", "network_bytes", "optimizer_bytes"});
  CHECK(d.at("memory").at("batch") == 32);
}
