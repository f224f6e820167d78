#include <algorithm>
#include <iterator>

#include <retrograde/adjoint/train/structure/memory.hpp>

namespace retrograde {

namespace {

bool before(const Remembered& a, const Remembered& b) { return a.pair < b.pair; }

}  // namespace

const Remembered* PairMemory::find(PairId pair) const {
  const auto found = std::lower_bound(all_.begin(), all_.end(), Remembered{pair}, before);
  return found == all_.end() || found->pair != pair ? nullptr : &*found;
}

void PairMemory::step(const AdamStep& step, std::span<const PairGradient> gradients,
                      const Pairs& pairs) {
  std::vector<Remembered> fresh;
  auto next = all_.begin();
  const auto step_before = [&](PairId pair) {
    for (; next != all_.end() && next->pair < pair; ++next)
      step(1.0, 0.0, next->first_moment, next->second_moment);
  };
  for (const PairGradient& g : gradients) {
    step_before(g.pair);
    if (next != all_.end() && next->pair == g.pair) {
      step(1.0, g.gradient, next->first_moment, next->second_moment);
      ++next;
    } else if (g.gradient != 0.0) {
      Remembered& made = fresh.emplace_back(Remembered{g.pair, pairs.delay(g.pair)});
      step(1.0, g.gradient, made.first_moment, made.second_moment);
    }
  }
  step_before(pairs.count());
  exchange(fresh, {});
}

void PairMemory::exchange(std::span<const Remembered> leaving, std::span<const PairId> coming) {
  if (leaving.empty() && coming.empty()) return;
  std::vector<Remembered> all;
  all.reserve(all_.size() + leaving.size());
  std::merge(all_.begin(), all_.end(), leaving.begin(), leaving.end(), std::back_inserter(all),
             before);
  std::erase_if(all, [&](const Remembered& r) {
    return std::binary_search(coming.begin(), coming.end(), r.pair);
  });
  all_ = std::move(all);
}

}  // namespace retrograde
