#include <retrograde/adjoint/neuron/cuba_lif_adjoint.hpp>
#include <retrograde/adjoint/neuron/cuba_lif_step_adjoint.hpp>
#include <retrograde/adjoint/neuron/register.hpp>
#include <retrograde/engine/network/cuba_lif_neurons.hpp>
#include <retrograde/engine/neuron/alif.hpp>
#include <retrograde/engine/neuron/qif.hpp>

namespace retrograde {

namespace {

// By hand with one exponential receptor, step receptors or both; with others its neurons are those
// of alif without adaptation, as on the way forward.
AdjointSides cuba_lif_sides() {
  AdjointSides sides = sides_by<Alif>();
  sides.backward = [others = sides.backward](
                       const Network& network,
                       std::uint32_t population) -> std::unique_ptr<AdjointDynamics> {
    if (const CubaLifDynamics* plain = cuba_lif_dynamics(network, population))
      return std::make_unique<CubaLifAdjoint>(plain->neurons());
    const Dynamics* dynamics = network.dynamics(population);
    if (const auto* stepped = dynamic_cast<const CubaLifStepDynamics*>(dynamics))
      return std::make_unique<CubaLifStepAdjoint>(*stepped);
    return others(network, population);
  };
  return sides;
}

}  // namespace

std::vector<std::pair<Model, AdjointSides>> shipped_sides() {
  return {{Model::cuba_lif, cuba_lif_sides()},
          {Model::cuba_li, cuba_lif_sides()},
          {Model::alif, sides_by<Alif>()},
          {Model::qif, sides_by<Qif>()}};
}

}  // namespace retrograde
