// Cores, time and energy of a pursuit on the chip, from the messages that an emulation sent.
//
// A message counts once, whatever its payload: the profile's duration of a message spans those of
// short and long ones, and the real size of one with 24 bits is not public. An lca neuron is a program,
// which takes longer than a built-in neuron; the profile's fit has one measured point of programs (a
// solver of quadratic problems) among others, and no cost of its own for them. So orderings between
// runs of one network mean something, times and energies are intervals that do not know of it.
#pragma once

#include <retrograde/hardware/chip_profile.hpp>
#include <retrograde/hardware/loihi2/place/forecast.hpp>
#include <retrograde/hardware/loihi2/place/mapping.hpp>
#include <retrograde/hardware/loihi2/pursuit/chip_lca.hpp>

namespace retrograde::loihi2 {

struct LcaForecast {
  Mapping mapping;
  Forecast forecast;              // of a run of all its steps
  std::uint32_t chips_cores = 0;  // cores that one chip has for a network
  bool fits() const { return mapping.shortfalls.empty() && mapping.cores.size() <= chips_cores; }
};

// `emulation` is a run of `lca`. O(synapses log neurons + messages x cores that they reach).
LcaForecast forecast(const ChipLca& lca, const Emulation& emulation, const ChipProfile& profile);

}  // namespace retrograde::loihi2
