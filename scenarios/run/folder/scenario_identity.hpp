// What makes a scenario another one for a training that goes on, and for what looks at its results: its
// text, its seed, and the content of the files that it names beside it, such as spikes, weights and lists
// of synapses. (The file of [network] is copied into run folders, and known by its own hash.)
#pragma once

#include <cstdint>

#include <retrograde/scenarios/read/scenario.hpp>

namespace retrograde {

// O(bytes of the files). Throws IoError.
std::uint64_t scenario_identity(const Scenario& scenario);

}  // namespace retrograde
