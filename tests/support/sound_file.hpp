// Recordings that tests make themselves: WAV byte by byte, FLAC by libsndfile.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <numbers>
#include <sndfile.h>
#include <stdexcept>
#include <vector>

#include "tests/support/scratch.hpp"

namespace retrograde::test {

struct WavFormat {
  std::uint32_t rate = 8000;
  std::uint16_t channels = 1, bits = 16;
  bool real = false;                      // floating point
  std::uint32_t data_size = 0xffff'ffff;  // what the data chunk claims; by default what there is
};

inline void append(Bytes& bytes, std::uint64_t value, int count) {
  for (int k = 0; k < count; ++k) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * k)));
}

// Samples in [-1, 1), interleaved.
inline Bytes wav(const std::vector<double>& samples, const WavFormat& format = {}) {
  Bytes data;
  for (const double x : samples) {
    if (format.real && format.bits == 32) {
      const auto value = static_cast<float>(x);
      std::uint32_t word = 0;
      std::memcpy(&word, &value, 4);
      append(data, word, 4);
    } else if (format.real) {
      std::uint64_t word = 0;
      std::memcpy(&word, &x, 8);
      append(data, word, 8);
    } else if (format.bits == 8) {
      append(data, static_cast<std::uint64_t>(std::lround(x * 128) + 128), 1);
    } else {
      append(data, static_cast<std::uint64_t>(std::llround(std::ldexp(x, format.bits - 1))),
             format.bits / 8);
    }
  }
  const std::uint32_t size =
      format.data_size == 0xffff'ffff ? static_cast<std::uint32_t>(data.size()) : format.data_size;
  Bytes bytes;
  const auto word = [&](const char* four) { bytes.insert(bytes.end(), four, four + 4); };
  const unsigned frame = format.channels * format.bits / 8u;
  word("RIFF");
  append(bytes, 36 + size, 4);
  word("WAVE");
  word("fmt ");
  append(bytes, 16, 4);
  append(bytes, format.real ? 3 : 1, 2);
  append(bytes, format.channels, 2);
  append(bytes, format.rate, 4);
  append(bytes, std::uint64_t{format.rate} * frame, 4);
  append(bytes, frame, 2);
  append(bytes, format.bits, 2);
  word("data");
  append(bytes, size, 4);
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

inline void put_flac(const std::filesystem::path& path, const std::vector<double>& samples,
                     int rate) {
  SF_INFO info{};
  info.samplerate = rate;
  info.channels = 1;
  info.format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
  SNDFILE* const file = sf_open(path.c_str(), SFM_WRITE, &info);
  if (file == nullptr) throw std::runtime_error("no FLAC");
  sf_writef_double(file, samples.data(), static_cast<sf_count_t>(samples.size()));
  sf_close(file);
}

inline std::vector<double> sine(double frequency, double seconds, double rate,
                                double amplitude = 0.5) {
  std::vector<double> samples(static_cast<std::size_t>(seconds * rate));
  for (std::size_t k = 0; k < samples.size(); ++k)
    samples[k] =
        amplitude * std::sin(2 * std::numbers::pi * frequency * static_cast<double>(k) / rate);
  return samples;
}

}  // namespace retrograde::test
