#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <sndfile.h>
#include <soxr.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/audio/sound.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>

namespace retrograde {

namespace {

constexpr double loudest_sample = 1e6;  // in full scales; above, energies overflow
constexpr std::uint64_t most_sound_bytes = std::uint64_t{1} << 30;
constexpr int most_channels = 64;
// From this size on, a data chunk says that whoever wrote it into a pipe did not know its length.
constexpr std::uint32_t streamed_size = 0x7fff'0000;

// Bytes as libsndfile's virtual file.
struct Memory {
  std::span<const std::uint8_t> bytes;
  sf_count_t at = 0;

  sf_count_t size() const { return static_cast<sf_count_t>(bytes.size()); }

  static sf_count_t length(void* self) { return static_cast<Memory*>(self)->size(); }
  static sf_count_t seek(sf_count_t offset, int whence, void* self) {
    Memory& m = *static_cast<Memory*>(self);
    const sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? m.at : m.size();
    // A header may name any offset.
    m.at = std::clamp<sf_count_t>(base + std::clamp(offset, -m.size(), m.size()), 0, m.size());
    return m.at;
  }
  static sf_count_t read(void* to, sf_count_t count, void* self) {
    Memory& m = *static_cast<Memory*>(self);
    const sf_count_t n = std::clamp<sf_count_t>(count, 0, m.size() - m.at);
    std::memcpy(to, m.bytes.data() + m.at, static_cast<std::size_t>(n));
    m.at += n;
    return n;
  }
  static sf_count_t write(const void*, sf_count_t, void*) { return 0; }
  static sf_count_t tell(void* self) { return static_cast<Memory*>(self)->at; }
};

bool begins(std::span<const std::uint8_t> bytes, std::size_t at, const char* four) {
  return bytes.size() >= at + 4 && std::memcmp(bytes.data() + at, four, 4) == 0;
}

std::uint32_t little_endian(std::span<const std::uint8_t> bytes, std::size_t at) {
  return bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 |
         static_cast<std::uint32_t>(bytes[at + 3]) << 24;
}

std::uint64_t wide_little_endian(std::span<const std::uint8_t> bytes, std::size_t at) {
  return little_endian(bytes, at) | static_cast<std::uint64_t>(little_endian(bytes, at + 4)) << 32;
}

// libsndfile takes what is there of a WAV file for all of it: whether its chunks go as far as they
// say is looked at here.
void check_chunks(std::span<const std::uint8_t> bytes, const std::string& file) {
  std::uint64_t large = streamed_size;  // what the data chunk of an RF64 file holds
  for (std::size_t at = 12; at + 8 <= bytes.size();) {
    const std::uint32_t size = little_endian(bytes, at + 4);
    const std::size_t left = bytes.size() - at - 8;
    if (begins(bytes, at, "ds64") && left >= 16) large = wide_little_endian(bytes, at + 16);
    if (begins(bytes, at, "data")) {
      const bool wide = begins(bytes, 0, "RF64") && size == 0xffff'ffff;
      const std::uint64_t announced = wide ? large : size;
      if (announced > left && (wide || size < streamed_size))
        throw FormatError(file, bytes.size(),
                          fmt::format("ends after {} of {} bytes of sound: it was cut off; copy or "
                                      "download it again",
                                      left, announced));
      return;
    }
    if (size > left) break;
    at += 8 + std::size_t{size} + (size & 1);
  }
  throw FormatError(file, bytes.size(),
                    "a WAV file without sound (it has no data chunk): it was cut off, or is not "
                    "a recording");
}

void check_kind(std::span<const std::uint8_t> bytes, const std::string& file) {
  if (bytes.empty())
    throw FormatError(file, 0, "is empty: there should be a WAV or FLAC recording");
  if (begins(bytes, 0, "fLaC")) return;
  if ((begins(bytes, 0, "RIFF") || begins(bytes, 0, "RF64")) && begins(bytes, 8, "WAVE"))
    return check_chunks(bytes, file);
  throw FormatError(file, 0,
                    "is neither WAV nor FLAC, whatever it is called: convert it (\"ffmpeg -i FILE "
                    "FILE.wav\"), or take it out of the folder");
}

void check_header(const SF_INFO& info, const std::string& file) {
  if (info.channels < 1 || info.channels > most_channels)
    throw LimitError("channels", most_channels, info.channels,
                     fmt::format("{}: {} channels; recordings of up to {} are read", file,
                                 info.channels, most_channels));
  if (info.samplerate < lowest_sound_rate || info.samplerate > highest_sound_rate)
    throw FormatError(
        file, 0,
        fmt::format("{} samples per second, which no recording of sound has ({} to {} "
                    "are read): the header is damaged",
                    info.samplerate, lowest_sound_rate, highest_sound_rate));
  if (info.frames > static_cast<sf_count_t>(most_sound_frames) && info.frames != SF_COUNT_MAX)
    throw LimitError("samples of a recording", static_cast<double>(most_sound_frames),
                     static_cast<double>(info.frames),
                     fmt::format("{}: {} samples; up to {} are read: cut it into pieces", file,
                                 info.frames, most_sound_frames));
}

// The mean of the channels of `frames` frames, at the end of `to`.
void mix_down(const double* from, std::size_t frames, std::size_t channels, const std::string& file,
              std::vector<double>& to) {
  for (std::size_t k = 0; k < frames; ++k) {
    double sum = 0;
    for (std::size_t c = 0; c < channels; ++c) sum += from[k * channels + c];
    const double sample = sum / static_cast<double>(channels);
    if (!(std::fabs(sample) <= loudest_sample))  // written so that NaN fails
      throw FormatError(file, 0,
                        fmt::format("sample {} is {}, which is no sound: the file is damaged",
                                    to.size(), sample));
    to.push_back(sample);
  }
}

}  // namespace

std::string sound_libraries() { return fmt::format("{}, {}", sf_version_string(), soxr_version()); }

bool is_sound_name(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return extension == ".wav" || extension == ".flac";
}

Sound parse_sound(std::span<const std::uint8_t> bytes, const std::string& file) {
  check_kind(bytes, file);
  Memory memory{bytes};
  SF_VIRTUAL_IO functions{Memory::length, Memory::seek, Memory::read, Memory::write, Memory::tell};
  SF_INFO info{};
  const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> open(
      sf_open_virtual(&functions, SFM_READ, &info, &memory), sf_close);
  if (!open)
    throw FormatError(
        file, static_cast<std::uint64_t>(memory.at),
        fmt::format("cannot be read as sound: {} The file is damaged, or of a variant "
                    "that libsndfile does not know",
                    sf_strerror(nullptr)));
  check_header(info, file);
  Sound sound;
  sound.rate = info.samplerate;
  const auto channels = static_cast<std::size_t>(info.channels);
  std::vector<double> block(4096 * channels);
  for (;;) {
    const sf_count_t got = sf_readf_double(open.get(), block.data(), 4096);
    if (got <= 0) break;
    mix_down(block.data(), static_cast<std::size_t>(got), channels, file, sound.samples);
    if (sound.samples.size() > most_sound_frames)
      throw LimitError(
          "samples of a recording",
          fmt::format("{}: more than {} samples: cut it into pieces", file, most_sound_frames));
  }
  const bool known = info.frames > 0 && info.frames < SF_COUNT_MAX;
  if (sf_error(open.get()) != SF_ERR_NO_ERROR ||
      (known && static_cast<sf_count_t>(sound.samples.size()) < info.frames))
    throw FormatError(
        file, bytes.size(),
        fmt::format("ends or breaks after {} of {} samples: copy or download it again",
                    sound.samples.size(), info.frames));
  if (sound.samples.empty())
    throw FormatError(file, bytes.size(), "holds no sound: it has no samples");
  return sound;
}

Sound read_sound(const std::filesystem::path& path) {
  return parse_sound(read_file(path, most_sound_bytes), path.string());
}

Sound resampled(Sound sound, double rate) {
  if (sound.rate == rate || sound.samples.empty()) return sound;
  const double wanted = static_cast<double>(sound.samples.size()) * rate / sound.rate;
  if (wanted > static_cast<double>(most_sound_frames))
    throw LimitError(
        "samples of a recording", static_cast<double>(most_sound_frames), wanted,
        fmt::format("a recording of {:.0f} minutes comes to {:.0f} samples at {:g} per "
                    "second; up to {} are heard: cut it into pieces",
                    sound.seconds() / 60, wanted, rate, most_sound_frames));
  std::vector<double> out(static_cast<std::size_t>(std::ceil(wanted)) + 1);
  const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT64_I, SOXR_FLOAT64_I);
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
  std::size_t written = 0;
  const soxr_error_t error =
      soxr_oneshot(sound.rate, rate, 1, sound.samples.data(), sound.samples.size(), nullptr,
                   out.data(), out.size(), &written, &io, &quality, nullptr);
  if (error != nullptr)
    throw IoError("libsoxr", fmt::format("cannot resample from {} to {} per second: {}", sound.rate,
                                         rate, soxr_strerror(error)));
  out.resize(written);
  return {std::move(out), rate};
}

}  // namespace retrograde
