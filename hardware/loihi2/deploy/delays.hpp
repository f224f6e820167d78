// Whole delays: what a synapse's delay is in steps of the chip, and the lags (chip_network.hpp)
// that keep those from falling below 0 on feed-forward paths. quantize.hpp has the formula.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>

namespace retrograde::loihi2 {

// Steps of delay before lags, a whole number; may be -1.
double raw_delay(const Network& network, const Projection& projection, SynapseId k,
                 const QuantizeOptions& options);

// By population, the smallest lags with which no synapse between different recurrent components
// has a negative delay: the longest paths through the graph of components. Lags within a component
// are equal and cancel there. O(synapses).
std::vector<std::uint32_t> lags_of(const Network& network, const QuantizeOptions& options);

// The longest step (ms) of three digits at which a recurrent synapse of this delay (ms) is not lengthened
// to the chip's one step of latency; 0: there is none.
Time longest_step_for(Time delay, double phase);

// A step (ms) of three digits, hardly longer than the shortest, at which a synapse of this delay (ms) is not
// cut to the longest that the file format has; `lags` as they are added to raw_delay.
Time shortest_step_for(Time delay, double lags);

}  // namespace retrograde::loihi2
