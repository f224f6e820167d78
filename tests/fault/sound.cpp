// What a damaged, foreign or absurd recording leads to: an error that names the file and the remedy.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/audio/sound.hpp>

#include "tests/support/scratch.hpp"
#include "tests/support/sound_file.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

std::string error_of(const Bytes& bytes) {
  try {
    parse_sound(bytes, "voice.wav");
  } catch (const FormatError& error) {
    CHECK(error.file == "voice.wav");
    return error.what();
  }
  FAIL("no error");
  return {};
}

Bytes text(const std::string& words) { return {words.begin(), words.end()}; }

}  // namespace

TEST_CASE("a recording that was cut off anywhere is refused") {
  const Bytes whole = wav(sine(440, 0.01, 8000));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    error_of(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)));
  }
  CHECK_NOTHROW(parse_sound(whole, "voice.wav"));
  CHECK_THAT(error_of(Bytes(whole.begin(), whole.end() - 10)), Contains("download it again"));

  const ScratchFolder folder;
  put_flac(folder / "a.flac", sine(440, 0.5, 8000), 8000);
  const std::string flac = get(folder / "a.flac");
  for (const double share : {0.0, 0.01, 0.3, 0.7, 0.99}) {
    CAPTURE(share);
    const auto length = static_cast<std::size_t>(share * static_cast<double>(flac.size()));
    error_of(text(flac.substr(0, length)));
  }
}

TEST_CASE("a WAV file of 64-bit sizes that was cut off is refused, too") {
  const std::vector<double> samples = sine(440, 0.01, 8000);
  const Bytes plain = wav(samples);
  const auto large = [&](std::uint64_t size) {
    Bytes bytes = text("RF64");
    append(bytes, 0xffff'ffff, 4);
    for (const char c : std::string("WAVEds64")) bytes.push_back(static_cast<std::uint8_t>(c));
    append(bytes, 28, 4);
    append(bytes, 72 + size, 8);
    append(bytes, size, 8);
    append(bytes, samples.size(), 8);
    append(bytes, 0, 4);
    bytes.insert(bytes.end(), plain.begin() + 12, plain.begin() + 40);
    append(bytes, 0xffff'ffff, 4);
    bytes.insert(bytes.end(), plain.begin() + 44, plain.end());
    return bytes;
  };
  CHECK(parse_sound(large(2 * samples.size()), "voice.wav").samples ==
        parse_sound(plain, "voice.wav").samples);
  CHECK_THAT(error_of(large(2 * samples.size() + 2)), Contains("cut off"));
  CHECK_THAT(error_of(large(std::uint64_t{1} << 40)), Contains("cut off"));
}

TEST_CASE("what is no recording is refused, whatever it is called") {
  CHECK_THAT(error_of({}), Contains("empty"));
  CHECK_THAT(error_of(text("OggS and more of it, long enough for a header of 44 bytes, say")),
             Contains("neither WAV nor FLAC"));
  CHECK_THAT(error_of(text("RIFF....AVI LIST")), Contains("neither WAV nor FLAC"));
  CHECK_THAT(error_of(wav({})), Contains("no samples"));
  Bytes without_data = wav({0.5});
  without_data.resize(36);
  CHECK_THAT(error_of(without_data), Contains("no data chunk"));
  const ScratchFolder folder;
  CHECK_THROWS_AS(read_sound(folder / "missing.wav"), IoError);
}

TEST_CASE("recordings with absurd numbers are refused") {
  WavFormat real;
  real.real = true;
  real.bits = 64;
  CHECK_THAT(error_of(wav({0.1, std::nan(""), 0.2}, real)), Contains("sample 1"));
  CHECK_THAT(error_of(wav({0.1, 1e300}, real)), Contains("no sound"));
  WavFormat slow;
  slow.rate = 10;
  CHECK_THAT(error_of(wav(sine(1, 1, 10), slow)), Contains("10 samples per second"));
  WavFormat many;
  many.channels = 200;
  CHECK_THROWS_AS(parse_sound(wav(std::vector<double>(400), many), "voice.wav"), LimitError);
}
