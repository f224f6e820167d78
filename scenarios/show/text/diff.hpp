// What `retro diff` found, as text, as the document retrograde.diff/1 and as a picture.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include <retrograde/hardware/loihi2/deploy/spike_cause.hpp>
#include <retrograde/hardware/loihi2/diagnose/capture_diff.hpp>
#include <retrograde/hardware/spike_match.hpp>
#include <retrograde/scenarios/run/side.hpp>

namespace retrograde {

struct Diff {
  DiffSide a, b;
  std::string trial;  // of runs; may be empty
  // One of the two: both sides in steps, or in time.
  std::optional<loihi2::CaptureDiff> steps;
  std::optional<SpikeMatch> times;
  // In steps: the network of each side, where it is known.
  const loihi2::ChipNetwork* network_a = nullptr;
  const loihi2::ChipNetwork* network_b = nullptr;
  // In time, of the first spike without a partner: exact against chip of one run.
  std::optional<loihi2::SpikeCause> cause;

  // Nothing differs but what is a convention of the register, or of the tolerance.
  bool equal() const;
};

// Steps that are shown before and after a divergence.
inline constexpr std::int64_t steps_around = 3;

void print_diff(const Diff& diff);
nlohmann::ordered_json json_diff(const Diff& diff);

// Spikes of the diverging population and v of the neuron on both sides around the divergence, or of
// the first population where there is none. An <svg> of its own.
std::string picture(const Diff& diff);

}  // namespace retrograde
