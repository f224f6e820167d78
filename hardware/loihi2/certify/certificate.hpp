// Whether a chip provably decides as the exact network does: the network for which its integers stand
// is enclosed (engine/enclosure) with all that the chip may do to it, so that one decision is left, or
// the proof ends in a doubt.
//
// What is enclosed. Weights, delays, decays and thresholds of the chip are known, whatever rounding
// made them, and an input comes at the step that it is sent in. What is open:
//   when      V is looked at once a step, so a spike and its reset come up to one step late, and from
//             there its arrivals take whole steps;
//   how much  u and v are rounded toward zero in every step. A unit lost of u in each is at most
//             4096/(du + 1) units that it is off, and these, with one of v, are a bias of
//             (1 + 4096/(du + 1)) 4096/dv units, 64 to a weight;
//   whether   v has to be above the threshold and not at it: within what enclosures add anyhow.
// Not enclosed, so refused: neurons whose decays stand for no time constant (0, 4096) or miss the one
// that they are meant for, refractory delays. A register that overflows is nobody's bound: the emulator
// tells.
#pragma once

#include <optional>
#include <string>

#include <retrograde/engine/enclosure/enclosure.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/hardware/loihi2/model/chip_network.hpp>

namespace retrograde::loihi2 {

class Certificate {
 public:
  // `chip` was quantised from `network`. Throws DeploymentError for what is not enclosed.
  Certificate(const Network& network, const ChipNetwork& chip);

  // The network that is enclosed.
  const Network& network() const { return network_; }
  // What the chip does in a trial, unless a register overflows. A spike's interval is that of the end
  // of the step in which it is noticed. Throws what enclose throws.
  Enclosure enclose(const Trial& trial, const Readout& readout) const;

 private:
  Network network_;
  Uncertainty uncertainty_;
  Time step_;
};

}  // namespace retrograde::loihi2
