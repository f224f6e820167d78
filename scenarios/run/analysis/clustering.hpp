// Whether like synapses lie together: on the maps (synapse_map.hpp) of all neurons of a population.
//
// Of one map, with z_i the weights or their signs, less their mean, and omega_ij what the
// neighbourhood says:
//
//   Moran's I          (n / sum omega_ij) sum omega_ij z_i z_j / sum z_i^2     sums over i != j
//   same-sign share    sum omega_ij [sign_i = sign_j] / sum omega_ij
//
// I is -1/(n - 1) on average where values lie at random, and above that where like values lie together
// (Moran, Biometrika 37, 17 (1950)). It can exceed 1 where few synapses have neighbours. Two nulls say
// what random means, each by permutations:
//
//   free             the weights of a map change places among themselves. Tells any clustering, also
//                    what signs that channels have by themselves bring about (Dale's principle).
//   within channel   the delays of a channel change places among all its synapses, of all neurons.
//                    Weights stay with their synapses, channels keep their signs and delays. Tells
//                    what the choice of delays adds.
//
// p = (1 + those at least as large) / (1 + those counted), of permutations, one-sided. A permutation
// that leaves a map without neighbours says nothing of it, and is not counted for it; where none is
// counted there is no p. Maps of ten synapses and more have a p of their own, and which of them are
// significant is said by false_discovery; of all maps together it is the mean of their same-sign
// shares that is tested, which works with few synapses, too. A permutation counts for it that leaves
// any map of both signs with neighbours.
//
// Permutation k is a function of seed, null, neuron or channel, and k (events/random.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/scenarios/run/analysis/synapse_map.hpp>

namespace retrograde {

enum class MapValue : std::uint8_t { weight, sign };
enum class ClusteringNull : std::uint8_t { free, within_channel };
inline constexpr std::size_t null_count = 2;

struct ClusteringOptions {
  Neighbourhood neighbourhood = {};
  MapValue value = MapValue::sign;
  std::uint32_t permutations = 999;
  std::uint64_t seed = 1;
  double q = 0.05;  // of false_discovery
  // Called between permutations with how many are done; false: stop.
  std::function<bool(std::size_t done, std::size_t of)> progress = {};
};

// Why a map has no I.
enum class MapState : std::uint8_t {
  measured,
  few,    // fewer than two synapses
  alike,  // all values are the same: of one sign, or constant weights
  apart   // no two are neighbours
};
inline constexpr std::size_t map_state_count = 4;

struct MapClustering {
  MapState state = MapState::few;
  double moran = 0.0;                    // of measured
  std::optional<double> same_sign = {};  // none without neighbours
  // By ClusteringNull; none: not tested.
  std::array<std::optional<double>, null_count> p = {};
  std::array<char, null_count> significant = {};
  std::array<std::uint32_t, null_count> counted = {};  // permutations
};

struct NullClustering {
  std::string nothing;      // why there is no permutation to be drawn; empty: there are
  std::uint32_t drawn = 0;  // permutations
  // Mean over permutations of the mean I of maps that have one; none where no permutation has any.
  std::optional<double> moran = {};
  std::uint32_t tested = 0, significant = 0;  // maps
  // How many permutations have to be drawn for one map to be significant without others; 0: so many
  // are.
  std::uint32_t needed = 0;
  // Of all maps that have both signs and neighbours: what the mean same-sign share is on average over
  // permutations, its p, and how many permutations are counted; none where no map is such, or no
  // permutation is counted.
  std::optional<double> same_sign = {}, p = {};
  std::uint32_t counted = 0;
};

struct Clustering {
  std::vector<MapClustering> maps;
  std::array<std::size_t, map_state_count> states = {};  // maps, by MapState
  std::size_t synapses = 0;
  double moran = 0.0;                    // mean of measured maps
  std::optional<double> same_sign = {};  // mean of maps with both signs and neighbours
  std::size_t both_signs = 0;            // such maps
  std::array<NullClustering, null_count> nulls;
};

inline constexpr std::size_t least_for_p = 10;  // synapses of a map that is tested by itself

// On threads; the result does not depend on their number. O(permutations sum over maps of pairs of
// synapses whose channels are neighbours), or whose delays are where channels have no order. Throws
// Interrupted.
Clustering clustering_of(const std::vector<SynapseMap>& maps, const ClusteringOptions& options);

}  // namespace retrograde
