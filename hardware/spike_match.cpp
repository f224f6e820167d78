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

// Adds a neuron that both sides recorded; `sum` and `squares` of the shifts are the population's.
void add_neuron(MatchedPopulation& m, const std::vector<Time>& a, const std::vector<Time>& b,
                const Partners& found, double& sum, double& squares) {
  ++m.neurons;
  m.spikes_a += a.size();
  m.spikes_b += b.size();
  m.matched += found.pairs.size();
  for (const auto& [in_a, in_b] : found.pairs) {
    const double shift = in_b - in_a;
    sum += shift;
    squares += shift * shift;
    m.largest = std::max(m.largest, std::abs(shift));
  }
}

}  // namespace

Partners partners(const std::vector<Time>& a, const std::vector<Time>& b, Time tolerance) {
  Partners result;
  for (std::size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    if (i < a.size() && j < b.size() && std::abs(b[j] - a[i]) <= tolerance)
      result.pairs.emplace_back(a[i++], b[j++]);
    else if (j == b.size() || (i < a.size() && a[i] < b[j]))
      result.alone_a.push_back(a[i++]);
    else
      result.alone_b.push_back(b[j++]);
  }
  return result;
}

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

    // Neuron by neuron: the partners, and the first spike that has none.
    MatchedPopulation m;
    m.name = in_a.name;
    const auto index = static_cast<std::uint32_t>(result.populations.size());
    double sum = 0.0, squares = 0.0;
    for (std::uint32_t k = 0; k < std::min(in_a.neurons.size(), in_b->neurons.size()); ++k) {
      if (!in_a.neurons[k] || !in_b->neurons[k]) continue;
      const std::vector<Time>&x = *in_a.neurons[k], &y = *in_b->neurons[k];
      const Partners found = partners(x, y, tolerance);
      add_neuron(m, x, y, found, sum, squares);
      for (const bool on_a : {true, false}) {
        const std::vector<Time>& alone = on_a ? found.alone_a : found.alone_b;
        if (!alone.empty() && (!result.first || alone[0] < result.first->time))
          result.first = UnmatchedSpike{index, k, alone[0], on_a, nearest(on_a ? y : x, alone[0])};
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
