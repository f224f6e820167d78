#include <bit>
#include <cmath>
#include <limits>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/stored_numbers.hpp>

namespace retrograde {

namespace {

// The bits of one number, of the width of T.
template <typename T>
T stored(const std::uint8_t* bytes, bool big_endian) {
  std::uint64_t bits = 0;
  for (std::size_t k = 0; k < sizeof(T); ++k)
    bits |= std::uint64_t{bytes[big_endian ? sizeof(T) - 1 - k : k]} << (8 * k);
  return static_cast<T>(bits);
}

// `take` is called with a double for each number.
template <typename T, typename Convert, typename Take>
void each(std::span<const std::uint8_t> bytes, bool big_endian, Convert convert, Take take) {
  for (std::size_t at = 0; at + sizeof(T) <= bytes.size(); at += sizeof(T))
    take(convert(stored<T>(bytes.data() + at, big_endian)));
}

template <typename T, typename Take>
void each_integer(std::span<const std::uint8_t> bytes, const hdf5::NumberType& type, Take take) {
  using Signed = std::make_signed_t<T>;
  if (type.with_sign)
    each<T>(
        bytes, type.big_endian,
        [](T bits) { return static_cast<double>(static_cast<Signed>(bits)); }, take);
  else
    each<T>(
        bytes, type.big_endian, [](T bits) { return static_cast<double>(bits); }, take);
}

template <typename Take>
void each_number(std::span<const std::uint8_t> bytes, const hdf5::NumberType& type, Take take) {
  switch (type.bytes) {
    case 1:
      if (!type.floating) return each_integer<std::uint8_t>(bytes, type, take);
      break;
    case 2:
      if (!type.floating) return each_integer<std::uint16_t>(bytes, type, take);
      return each<std::uint16_t>(bytes, type.big_endian, half_to_double, take);
    case 4:
      if (!type.floating) return each_integer<std::uint32_t>(bytes, type, take);
      return each<std::uint32_t>(
          bytes, type.big_endian,
          [](std::uint32_t bits) { return static_cast<double>(std::bit_cast<float>(bits)); }, take);
    case 8:
      if (!type.floating) return each_integer<std::uint64_t>(bytes, type, take);
      return each<std::uint64_t>(
          bytes, type.big_endian, [](std::uint64_t bits) { return std::bit_cast<double>(bits); },
          take);
    default:
      break;
  }
  throw InternalError("numbers of a width that no reader lets through");
}

}  // namespace

double half_to_double(std::uint16_t bits) {
  const bool negative = (bits & 0x8000u) != 0;
  if ((bits & 0x7c00u) == 0x7c00u) {
    const double limit = (bits & 0x3ffu) == 0 ? std::numeric_limits<double>::infinity()
                                              : std::numeric_limits<double>::quiet_NaN();
    return negative ? -limit : limit;
  }
  // Exponent and mantissa at their place in a float, whose exponent counts from 127 and not from 15.
  const double value = static_cast<double>(std::bit_cast<float>((bits & 0x7fffu) << 13)) * 0x1p112;
  return negative ? -value : value;
}

std::vector<double> decode_numbers(std::span<const std::uint8_t> bytes,
                                   const hdf5::NumberType& type, double scale) {
  std::vector<double> numbers;
  numbers.reserve(bytes.size() / type.bytes);
  each_number(bytes, type, [&](double x) { numbers.push_back(x * scale + 0.0); });
  return numbers;
}

DecodedUnits decode_units(std::span<const std::uint8_t> bytes, const hdf5::NumberType& type,
                          std::uint32_t count) {
  DecodedUnits result;
  result.units.reserve(bytes.size() / type.bytes);
  each_number(bytes, type, [&](double x) {
    const bool good = x >= 0 && x < count && x == std::floor(x);
    if (!good && result.wrong < 0) {
      result.wrong = static_cast<std::ptrdiff_t>(result.units.size());
      result.found = x;
    }
    result.units.push_back(good ? static_cast<std::uint32_t>(x) : 0);
  });
  return result;
}

}  // namespace retrograde
