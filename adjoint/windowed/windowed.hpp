// The windowed backward pass, the mirror of engine/windowed/windowed.hpp: the layers in reverse order, their
// windows from the last to the first, scatter becomes gather.
//
//   close   the costates at a window's end are kept in its lane and taken to its beginning; in a
//           window in which a neuron fires or is released, it leaves its costates at the end of
//           every stretch in between instead
//   gather  a spike reads, for each of its synapses, the costate that its arrival meets: from the
//           lane, s ms back: by two exponentials where the time constants are apart, else by the
//           propagator, both as polynomials of s. Sums of what it reads are its message.
//
// A window is closed when the messages of its layer's own spikes are complete, which their arrivals
// are, a window later at the earliest. No search and no order among arrivals; time O(deliveries +
// neurons * windows), memory O(spikes + neurons * windows of the longest delay). The same bits for
// any number of threads.
//
// Readouts that never fire are linear (engine/windowed/linear_readout.hpp) and need no costates, unless
// the loss looks at V itself or weighs it by a sigmoid of time: then they take the sequential way.
#pragma once

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/engine/windowed/windowed.hpp>

namespace retrograde {

// Whether the loss depends on no voltage of a neuron that fires.
bool sees_spikes_only(const Network& network, const LossValue& loss);

// As `backward`, over the plan of the machine; the loss sees_spikes_only.
BackwardStatistics backward_windowed(const WindowedMachine& machine, const Tape& tape,
                                     const LossValue& loss, const Readout& readout,
                                     const BackwardOptions& options, Gradient& gradient);

}  // namespace retrograde
