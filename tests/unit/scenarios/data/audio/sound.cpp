// Expected samples are those that the tests put into the files.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>
#include <vector>

#include <retrograde/scenarios/data/audio/loudness.hpp>
#include <retrograde/scenarios/data/audio/sound.hpp>

#include "tests/support/scratch.hpp"
#include "tests/support/sound_file.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t k = 0; k < a.size(); ++k) most = std::max(most, std::fabs(a[k] - b[k]));
  return most;
}

double rms(const std::vector<double>& samples) {
  double sum = 0;
  for (const double x : samples) sum += x * x;
  return std::sqrt(sum / static_cast<double>(samples.size()));
}

}  // namespace

TEST_CASE("a WAV file of any sample format comes back as the sound it holds") {
  const std::vector<double> samples = sine(440, 0.02, 8000);
  for (const auto& [bits, real] :
       {std::pair{8, false}, {16, false}, {24, false}, {32, false}, {32, true}, {64, true}}) {
    CAPTURE(bits, real);
    WavFormat format;
    format.bits = static_cast<std::uint16_t>(bits);
    format.real = real;
    const Sound sound = parse_sound(wav(samples, format), "a.wav");
    CHECK(sound.rate == 8000);
    CHECK(distance(sound.samples, samples) <=
          (real ? (bits == 32 ? 1e-7 : 0) : std::ldexp(0.5001, 1 - bits)));
  }
}

TEST_CASE("several channels become their mean, and FLAC reads as WAV does") {
  const std::vector<double> left = sine(440, 0.02, 8000), right = sine(700, 0.02, 8000);
  std::vector<double> both, mean;
  for (std::size_t k = 0; k < left.size(); ++k) {
    both.insert(both.end(), {left[k], right[k]});
    mean.push_back((left[k] + right[k]) / 2);
  }
  WavFormat stereo;
  stereo.channels = 2;
  stereo.bits = 64;
  stereo.real = true;
  CHECK(distance(parse_sound(wav(both, stereo), "a.wav").samples, mean) == 0);

  const ScratchFolder folder;
  const Sound plain = parse_sound(wav(left), "a.wav");
  put_flac(folder / "a.flac", plain.samples, 8000);
  CHECK(distance(read_sound(folder / "a.flac").samples, plain.samples) == 0);
}

TEST_CASE("a WAV file that was written into a pipe need not know its length") {
  const std::vector<double> samples = sine(440, 0.02, 8000);
  WavFormat format;
  format.data_size = 0x7fff'f000;
  CHECK(distance(parse_sound(wav(samples, format), "a.wav").samples,
                 parse_sound(wav(samples), "a.wav").samples) == 0);
}

TEST_CASE("a sine at another rate is the same sine") {
  for (const double rate : {16'000.0, 11'025.0, 5'000.0}) {
    CAPTURE(rate);
    const Sound sound = resampled({sine(440, 0.5, 8000), 8000}, rate);
    const std::vector<double> expected = sine(440, 0.5, rate);
    CHECK(sound.rate == rate);
    REQUIRE(std::fabs(static_cast<double>(sound.samples.size()) - rate / 2) <= 1);
    double most = 0;  // away from the ends, where the sine begins and ends at once
    for (std::size_t k = expected.size() / 4; k < expected.size() * 3 / 4; ++k)
      most = std::max(most, std::fabs(sound.samples[k] - expected[k]));
    CHECK(most < 1e-6);
  }
}

TEST_CASE("silence is cut off, ends are faded, and everybody is as loud") {
  Loudness loudness;
  std::vector<double> samples(8000);
  const std::vector<double> word = sine(440, 0.3, 8000, 0.01);
  std::copy(word.begin(), word.end(), samples.begin() + 3000);
  const Sound quiet = prepared({samples, 8000}, loudness);
  // 300 ms of sound, rounded to pieces of 10 ms, and 20 ms on either side.
  CHECK(quiet.seconds() >= 0.34);
  CHECK(quiet.seconds() <= 0.36);
  CHECK(rms(quiet.samples) == Approx(0.3));
  for (double& x : samples) x *= 50;
  CHECK(distance(prepared({samples, 8000}, loudness).samples, quiet.samples) < 1e-12);

  loudness.silence = 0;
  const Sound whole = prepared({samples, 8000}, loudness);
  CHECK(whole.samples.size() == samples.size());
  const Sound tone = prepared({word, 8000}, loudness);
  // Half a Hann window: half of the way at the middle of the fade, which is 5 ms long.
  const double gain = tone.samples[200] / word[200];
  CHECK(tone.samples[20] / word[20] / gain ==
        Approx(0.5 - 0.5 * std::cos(std::numbers::pi * 20.5 / 40)));
  CHECK(prepared({std::vector<double>(100), 8000}, loudness).samples == std::vector<double>(100));
}
