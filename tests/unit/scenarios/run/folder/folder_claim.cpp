// A folder is held by one, or by several that share it.
#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/folder/folder_claim.hpp>

#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

TEST_CASE("shards share a folder with each other, and with nobody that has it alone") {
  const ScratchFolder scratch;
  const auto folder = scratch / "study";
  const Call call{.words = {"study", "x.toml"}, .folder = ".", .data = ""};
  {
    auto first = std::make_unique<FolderClaim>(folder, call, Holding::shared);
    const FolderClaim second(folder, call, Holding::shared);
    CHECK_THROWS_WITH(FolderClaim(folder, call), Contains("in use by") && Contains("study x.toml"));
    first->become(FolderKind::study, false);
    // The first one to go leaves the folder and its lock to the other.
    first.reset();
    CHECK(std::filesystem::exists(folder / ".lock"));
    CHECK(std::filesystem::exists(folder / "command.json"));
    CHECK_THROWS_AS(FolderClaim(folder, call), UsageError);
  }
  CHECK_FALSE(std::filesystem::exists(folder / ".lock"));
  const FolderClaim alone(folder, call);
  CHECK_THROWS_WITH(FolderClaim(folder, call, Holding::shared), Contains("in use by"));
}
