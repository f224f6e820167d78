// A number for all spikes of a tape: two runs that have the same one had the same spikes, bit for bit.
#pragma once

#include <string>

#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/events/fingerprint.hpp>

namespace retrograde {

inline std::string spike_fingerprint(const Tape& tape) {
  Fingerprint f;
  for (const TapeSpike& spike : tape.spikes) f.add_spike(spike.time, spike.neuron);
  return f.text();
}

}  // namespace retrograde
