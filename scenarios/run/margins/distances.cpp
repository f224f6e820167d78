#include <algorithm>
#include <cmath>

#include <retrograde/engine/margin/trial_margins.hpp>
#include <retrograde/scenarios/run/margins/distances.hpp>

namespace retrograde {

namespace {

// The closest of each kind, kind after kind.
void keep_closest(std::vector<CloseCall>& calls) {
  std::stable_sort(calls.begin(), calls.end(), [](const CloseCall& a, const CloseCall& b) {
    return a.kind != b.kind ? a.kind < b.kind : a.distance < b.distance;
  });
  std::array<std::size_t, closeness_count> kept{};
  std::erase_if(calls, [&](const CloseCall& call) {
    return kept[static_cast<std::size_t>(call.kind)]++ >= TrialDistances::most_calls;
  });
}

}  // namespace

void Distances::add(double distance) {
  ++count;
  least = std::fmin(least, distance);
  for (std::size_t k = 0; k < limits.size(); ++k) within[k] += distance <= limits[k];
}

void Distances::add(const Distances& others) {
  count += others.count;
  least = std::fmin(least, others.least);
  for (std::size_t k = 0; k < limits.size(); ++k) within[k] += others.within[k];
}

double Distances::share_within(std::size_t limit) const {
  return count == 0 ? 0.0 : static_cast<double>(within[limit]) / static_cast<double>(count);
}

void TrialDistances::add(const TrialDistances& others) {
  if (layers.empty()) layers.resize(others.layers.size());
  for (std::size_t k = 0; k < layers.size(); ++k) {
    layers[k].layer = others.layers[k].layer;
    for (std::size_t kind = 0; kind < closeness_count; ++kind)
      layers[k].of[kind].add(others.layers[k].of[kind]);
  }
  calls.insert(calls.end(), others.calls.begin(), others.calls.end());
  keep_closest(calls);
}

TrialDistances distances_of(const Network& network, const Tape& tape, std::size_t trial) {
  TrialDistances result;
  std::vector<std::size_t> layer_of(network.populations().size());
  for (std::uint32_t p = 0; p < network.populations().size(); ++p) {
    layer_of[p] = result.layers.size();
    if (network.populations()[p].model->fires() && !network.populations()[p].model->is_input())
      result.layers.push_back({network.populations()[p].name, {}});
  }
  const auto add = [&](Closeness kind, NeuronId neuron, Time time, double distance) {
    result.layers[layer_of[network.population_of(neuron)]].of[static_cast<std::size_t>(kind)].add(
        distance);
    result.calls.push_back({kind, distance, network.neuron_name(neuron), trial, time});
  };
  const auto way = [&](NeuronId n) {
    return network.parameter(ParameterKind::v_threshold, n) -
           network.parameter(ParameterKind::v_reset, n);
  };
  const TrialMargins margins = trial_margins(network, tape);
  for (const CrossingMargin& crossing : margins.crossings) {
    const TapeSpike& spike = tape.spikes[crossing.spike];
    add(Closeness::crossing, spike.neuron, spike.time, crossing.above / way(spike.neuron));
    if (crossing.order < never) add(Closeness::order, spike.neuron, spike.time, crossing.order);
  }
  for (const SilenceMargin& silence : margins.silences)
    add(Closeness::silence, silence.neuron, silence.time, silence.below / way(silence.neuron));
  keep_closest(result.calls);
  return result;
}

}  // namespace retrograde
