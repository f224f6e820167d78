// Chip networks of dense layers, for tests that need sizes and not behaviour.
#pragma once

#include <string>
#include <vector>

#include <retrograde/hardware/loihi2/model/chip_network.hpp>

namespace retrograde::test {

// Layers of these sizes, the first an input, each dense onto the next with 8-bit mixed weights; the
// layers named in `recurrent` dense onto themselves, too. Decays are 742 and 200 of 4096.
inline loihi2::ChipNetwork dense_chip(const std::vector<std::uint32_t>& sizes,
                                      const std::vector<std::uint32_t>& recurrent = {}) {
  loihi2::ChipNetwork chip;
  NeuronId first = 0;
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    chip.populations.push_back(
        {"layer" + std::to_string(k), k == 0 ? Model::input : Model::cuba_lif, first, sizes[k]});
    first += sizes[k];
  }
  loihi2::CubaLif neuron;
  neuron.du = 741;
  neuron.dv = 200;
  neuron.vth = 2048;
  chip.neurons.assign(first, neuron);
  const auto connect = [&](std::uint32_t from, std::uint32_t to) {
    loihi2::ChipProjection projection;
    projection.name = chip.populations[from].name + "->" + chip.populations[to].name;
    projection.source = from;
    projection.target = to;
    for (std::uint32_t s = 0; s < sizes[from]; ++s)
      for (std::uint32_t t = 0; t < sizes[to]; ++t)
        projection.synapses.push_back(
            {s, t, static_cast<std::int16_t>(2 * ((s * 31 + t * 17) % 255) - 254), 0});
    chip.projections.push_back(std::move(projection));
  };
  for (std::uint32_t k = 0; k + 1 < sizes.size(); ++k) connect(k, k + 1);
  for (const std::uint32_t k : recurrent) connect(k, k);
  return chip;
}

}  // namespace retrograde::test
