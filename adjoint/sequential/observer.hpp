// The way back through populations that never fire and that a loss looks at, event by event: the
// mirror of engine/sequential/observer.hpp. What lies before them may go back in another way.
#pragma once

#include <span>
#include <vector>

#include <retrograde/adjoint/backward.hpp>

namespace retrograde {

// Adds the gradients of the synapses that reach these populations and of their neurons, and returns
// what the arrivals there say about each spike of the tape: its dL/dt. Deliveries are not counted.
std::vector<double> reverse_observed(const Network& network, const Tape& tape,
                                     const LossValue& loss, const Readout& readout,
                                     const BackwardOptions& options,
                                     std::span<const std::uint32_t> populations,
                                     Gradient& gradient);

}  // namespace retrograde
