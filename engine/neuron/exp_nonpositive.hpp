// e^x for x <= 0 from additions and multiplications alone, good to two units in the last place, so
// that loops over it become SIMD and have the same bits on every machine. 0 below -700.
#pragma once

#include <bit>
#include <cstdint>

#include <retrograde/events/host_device.hpp>

namespace retrograde {

RETROGRADE_HOST_DEVICE inline double exp_nonpositive(double x) {
  // x = k ln 2 + r, |r| <= ln(2)/2, with ln 2 in two parts (Cody and Waite).
  constexpr double log2_e = 0x1.71547652b82fep+0;
  constexpr double ln2_high = 0x1.62e42fefa0000p-1, ln2_low = 0x1.cf79abc9e3b3ap-40;
  constexpr double shift = 0x1.8p52;  // rounds to an integer, which is then in the low bits
  const double clamped = x > -700.0 ? x : -700.0;
  const double shifted = clamped * log2_e + shift;
  const double k = shifted - shift;
  const double r = (clamped - k * ln2_high) - k * ln2_low;
  double sum = 1.0 / 6227020800.0;
  sum = sum * r + 1.0 / 479001600.0;
  sum = sum * r + 1.0 / 39916800.0;
  sum = sum * r + 1.0 / 3628800.0;
  sum = sum * r + 1.0 / 362880.0;
  sum = sum * r + 1.0 / 40320.0;
  sum = sum * r + 1.0 / 5040.0;
  sum = sum * r + 1.0 / 720.0;
  sum = sum * r + 1.0 / 120.0;
  sum = sum * r + 1.0 / 24.0;
  sum = sum * r + 1.0 / 6.0;
  sum = sum * r + 0.5;
  sum = sum * r * r + r + 1.0;
  const std::uint64_t exponent = (std::bit_cast<std::uint64_t>(shifted) + 1023u) << 52;
  const double value = sum * std::bit_cast<double>(exponent);
  return x > -700.0 ? value : 0.0;
}

}  // namespace retrograde
