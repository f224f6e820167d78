// Which window each arrival over a dense projection falls into: a byte per spike and target, the last
// eight bits of the window's number. So a replay finds what may reach a neuron in a window by comparing
// bytes that lie together, and not by adding spikes and delays.
//
// Bytes are kept in blocks of 32 spikes, only of spikes that may still arrive. They are written
// [spike][target], as rows are delivered; a block that is full is turned to [target][spike].
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

namespace retrograde {

class ArrivalMarks {
 public:
  explicit ArrivalMarks(std::size_t targets) : width_((targets + side - 1) / side * side) {}

  // Room for spikes [kept, count), the rows of which are written before this is called again; those
  // before `kept` are forgotten. Both only grow.
  void extend(std::size_t kept, std::size_t count) {
    for (; turned_ < blocks_.size() && first_ + (turned_ + 1) * block <= written_; ++turned_) {
      std::vector<std::uint8_t> turned = spare_block();
      turn(blocks_[turned_], turned);
      std::swap(blocks_[turned_], turned);
      spare_.push_back(std::move(turned));
    }
    for (; !blocks_.empty() && first_ + block <= kept; first_ += block) {
      spare_.push_back(std::move(blocks_.front()));
      blocks_.pop_front();
      if (turned_ > 0) --turned_;
    }
    if (blocks_.empty()) first_ = kept / block * block;
    while (first_ + blocks_.size() * block < count) blocks_.push_back(spare_block());
    written_ = count;
  }

  // The marks of a spike for which extend has just made room, target after target.
  std::uint8_t* row(std::size_t spike) {
    return blocks_[(spike - first_) / block].data() + (spike - first_) % block * width_;
  }

  // Calls take(k), ascending, for spikes [from, to) marked at that target as arriving in window w, or
  // in one whose number ends on the same eight bits.
  template <typename Take>
  void find(std::size_t target, std::uint32_t w, std::size_t from, std::size_t to,
            const Take& take) const {
    if (from >= to) return;
    const auto mark = static_cast<std::uint8_t>(w);
    std::size_t b = (from - first_) / block;
    for (; b < turned_ && first_ + b * block < to; ++b) {
      const std::size_t begin = first_ + b * block;
      std::uint32_t equal = equal_bytes(blocks_[b].data() + target * block, mark);
      if (begin < from) equal &= ~std::uint32_t{0} << (from - begin);
      for (; equal != 0; equal &= equal - 1)
        take(begin + static_cast<std::size_t>(__builtin_ctz(equal)));
    }
    for (std::size_t k = std::max(from, first_ + b * block); k < to; ++k)
      if (blocks_[(k - first_) / block][(k - first_) % block * width_ + target] == mark) take(k);
  }

 private:
  static constexpr std::size_t block = 32, side = 16;
  using Bytes [[gnu::vector_size(16), gnu::may_alias]] = std::uint8_t;
  using AnyBytes [[gnu::vector_size(16), gnu::aligned(1), gnu::may_alias]] = std::uint8_t;

  std::vector<std::uint8_t> spare_block() {
    if (spare_.empty()) return std::vector<std::uint8_t>(width_ * block);
    std::vector<std::uint8_t> result = std::move(spare_.back());
    spare_.pop_back();
    return result;
  }

  // [spike][target] to [target][spike], in squares of 16: interleaving rows with those eight further
  // on, four times, transposes a square.
  void turn(const std::vector<std::uint8_t>& from, std::vector<std::uint8_t>& to) const {
    for (std::size_t spike = 0; spike < block; spike += side)
      for (std::size_t target = 0; target < width_; target += side) {
        Bytes row[side], next[side];
        for (std::size_t r = 0; r < side; ++r)
          row[r] = *reinterpret_cast<const AnyBytes*>(from.data() + (spike + r) * width_ + target);
        for (int stage = 0; stage < 4; ++stage) {
          for (std::size_t r = 0; r < side / 2; ++r) {
            next[2 * r] = __builtin_shufflevector(row[r], row[r + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4,
                                                  20, 5, 21, 6, 22, 7, 23);
            next[2 * r + 1] = __builtin_shufflevector(row[r], row[r + 8], 8, 24, 9, 25, 10, 26, 11,
                                                      27, 12, 28, 13, 29, 14, 30, 15, 31);
          }
          std::copy(next, next + side, row);
        }
        for (std::size_t r = 0; r < side; ++r)
          *reinterpret_cast<AnyBytes*>(to.data() + (target + r) * block + spike) = row[r];
      }
  }

  // A bit per byte of the 32 that equals `mark`.
  static std::uint32_t equal_bytes(const std::uint8_t* bytes, std::uint8_t mark) {
#ifdef __SSE2__
    // Halves: after 256 bits at once GCC 12 leaves registers in a state that slows libm down.
    using Chars [[gnu::vector_size(16)]] = char;
    const auto half = [&](std::size_t k) {
      const auto equal = *reinterpret_cast<const AnyBytes*>(bytes + k) == mark;
      return static_cast<std::uint32_t>(__builtin_ia32_pmovmskb128(reinterpret_cast<Chars>(equal)));
    };
    return half(0) | half(side) << side;
#else
    std::uint32_t equal = 0;
    for (std::size_t k = 0; k < block; ++k)
      equal |= static_cast<std::uint32_t>(bytes[k] == mark) << k;
    return equal;
#endif
  }

  std::size_t width_;        // targets, in whole squares
  std::size_t first_ = 0;    // spike of the first block, a multiple of `block`
  std::size_t written_ = 0;  // spikes whose rows there are
  std::size_t turned_ = 0;   // blocks, from the first on
  std::deque<std::vector<std::uint8_t>> blocks_;
  std::vector<std::vector<std::uint8_t>> spare_;
};

}  // namespace retrograde
