#include <algorithm>
#include <utility>

#include <retrograde/adjoint/prefetched_trials.hpp>
#include <retrograde/engine/parallel.hpp>

namespace retrograde {

PrefetchedTrials::~PrefetchedTrials() {
  for (const Batch* batch : {&this_, &next_})
    if (batch->trials.valid()) batch->trials.wait();
}

void PrefetchedTrials::prefetch(std::span<const std::uint32_t> indices, std::uint32_t epoch) {
  if (this_.trials.valid()) this_.trials.wait();
  this_ = std::exchange(next_, {});
  Batch next;
  next.indices.assign(indices.begin(), indices.end());
  std::sort(next.indices.begin(), next.indices.end());
  next.epoch = epoch;
  next.trials = std::async(std::launch::async, [this, wanted = next.indices, epoch] {
                  std::vector<Trial> trials(wanted.size());
                  for_each_trial(trials.size(),
                                 [&](std::size_t k) { trials[k] = all_.shown(wanted[k], epoch); });
                  return trials;
                }).share();
  next_ = std::move(next);
}

Trial PrefetchedTrials::shown(std::size_t index, std::uint32_t epoch) const {
  for (const Batch* batch : {&this_, &next_}) {
    const auto at = std::lower_bound(batch->indices.begin(), batch->indices.end(), index);
    if (epoch == batch->epoch && at != batch->indices.end() && *at == index)
      return batch->trials.get()[static_cast<std::size_t>(at - batch->indices.begin())];
  }
  return all_.shown(index, epoch);
}

}  // namespace retrograde
