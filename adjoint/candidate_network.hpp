// A network with synapses of weight 0 beside its own: no spike is another, and the backward pass
// along the tapes of the network itself brings dL/dweight of synapses that it does not have.
#pragma once

#include <span>
#include <vector>

#include <retrograde/adjoint/gradient_source.hpp>
#include <retrograde/engine/network/network.hpp>

namespace retrograde {

struct CandidateNetwork {
  Network network;                  // its first synapses are those of the network, with their ids
  std::vector<SynapseId> synapses;  // of each candidate, in their order

  // From a gradient of that network: that of the network without them, and that of each candidate's
  // weight, added up over nothing else.
  void split(std::span<const double> gradient, const GradientLayout& without,
             std::vector<double>& own, std::vector<double>& candidates) const;
};

// Candidates may share a pair of neurons, with a synapse and with each other: each further one goes
// into a further projection. Throws NetworkError for a candidate between neurons that the projection
// does not join, and for a cycle without delay. O(S log S) for S synapses and candidates.
CandidateNetwork with_candidates(const Network& network, std::span<const Candidate> candidates);

}  // namespace retrograde
