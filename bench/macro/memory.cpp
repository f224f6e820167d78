// How much memory does a training step take at its peak, against the network, the optimiser's state
// and 40 bytes per spike of the batch?
#include "../registration.hpp"

using namespace retrograde::bench;

[[maybe_unused]] static const bool memory = measure("memory", memory_figure);
