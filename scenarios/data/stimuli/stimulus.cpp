#include <algorithm>
#include <cmath>
#include <cstddef>

#include <retrograde/scenarios/data/stimuli/stimulus.hpp>

namespace retrograde {

double exponential(Random& random) {
  for (double whole = 0.0;; whole += 1.0) {
    const double first = random.uniform();
    double last = first;
    bool odd = true;  // the length of the descending run that begins with it
    for (;;) {
      const double next = random.uniform();
      if (next >= last) break;
      last = next;
      odd = !odd;
    }
    if (odd) return whole + first;
  }
}

void put_in_order(std::vector<Spike>& spikes, std::size_t from) {
  const auto begin = spikes.begin() + static_cast<std::ptrdiff_t>(from);
  if (!std::is_sorted(begin, spikes.end())) std::sort(begin, spikes.end());
  spikes.erase(std::unique(begin, spikes.end()), spikes.end());
}

void sort_spikes(std::vector<Spike>& spikes, Time duration) {
  constexpr std::size_t per_bucket = 8, few = 1024;
  if (std::is_sorted(spikes.begin(), spikes.end())) {
    put_in_order(spikes, 0);
    return;
  }
  if (spikes.size() > few) {
    // First into short stretches of time, one pass to count and one to move.
    const std::size_t buckets = spikes.size() / per_bucket;
    const double rate = static_cast<double>(buckets) / duration;
    const auto bucket = [&](const Spike& s) {
      return std::min(buckets - 1, static_cast<std::size_t>(s.time * rate));
    };
    std::vector<std::size_t> next(buckets + 1, 0);
    for (const Spike& s : spikes) ++next[bucket(s) + 1];
    for (std::size_t b = 0; b < buckets; ++b) next[b + 1] += next[b];
    const std::vector<std::size_t> begins = next;
    std::vector<Spike> moved(spikes.size());
    for (const Spike& s : spikes) moved[next[bucket(s)]++] = s;
    for (std::size_t b = 0; b < buckets; ++b)
      std::sort(moved.begin() + static_cast<std::ptrdiff_t>(begins[b]),
                moved.begin() + static_cast<std::ptrdiff_t>(begins[b + 1]));
    spikes = std::move(moved);
  }
  put_in_order(spikes, 0);
}

}  // namespace retrograde
