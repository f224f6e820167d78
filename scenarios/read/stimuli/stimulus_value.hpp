// What goes into an input population, as `spikes` and `signal` say it, in [[population]] and in
// [[trial]]: spikes as a list of times per neuron, or as a table that says how they come about; a
// signal as a list of changes per neuron, or as pulses that are the same for all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <retrograde/engine/trial/signal.hpp>
#include <retrograde/scenarios/data/stimuli/inline_trials.hpp>
#include <retrograde/scenarios/data/stimuli/stimulus.hpp>
#include <retrograde/scenarios/io/limits.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>

namespace retrograde {

// The population, and the trial that it is said of.
struct InputPlace {
  std::string name;
  NeuronId first = 0;
  std::uint32_t size = 0;
  Time duration = 0;  // ms
  std::uint64_t seed = 1;
  ScenarioLimits limits = {};
  std::filesystem::path files = {};          // from which files are named
  std::span<const InlineInput> before = {};  // populations above, which may be passed on
  TrialRange trials = {};                    // of [[trial]]; else all there will be
};

// Throw ScenarioError; of files, IoError and FormatError.
std::shared_ptr<const Stimulus> read_spikes(const TomlValue& value, const InputPlace& place);
std::vector<SignalChange> read_signal(const TomlValue& value, const InputPlace& place);

}  // namespace retrograde
