// Time constants as shifts, and by how much a weight enters then.
//
// A state keeps 1 - 2^-dash of itself in a step of dt ms, so a dash stands for the time constant
//
//   tau^ = -dt / ln(1 - 2^-dash),
//
// 1.44, 3.48, 7.49, 15.5, 31.5, 63.5 ... steps: each about twice the one before. dash_of chooses the
// nearest one by their ratio; it is off by a factor of 1.56 at most between
// 1.44 and 32,767 steps, by any factor beyond, and by nothing where the step is
// chosen for it (`fitting_step`).
//
// Gain. Without rounding the chip computes, with alpha and beta what i and v keep of themselves,
//   i_n = alpha (i_(n-1) + x_n),   v_n = beta v_(n-1) + i_n;
// a single x in step 0 gives v_n = alpha x (beta^(n+1) - alpha^(n+1)) / (beta - alpha). The exact
// neuron (engine/neuron/cuba_lif.hpp), hit by a weight w at the beginning of that step, has
// V(s) = w K(s), K(s) = (e^(-s/tau_mem) - e^(-s/tau_syn)) tau_syn / (tau_mem - tau_syn). With the gain
// x = w K(dt) / alpha both agree at the end of every step where tau^ = tau. Where tau^ is another, x is
// what makes the largest V equal on both sides: then one arrival brings a neuron as near to its
// threshold as it should, and is forgotten too fast or too slowly.
#pragma once

#include <cstdint>

#include <retrograde/events/time.hpp>

namespace retrograde::xylo {

// The time constant (ms) for which a dash of at least 1 stands.
Time represented_tau(int dash, Time step);

// The dash, 1 .. 15, whose time constant is nearest to this one.
int dash_of(Time tau, Time step);

// The step (ms) nearest to `step` for which a dash stands for `tau` exactly.
Time fitting_step(Time tau, Time step);

// The largest v that a single x of 1 causes on the chip, without rounding.
double largest_response(int dash_mem, int dash_syn);

// The largest v that a single x does cause there, in integers; both saturate.
std::int32_t integer_response(std::int32_t x, int dash_mem, int dash_syn);

// From a weight to the x of one arrival, before it is scaled to integers.
double gain(Time tau_mem, Time tau_syn, int dash_mem, int dash_syn, Time step);

}  // namespace retrograde::xylo
