#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include <retrograde/scenarios/data/events/stored_numbers.hpp>

#include "tests/support/heidelberg_file.hpp"

using namespace retrograde;

TEST_CASE("every number of 16 bits is what IEEE 754 says") {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const int sign = bits >> 15 ? -1 : 1, exponent = bits >> 10 & 31, mantissa = bits & 1023;
    const double value = half_to_double(static_cast<std::uint16_t>(bits));
    INFO(bits);
    if (exponent == 31 && mantissa > 0) {
      REQUIRE(std::isnan(value));
    } else if (exponent == 31) {
      REQUIRE(value == sign * std::numeric_limits<double>::infinity());
    } else {
      const double expected = exponent == 0 ? std::ldexp(mantissa, -24)
                                            : std::ldexp(1 + mantissa / 1024.0, exponent - 15);
      REQUIRE(value == sign * expected);
      REQUIRE(std::signbit(value) == (sign < 0));
    }
  }
}

TEST_CASE("the tests' own float16 is the nearest to a number") {
  for (std::uint32_t bits = 1; bits < 0x3f00; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    REQUIRE(test::half_bits(half_to_double(half)) == half);
    const double step = half_to_double(half + 1) - half_to_double(half);
    REQUIRE(test::half_bits(half_to_double(half) + 0.49 * step) == half);
    REQUIRE(test::half_bits(half_to_double(half) + 0.51 * step) == half + 1);
  }
}

TEST_CASE("numbers are read in every width and order of bytes") {
  const auto read = [](std::vector<std::uint8_t> bytes, const hdf5::NumberType& type,
                       double scale = 1.0) { return decode_numbers(bytes, type, scale); };
  const hdf5::NumberType u16{.with_sign = false, .bytes = 2}, i16{.bytes = 2};
  CHECK(read({0x01, 0x80, 0xff, 0xff}, u16) == std::vector<double>{32769, 65535});
  CHECK(read({0x01, 0x80, 0xff, 0xff}, i16) == std::vector<double>{-32767, -1});
  CHECK(read({0x80, 0x01}, {.big_endian = true, .bytes = 2}) == std::vector<double>{-32767});
  CHECK(read({0x7f, 0x80}, {.bytes = 1}) == std::vector<double>{127, -128});
  CHECK(read({0x80}, {.with_sign = false, .bytes = 1}) == std::vector<double>{128});
  CHECK(read({0, 0, 0, 0x80}, {.bytes = 4}) == std::vector<double>{-2147483648.0});
  CHECK(read({0, 0, 0, 0x80}, {.with_sign = false, .bytes = 4}) ==
        std::vector<double>{2147483648.0});
  CHECK(read({0, 0, 0, 0, 0, 0, 0, 0x80}, {.with_sign = false, .bytes = 8}) ==
        std::vector<double>{9223372036854775808.0});
  // 1.5 as a float of 16, 32 and 64 bits.
  CHECK(read({0x00, 0x3e}, {.floating = true, .bytes = 2}) == std::vector<double>{1.5});
  CHECK(read({0x3e, 0x00}, {.floating = true, .big_endian = true, .bytes = 2}) ==
        std::vector<double>{1.5});
  CHECK(read({0, 0, 0xc0, 0x3f}, {.floating = true, .bytes = 4}) == std::vector<double>{1.5});
  CHECK(read({0x3f, 0xf8, 0, 0, 0, 0, 0, 0}, {.floating = true, .big_endian = true, .bytes = 8},
             1000.0) == std::vector<double>{1500.0});
  // -0 would be another bit pattern of the same time.
  CHECK_FALSE(std::signbit(read({0x00, 0x80}, {.floating = true, .bytes = 2}).front()));
}

TEST_CASE("a unit that is not whole or beyond the last is found with its position") {
  const hdf5::NumberType i8{.bytes = 1};
  const std::vector<std::uint8_t> good = {0, 3, 1};
  CHECK(decode_units(good, i8, 4).units == std::vector<std::uint32_t>{0, 3, 1});
  CHECK(decode_units(good, i8, 4).wrong == -1);
  CHECK(decode_units(good, i8, 3).wrong == 1);
  CHECK(decode_units(good, i8, 3).found == 3);
  CHECK(decode_units(std::vector<std::uint8_t>{0, 0xff}, i8, 4).found == -1);
}
