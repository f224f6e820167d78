// Independent trials that succeed with one probability, met by their successes alone: whoever chooses
// each of many with probability p steps from one that is chosen to the next, and never looks at
// those between.
#pragma once

#include <algorithm>
#include <cstdint>

#include <retrograde/events/random.hpp>

namespace retrograde {

// How many trials fail before one succeeds: P(gap >= k) = (1 - p)^k.
//
// A gap takes one word of the stream: it is the largest k with u <= (1 - p)^k, u uniform in (0, 1].
// The logarithm only says where that is; near a step the power itself, a product of correctly
// rounded ones, decides, so that the bits are the same on every platform.
class GeometricGap {
 public:
  // The power errs by k 2^-53, which has to lie well within what counts as near: a share of p k.
  static constexpr double least = 0x1p-20;

  explicit GeometricGap(double p);  // least <= p < 1

  std::uint64_t next(Random& random) const noexcept;

 private:
  double failure_;      // 1 - p
  double log_failure_;  // of it
};

// Calls body(k) for each k < count, ascending, that is chosen with probability p < 1. O(chosen), and
// O(count 2^-20): below that, candidates of that probability are chosen again.
template <typename Body>
void for_each_chosen(double p, Random random, std::uint64_t count, const Body& body) {
  if (!(p > 0.0)) return;
  const double share = std::max(p, GeometricGap::least);  // of candidates
  const GeometricGap gap(share);
  std::uint64_t left = count;
  for (std::uint64_t skipped = gap.next(random); skipped < left; skipped = gap.next(random)) {
    left -= skipped + 1;
    if (p == share || random.uniform() < p / share) body(count - left - 1);
  }
}

}  // namespace retrograde
