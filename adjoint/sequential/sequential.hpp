// The sequential backward pass, the mirror of engine/sequential/sequential.hpp: the same events in the
// opposite order, streams walked from their last delivery to their first. An arrival, which
// scattered a weight forward, gathers a costate backward and sends it to the spike it came from; a
// spike turns what it gathered into a jump of p_v.
//
//   arrival of spike k over synapse s at j
//       dL/dweight_s += p_i;  g = weight (p_i/tau_syn - p_v/tau_mem);  dL/ddelay_s += g;  G_k += g
//   release of spike k of j, t_ref after it
//       r = -p_v dV/dt(after);  dL/dv_reset += p_v;  dL/dt_ref += r;  G_k += r;  p_v := 0
//   spike k of j
//       G_k += dL/dt_k + l_V(before) - l_V(after);  p_v := -G_k / dV/dt(before)
//       dL/dv_threshold -= p_v
//
// Derived in docs/mathematics.md, section 3.
// Time O(deliveries * log(spikes)), memory O(spikes).
#pragma once

#include <retrograde/adjoint/backward.hpp>

namespace retrograde {

// As `backward`, event by event; every network has this way.
BackwardStatistics backward_sequential(const Network& network, const Tape& tape,
                                       const LossValue& loss, const Readout& readout,
                                       const BackwardOptions& options, Gradient& gradient);

}  // namespace retrograde
