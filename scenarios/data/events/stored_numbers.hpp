// Numbers as files store them, turned into ours: IEEE 754 of 16, 32 or 64 bits, integers of 8 to 64,
// either order of bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <retrograde/events/time.hpp>
#include <retrograde/scenarios/data/events/raw_file.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

namespace retrograde {

// Each number times `scale`, rounded once; as many as fit into `bytes`. Integers of 64 bits come as
// the nearest double, and there is no -0.
std::vector<double> decode_numbers(std::span<const std::uint8_t> bytes,
                                   const hdf5::NumberType& type, double scale = 1.0);

// The same for units, which have to be whole and below `count`. Returns the position of the first
// that is not in `wrong`, if there is one, and what stands there.
struct DecodedUnits {
  std::vector<std::uint32_t> units;
  std::ptrdiff_t wrong = -1;
  double found = 0;
};
DecodedUnits decode_units(std::span<const std::uint8_t> bytes, const hdf5::NumberType& type,
                          std::uint32_t count);

// A value of IEEE 754's binary16.
double half_to_double(std::uint16_t bits);

}  // namespace retrograde
