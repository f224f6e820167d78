// A made-up set of the size and the statistics of the Spiking Heidelberg Digits, for whoever wants to time a
// training without the real one. Hidden; run it by name:
//
//   RETROGRADE_MAKE_SHD=FOLDER build/ci/bin/test_unit "[make_shd]"
//
// 8156 and 2264 samples of 20 classes, 700 units, some 8000 events each, floats of 16 bits, lists in chunks as
// PyTables writes them. A class is three tracks through the channels, a speaker a shift and a tempo.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <numbers>

#include <retrograde/events/random.hpp>

#include "tests/support/heidelberg_file.hpp"

using namespace retrograde;

namespace {

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (int k = 0; k < 20; ++k) all.push_back("word " + std::to_string(k));
  return all;
}

test::SpokenSample spoken(std::size_t k, const char* part, const std::vector<int>& speakers) {
  Random random(1, part, k);
  test::SpokenSample sample;
  sample.label = static_cast<int>(k % 20);
  sample.speaker = speakers[k / 20 % speakers.size()];
  const double tempo = 1 + 0.03 * (sample.speaker % 5 - 2) + random.normal(0.0, 0.05);
  const double length = std::clamp((0.55 + 0.015 * sample.label) * tempo, 0.3, 0.99);
  const double lift = 6.0 * (sample.speaker - 6) + random.normal(0.0, 8.0);
  const auto events = static_cast<std::size_t>(std::max(2000.0, random.normal(8000.0, 1500.0)));
  std::vector<double> times(events);
  for (double& t : times) t = random.uniform(0.0, length);
  std::sort(times.begin(), times.end());
  for (const double t : times) {
    const auto track = static_cast<double>(random.index(3));
    const double phase = 2 * std::numbers::pi * (t / length + 0.05 * sample.label * (track + 1));
    const double unit = 130 + 220 * track + 70 * std::sin(phase * (1 + sample.label % 4)) + lift +
                        random.normal(0.0, 25.0);
    if (unit < 0 || unit >= 700) continue;
    sample.seconds.push_back(t);
    sample.units.push_back(static_cast<std::uint32_t>(unit));
  }
  return sample;
}

}  // namespace

TEST_CASE("make files of the size of the Spiking Heidelberg Digits", "[.][make_shd]") {
  const char* const folder = std::getenv("RETROGRADE_MAKE_SHD");
  REQUIRE(folder != nullptr);
  test::HeidelbergLayout layout;
  layout.chunk = 512;
  const std::filesystem::path path = folder;
  const std::vector<int> trained = {0, 1, 2, 3, 6, 7, 8, 9, 10, 11}, tested = {4, 5, 4, 5, 0, 9};
  test::write_heidelberg(
      path / "shd_train.h5", 8156, [&](std::size_t k) { return spoken(k, "train", trained); },
      names(), layout);
  test::write_heidelberg(
      path / "shd_test.h5", 2264, [&](std::size_t k) { return spoken(k, "test", tested); }, names(),
      layout);
}
