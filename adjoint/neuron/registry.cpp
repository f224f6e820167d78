#include <fmt/format.h>
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

const AdjointSides& sides_of(const Population& population) {
  const auto found = registry().find(population.model->name());
  if (found == registry().end())
    throw NetworkError(
        population.name,
        fmt::format("its model {} has no backward pass, so there is no gradient of this network; "
                    "take cuba_lif, alif or qif instead, or add one by register_neuron (C++)",
                    population.model->name()));
  return found->second;
}

}  // namespace

void register_sides(Model model, AdjointSides sides) { add(registry(), model, std::move(sides)); }

std::unique_ptr<AdjointDynamics> adjoint_dynamics(const Network& network,
                                                  std::uint32_t population) {
  const Population& p = network.populations()[population];
  return p.model->is_input() ? nullptr : sides_of(p).backward(network, population);
}

std::unique_ptr<TangentDynamics> tangent_dynamics(const Network& network, std::uint32_t population,
                                                  std::span<const double> direction) {
  const Population& p = network.populations()[population];
  return p.model->is_input() ? nullptr : sides_of(p).tangent(network, population, direction);
}

}  // namespace retrograde
