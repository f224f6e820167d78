// Rows of numbers, the arithmetic that a dilated convolution is made of. Sixteen trials go side by
// side: a row holds what one neuron has at every point of the grid, sixteen numbers a point, and
// what lies l steps away is 16 l numbers away. Single precision; the sums of a block stay in
// registers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace retrograde::lanes {

inline constexpr std::size_t width = 16;  // trials side by side

// One tap as a row meets it: a factor, and where its row begins from a common base.
struct Term {
  std::ptrdiff_t offset;
  float factor;
};

// out[x] += sum over terms of factor * base[offset + x] for x < count, a multiple of `width`.
void gather(std::span<const Term> terms, const float* base, float* out, std::size_t count);

// sums[g] = sum over x < count of a[x] b[x - 16 g], g < taps: what a tap's derivative is. Sums of
// the sixteen are taken apart first, in an order of their own.
void correlate(const float* a, const float* b, std::size_t count, std::size_t taps, double* sums);

}  // namespace retrograde::lanes
