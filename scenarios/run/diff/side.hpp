// One side of `retro diff`: a trace file, or a run on the emulated chip or exactly, as the user
// names it: "capture.csv", "runs/demo:chip", "runs/demo:exact".
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <retrograde/hardware/loihi2/emulator/capture.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>
#include <retrograde/hardware/spike_match.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde {

// A run and one trial on it.
struct TracedRun {
  std::string path;
  Trained trained;
  std::optional<Dataset> dataset = {};  // that a program gave; none: that of files
  Trial trial;
  std::string trial_name;  // "test trial 7 (label 3)"
  // Made when a side asks for it.
  std::unique_ptr<loihi2::Emulator> chip;
  std::optional<loihi2::Emulation> emulation;
  std::vector<std::string> warnings;  // of putting it on the chip: what was clipped there
};

// Puts the network on the chip and emulates the trial with every register traced, once. Throws what
// put_on_chip throws.
void emulate(TracedRun& run);

struct DiffSide {
  enum class Kind { file, chip, exact } kind = Kind::file;
  std::string path;
  std::string label;                       // "runs/demo on the chip"
  std::shared_ptr<TracedRun> run;          // of chip and exact
  std::optional<loihi2::Capture> capture;  // in steps; none: in continuous time
  SpikeTrains spikes;                      // then
  std::optional<Time> step;                // of a file in steps, where it says so (ms)

  // Of a side in steps.
  const loihi2::CapturedNeuron& neuron(std::uint32_t population, std::uint32_t k) const {
    return capture->populations[population].neurons[k];
  }
};

// What a word of the command line names; nothing is opened.
DiffSide parse_side(const std::string& word);

// A side in steps as spike trains in time; by `run`'s chip where there is one, else by the length
// of a step in the file. Throws UsageError when neither is known.
SpikeTrains in_time(const DiffSide& side, const TracedRun* run);

}  // namespace retrograde
