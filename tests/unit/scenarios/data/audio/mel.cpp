// Mel frames against their definition, with a transform by the sum that defines it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/audio/mel.hpp>

#include "tests/support/sound_file.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

// Energies of the bands of the frame at sample `begin`, of a sound that is emphasised already.
std::vector<double> defined(const MelFrames& mel, const std::vector<double>& x, std::size_t begin) {
  const double pi = std::numbers::pi;
  std::vector<double> power;
  for (std::size_t line = 0; line <= mel.transform / 2; ++line) {
    std::complex<double> sum = 0;
    for (std::size_t k = 0; k < 400 && begin + k < x.size(); ++k)
      sum += (0.5 - 0.5 * std::cos(2 * pi * static_cast<double>(k) / 400)) * x[begin + k] *
             std::polar(1.0, -2 * pi * static_cast<double>(line * k) / mel.transform);
    power.push_back(std::norm(sum));
  }
  const auto to_mel = [](double f) { return 2595 * std::log10(1 + f / 700); };
  const double step = to_mel(8000) / (mel.bands + 1);
  std::vector<double> energies(mel.bands);
  for (std::size_t b = 0; b < mel.bands; ++b) {
    const auto edge = [&](std::size_t k) {
      return 700 * (std::pow(10, step * static_cast<double>(k) / 2595) - 1);
    };
    for (std::size_t line = 0; line < power.size(); ++line) {
      const double f = static_cast<double>(line) * 16'000 / mel.transform;
      if (f > edge(b) && f <= edge(b + 1))
        energies[b] += power[line] * (f - edge(b)) / (edge(b + 1) - edge(b));
      else if (f > edge(b + 1) && f < edge(b + 2))
        energies[b] += power[line] * (edge(b + 2) - f) / (edge(b + 2) - edge(b + 1));
    }
  }
  return energies;
}

}  // namespace

TEST_CASE("mel frames are what their recipe says") {
  const MelFrames mel;
  std::vector<double> sound = sine(1000, 0.3, 16'000);
  const std::vector<double> other = sine(3000, 0.3, 16'000, 0.01);
  for (std::size_t k = 0; k < sound.size(); ++k) sound[k] += other[k];
  const std::vector<double> frames = mel_frames(mel, {sound, 16'000});
  REQUIRE(frames.size() == 80 * 40);

  std::vector<double> emphasised = sound;
  for (std::size_t k = 1; k < sound.size(); ++k) emphasised[k] = sound[k] - 0.95 * sound[k - 1];
  std::vector<std::vector<double>> energies;
  double loudest = 0;
  for (std::size_t f = 0; f * 160 < sound.size(); ++f) {
    energies.push_back(defined(mel, emphasised, f * 160));
    for (const double e : energies.back()) loudest = std::max(loudest, e);
  }
  double most = 0;
  for (std::size_t f = 0; f < energies.size(); ++f)
    for (std::size_t b = 0; b < 40; ++b) {
      const double db = 10 * std::log10(energies[f][b] / loudest);
      // Far below the loudest a transform's rounding shows.
      if (db > -60) most = std::max(most, std::fabs(frames[f * 40 + b] - 0.0198 * (db + 80)));
    }
  CHECK(most < 1e-6);
  CHECK(*std::max_element(frames.begin(), frames.end()) == Approx(1.584));
  // 30 frames of sound, then nothing.
  CHECK(std::all_of(frames.begin() + 30 * 40, frames.end(), [](double x) { return x == 0; }));
  CHECK(std::any_of(frames.begin() + 29 * 40, frames.end(), [](double x) { return x > 0; }));
}

TEST_CASE("silence and cuts of mel frames") {
  MelFrames mel;
  const auto silent = mel_frames(mel, {std::vector<double>(8000), 16'000});
  CHECK(std::all_of(silent.begin(), silent.end(), [](double x) { return x == 0; }));
  mel.frames = 10;
  CHECK(mel_frames(mel, {sine(500, 2, 8000), 8000}).size() == 400);
  mel.window = 40;
  CHECK_THROWS_AS(check(mel), ScenarioError);
  mel = {};
  mel.bands = 0;
  CHECK_THROWS_AS(check(mel), ScenarioError);
}
