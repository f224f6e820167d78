#include <algorithm>
#include <map>
#include <utility>

#include <retrograde/adjoint/train/structure/absent.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

AbsentPairs::AbsentPairs(std::vector<PairRange> ranges, std::span<const PairId> present)
    : ranges_(std::move(ranges)) {
  for (const PairRange& range : ranges_) {
    offset_.push_back(size_);
    const auto first = std::lower_bound(present.begin(), present.end(), range.begin);
    const auto last = std::lower_bound(first, present.end(), range.end);
    for (auto pair = first; pair != last; ++pair) present_.push_back(size_ + *pair - range.begin);
    size_ += range.end - range.begin;
  }
  size_ -= present_.size();
}

PairId AbsentPairs::operator[](std::uint64_t rank) const {
  if (rank >= size_) throw InternalError("AbsentPairs: no such rank");
  // Before the j-th that is present lie present_[j] - j that are not; j grows until that exceeds the
  // rank, and so many present ones lie before the pair.
  std::size_t before = 0;
  for (std::size_t end = present_.size(); before < end;) {
    const std::size_t middle = before + (end - before) / 2;
    if (present_[middle] - middle > rank)
      end = middle;
    else
      before = middle + 1;
  }
  const std::uint64_t place = rank + before;
  const auto after = std::upper_bound(offset_.begin(), offset_.end(), place);
  const auto range = static_cast<std::size_t>(after - offset_.begin() - 1);
  return ranges_[range].begin + (place - offset_[range]);
}

std::vector<std::uint64_t> draw_distinct(std::uint64_t n, std::uint64_t count, Random random) {
  if (count > n) throw InternalError("draw_distinct: more than there are");
  std::map<std::uint64_t, std::uint64_t> moved;  // who stands at a place, where it is not its own
  const auto at = [&](std::uint64_t place) {
    const auto found = moved.find(place);
    return found == moved.end() ? place : found->second;
  };
  std::vector<std::uint64_t> drawn;
  drawn.reserve(count);
  for (std::uint64_t k = 0; k < count; ++k) {
    const std::uint64_t other = k + random.index(n - k);
    drawn.push_back(at(other));
    moved[other] = at(k);
    moved.erase(k);  // nobody comes by again
  }
  return drawn;
}

}  // namespace retrograde
