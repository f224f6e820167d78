// A list whose neighbours are mostly equal: kept as runs of equal entries, so that it takes as much
// memory as it has something to say. A run is 8 bytes beside its value, so that a list without equal
// neighbours takes 8 bytes an entry more than a vector, and one that is the same throughout takes
// nothing.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <vector>

namespace retrograde {

template <typename T>
class Runs {
 public:
  Runs() = default;
  Runs(std::size_t size, T value) { append(size, value); }

  std::size_t size() const { return ends_.empty() ? 0 : ends_.back(); }
  // O(log runs); whoever reads many in order goes by runs.
  T operator[](std::size_t k) const { return values_[run_of(k)]; }
  friend bool operator==(const Runs&, const Runs&) = default;

  // By runs, which are ascending and as long as they can be.
  std::size_t runs() const { return ends_.size(); }
  std::size_t run_of(std::size_t k) const {
    return static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), k) -
                                    ends_.begin());
  }
  std::size_t end_of(std::size_t run) const { return ends_[run]; }
  T value_of(std::size_t run) const { return values_[run]; }
  // Calls action(begin, end, value) for the parts of runs in [begin, end), ascending.
  template <typename Action>
  void for_each_run(std::size_t begin, std::size_t end, const Action& action) const {
    for (std::size_t run = run_of(begin); begin < end; begin = ends_[run++])
      action(begin, std::min(end, ends_[run]), values_[run]);
  }
  std::size_t count(std::size_t begin, std::size_t end, T value) const {
    std::size_t count = 0;
    for_each_run(begin, end, [&](std::size_t from, std::size_t to, T v) {
      if (v == value) count += to - from;
    });
    return count;
  }

  void append(std::size_t count, T value) {
    if (count == 0) return;
    const std::size_t end = size() + count;
    if (!values_.empty() && same(values_.back(), value)) {
      ends_.back() = end;
      return;
    }
    ends_.push_back(end);
    values_.push_back(value);
  }
  // O(runs), unless they are so already.
  void fill(std::size_t begin, std::size_t count, T value) {
    if (count == 0) return;
    const std::size_t end = begin + count, run = run_of(begin);
    if (end <= ends_[run] && same(values_[run], value)) return;
    replace(begin, end, [&](Runs& all) { all.append(count, value); });
  }
  void set(std::size_t k, T value) { fill(k, 1, value); }
  // Makes value(k, what was there) of each in [begin, end), ascending. O(end - begin + runs).
  template <typename Value>
  void change(std::size_t begin, std::size_t end, Value value) {
    replace(begin, end, [&](Runs& all) {
      for_each_run(begin, end, [&](std::size_t from, std::size_t to, T old) {
        for (std::size_t k = from; k < to; ++k) all.append(1, value(k, old));
      });
    });
  }

  // Of the heap.
  std::size_t bytes() const {
    return ends_.capacity() * sizeof(std::size_t) + values_.capacity() * sizeof(T);
  }

 private:
  // 0 and -0 are two values.
  static bool same(const T& a, const T& b) {
    using Bytes = std::array<std::byte, sizeof(T)>;
    return std::bit_cast<Bytes>(a) == std::bit_cast<Bytes>(b);
  }

  template <typename Add>
  void replace(std::size_t begin, std::size_t end, const Add& add) {
    Runs all;
    const auto keep = [&](std::size_t from, std::size_t to, T v) { all.append(to - from, v); };
    for_each_run(0, begin, keep);
    add(all);
    for_each_run(end, size(), keep);
    *this = std::move(all);
  }

  std::vector<std::size_t> ends_;
  std::vector<T> values_;
};

}  // namespace retrograde
