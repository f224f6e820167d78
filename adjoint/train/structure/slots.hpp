// A network with a synapse in every slot, a slot being a pair of neurons that may have one, and the
// networks that have a synapse in some of them.
//
// Everything that learning keeps of synapses (values, moments, bounds) is kept per slot, in the
// layout of the full network; the order of slots is that of its synapses, so that synapse k of a
// network with the slots s_0 < s_1 < ... is s_k, and nothing has to be looked up.
#pragma once

#include <span>
#include <vector>

#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/engine/network/network.hpp>

namespace retrograde {

class Slots {
 public:
  // A placeholder to assign to.
  Slots() = default;
  // Delays that would vanish together around a cycle get a floor (with_open_cycles), of the full
  // network, so that no choice of slots makes such a cycle.
  Slots(Network full, Learning learning);

  const Network& full() const { return full_; }
  const Learning& learning() const { return learning_; }
  SynapseId count() const { return full_.synapse_count(); }
  // The projection that a slot is of; O(projections).
  std::uint32_t projection_of(SynapseId slot) const;

  // The network with synapses in `taken`, ascending, and values of the full layout. Throws
  // NetworkError as the builder does. O(S log S).
  Network network(std::span<const SynapseId> taken, std::span<const double> values) const;
  // Which slots a network of them has taken. O(slots). Throws InternalError for another network.
  std::vector<SynapseId> taken_by(const Network& network) const;
  // What is learned of it.
  Learning learning(std::span<const SynapseId> taken) const;

  // From a vector in the layout of the full network to that of the one with `taken`, and back, where
  // the other slots get 0.
  std::vector<double> gathered(std::span<const SynapseId> taken, std::span<const double> all) const;
  std::vector<double> scattered(std::span<const SynapseId> taken,
                                std::span<const double> some) const;

 private:
  Network full_;
  Learning learning_;
};

}  // namespace retrograde
