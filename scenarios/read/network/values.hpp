// The values of neurons and synapses as a scenario writes them: one for all, a list, or a
// distribution to draw from.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/parameters.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>

namespace retrograde {

// A time with its unit, or a plain number.
double read_value(const TomlValue& value, bool is_time, const Range& range);

// { distribution = "uniform", low = ..., high = ... } or
// { distribution = "normal", mean = ..., std = ... }
class Distribution {
 public:
  // Draws of a normal distribution are moved into `clip`; the ends of a uniform one have to lie
  // within `range`.
  Distribution(const TomlValue& value, bool is_time, const Range& range, const Range& clip);

  double draw(Random& random) const;
  // Whether each draw takes one number of the stream, from between low and high.
  bool uniform() const { return !normal_; }
  double low() const { return first_; }  // of a uniform one
  double high() const { return second_; }

 private:
  Range clip_;
  bool normal_ = false;
  double first_ = 0, second_ = 0;  // low, high or mean, std
};

// Values of `size` neurons, or one for all: `range` holds each of them; draws of a normal
// distribution are moved into `clip`.
std::vector<double> read_neuron_values(const TomlValue& value, ParameterKind kind,
                                       std::uint32_t size, const Range& range, const Range& clip,
                                       Random random);

// A matrix of a projection, row after row: rows are targets, columns sources. `kind` is what its
// entries are, for messages; `read` gets each entry with its place in that order.
std::vector<double> read_matrix(const TomlValue& value, const std::string& kind,
                                const PopulationSpec& from, const PopulationSpec& to,
                                const std::function<double(const TomlValue&, std::size_t)>& read);

// Weights or delays of a projection, handed out pair after pair: row-major, or along the diagonal.
class SynapseValues {
 public:
  static SynapseValues constant(double value) { return {{value}, {}, 0, {}}; }
  static SynapseValues listed(std::vector<double> values) {
    SynapseValues all{std::move(values), {}, 0, {}};
    all.listed_ = true;
    return all;
  }
  // By (seed, purpose).
  static SynapseValues drawn(Distribution distribution, std::uint64_t seed, std::string purpose) {
    return {{}, distribution, seed, std::move(purpose)};
  }

  double next();
  // From now on what next() hands out is at(k), also of a normal distribution.
  void draw_by_pair() { by_pair_ = true; }
  // In row-major order; only of listed ones.
  bool is_nan(std::size_t k) const;

  bool is_constant() const { return !listed_ && !distribution_; }
  const std::optional<Distribution>& distribution() const { return distribution_; }
  // Of the k-th pair in row-major order, in any order. Where a draw takes one number it is what
  // next() would hand out; a normal one comes from a stream of its own, keyed by 1 + k.
  double at(std::uint64_t k) const;

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
  std::uint64_t seed_;
  std::string purpose_;
  Random random_;
  std::size_t at_ = 0;
  bool listed_ = false, by_pair_ = false;
};

}  // namespace retrograde
