// What the datasets of a netX file hold, checked against what the chip's fields hold: the lower
// half of netx_read.cpp. Errors are FormatError with the path inside the file, the value and the
// remedy.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <retrograde/hardware/loihi2/model/synapse.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>
#include <retrograde/scenarios/io/limits.hpp>

namespace retrograde::netx {

constexpr const char* as_chip_file =
    "write the network as a chip file (docs/exchange.md), which has all models";

// Delays of a matrix of synapses.
struct Delays {
  std::vector<std::int32_t> values = {0};
  std::uint64_t per_target = 0, per_source = 0;
  std::uint8_t at(std::uint64_t target, std::uint64_t source) const {
    return static_cast<std::uint8_t>(values[target * per_target + source * per_source]);
  }
};

class Values {
 public:
  Values(std::span<const std::uint8_t> bytes, const std::string& file,
         const ScenarioLimits& limits);

  // All that is in the file.
  const hdf5::Reader& in() const { return in_; }
  std::vector<std::string> warnings;

  [[noreturn]] void fail(const std::string& path, const std::string& message) const {
    in_.fail(path, message);
  }

  // Integers in low .. high; `remedy` ends the sentence.
  hdf5::Array<std::int32_t> integers(const std::string& path, std::int32_t low, std::int32_t high,
                                     const char* remedy) const;
  double number(const std::string& path, double low_open, double high) const;
  // One value for each neuron: one for all, or one for each of `groups` groups of neighbours.
  std::vector<std::int32_t> per_neuron(const std::string& path, std::uint32_t size,
                                       std::uint64_t groups, std::int32_t low, std::int32_t high,
                                       const char* remedy) const;
  // Not empty, and of no more neurons than are read.
  std::vector<std::uint64_t> shape(const std::string& path) const;
  // (height, width), or one number for both.
  std::array<std::uint64_t, 2> pair(const std::string& path, std::int32_t low) const;
  // Whether a number is there and not 0; mlGeNN writes keys without a value.
  bool is_true(const std::string& path) const;
  // Warns of keys that say something which nobody here knows.
  void tell_unknown(const std::string& group, const std::set<std::string>& known);

  hdf5::Array<std::int32_t> weights(const std::string& path) const;
  // Integers as they are stored, and the format that holds them; where none does, those that
  // lava-dl makes of them, with a warning.
  std::vector<std::int32_t> stored(const std::string& path,
                                   const std::vector<std::int32_t>& weights,
                                   loihi2::WeightFormat& format);
  // Absent: 0.
  Delays delays(const std::string& path, std::uint64_t targets, std::uint64_t sources);

 private:
  ScenarioLimits limits_;
  hdf5::Reader in_;
};

// The number of neurons of a shape.
std::uint64_t size_of(const std::vector<std::uint64_t>& shape);

}  // namespace retrograde::netx
