// Whether a quantised network lies within the limits of a chip of the Xylo family, and what to change
// where it does not.
#pragma once

#include <vector>

#include <retrograde/hardware/chip_target.hpp>
#include <retrograde/hardware/conformance.hpp>
#include <retrograde/hardware/finding.hpp>
#include <retrograde/hardware/xylo/deploy/quantize.hpp>
#include <retrograde/hardware/xylo/place/profile.hpp>

namespace retrograde::xylo {

// Channels, neurons, synapses and the like, with their limits.
std::vector<ChipUse> uses(const Quantized& quantized, const Limits& limits);

// What is too much of, and what is nearly.
std::vector<Finding> judge(const Quantized& quantized, const Limits& limits);

// What runs showed: sums that saturated, input spikes that did not get in.
std::vector<Finding> judge(const Conformance& seen);

}  // namespace retrograde::xylo
