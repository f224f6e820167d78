// From a Network of real values to the integers of Xylo Audio 3.
//
// Decays become shifts and weights the gains that belong to them (decays.hpp), populations get their
// places (layout.hpp). Every neuron has a unit of its own: the largest magnitude among its incoming
// weights, times their gains, becomes 127; then the unit is enlarged by as little as makes the
// threshold a whole number of units. A readout without a threshold has the unit of its largest weight
// in all its neurons, so that their V compare, and the largest threshold there is.
//
// Weights of hidden neurons are shifted left: the more bits, the less the decays, which are whole, take
// away or leave. There are as many as leave room in 16 bits, for three quarters of the neurons, for
// twice the threshold and for the currents and the V below 0 that one event of every source at once
// brings. The others, whose weights are small beside their thresholds, get larger units. Weights of
// output neurons that fire are shifted likewise, those of readouts not.
//
// A decay is rounded down, so that a current lasts longer than it should and V gets higher. The
// threshold follows: it is the V that an arrival brings in integers which would just reach it without
// rounding. Measured on Yin-Yang with untrained weights, distance of spike trains from the exact ones
// (10 steps, per spike): 1.07 with thresholds of 4096 at most and the same shift for all, 0.53 with
// shifts as above, 0.34 with thresholds as above.
//
// B = bias 2^-dash_mem / unit a step lets V rest at bias.
//
// The chip resets V by subtracting the threshold. The exact neuron's V is at the threshold when it
// fires and is set to 0, so this is v_reset = 0 there too, and what V gained since the crossing stays.
//
// What the chip does not have and cannot be left out (another neuron model, other synapses) is a
// DeploymentError. What it does differently (delays, refractory periods, a reset elsewhere) is a
// finding with its remedy, and the network is quantised without it.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/hardware/finding.hpp>
#include <retrograde/hardware/xylo/deploy/layout.hpp>
#include <retrograde/hardware/xylo/model/xylo_network.hpp>

namespace retrograde::xylo {

struct Quantized {
  XyloNetwork chip;
  Layout layout;
  Time step = 1.0;            // ms
  std::vector<double> units;  // by neuron of the network: V is v times this; inputs have 0
  std::uint64_t weights = 0;
  std::vector<Finding> findings;  // in the order in which they were found
};

// Throws DeploymentError, and NetworkError for a step that is not finite and above 0.
// O(synapses log synapses).
Quantized quantize(const Network& network, Time step);

}  // namespace retrograde::xylo
