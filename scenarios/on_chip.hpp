// The way of a trained network onto the chip, the same for every verb: thresholds calibrated on
// training trials, then quantised as [chip] of the scenario says.
#pragma once

#include <retrograde/hardware/loihi2/calibrate.hpp>
#include <retrograde/hardware/loihi2/quantize.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/scenario.hpp>

namespace retrograde {

struct OnChip {
  loihi2::Calibration calibration;
  loihi2::Quantized quantized;
};

// Throws NetworkError and LimitError, with the remedy, for a network that cannot go on the chip.
OnChip put_on_chip(const Scenario& scenario, const Network& network, const Dataset& dataset);

}  // namespace retrograde
