// Indices, never pointers, name things: they are the same on every run and every machine.
#pragma once

#include <cstdint>

namespace retrograde {

// A neuron of the network: populations follow each other in the order in which they were added.
using NeuronId = std::uint32_t;
// A synapse of the network: projections follow each other; within one, source after source, target
// after target.
using SynapseId = std::uint32_t;
// A spike of a trial: its position on the tape.
using SpikeId = std::uint32_t;

}  // namespace retrograde
