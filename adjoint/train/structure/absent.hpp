// The pairs of some ranges that are not in a list, by their rank among them: what is drawn of them or
// looked at costs by itself, and nothing lists them all.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <retrograde/adjoint/train/structure/pairs.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde {

class AbsentPairs {
 public:
  // `ranges` and `present` are ascending; what of `present` lies in no range is left out.
  AbsentPairs(std::vector<PairRange> ranges, std::span<const PairId> present);

  std::uint64_t size() const { return size_; }
  // The one before which `rank` others are. O(log ranges + log present).
  PairId operator[](std::uint64_t rank) const;

 private:
  std::vector<PairRange> ranges_;
  std::vector<std::uint64_t> offset_;   // of each range, where they are put together
  std::vector<std::uint64_t> present_;  // places in what is put together
  std::uint64_t size_ = 0;
};

// `count` different numbers of 0 .. n - 1, count <= n, in a random order: all are equally likely.
// The numbers with which Fisher and Yates's exchanges of a list begin. O(count log count).
std::vector<std::uint64_t> draw_distinct(std::uint64_t n, std::uint64_t count, Random random);

}  // namespace retrograde
