// What `retro diff` found, as a picture.
#pragma once

#include <optional>
#include <string>

#include <retrograde/scenarios/run/diff/diff.hpp>

namespace retrograde {

// Spikes of the diverging population and v of the neuron on both sides around the divergence, or of
// the last population where there is none. `neuron`: voltages_of_first of the diff. An <svg> of its
// own.
std::string picture(const Diff& diff, const std::optional<UnmatchedNeuron>& neuron);

}  // namespace retrograde
