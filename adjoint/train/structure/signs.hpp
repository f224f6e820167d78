// The signs that weights keep: Dale's principle, or one for each synapse.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/adjoint/train/structure/structure_spec.hpp>
#include <retrograde/engine/network/network.hpp>

namespace retrograde {

// 1 or -1 of a pair of neurons, and 0 where its weight is free. The sign of a neuron is drawn by
// (seed, "sign", neuron) and is that of all its synapses in all projections of the structure; the
// sign of a synapse by (seed, "sign/" and its projection, pair of neurons). Neither depends on
// which synapses exist.
class DrawnSigns {
 public:
  DrawnSigns() = default;
  // `network` has the neurons and the projections, with whatever synapses.
  DrawnSigns(const Network& network, const StructureSpec& spec, std::uint64_t seed);

  int of(std::uint32_t projection, std::uint32_t source, std::uint32_t target) const;

 private:
  // Of a projection of the structure.
  struct Drawn {
    std::string purpose;
    std::uint64_t targets = 0;
    NeuronId first = 0;  // source
  };

  Signs signs_ = Signs::free;
  double excitatory_ = 0.5;
  std::uint64_t seed_ = 0;
  std::vector<Drawn> drawn_;             // per projection; without a purpose: free
  std::vector<std::int8_t> of_neurons_;  // with Signs::neuron
};

}  // namespace retrograde
