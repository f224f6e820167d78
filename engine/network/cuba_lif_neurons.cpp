#include <fmt/format.h>

#include <retrograde/engine/network/cuba_lif_neurons.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

const CubaLifDynamics* cuba_lif_dynamics(const Network& network, std::uint32_t population) {
  return dynamic_cast<const CubaLifDynamics*>(network.dynamics(population));
}

const CubaLif& cuba_lif_neuron(const Network& network, NeuronId neuron) {
  const std::uint32_t p = network.population_of(neuron);
  const CubaLifDynamics* dynamics = cuba_lif_dynamics(network, p);
  if (!dynamics)
    throw InternalError(
        fmt::format("cuba_lif_neuron: {} is not a cuba_lif neuron with one exponential receptor",
                    network.neuron_name(neuron)));
  return dynamics->neuron(neuron - network.populations()[p].first);
}

}  // namespace retrograde
