// What is known of a run in whole steps: from hardware, from Lava, from the emulator. Anything may
// be missing, of any neuron and in any step; what was recorded is known exactly.
//
// Steps are the chip's and count from 0. A message is the payload that a neuron sent in a step, 0:
// none. u and v are the registers after the step, as whoever recorded them saw them (v of a chip
// may show its refractory counter, semantics.hpp).
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/hardware/loihi2/emulator/emulator.hpp>

namespace retrograde::loihi2 {

// In the place of a register that was not recorded in a step; no register can hold it.
inline constexpr std::int32_t unknown = std::numeric_limits<std::int32_t>::min();

// A value of such a list; unknown outside of it.
inline std::int32_t value_at(const std::vector<std::int32_t>& list, std::int64_t step) {
  return step >= 0 && step < static_cast<std::int64_t>(list.size())
             ? list[static_cast<std::size_t>(step)]
             : unknown;
}

// Each list is empty where nothing of it was recorded; else it has Capture::steps entries. Messages
// are recorded over the whole run or not at all.
struct CapturedNeuron {
  std::vector<std::int32_t> messages, u, v;

  bool empty() const { return messages.empty() && u.empty() && v.empty(); }
};

struct CapturedPopulation {
  std::string name;
  std::vector<CapturedNeuron> neurons;
  // It ran in steps begin .. end - 1 (begin: ChipPopulation::lag); what is outside says nothing.
  std::uint32_t begin = 0, end = 0;
};

struct Capture {
  std::uint32_t steps = 0;
  std::vector<CapturedPopulation> populations;

  std::optional<std::uint32_t> find(std::string_view name) const;
};

// All neurons of a network that have registers.
TraceOptions every_register(const ChipNetwork& network);

// Everything that a run of the emulator shows: messages of all neurons, u and v of those that were
// traced. O(neurons x steps).
Capture captured(const ChipNetwork& network, const Emulation& emulation,
                 const TraceOptions& traced);

}  // namespace retrograde::loihi2
