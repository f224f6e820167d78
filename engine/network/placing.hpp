// How the synapses of a projection come to their places: rows are counted, and synapses are put into
// their rows. Nothing is sorted but a row, nothing is copied, and what lies where does not depend on the
// number of threads.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <retrograde/engine/network/projection.hpp>
#include <retrograde/engine/network/synapse_rule.hpp>

namespace retrograde {

// Numbers of neurons of the two populations that a projection joins.
struct ProjectionSizes {
  std::uint32_t sources, targets;
};

// Where targets, weights and delays of the synapses of a projection lie, in the order of the rows.
struct SynapsePlaces {
  std::span<std::uint32_t> targets;
  std::span<double> weights, delays;
};

// Where the rows begin, from their sizes: entry i + 1 is that of row i before and the end of row i
// after. Returns their sum, also where it does not fit a SynapseId (the rows are useless then).
std::uint64_t add_up(std::vector<SynapseId>& rows);

// The sizes of the rows in that form. Listed synapses that do not belong to the projection are
// refused (NetworkError).
std::vector<SynapseId> row_sizes(const std::string& projection, const ProjectionSizes& sizes,
                                 std::span<const SynapseSpec> synapses);
std::vector<SynapseId> row_sizes(const std::string& projection, const ProjectionSizes& sizes,
                                 const SynapseRule& rule);

// Puts the synapses into their rows, by ascending target, those of one pair by delay and weight. Pairs
// that come twice are refused (NetworkError) unless the projection has multapses. O(synapses) and a
// sort of each row that is unordered; beside what stays, 4 bytes for each source.
void place(const Projection& projection, std::span<const SynapseSpec> synapses,
           const SynapsePlaces& places);
void place(const Projection& projection, const SynapseRule& rule, const SynapsePlaces& places);

}  // namespace retrograde
