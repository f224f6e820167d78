// Numbers the values that are learned, in ascending order: where somebody keeps something for each
// of them and nothing for the others.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <retrograde/adjoint/train/runs.hpp>

namespace retrograde {

class LearnedIndex {
 public:
  LearnedIndex() = default;
  explicit LearnedIndex(const Runs<char>& learned) {
    learned.for_each_run(0, learned.size(), [&](std::size_t begin, std::size_t end, char flag) {
      if (flag == 0) return;
      runs_.push_back({begin, end, size_});
      size_ += end - begin;
    });
  }

  // How many are learned.
  std::size_t size() const { return size_; }
  // How many before value k are: its number, if it is one of them. O(log runs).
  std::size_t before(std::size_t k) const {
    const auto after = std::upper_bound(
        runs_.begin(), runs_.end(), k, [](std::size_t a, const Run& run) { return a < run.begin; });
    if (after == runs_.begin()) return 0;
    const Run& run = *(after - 1);
    return run.before + std::min(k, run.end) - run.begin;
  }

 private:
  struct Run {
    std::size_t begin, end, before;
  };
  std::vector<Run> runs_;  // of what is learned
  std::size_t size_ = 0;
};

}  // namespace retrograde
