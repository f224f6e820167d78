#include <cmath>

#include <retrograde/events/distinct.hpp>

namespace retrograde {

RandomOrder::RandomOrder(std::uint64_t seed, const std::string& purpose, std::uint64_t n)
    : seed_(seed), purpose_(hash_purpose(purpose)), n_(n) {
  rows_ = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(n))) + 1;
  columns_ = (n + rows_ - 1) / rows_;
}

std::uint64_t RandomOrder::at(std::uint64_t k) const noexcept {
  // Four would do if all that is asked for were few; more cost little.
  constexpr std::uint64_t rounds = 3;
  do {
    std::uint64_t row = k / columns_, column = k % columns_;
    for (std::uint64_t round = 0; round < rounds; ++round) {
      column =
          (column + philox({seed_, purpose_}, {row, 2 * round, n_, 1})[0] % columns_) % columns_;
      row = (row + philox({seed_, purpose_}, {column, 2 * round + 1, n_, 1})[0] % rows_) % rows_;
    }
    k = row * columns_ + column;
  } while (k >= n_);
  return k;
}

}  // namespace retrograde
