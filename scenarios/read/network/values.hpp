// The values of neurons and synapses as a scenario writes them: one for all, a list, a distribution to
// draw from, an array of a file, or, of synapses, a profile over the distance of their neurons.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/parameters.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/io/arrays/memory_arrays.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/network/connect/grid.hpp>
#include <retrograde/scenarios/read/network/distribution.hpp>

namespace retrograde {

// Whether a value is an array of a file: { file = "w.npy" } or { file = "w.npz", array = "w" }.
bool is_array(const TomlValue& value);
// Its numbers, in row-major order, of that shape and each in `range`; times are in ms. `places` says
// where the file is. Throws ScenarioError for what is wrong, in the file too.
std::vector<double> read_array(const TomlValue& value, bool is_time, const Range& range,
                               const std::vector<std::size_t>& shape, const ArrayPlaces& places);

// Values of `size` neurons, or one for all: `range` holds each of them; draws of a distribution that
// knows no ends are moved into `clip`.
std::vector<double> read_neuron_values(const TomlValue& value, ParameterKind kind,
                                       std::uint32_t size, const Range& range, const Range& clip,
                                       Random random, const ArrayPlaces& places);

// A matrix of a projection, row after row: rows are targets, columns sources. `kind` is what its
// entries are, for messages; `read` gets each entry with its place in that order.
std::vector<double> read_matrix(const TomlValue& value, const std::string& kind,
                                const PopulationSpec& from, const PopulationSpec& to,
                                const std::function<double(const TomlValue&, std::size_t)>& read);

// Weights or delays of a projection, by synapse. A synapse has a number: of a pair its place in
// row-major order, targets before sources, or along the diagonal; of a rule what the rule says.
class SynapseValues {
 public:
  static SynapseValues constant(double value) { return {{value}, {}, 0, {}}; }
  static SynapseValues listed(std::vector<double> values) {
    SynapseValues all{std::move(values), {}, 0, {}};
    all.listed_ = true;
    return all;
  }
  static SynapseValues by_distance(Profile profile, GridPair grids) {
    SynapseValues all{{}, {}, 0, {}};
    all.profile_ = profile;
    all.grids_ = grids;
    return all;
  }
  // By (seed, purpose).
  static SynapseValues drawn(Distribution distribution, std::uint64_t seed, std::string purpose) {
    return {{}, distribution, seed, std::move(purpose)};
  }

  // Of the synapse after the one before.
  double next(std::uint32_t source, std::uint32_t target);
  // From now on what next() hands out is at(k), whatever the distribution.
  void draw_by_pair() { by_pair_ = true; }
  // In row-major order; only of listed ones.
  bool is_nan(std::size_t k) const;

  bool is_constant() const { return !listed_ && !distribution_ && !profile_; }
  const std::optional<Distribution>& distribution() const { return distribution_; }
  // Of synapse k, in any order; not by distance. Where a draw takes one number it is what next() would
  // hand out; others come from a stream of their own, keyed by 1 + k.
  double at(std::uint64_t k) const;
  double at(std::uint64_t k, std::uint32_t source, std::uint32_t target) const;

 private:
  SynapseValues(std::vector<double> values, std::optional<Distribution> distribution,
                std::uint64_t seed, std::string purpose)
      : values_(std::move(values)),
        distribution_(distribution),
        seed_(seed),
        purpose_(std::move(purpose)),
        random_(seed_, purpose_) {}
  std::vector<double> values_;
  std::optional<Distribution> distribution_;
  std::optional<Profile> profile_;
  GridPair grids_;
  std::uint64_t seed_;
  std::string purpose_;
  Random random_;
  std::size_t at_ = 0;
  bool listed_ = false, by_pair_ = false;
};

}  // namespace retrograde
