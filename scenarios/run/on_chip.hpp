// The way of a trained network onto the chip, the same for every verb: weight units and thresholds
// calibrated on training trials, then quantised as [chip] of the scenario says; or, after
// fine-tuning, on the grid that fine-tuning kept.
#pragma once

#include <retrograde/hardware/loihi2/deploy/calibrate.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/folder/checkpoint.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde {

struct OnChip {
  Network network;  // whose values the integers stand for, but for rounding
  loihi2::QuantizeOptions options;
  loihi2::Quantized quantized;
  std::optional<loihi2::Calibration> calibration;  // none: fine-tuned
};

// All throw DeploymentError, with the remedy, for a network that cannot go on the chip.
OnChip put_on_chip(const Scenario& scenario, const Network& network, const Dataset& dataset);
// The same with other settings than the scenario's.
OnChip put_on_chip(const Scenario& scenario, const ChipSpec& chip, const Network& network,
                   const Dataset& dataset);
// The fine-tuned values of `trained`.
OnChip put_on_chip(const Scenario& scenario, const Network& trained, const ChipTuning& tuning);
// What is deployed: the fine-tuned network where there is one, and integers as they are.
OnChip put_on_chip(const Trained& trained, const Dataset& dataset);

// The chip network of a scenario that has it in integers.
OnChip put_on_chip(const Scenario& scenario);

// How fine-tuning quantises.
loihi2::QuantizeOptions tuned_options(const Scenario& scenario, const ChipTuning& tuning);

}  // namespace retrograde
