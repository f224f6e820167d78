// Latency coding: a number becomes the time of one spike (ms). Features in [0, 1] spike the later
// the larger they are; pixels spike the earlier the brighter they are, and dark ones not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

struct LatencyEncoding {
  Time t_early = 1.5;
  Time t_late = 20.0;
  Time duration = 40.0;  // of the trial; all spikes lie before its end
  // Pixels with an intensity (0 to 1) up to this stay silent.
  double threshold = 0.0;
  // One more input neuron, the last, which spikes at this time in every trial.
  std::optional<Time> bias_time = {};
  NeuronId first = 0;  // the neuron of the first input
};

// Throws ScenarioError with the offending key unless 0 <= t_early <= t_late < duration, 0 <=
// bias_time < duration and 0 <= threshold < 1. Scenario files are checked with positions before;
// this guards everybody else.
void check(const LatencyEncoding& encoding);

// Input neurons that `values` numbers need: one each, and the bias neuron.
std::uint32_t input_count(std::size_t values, const LatencyEncoding& encoding);

// t = t_early + x (t_late - t_early) for each feature x in [0, 1].
Trial encode_features(std::span<const double> features, const LatencyEncoding& encoding);

// t = t_early + (1 - p) (t_late - t_early) for each pixel of intensity p = byte / 255 > threshold.
Trial encode_image(std::span<const std::uint8_t> pixels, const LatencyEncoding& encoding);

}  // namespace retrograde
