// The weights or delays of a projection before it is made: one for all, a list, draws of a distribution, a
// function of the pair or of the distance of its neurons.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <retrograde/engine/connect/distribution.hpp>
#include <retrograde/engine/connect/grid.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde {

// By synapse. A synapse has a number: of a pair its place in row-major order, targets before sources, or
// along the diagonal; of a rule what the rule says.
class SynapseValues {
 public:
  static SynapseValues constant(double value) { return {{value}, {}, 0, {}}; }
  static SynapseValues listed(std::vector<double> values) {
    SynapseValues all{std::move(values), {}, 0, {}};
    all.listed_ = true;
    return all;
  }
  // A function of the pair, the same whenever it is asked.
  using Function = std::function<double(std::uint32_t source, std::uint32_t target)>;
  static SynapseValues by_pair(Function function) {
    SynapseValues all{{}, {}, 0, {}};
    all.function_ = std::move(function);
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

  bool is_constant() const { return !listed_ && !distribution_ && !profile_ && !function_; }
  const std::optional<Distribution>& distribution() const { return distribution_; }
  // Of synapse k, in any order; not by distance or by a function. Where a draw takes one number it is
  // what next() would hand out; others come from a stream of their own, keyed by 1 + k.
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
  Function function_;
  GridPair grids_;
  std::uint64_t seed_;
  std::string purpose_;
  Random random_;
  std::size_t at_ = 0;
  bool listed_ = false, by_pair_ = false;
};

}  // namespace retrograde
