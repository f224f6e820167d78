// Different numbers out of many, in time and memory of those that are chosen: a set of them at once, or
// one after the other by their places in a random order that is never written down.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/events/random.hpp>

namespace retrograde {

// Calls body(k, number) for k < count with different numbers below n; count <= n. All sets are equally
// likely, the order within a set is not random (Floyd; Bentley, CACM 30, 1987). O(count).
template <typename Body>
void for_each_distinct(std::uint64_t count, std::uint64_t n, Random& random, const Body& body) {
  constexpr std::uint64_t empty = ~std::uint64_t{0};
  constexpr std::uint64_t spread = 0x9e3779b97f4a7c15;  // 2^64 by the golden ratio
  const std::uint64_t size = std::bit_ceil(2 * count + 1);
  const int shift = 64 - std::countr_zero(size);
  std::vector<std::uint64_t> taken(size, empty);
  const auto take = [&](std::uint64_t number) {
    std::uint64_t at = shift < 64 ? number * spread >> shift : 0;
    for (; taken[at] != empty; at = (at + 1) & (size - 1))
      if (taken[at] == number) return false;
    taken[at] = number;
    return true;
  };
  for (std::uint64_t k = 0; k < count; ++k) {
    const std::uint64_t last = n - count + k;
    std::uint64_t number = random.index(last + 1);
    if (!take(number)) take(number = last);
    body(k, number);
  }
}

// A random order of the numbers below n, as a function: a cipher on a rectangle of at least n places
// (an alternating Feistel network, Luby and Rackoff 1988, whose rounds are Philox), which is gone through
// until a place below n is met. O(1).
class RandomOrder {
 public:
  RandomOrder(std::uint64_t seed, const std::string& purpose, std::uint64_t n);
  // The number at place k < n.
  std::uint64_t at(std::uint64_t k) const noexcept;

 private:
  std::uint64_t seed_, purpose_, n_, rows_, columns_;
};

}  // namespace retrograde
