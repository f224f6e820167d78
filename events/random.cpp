#include <Random123/philox.h>
#include <bit>
#include <cmath>

#include <retrograde/events/random.hpp>

namespace retrograde {

std::array<std::uint64_t, 4> philox(std::array<std::uint64_t, 2> key,
                                    std::array<std::uint64_t, 4> counter) noexcept {
  const r123::Philox4x64::ctr_type c = {{counter[0], counter[1], counter[2], counter[3]}};
  const r123::Philox4x64::key_type k = {{key[0], key[1]}};
  const r123::Philox4x64::ctr_type r = r123::Philox4x64()(c, k);
  return {r[0], r[1], r[2], r[3]};
}

std::uint64_t Random::bits() noexcept {
  const std::uint64_t block = counter_ / 4;
  if (!block_valid_ || block != block_index_) {
    block_ = philox(key_, {entity_, block, 0, 0});
    block_index_ = block;
    block_valid_ = true;
  }
  return block_[counter_++ % 4];
}

double Random::uniform(double low, double high) noexcept {
  const double value = low + (high - low) * uniform();
  // Rounding can reach the excluded end when the interval is only a few ulp wide.
  return value < high ? value : low;
}

double Random::normal() noexcept {
  // A point uniform in the box (0, 1] x [-s, s), s = sqrt(2 / e); its slope v / u is normal where
  // the point lies inside v^2 <= -4 u^2 ln u.
  constexpr double width = 1.7155277699214135929603792825575;  // 2 s
  for (;;) {
    const double u = 1.0 - uniform();
    const double v = width * (uniform() - 0.5);
    const double x = v / u;
    if (x * x <= -4.0 * std::log(u)) return x;
  }
}

std::uint64_t Random::index(std::uint64_t n) noexcept {
  if (n <= 1) return 0;
  const std::uint64_t mask = ~std::uint64_t{0} >> std::countl_zero(n - 1);
  for (;;) {
    const std::uint64_t value = bits() & mask;
    if (value < n) return value;
  }
}

}  // namespace retrograde
