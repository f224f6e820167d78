// Arrivals over sparse projections on their way, a list per window of the ring (WindowGrid), for as
// many windows as the longest delay spans.
//
// Lists grow in blocks that are handed on from windows that are over to those to come: nothing is moved,
// and there is room for what is under way and little more.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include <retrograde/events/time.hpp>

namespace retrograde {

struct Arrival {
  Time time;
  double weight;
  std::uint32_t target;  // within the layer
  std::uint32_t order;   // of the spike within its train
};

class ArrivalLists {
 public:
  explicit ArrivalLists(std::size_t slots) : lists_(slots) {}

  bool empty() const { return lists_.empty(); }  // no lists at all

  void add(std::size_t slot, const Arrival& arrival) {
    List& list = lists_[slot];
    if (list.next == list.end) extend(list);
    *list.next++ = arrival;
  }

  // Calls body(arrivals, count) for one stretch of the list after the other.
  template <typename Body>
  void for_each_stretch(std::size_t slot, const Body& body) const {
    const List& list = lists_[slot];
    for (std::size_t b = 0; b < list.blocks.size(); ++b) {
      const Arrival* begin = list.blocks[b];
      const bool last = b + 1 == list.blocks.size();
      body(begin, last ? static_cast<std::size_t>(list.next - begin) : block);
    }
  }

  void clear(std::size_t slot) {
    List& list = lists_[slot];
    spare_.insert(spare_.end(), list.blocks.begin(), list.blocks.end());
    list.blocks.clear();
    list.next = list.end = nullptr;
  }

  static constexpr std::size_t block = 128;  // arrivals of a stretch at most

 private:
  struct List {
    Arrival *next = nullptr, *end = nullptr;  // of its last block
    std::vector<Arrival*> blocks;
  };

  void extend(List& list) {
    if (spare_.empty()) {
      blocks_.emplace_back();
      spare_.push_back(blocks_.back().data());
    }
    list.blocks.push_back(spare_.back());
    spare_.pop_back();
    list.next = list.blocks.back();
    list.end = list.next + block;
  }

  std::vector<List> lists_;                        // per slot
  std::deque<std::array<Arrival, block>> blocks_;  // where they are, which never moves
  std::vector<Arrival*> spare_;
};

}  // namespace retrograde
