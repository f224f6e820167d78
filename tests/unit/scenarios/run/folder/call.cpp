// What a folder remembers of the commands that made it. Reference: lists made by hand.
#include <catch2/catch.hpp>

#include <retrograde/scenarios/run/folder/call.hpp>

#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;

TEST_CASE("the data of a folder are those that were named last, by whichever command") {
  CHECK(remembered_data_path({}).empty());
  CHECK(remembered_data_path({{{"train"}, "/a", ""}}).empty());
  CHECK(remembered_data_path({{{"train"}, "/a", "/one"}, {{"check"}, "/a", ""}}) == "/one");
  CHECK(remembered_data_path({{{"train"}, "/a", "/one"}, {{"check"}, "/a", "/two"}}) == "/two");
}

TEST_CASE("commands are the same after they were written and read") {
  const ScratchFolder folder;
  CHECK(read_calls(folder.path()).empty());
  write_calls(folder.path(), {{{"train", "a b.toml"}, "/a", "/one"}, {{"check", "run"}, "/b", ""}});
  const std::vector<Call> calls = read_calls(folder.path());
  REQUIRE(calls.size() == 2);
  CHECK(calls[0].words == std::vector<std::string>{"train", "a b.toml"});
  CHECK(calls[0].folder == "/a");
  CHECK(calls[0].data == "/one");
  CHECK(calls[1].words == std::vector<std::string>{"check", "run"});
  CHECK(calls[1].folder == "/b");
  CHECK(calls[1].data.empty());
  CHECK_THAT(calls[0].text(), Catch::StartsWith("retro train ") && Catch::Contains("a b.toml"));
}
