// Mel frames: a recording as currents of a few bands, a row every 10 ms. The recipe that made the inputs
// of "Learning delays through gradients and structure" (Meszaros, Knight, Nowotny, Front. Comput.
// Neurosci. 18, 1460309, 2024) from the Heidelberg digits, as far as it is published: its code reads
// arrays of 80 x 40 numbers and multiplies them by 20; arrays of these names with 16 and 80 bands are
// made by thomasshoesmith/Intel-Neuromorphic-Research-Project, whose steps these are. That the 40-band
// arrays were made in the same way could not be confirmed.
//
//   mono at 16 kHz; y[n] = x[n] - 0.95 x[n-1]
//   a Hann window of 25 ms every 10 ms, 512-point transform, squared magnitude
//   triangular bands, evenly in 2595 log10(1 + f / 700 Hz) from 0 to half of the rate
//   decibels below the loudest number of the recording, at least -80
//   current = scale (dB + 80), scale = 20 * 0.00099: 0 to 1.58
//   80 frames: longer recordings are cut, shorter ones filled up with current 0
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/events/time.hpp>
#include <retrograde/scenarios/data/audio/sound.hpp>

namespace retrograde {

struct MelFrames {
  double rate = 16'000;
  double emphasis = 0.95;
  Time window = 25, hop = 10;  // ms
  std::uint32_t transform = 512;
  std::uint32_t bands = 40, frames = 80;
  double floor = 80;  // dB
  double scale = 20 * 0.00099;
};

// Throws ScenarioError: no bands or frames, a window longer than the transform, anything not positive.
void check(const MelFrames& mel);

// frames x bands numbers, frame after frame, the lowest band first. Silence gives 0 everywhere.
std::vector<double> mel_frames(const MelFrames& mel, Sound sound);

}  // namespace retrograde
