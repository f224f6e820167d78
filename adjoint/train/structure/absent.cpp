#include <algorithm>
#include <map>
#include <numeric>
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
  // Before the j-th that is present lie present_[j] - j that are not; j grows until that exceeds
  // the rank, and so many present ones lie before the pair.
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

namespace {

// The first `count` of 0 .. n - 1 in an order of Fisher and Yates; `places` has who stands where.
template <typename Places>
std::vector<std::uint64_t> exchanged(Places places, std::uint64_t n, std::uint64_t count,
                                     Random random) {
  std::vector<std::uint64_t> drawn;
  drawn.reserve(count);
  for (std::uint64_t k = 0; k < count; ++k) {
    const std::uint64_t other = k + random.index(n - k);
    drawn.push_back(places.at(other));
    places.put(other, places.at(k));
    places.leave(k);  // nobody comes by again
  }
  return drawn;
}

// Those places alone where somebody else stands than at first.
struct FewPlaces {
  std::map<std::uint64_t, std::uint64_t> moved;

  std::uint64_t at(std::uint64_t place) const {
    const auto found = moved.find(place);
    return found == moved.end() ? place : found->second;
  }
  void put(std::uint64_t place, std::uint64_t who) { moved[place] = who; }
  void leave(std::uint64_t place) { moved.erase(place); }
};

struct AllPlaces {
  std::vector<std::uint64_t> who;

  std::uint64_t at(std::uint64_t place) const { return who[place]; }
  void put(std::uint64_t place, std::uint64_t other) { who[place] = other; }
  void leave(std::uint64_t /*place*/) {}
};

}  // namespace

std::vector<std::uint64_t> draw_distinct(std::uint64_t n, std::uint64_t count, Random random) {
  if (count > n) throw InternalError("draw_distinct: more than there are");
  // A list of all is ten times as fast, and not longer than a few times what is drawn.
  if (n / 8 > count) return exchanged(FewPlaces{}, n, count, random);
  AllPlaces all{std::vector<std::uint64_t>(n)};
  std::iota(all.who.begin(), all.who.end(), std::uint64_t{0});
  return exchanged(std::move(all), n, count, random);
}

}  // namespace retrograde
