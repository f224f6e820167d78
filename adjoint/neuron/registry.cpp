#include <map>
#include <string>

#include <retrograde/adjoint/neuron/registry.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

using Registry = std::map<std::string, AdjointSides, std::less<>>;

void add(Registry& registry, Model model, AdjointSides sides) {
  if (!registry.emplace(model->name(), std::move(sides)).second)
    throw InternalError(std::string(model->name()) + ": this neuron model has its sides already");
}

Registry& registry() {
  static Registry all = [] {
    Registry shipped;
    for (auto& [model, sides] : shipped_sides()) add(shipped, model, std::move(sides));
    return shipped;
  }();
  return all;
}

const AdjointSides& sides_of(Model model) {
  const auto found = registry().find(model->name());
  if (found == registry().end())
    throw InternalError(std::string(model->name()) +
                        ": this neuron model has no backward pass; add it by register_neuron");
  return found->second;
}

}  // namespace

void register_sides(Model model, AdjointSides sides) { add(registry(), model, std::move(sides)); }

std::unique_ptr<AdjointDynamics> adjoint_dynamics(const Network& network,
                                                  std::uint32_t population) {
  const Model model = network.populations()[population].model;
  return model->is_input() ? nullptr : sides_of(model).backward(network, population);
}

std::unique_ptr<TangentDynamics> tangent_dynamics(const Network& network, std::uint32_t population,
                                                  std::span<const double> direction) {
  const Model model = network.populations()[population].model;
  return model->is_input() ? nullptr : sides_of(model).tangent(network, population, direction);
}

}  // namespace retrograde
