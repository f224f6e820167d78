#include <algorithm>
#include <fmt/format.h>
#include <utility>
#include <vector>

#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/event_file.hpp>
#include <retrograde/scenarios/data/recordings/encode.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

namespace retrograde {

namespace {

constexpr std::size_t at_once = 64;  // recordings between two messages about progress

// Calls make(k) for every sample of the set, on all threads, and take(k, what it made, seconds) in
// their order.
template <typename Make, typename Take>
void in_batches(const SoundSet& set, const WorkProgress& progress, const Make& make,
                const Take& take) {
  using Made = decltype(make(Sound{}));
  const std::string what = "encoding " + set.info().source;
  for (std::size_t begin = 0; begin < set.size(); begin += at_once) {
    if (progress) progress(begin, set.size(), what);
    const std::size_t count = std::min(at_once, set.size() - begin);
    std::vector<std::pair<Made, double>> made(count);
    for_each_trial(count, [&](std::size_t k) {
      Sound sound = set.sound(begin + k);
      made[k].second = sound.seconds();
      made[k].first = make(std::move(sound));
    });
    for (std::size_t k = 0; k < count; ++k) take(begin + k, made[k].first, made[k].second);
  }
  if (progress) progress(set.size(), set.size(), what);
}

}  // namespace

Encoded encode_events(const SoundSet& set, const FrontEnd& front_end, const std::string& path,
                      const WorkProgress& progress) {
  check(front_end);
  EventSetInfo info = set.info();
  info.units = front_end.cochlea.channels;
  EventFileWriter file(path, std::move(info));
  Encoded encoded;
  in_batches(
      set, progress, [&](Sound sound) { return heard(front_end, std::move(sound)); },
      [&](std::size_t k, const EventSample& sample, double seconds) {
        file.add(sample, set.label(k), set.speaker(k), set.part(k));
        ++encoded.samples;
        encoded.events += sample.times.size();
        encoded.seconds += seconds;
        if (sample.times.empty() && encoded.silent++ == 0) encoded.first_silent = set.name(k);
      });
  file.finish();
  return encoded;
}

std::vector<float> mel_frames_of(const SoundSet& set, const MelFrames& mel,
                                 const WorkProgress& progress, double* seconds) {
  check(mel);
  std::vector<float> all;
  all.reserve(set.size() * mel.frames * mel.bands);
  in_batches(
      set, progress, [&](Sound sound) { return mel_frames(mel, std::move(sound)); },
      [&](std::size_t, const std::vector<double>& frames, double of_sound) {
        for (const double x : frames) all.push_back(static_cast<float>(x));
        if (seconds != nullptr) *seconds += of_sound;
      });
  return all;
}

Encoded encode_frames(const SoundSet& set, const MelFrames& mel, const std::string& path,
                      const WorkProgress& progress) {
  Encoded encoded;
  encoded.samples = set.size();
  const std::vector<float> all = mel_frames_of(set, mel, progress, &encoded.seconds);
  std::vector<std::int32_t> labels, speakers, parts;
  for (std::size_t k = 0; k < set.size(); ++k) {
    labels.push_back(set.label(k));
    speakers.push_back(static_cast<std::int32_t>(set.speaker(k)));
    parts.push_back(set.part(k) ? static_cast<std::int32_t>(*set.part(k)) : -1);
  }
  const std::uint64_t count = labels.size();
  hdf5::Writer file;
  file.text("/format", "retrograde frames");
  file.integer("/version", 1);
  file.texts("/class_names", set.info().class_names, {set.info().class_names.size()});
  if (!set.info().speakers.empty()) {
    file.texts("/speaker_names", set.info().speakers, {set.info().speakers.size()});
    file.numbers("/speakers", speakers, {count});
  }
  file.number("/frame_ms", mel.hop);
  file.numbers("/frames", all, {count, mel.frames, mel.bands});
  file.numbers("/labels", labels, {count});
  file.numbers("/parts", parts, {count});
  write_file(path, file.bytes());
  return encoded;
}

}  // namespace retrograde
