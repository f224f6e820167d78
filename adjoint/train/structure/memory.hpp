// What is remembered of pairs without a synapse, and would be another if they had never had one: the
// delay that was learned, and Adam's moments of the weight, where the rule keeps these. A pair that
// is not here would begin as at first.
#pragma once

#include <span>
#include <vector>

#include <retrograde/adjoint/adam_step.hpp>
#include <retrograde/adjoint/train/structure/pairs.hpp>

namespace retrograde {

struct Remembered {
  PairId pair = 0;
  double delay = 0.0;                              // ms
  double first_moment = 0.0, second_moment = 0.0;  // of the weight

  bool operator==(const Remembered&) const = default;
};

// The gradient of the weight that a pair does not have.
struct PairGradient {
  PairId pair;
  double gradient;
};

class PairMemory {
 public:
  PairMemory() = default;
  // `all` is ascending by pair.
  explicit PairMemory(std::vector<Remembered> all) : all_(std::move(all)) {}

  const std::vector<Remembered>& all() const { return all_; }
  // Null: nothing. O(log).
  const Remembered* find(PairId pair) const;

  // A step of the moments of all pairs without a synapse, `gradients` ascending; who is not in it
  // has a gradient of 0. `pairs` says with which delay somebody new would begin. O(remembered +
  // gradients).
  void step(const AdamStep& step, std::span<const PairGradient> gradients, const Pairs& pairs);
  // These are remembered now, and those are not any more; both ascending. O(all of them).
  void exchange(std::span<const Remembered> leaving, std::span<const PairId> coming);

 private:
  std::vector<Remembered> all_;
};

}  // namespace retrograde
