#include <catch2/catch.hpp>
#include <filesystem>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/n_mnist.hpp>
#include <retrograde/scenarios/data/events/open_set.hpp>

#include "tests/support/scratch.hpp"

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

test::Bytes event(int x, int y, int polarity, std::uint32_t us) {
  const auto byte = [](std::uint32_t value) { return static_cast<std::uint8_t>(value); };
  return {byte(static_cast<std::uint32_t>(x)), byte(static_cast<std::uint32_t>(y)),
          byte((static_cast<std::uint32_t>(polarity) << 7) | us >> 16), byte(us >> 8), byte(us)};
}

test::Bytes joined(const std::vector<test::Bytes>& events) {
  test::Bytes all;
  for (const auto& one : events) all.insert(all.end(), one.begin(), one.end());
  return all;
}

void write_set(const std::filesystem::path& folder) {
  for (const char* part : {"Train", "Test"})
    for (int digit = 0; digit < 10; ++digit) {
      const auto place = folder / part / std::to_string(digit);
      std::filesystem::create_directories(place);
      test::put(place / ("000" + std::to_string(9 - digit) + ".bin"),
                event(digit, 1, 1, static_cast<std::uint32_t>(1000 * digit)));
    }
}

}  // namespace

TEST_CASE("events of five bytes are pixel, polarity and microseconds") {
  const test::Bytes bytes =
      joined({event(33, 0, 0, 0), event(2, 33, 1, 0x7fffff), event(0, 1, 1, 1500)});
  const EventSample sample = parse_n_mnist(bytes, "x.bin");
  CHECK(sample.times == std::vector<Time>{0.0, 1.5, 8388.607});
  CHECK(sample.units == std::vector<std::uint32_t>{33, (34 + 1) * 34, (34 + 33) * 34 + 2});
  CHECK(parse_n_mnist({}, "x.bin") == EventSample{});
}

TEST_CASE("an overflow event makes all later times 2^13 us later, and is none itself") {
  const test::Bytes bytes = joined({event(0, 0, 0, 10), event(7, 240, 0, 0), event(1, 0, 0, 5),
                                    event(0, 240, 1, 9), event(2, 0, 0, 6)});
  const EventSample sample = parse_n_mnist(bytes, "x.bin");
  CHECK(sample.times == std::vector<Time>{0.010, 8.197, 16.390});
  CHECK(sample.units == std::vector<std::uint32_t>{0, 1, 2});
}

TEST_CASE("the folders of N-MNIST are a set in the order of its file names") {
  const test::ScratchFolder folder;
  write_set(folder.path());
  const OpenedSet opened = open_event_set(folder.path());
  CHECK(opened.kind == "n_mnist");
  const EventSet& set = *opened.set;
  REQUIRE(set.size() == 20);
  CHECK(set.info().units == 2312);
  // File 0000.bin is of digit 9.
  CHECK(set.label(0) == 9);
  CHECK(set.part(9) == Part::train);
  CHECK(set.part(10) == Part::test);
  CHECK(set.label(19) == 0);
  CHECK(set.sample(8) == EventSample{{1.0}, {35 * 34 + 1}});
}

TEST_CASE("damaged recordings and missing folders are named") {
  CHECK_THROWS_WITH(parse_n_mnist(test::Bytes{1, 2, 3, 4, 5, 6}, "x.bin"),
                    Contains("x.bin") && Contains("byte 5") && Contains("ends early"));
  CHECK_THROWS_WITH(parse_n_mnist(joined({event(0, 0, 0, 0), event(34, 0, 0, 0)}), "x.bin"),
                    Contains("byte 5") && Contains("(34, 0)"));
  CHECK_THROWS_AS(parse_n_mnist(event(0, 34, 0, 0), "x.bin"), FormatError);
  const test::ScratchFolder folder;
  write_set(folder.path());
  std::filesystem::remove_all(folder / "Test" / "4");
  CHECK_THROWS_WITH(open_n_mnist(folder.path()), Contains("Test/4") && Contains("no such folder"));
  std::filesystem::create_directories(folder / "Test" / "4");
  CHECK_THROWS_WITH(open_n_mnist(folder.path()), Contains("no *.bin file"));
}
