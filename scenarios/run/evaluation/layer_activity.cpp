#include <retrograde/scenarios/run/evaluation/layer_activity.hpp>

namespace retrograde {

std::vector<std::uint32_t> spiking_populations(const Network& network) {
  std::vector<std::uint32_t> spiking;
  for (std::uint32_t p = 0; p < network.populations().size(); ++p) {
    const Model model = network.populations()[p].model;
    if (!model->is_input() && model->fires()) spiking.push_back(p);
  }
  return spiking;
}

std::vector<LayerActivity> layer_activity(const Network& network, const SetResult& result) {
  std::vector<LayerActivity> layers;
  if (result.trials == 0 || result.spikes.size() != network.neuron_count()) return layers;
  const auto trials = static_cast<double>(result.trials);
  for (const std::uint32_t p : spiking_populations(network)) {
    const Population& population = network.populations()[p];
    LayerActivity layer{p, {}, 0, 0};
    std::uint64_t sum = 0;
    for (NeuronId n = population.first; n < population.first + population.size; ++n) {
      sum += result.spikes[n];
      layer.silent += result.spikes[n] == 0;
      layer.spikes.push_back(static_cast<double>(result.spikes[n]) / trials);
    }
    layer.mean = static_cast<double>(sum) / static_cast<double>(population.size) / trials;
    layers.push_back(std::move(layer));
  }
  return layers;
}

}  // namespace retrograde
