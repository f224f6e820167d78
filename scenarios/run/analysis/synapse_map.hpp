// The synapses that reach one neuron as points on a map: along one axis the neuron of the source
// population that each comes from, its channel; along the other its delay in steps. What stands at a
// point is the weight. There can be several synapses at one point, and points without any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace retrograde {

struct SynapseMap {
  std::uint32_t neuron = 0;  // within its population
  // One per synapse, channels ascending. No weight is 0: such a synapse carries nothing.
  std::vector<std::uint32_t> channels;
  std::vector<std::int32_t> delays;
  std::vector<double> weights;

  std::size_t size() const { return channels.size(); }
};

// Who is a neighbour of whom, and how much: 1 where neither axis differs by more than one step
// (queen), or exp(-distance^2 / (2 length^2)), which is cut off where either axis differs by more
// than four lengths. Where channels have no order delays alone say so, and any two channels count as
// one. A synapse is no neighbour of itself.
struct Neighbourhood {
  enum class Kind : std::uint8_t { queen, gaussian };
  Kind kind = Kind::queen;
  double length = 1.0;  // steps and channels; of gaussian
  bool ordered_channels = true;

  static constexpr double most_lengths = 4.0;
};

}  // namespace retrograde
