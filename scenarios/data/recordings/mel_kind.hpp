// kind = "mel_frames" of [data]: recordings as analogue currents, the mel frames of mel.hpp. Each band is
// a signal of one input neuron (engine/trial/signal.hpp), so the synapses behind need step receptors.
// Frames of all recordings are made when the set is opened, some milliseconds each, and lie in memory,
// four bytes a number.
#pragma once

#include <span>

#include <retrograde/scenarios/data/audio/mel.hpp>
#include <retrograde/scenarios/data/data_kind.hpp>
#include <retrograde/scenarios/data/recordings/sound_set.hpp>
#include <retrograde/scenarios/data/trials/event_trials.hpp>

namespace retrograde {

// The signal of a recording from time 0 on; what would be at or after the end of the trial is left out.
Trial mel_trial(const MelFrames& mel, std::span<const float> frames, Time duration, NeuronId first);

Dataset mel_trials(const SoundSet& sounds, const MelFrames& mel, const EventTask& task,
                   const LoadContext& context);

DataKind mel_frames_kind();

}  // namespace retrograde
