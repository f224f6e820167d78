// The signs that weights keep: Dale's principle, or one for each synapse.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/adjoint/train/structure/structure_spec.hpp>
#include <retrograde/engine/network/network.hpp>

namespace retrograde {

// Per synapse of `full`: 1 or -1, and 0 where its weight is free. The sign of a neuron is drawn by
// (seed, "sign", neuron) and is that of all its synapses in all projections of the structure; the sign of a
// synapse by (seed, "sign/" and its projection, pair of neurons). Neither depends on which synapses
// exist.
std::vector<std::int8_t> draw_signs(const Network& full, const StructureSpec& spec,
                                    std::uint64_t seed);

}  // namespace retrograde
