#include <algorithm>
#include <cmath>
#include <vector>

#include <retrograde/scenarios/data/trials/rate_free.hpp>

namespace retrograde {

namespace {

Time before_end(Time t, Time duration) { return std::min(t, std::nextafter(duration, 0.0)); }

// Quantile (k + 1/2) / n of spikes in order. Its place among them, the first being 0, is
// ((2 k + 1) c - n) / (2 n): whole numbers, so that it is exact where it is one.
Time quantile(const std::vector<Time>& spikes, std::int64_t k, std::int64_t n, Time duration) {
  const auto c = static_cast<std::int64_t>(spikes.size());
  const std::int64_t place = (2 * k + 1) * c - n;  // times 2 n
  const auto share = [](std::int64_t part, std::int64_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
  };
  if (place < 0) return spikes.front() * share((2 * k + 1) * c, n);
  const std::int64_t j = place / (2 * n);
  if (j >= c - 1)
    return spikes.back() + (duration - spikes.back()) * share(place - 2 * n * (c - 1), n);
  const auto at = static_cast<std::size_t>(j);
  return spikes[at] + (spikes[at + 1] - spikes[at]) * share(place % (2 * n), 2 * n);
}

// For each unit the nearest that has spikes; units.size(): none has.
std::vector<std::size_t> nearest_with_spikes(const std::vector<std::vector<Time>>& units) {
  const std::size_t none = units.size();
  std::vector<std::size_t> nearest(units.size(), none);
  std::size_t seen = none;
  for (std::size_t u = 0; u < units.size(); ++u) {
    if (!units[u].empty()) seen = u;
    nearest[u] = seen;
  }
  seen = none;
  for (std::size_t u = units.size(); u-- > 0;) {
    if (!units[u].empty()) seen = u;
    if (seen != none && (nearest[u] == none || seen - u < u - nearest[u])) nearest[u] = seen;
  }
  return nearest;
}

}  // namespace

EventSample equal_counts(const EventSample& sample, std::uint32_t units, std::uint32_t count,
                         Time duration) {
  std::vector<std::vector<Time>> spikes(units);
  for (std::size_t k = 0; k < sample.times.size(); ++k)
    spikes[sample.units[k]].push_back(sample.times[k]);
  const std::vector<std::size_t> nearest = nearest_with_spikes(spikes);
  EventSample result;
  for (std::uint32_t unit = 0; unit < units; ++unit)
    for (std::uint32_t k = 0; k < count; ++k) {
      const Time t = nearest[unit] == units ? duration * (k + 0.5) / count
                                            : quantile(spikes[nearest[unit]], k, count, duration);
      result.times.push_back(before_end(t, duration));
      result.units.push_back(unit);
    }
  put_in_order(result);
  return result;
}

EventSample backward(EventSample sample, Time duration) {
  for (Time& t : sample.times) t = before_end(duration - t, duration);
  put_in_order(sample);
  return sample;
}

}  // namespace retrograde
