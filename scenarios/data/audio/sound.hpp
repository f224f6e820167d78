// A recording: one channel of samples at a constant rate (per second). Full scale is 1.
//
// WAV (any sample format, RF64 as well) and FLAC are read, by libsndfile; several channels become
// their mean. Nothing is read past what a file really holds, and a file that announces more than it
// holds is refused, so that a broken download is noticed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace retrograde {

struct Sound {
  std::vector<double> samples;
  double rate = 0;

  double seconds() const { return static_cast<double>(samples.size()) / rate; }
};

// What a recording may be at most: 64 Mi samples are 23 minutes at 48 kHz.
inline constexpr std::uint64_t most_sound_frames = std::uint64_t{64} << 20;
inline constexpr double lowest_sound_rate = 1000, highest_sound_rate = 768'000;

// The libraries that read and resample, with their versions: other ones may give other samples.
std::string sound_libraries();

// Whether a file is called like one of a format that is read: .wav or .flac, in any case.
bool is_sound_name(const std::filesystem::path& path);

// Throws IoError; FormatError for what is neither WAV nor FLAC, holds no sample, ends early, is
// damaged, or has samples that are not finite or beyond a million times full scale; LimitError for
// one beyond the limits above.
Sound read_sound(const std::filesystem::path& path);

// The same of bytes in memory; `file` is what messages call them.
Sound parse_sound(std::span<const std::uint8_t> bytes, const std::string& file);

// The sound at another rate (libsoxr, very high quality): as it was below half of the lower rate.
// Throws LimitError for more than most_sound_frames samples, IoError where the library fails.
Sound resampled(Sound sound, double rate);

}  // namespace retrograde
