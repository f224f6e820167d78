// One trial on the emulated chip beside the exact network: what it does, and what `retro check` would say
// of it.
#pragma once

#include <memory>

#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/hardware/chip_profile.hpp>
#include <retrograde/hardware/conformance.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>
#include <retrograde/hardware/loihi2/place/fit.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde {

struct ChipTrial {
  std::unique_ptr<loihi2::Emulator> chip;
  loihi2::Emulation emulation;
  Conformance seen;  // of this trial
  loihi2::Fit fit;
};

// Puts the network on the chip as `retro check` does, which may take training data for calibration, and
// runs the trial there. `exact` is the tape of it; `traced` are the registers that the emulation keeps.
// Throws DeploymentError for a network that cannot go on the chip, and what reading data throws.
ChipTrial run_on_chip(const Trained& trained, const Trial& trial, const Tape& exact, int label,
                      const ChipProfile& profile, bool traced);

}  // namespace retrograde
