#include <utility>

#include <retrograde/engine/network/with_synapses.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

NetworkBuilder with_neurons_of(const Network& network) {
  NetworkBuilder builder;
  for (const Population& population : network.populations()) {
    PopulationSpec spec;
    spec.name = population.name;
    spec.model = population.model;
    spec.size = population.size;
    spec.receptors = population.receptors;
    for (const ParameterKind kind : neuron_parameter_kinds) {
      if (!population.has(kind)) continue;
      const auto values = network.parameters(kind).subspan(population.first, population.size);
      spec.values(kind).assign(values.begin(), values.end());
    }
    builder.add(std::move(spec));
  }
  return builder;
}

Network with_synapses(const Network& network, std::vector<std::vector<SynapseSpec>> synapses) {
  if (synapses.size() != network.projections().size())
    throw InternalError("with_synapses: one list for each projection");
  NetworkBuilder builder = with_neurons_of(network);
  for (std::size_t p = 0; p < synapses.size(); ++p) {
    const Projection& projection = network.projections()[p];
    builder.connect(projection.source, projection.target, std::move(synapses[p]), projection.name,
                    projection.receptor, projection.multapses);
  }
  return std::move(builder).build();
}

std::vector<SynapseSpec> synapses_of(const Network& network, const Projection& projection) {
  std::vector<SynapseSpec> all;
  all.reserve(projection.size);
  for (std::uint32_t i = 0; i + 1 < projection.rows.size(); ++i)
    for (SynapseId k = projection.rows[i]; k < projection.rows[i + 1]; ++k) {
      const SynapseId s = projection.first + k;
      all.push_back({i, projection.targets[k], network.weight(s), network.delay(s)});
    }
  return all;
}

}  // namespace retrograde
