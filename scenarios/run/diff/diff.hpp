// Where two sides part first, and why: what `retro diff` finds. Values only; show/ makes a text, a
// document and a picture of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <retrograde/hardware/loihi2/deploy/spike_cause.hpp>
#include <retrograde/hardware/loihi2/diagnose/capture_diff.hpp>
#include <retrograde/hardware/spike_match.hpp>
#include <retrograde/scenarios/run/diff/side.hpp>

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
  // The run of a side, where one is a run; null: both are files.
  const TracedRun* run() const { return a.run ? a.run.get() : b.run.get(); }
};

// Fills in what differs, with both sides filled: integer by integer where both are in steps, each
// held against the rules of its network; else spike by spike, partners no further apart than
// `tolerance` (ms; none: one and a half steps, 1e-6 ms for two exact sides). `network`: the run
// whose network the sides are of that have none; may be null. `populations`: these alone; empty:
// all. Throws UsageError where nobody knows how long a step is.
void compare(Diff& diff, const TracedRun* network, const std::optional<Time>& tolerance,
             const std::vector<std::string>& populations);

// V of a neuron over time, in the unit of V.
struct Voltage {
  std::vector<Time> times;
  std::vector<double> values;
};
// The neuron of the first spike without a partner, some steps before and after it.
struct UnmatchedNeuron {
  NeuronId neuron = 0;
  Voltage exact;
  std::optional<Voltage> chip;  // at the ends of steps; none: the run is not on a chip
};
// Runs the trial once more. None where no side is a run, or the neuron is an input.
std::optional<UnmatchedNeuron> voltages_of_first(const Diff& diff);

}  // namespace retrograde
