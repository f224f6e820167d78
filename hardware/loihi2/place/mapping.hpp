// Which neurons lie on which core, and what they take there.
//
// A population is split over the smallest number of equal parts (sizes differ by one at most) that
// fit a core each; two populations never share one, and inputs lie on none: that is how the
// compiler's published layouts look. Neurons with equal decays and threshold form a group and stay
// together; those behind a convolution are dealt out in the order of Lava's own arrays, (width,
// height, channels). What a core takes:
//
//   neurons        its neurons
//   neuron groups  sets of them with the same model, du, dv and vth (the bias is each neuron's own)
//   input axons    pairs (projection, source neuron) with a synapse onto the core
//   synapse words  per input axon, as SynapseEncoding says (chip_profile.hpp); a weight of 0 takes
//                  its place like any other. Axons of a convolution share a list of synapses where they
//                  are of one channel and at the same place within a stride: its words count once
//   axon map       per neuron the profile's base + the number of cores that its spikes go to, at
//                  least its least
//   pool words     input axons + neurons + synapse words + axon map / 2 + neuron groups
//
// Where this comes from: inferred from tables of use that Intel's compiler printed for public
// networks (docs/loihi2.md has the rows and what the model makes of them). The share of groups in
// the pool, of several receiving cores in the axon map, of delays in the synapses, and that the lists of
// a convolution are shared in this way, are assumptions that no printed row tests.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <retrograde/hardware/chip_profile.hpp>
#include <retrograde/hardware/loihi2/model/chip_network.hpp>
#include <retrograde/hardware/mesh.hpp>

namespace retrograde::loihi2 {

struct CoreUse {
  std::uint64_t neurons = 0, neuron_groups = 0, input_axons = 0, axon_map = 0, synapse_words = 0,
                pool_words = 0;
  friend bool operator==(const CoreUse&, const CoreUse&) = default;
};

// One resource of a core: what is used of it. limit 0: none is known.
struct ResourceUse {
  const char* name;  // "synapse words"
  std::uint64_t used = 0, limit = 0;
  bool exceeded() const { return limit > 0 && used > limit; }
  double share() const {
    return limit ? static_cast<double>(used) / static_cast<double>(limit) : 0.0;
  }
};
// All six, in the order of CoreUse.
std::vector<ResourceUse> resources(const CoreUse& use, const CoreLimits& limits);
// The one with the largest share.
ResourceUse fullest(const CoreUse& use, const CoreLimits& limits);

struct MappedCore {
  std::uint32_t population = 0;
  std::vector<NeuronId> neurons;
  CoreUse use;
  std::uint32_t slot = 0;  // on the mesh; placement.hpp chooses it
  Tile tile;               // of that slot
};

// Where a neuron's spikes go: one core.
struct Destination {
  std::uint32_t core = 0;
  std::uint32_t operations = 0;  // synapses there
  std::uint32_t words = 0;       // of synaptic memory that a spike reads there
};

// A population that cannot be split so that it fits, since one of its neurons alone takes more than
// a core has. It is mapped all the same, onto as many cores as its sums ask for.
struct Shortfall {
  std::uint32_t population = 0;
  NeuronId neuron = 0;  // one that does not fit
  ResourceUse resource;
};

struct Mapping {
  std::vector<MappedCore> cores;                 // population after population
  std::vector<std::uint32_t> first_core;         // by population, and one past the end
  std::vector<std::uint32_t> core_of;            // by neuron; no_core for inputs
  std::vector<std::uint64_t> destination_begin;  // by neuron, and one past the end
  std::vector<Destination> destinations;         // by source neuron, then core
  std::vector<Shortfall> shortfalls;             // empty: every core fits

  static constexpr std::uint32_t no_core = 0xffffffff;

  std::uint32_t cores_of(std::uint32_t population) const {
    return first_core[population + 1] - first_core[population];
  }
  std::span<const Destination> destinations_of(NeuronId neuron) const {
    const std::uint64_t begin = destination_begin[neuron];
    return {destinations.data() + begin, destination_begin[neuron + 1] - begin};
  }
};

// Words that one axon of a projection takes for so many synapses.
std::uint64_t synapse_words(const SynapseEncoding& encoding, const ChipProjection& projection,
                            std::uint64_t synapses);

// Slots are given in the order of the cores. `chip` holds what check(ChipNetwork) accepts. The
// number of parts is searched by bisection: what the fullest part takes falls with it, but for the
// rounding of words. O(synapses log neurons).
Mapping partition(const ChipNetwork& chip, const CoreModel& core, const Mesh& mesh);

}  // namespace retrograde::loihi2
