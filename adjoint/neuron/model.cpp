#include <map>
#include <string>

#include <retrograde/adjoint/neuron/cuba_lif_adjoint.hpp>
#include <retrograde/adjoint/neuron/generic.hpp>
#include <retrograde/adjoint/neuron/model.hpp>
#include <retrograde/engine/neuron/alif.hpp>
#include <retrograde/engine/neuron/qif.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

std::map<std::string, AdjointFactory, std::less<>>& registry() {
  static std::map<std::string, AdjointFactory, std::less<>> factories;
  return factories;
}

}  // namespace

std::unique_ptr<AdjointDynamics> adjoint_dynamics(const Network& network,
                                                  std::uint32_t population) {
  const Model model = network.populations()[population].model;
  if (model->is_input()) return nullptr;
  if (cuba_lif_dynamics(network, population))
    return std::make_unique<CubaLifAdjoint>(network, population);
  if (model == Model::alif || model == Model::cuba_lif || model == Model::cuba_li)
    return std::make_unique<GenericAdjoint<Alif>>(network, population);
  if (model == Model::qif) return std::make_unique<GenericAdjoint<Qif>>(network, population);
  const auto found = registry().find(model->name());
  if (found == registry().end())
    throw InternalError(std::string(model->name()) +
                        ": this neuron model has no backward pass; add it by register_neuron");
  return found->second(network, population);
}

void register_adjoint(std::string_view model, AdjointFactory factory) {
  registry().insert_or_assign(std::string(model), std::move(factory));
}

}  // namespace retrograde
