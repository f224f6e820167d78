#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <retrograde/scenarios/data/events/event_set.hpp>

namespace retrograde {

namespace {

bool before(const EventSample& sample, std::size_t a, std::size_t b) {
  return sample.times[a] != sample.times[b] ? sample.times[a] < sample.times[b]
                                            : sample.units[a] < sample.units[b];
}

}  // namespace

bool put_in_order(EventSample& sample) {
  const std::size_t count = sample.times.size();
  std::size_t k = 1;
  while (k < count && !before(sample, k, k - 1)) ++k;
  if (k >= count) return true;
  std::vector<std::pair<Time, std::uint32_t>> events(count);
  for (std::size_t e = 0; e < count; ++e) events[e] = {sample.times[e], sample.units[e]};
  std::sort(events.begin(), events.end());
  for (std::size_t e = 0; e < count; ++e) {
    sample.times[e] = events[e].first;
    sample.units[e] = events[e].second;
  }
  return false;
}

std::string time_fault(const EventSample& sample) {
  for (std::size_t k = 0; k < sample.times.size(); ++k)
    if (!(sample.times[k] >= 0 && std::isfinite(sample.times[k])))
      return fmt::format("event {} is at {} ms; times have to be finite and not negative", k,
                         sample.times[k]);
  return {};
}

}  // namespace retrograde
