// Who runs which neurons of one large network over ranks (engine/ranks/ranks.hpp): of every population
// that fires, each rank has consecutive neurons, as many as the others or one more or less. Inputs are
// known to all, and populations that never fire are read out by the leader alone.
//
// The part of a rank is a network of all neurons, in which the synapses are those that reach its own:
// the ids of the neurons are those of the whole, and its synapses come in the order of the whole.
#pragma once

#include <cstdint>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/events/ids.hpp>

namespace retrograde {

// Neurons [begin, end) of a population.
struct NeuronRange {
  std::uint32_t begin = 0, end = 0;

  bool holds(std::uint32_t n) const { return n >= begin && n < end; }
};

class NeuronShares {
 public:
  NeuronShares(int rank, int ranks) : rank_(rank), ranks_(ranks) {}

  int ranks() const { return ranks_; }
  // What this rank, or another, has of a population.
  NeuronRange own(Model model, std::uint32_t size) const { return of(rank_, model, size); }
  NeuronRange own(const Population& p) const { return own(p.model, p.size); }
  NeuronRange of(int rank, Model model, std::uint32_t size) const;
  // Who has neuron n of a population; the leader has those that nobody runs.
  int owner(const Population& population, std::uint32_t n) const;
  int owner(const Network& network, NeuronId neuron) const;
  bool owns(const Network& network, NeuronId neuron) const {
    return owner(network, neuron) == rank_;
  }

 private:
  int rank_, ranks_;
};

// The part of a network that this rank has. O(synapses).
Network part_of(const Network& whole, const NeuronShares& shares);

}  // namespace retrograde
