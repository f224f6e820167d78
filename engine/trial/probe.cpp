#include <algorithm>
#include <cmath>
#include <limits>

#include <retrograde/engine/trial/probe.hpp>

namespace retrograde {

std::vector<Time> sample_times(const Probe& probe, Time end) {
  if (!probe.times.empty())
    return {probe.times.begin(), std::upper_bound(probe.times.begin(), probe.times.end(), end)};
  // 3 * 0.1 is above 0.3: what exceeds the end by no more than rounding is meant to be the end.
  constexpr double rounding = 1.0 + 4.0 * std::numeric_limits<double>::epsilon();
  const Time last = std::fmin(probe.to, end);
  std::vector<Time> times;
  for (std::size_t k = 0;; ++k) {
    const Time t = probe.from + static_cast<double>(k) * probe.interval;
    if (t > last * rounding) return times;
    times.push_back(std::fmin(t, last));
  }
}

std::vector<Samples*> quantities_of(const Probe& probe, Recording& recording) {
  std::vector<Samples*> all;
  if (probe.v) all.push_back(&recording.v);
  if (probe.i) all.push_back(&recording.i);
  for (Samples& of_receptor : recording.receptors) all.push_back(&of_receptor);
  if (probe.threshold) all.push_back(&recording.threshold);
  return all;
}

Recording empty_recording(const Probe& probe, Time end) {
  Recording recording{.times = sample_times(probe, end)};
  recording.receptors.resize(probe.receptors.size());
  for (Samples* samples : quantities_of(probe, recording))
    samples->assign(probe.neurons.size(), std::vector<double>(recording.times.size(), 0.0));
  return recording;
}

}  // namespace retrograde
