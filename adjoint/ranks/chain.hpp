// Sums over ranks that have the bits of one process: a line of ranks, each of which adds what it has
// to what has come from the one before, in the order in which one process adds.
//
// The leader is the last in the line: 1, 2, ..., 0. So the sum ends where it is wanted, and nobody
// sends to one who waits for him. Vectors go in pieces: while a rank adds one, the next piece is on
// its way to it and the last one on its way on. Every link carries the vector once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <retrograde/adjoint/batch_groups.hpp>
#include <retrograde/engine/ranks/ranks.hpp>

namespace retrograde {

// The place of a rank in the line of so many.
inline std::size_t place_in_line(int rank, int ranks) {
  const auto size = static_cast<std::size_t>(ranks);
  return (static_cast<std::size_t>(rank) + size - 1) % size;
}

// Who shares `count` things in order, and what this rank gets. With fewer things than ranks some get
// nothing and are left out; the leader always gets something.
class Chain {
 public:
  Chain(const Ranks& ranks, std::size_t count);

  Portion mine() const { return share(rank_); }
  Portion share(int rank) const {
    return share_of(count_, place_in_line(rank, size_), static_cast<std::size_t>(size_));
  }
  bool takes_part() const { return mine().size() > 0; }
  std::optional<int> before() const { return before_; }
  std::optional<int> after() const { return after_; }
  // Those that take part, in order; the leader is the last.
  const std::vector<int>& line() const { return line_; }

 private:
  int rank_, size_;
  std::size_t count_;
  std::vector<int> line_;
  std::optional<int> before_, after_;
};

// Adds up `own` of all that take part: theirs in the order of the line, those of one rank in their
// order. The leader's own[0] becomes the sum; on other ranks it is used up. All vectors have one size.
void add_along(Ranks& ranks, const Chain& chain, std::span<std::vector<double>> own);
void add_along(Ranks& ranks, const Chain& chain, std::vector<std::uint64_t>& own);

}  // namespace retrograde
