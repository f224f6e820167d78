// The cuba_lif neurons of a network, for those who follow the closed forms of this one model: windows,
// costates written by hand, chips.
#pragma once

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/neuron/cuba_lif_dynamics.hpp>

namespace retrograde {

// Those of a population; null unless it is of cuba_lif or cuba_li with one exponential receptor.
const CubaLifDynamics* cuba_lif_dynamics(const Network& network, std::uint32_t population);
// One neuron of such a population.
const CubaLif& cuba_lif_neuron(const Network& network, NeuronId neuron);

}  // namespace retrograde
