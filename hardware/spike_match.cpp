#include <algorithm>
#include <cmath>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/spike_match.hpp>

namespace retrograde {

namespace {

const SpikeTrains::Population* find(const SpikeTrains& trains, const std::string& name) {
  for (const auto& p : trains.populations)
    if (p.name == name) return &p;
  return nullptr;
}

std::optional<Time> nearest(const std::vector<Time>& times, Time t) {
  if (times.empty()) return std::nullopt;
  return *std::min_element(times.begin(), times.end(),
                           [t](Time x, Time y) { return std::abs(x - t) < std::abs(y - t); });
}

}  // namespace

SpikeMatch match(const SpikeTrains& a, const SpikeTrains& b, Time tolerance,
                 const std::vector<std::string>& only) {
  SpikeMatch result;
  result.tolerance = tolerance;
  for (const auto& p : b.populations)
    if (!find(a, p.name)) result.only_b.push_back(p.name);
  std::uint64_t neurons = 0;
  for (const SpikeTrains::Population& in_a : a.populations) {
    if (!only.empty() && std::find(only.begin(), only.end(), in_a.name) == only.end()) continue;
    const SpikeTrains::Population* const in_b = find(b, in_a.name);
    if (!in_b) {
      result.only_a.push_back(in_a.name);
      continue;
    }
    MatchedPopulation m;
    m.name = in_a.name;
    const auto index = static_cast<std::uint32_t>(result.populations.size());
    double sum = 0.0, squares = 0.0;
    for (std::uint32_t k = 0; k < std::min(in_a.neurons.size(), in_b->neurons.size()); ++k) {
      if (!in_a.neurons[k] || !in_b->neurons[k]) continue;
      ++m.neurons;
      const std::vector<Time>&x = *in_a.neurons[k], &y = *in_b->neurons[k];
      m.spikes_a += x.size();
      m.spikes_b += y.size();
      const auto alone = [&](Time t, bool on_a) {
        if (!result.first || t < result.first->time)
          result.first = UnmatchedSpike{index, k, t, on_a, nearest(on_a ? y : x, t)};
      };
      for (std::size_t i = 0, j = 0; i < x.size() || j < y.size();) {
        if (i < x.size() && j < y.size() && std::abs(y[j] - x[i]) <= tolerance) {
          const double shift = y[j++] - x[i++];
          ++m.matched;
          sum += shift;
          squares += shift * shift;
          m.largest = std::max(m.largest, std::abs(shift));
        } else if (j == y.size() || (i < x.size() && x[i] < y[j])) {
          alone(x[i++], true);
        } else {
          alone(y[j++], false);
        }
      }
    }
    if (m.matched > 0) {
      m.mean = sum / static_cast<double>(m.matched);
      m.deviation = std::sqrt(squares / static_cast<double>(m.matched));
    }
    neurons += m.neurons;
    result.populations.push_back(std::move(m));
  }
  if (neurons == 0)
    throw NetworkError("traces",
                       "no neuron's spikes are recorded on both sides; the names of populations "
                       "have to be the same");
  return result;
}

}  // namespace retrograde
