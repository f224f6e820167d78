// Recordings into spikes, or into mel frames: each through its front end, on all threads, into one
// file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/scenarios/data/audio/front_end.hpp>
#include <retrograde/scenarios/data/audio/mel.hpp>
#include <retrograde/scenarios/data/recordings/sound_set.hpp>
#include <retrograde/scenarios/io/work_progress.hpp>

namespace retrograde {

struct Encoded {
  std::uint64_t samples = 0, events = 0;
  double seconds = 0;        // of sound
  std::uint64_t silent = 0;  // samples without a spike
  std::string first_silent;  // the name of the first of them
};

// A file of events (events/event_file.hpp), in the order of the set: the same bytes for any number of
// threads. In memory of a few hundred recordings. Throws what reading and writing throw; then no file
// is there that was not before.
Encoded encode_events(const SoundSet& set, const FrontEnd& front_end, const std::string& path,
                      const WorkProgress& progress = {});

// Mel frames of all recordings, one after the other; adds up the seconds of sound.
std::vector<float> mel_frames_of(const SoundSet& set, const MelFrames& mel,
                                 const WorkProgress& progress = {}, double* seconds = nullptr);

// A file of frames, HDF5:
//   /format "retrograde frames"   /version 1   /class_names   /speaker_names
//   /frames float32 [samples, time, bands], the currents of mel.hpp   /frame_ms   /labels   /speakers
//   /parts: 0 train, 1 validation, 2 test, -1 not said
Encoded encode_frames(const SoundSet& set, const MelFrames& mel, const std::string& path,
                      const WorkProgress& progress = {});

}  // namespace retrograde
