// Profiles of chips as they are shipped.
#pragma once

#include <string>

#include <retrograde/hardware/chip_profile.hpp>
#include <retrograde/scenarios/read/chips/chip_profile.hpp>
#include <retrograde/scenarios/read/library.hpp>

namespace retrograde::test {

inline ChipProfile shipped_chip(const std::string& name) {
  return read_chip_profile(library_chip(name));
}

}  // namespace retrograde::test
