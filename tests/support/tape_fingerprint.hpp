// One number for all bits of a tape that a run with another scheduler, thread or probe must not
// change.
#pragma once

#include <cstdint>
#include <span>

#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/events/fingerprint.hpp>

namespace retrograde::test {

inline std::uint64_t fingerprint(const Tape& tape) {
  Fingerprint f;
  for (const TapeSpike& s : tape.spikes) {
    f.add_spike(s.time, s.neuron);
    f.add(s.slope);
    f.add(s.released_slope);
  }
  f.add(std::span<const double>(tape.voltage_integrals));
  f.add(tape.deliveries);
  return f.value();
}

}  // namespace retrograde::test
