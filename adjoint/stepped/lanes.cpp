#include <cstring>

#include <retrograde/adjoint/stepped/lanes.hpp>

namespace retrograde::lanes {

namespace {

// Eight numbers in one register, or two of four where the machine has no wider ones: an extension
// that GCC and Clang share. Loops over arrays of sums are not kept in registers.
using Eight [[gnu::vector_size(32)]] = float;
constexpr std::size_t eight = 8;

inline Eight load(const float* from) {
  Eight x;
  std::memcpy(&x, from, sizeof x);
  return x;
}
inline void store(const Eight& x, float* to) { std::memcpy(to, &x, sizeof x); }

template <std::size_t registers>
void gather_block(std::span<const Term> terms, const float* base, float* out) {
  Eight sum[registers];  // NOLINT: of registers
  for (std::size_t k = 0; k < registers; ++k) sum[k] = load(out + eight * k);
  for (const Term& term : terms) {
    const float* in = base + term.offset;
    const float f = term.factor;
    const Eight factor = {f, f, f, f, f, f, f, f};
    for (std::size_t k = 0; k < registers; ++k) sum[k] += factor * load(in + eight * k);
  }
  for (std::size_t k = 0; k < registers; ++k) store(sum[k], out + eight * k);
}

inline void add_up(const Eight& x, double& sum) {
  for (std::size_t k = 0; k < eight; ++k) sum += static_cast<double>(x[k]);
}

// `taps` correlations at once, each in `registers` sums of their own; of whole strides.
template <std::size_t taps, std::size_t registers>
std::size_t correlate_taps(const float* a, const float* b, std::size_t count, double* sums) {
  constexpr std::size_t stride = eight * registers;
  Eight sum[taps][registers] = {};  // NOLINT: of registers
  std::size_t x = 0;
  for (; x + stride <= count; x += stride)
    for (std::size_t r = 0; r < registers; ++r) {
      const Eight left = load(a + x + eight * r);
      for (std::size_t g = 0; g < taps; ++g)
        sum[g][r] += left * load(b + x + eight * r - width * g);
    }
  for (std::size_t g = 0; g < taps; ++g) {
    sums[g] = 0.0;
    for (std::size_t r = 0; r < registers; ++r) add_up(sum[g][r], sums[g]);
  }
  return x;
}

// The same of what a larger stride leaves over.
template <std::size_t taps, std::size_t registers>
void correlate_all(const float* a, const float* b, std::size_t count, double* sums) {
  const std::size_t done = correlate_taps<taps, registers>(a, b, count, sums);
  if (done == count) return;
  double rest[taps];  // NOLINT: of registers
  correlate_taps<taps, width / eight>(a + done, b + done, count - done, rest);
  for (std::size_t g = 0; g < taps; ++g) sums[g] += rest[g];
}

}  // namespace

void gather(std::span<const Term> terms, const float* base, float* out, std::size_t count) {
  std::size_t x = 0;
  for (; x + 4 * width <= count; x += 4 * width) gather_block<8>(terms, base + x, out + x);
  for (; x < count; x += width) gather_block<2>(terms, base + x, out + x);
}

void correlate(const float* a, const float* b, std::size_t count, std::size_t taps, double* sums) {
  std::size_t g = 0;
  for (; g + 5 <= taps; g += 5) correlate_all<5, 2>(a, b - width * g, count, sums + g);
  for (; g + 2 <= taps; g += 2) correlate_all<2, 4>(a, b - width * g, count, sums + g);
  for (; g < taps; ++g) correlate_all<1, 8>(a, b - width * g, count, sums + g);
}

}  // namespace retrograde::lanes
