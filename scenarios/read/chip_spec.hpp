// [chip]: how a network is put on the chip.
#pragma once

#include <cstdint>
#include <optional>

#include <retrograde/events/time.hpp>
#include <retrograde/hardware/loihi2/model/chip_network.hpp>
#include <retrograde/hardware/loihi2/model/semantics.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>

namespace retrograde {

// [chip] fine_tune
struct FineTuneSpec {
  std::uint32_t epochs = 10;
  double rate = 0.1;  // times the rates of [train]
  double rate_decay = 0.85;
};

struct ChipSpec {
  Time step = 1.0;  // ms
  // Where in a step its spikes are; 0: at its beginning, of a network that goes in these steps.
  double spike_phase = loihi2::default_spike_phase;
  // Of |weight|, that the 8-bit range spans; none: 100, or what calibration chooses.
  std::optional<double> clip_percentile;
  // What is chosen by the deviation on training trials. A clip_percentile is a choice of one's own.
  bool calibrates_clipping = true, calibrates_thresholds = true;
  std::uint32_t groups = 1;  // of neurons with a weight unit of their own, per population
  std::optional<int> weight_exponent = 0;  // none: as large as the registers allow
  loihi2::Semantics semantics;
  std::optional<FineTuneSpec> fine_tune;
  bool given = false;  // the scenario has a [chip]; else all of this is as usual
};

// What the table leaves out is as in `usual`; a network that goes in steps leaves no choice of the step.
// Throws ScenarioError.
ChipSpec read_chip(TomlTable table, ChipSpec usual = {}, bool goes_in_steps = false);

}  // namespace retrograde
