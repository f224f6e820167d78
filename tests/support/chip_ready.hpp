// Random networks that the chip can hold: those of random_network.hpp, reset to 0.
#pragma once

#include "tests/support/random_network.hpp"

namespace retrograde::test {

inline RandomNetwork chip_ready(const RandomNetworkSpec& spec) {
  RandomNetwork result = random_network(spec);
  const Network& network = result.network;
  std::vector<double> values(network.parameters().begin(), network.parameters().end());
  for (NeuronId n = 0; n < network.neuron_count(); ++n)
    values[network.layout().offset(ParameterKind::v_reset) + n] = 0.0;
  result.network = network.with_parameters(std::move(values));
  std::erase_if(result.trial.inputs, [&](const Spike& s) { return s.time >= spec.duration; });
  return result;
}

}  // namespace retrograde::test
