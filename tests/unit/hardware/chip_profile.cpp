// What of a chip profile is sure.
#include <catch2/catch.hpp>
#include <optional>

#include <retrograde/hardware/chip_profile.hpp>

using namespace retrograde;

TEST_CASE("a limit that is known within an interval is its lower end, in whole units", "[fit]") {
  const auto between = [](double low, double high) {
    return std::optional<Constant>({{low, high}, Evidence::published, "the test"});
  };
  CHECK(limit_of(between(4096, 4096)) == 4096);
  CHECK(limit_of(between(4096, 8192)) == 4096);
  CHECK(limit_of(between(7.9, 9.5)) == 7);
  CHECK(limit_of(std::nullopt) == 0);
}
