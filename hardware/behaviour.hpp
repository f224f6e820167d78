// Whether a network does on a chip what it does exactly, by trials on both sides (conformance.hpp),
// whatever the chip: a network that fits may be another one there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/events/ids.hpp>
#include <retrograde/hardware/conformance.hpp>
#include <retrograde/hardware/finding.hpp>
#include <retrograde/hardware/share.hpp>

namespace retrograde {

// The gravest that was found. Decisions are judged by the interval of their share (share.hpp): `open` is
// one that holds the limit.
enum class Fidelity : std::uint8_t { not_seen, same, open, other_spikes, other_decisions };

const char* name(Fidelity fidelity);  // "other spikes"

// From here on what the chip does differently is no rounding any more: of decisions, of spikes of a
// population, of its neurons, of their first spikes (conformance.hpp, far_steps).
inline constexpr double little_change = 0.1;

struct Behaviour {
  Fidelity fidelity = Fidelity::not_seen;
  Share decisions;                // that are the same on both sides; of none where nothing decides
  std::vector<Finding> findings;  // all warnings
};

// The neurons of a population of the conformance, in its order.
struct JudgedPopulation {
  std::string name;
  NeuronId first = 0;
  std::uint32_t size = 0;
  bool is_input = false;  // not judged
  bool fires = true;      // false: a readout
};
std::vector<JudgedPopulation> judged_populations(const Network& network);

// `remedy` is what may help a chip of this kind. Without samples nothing is said; one without
// populations says nothing of spikes.
Behaviour behaviour_of(const Conformance& seen, const std::vector<JudgedPopulation>& populations,
                       const std::string& remedy);

}  // namespace retrograde
