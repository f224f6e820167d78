// The rules by which projections draw their synapses, each in time and memory of its synapses
// (engine/network/synapse_rule.hpp). Random numbers are those of the rule's purpose, by source, by target
// or by synapse, as the rule goes; values are those of the synapse's number.
#pragma once

#include <retrograde/engine/connect/connectivity.hpp>
#include <retrograde/engine/network/synapse_rule.hpp>

namespace retrograde {

// Of a connectivity that is no matrix; what it says is possible.
SynapseRule make_rule(const ProjectionEnds& ends, const Connectivity& connectivity, RuleSpec spec);

// How many synapses are to be expected, or somewhat more where the density depends on distance.
double expected_synapses(const ProjectionEnds& ends, const Connectivity& connectivity);

}  // namespace retrograde
