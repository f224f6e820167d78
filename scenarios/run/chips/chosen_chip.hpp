// The chip that --chip names: a profile that is shipped, or a file of the user's, and with it whose
// arithmetic it is.
#pragma once

#include <memory>
#include <string>

#include <retrograde/hardware/chip_profile.hpp>
#include <retrograde/hardware/chip_target.hpp>

namespace retrograde {

struct ChosenChip {
  std::string name;     // as it was named
  ChipProfile profile;  // of a chip with the arithmetic of Loihi 2
  // Of another one, behind the interface of all chips; null: it is one of those.
  std::shared_ptr<const ChipTarget> target;
};

// Throws UsageError for a name that there is none of, and what reading a profile throws.
ChosenChip choose_chip(const std::string& name);

// The profile. Throws UsageError for a chip with other arithmetic than that of Loihi 2; `why` that will not
// do: "its neurons send spikes, and sparse coding needs graded messages".
const ChipProfile& loihi_profile(const ChosenChip& chip, const std::string& why);

}  // namespace retrograde
