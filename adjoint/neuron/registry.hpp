// What the adjoint knows of each neuron model: how it goes back, and how it goes forward on numbers
// with a derivative. The engine's side is in engine/neuron/model.hpp; register.hpp adds all of a
// user's model at once, shipped.cpp those of the engine, by the same door.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <retrograde/adjoint/neuron/model.hpp>
#include <retrograde/adjoint/neuron/tangent_model.hpp>
#include <retrograde/engine/network/network.hpp>

namespace retrograde {

// Both make the neurons of a population of a network, which outlives them; `direction` is in the
// layout of its parameters.
struct AdjointSides {
  std::function<std::unique_ptr<AdjointDynamics>(const Network&, std::uint32_t population)>
      backward;
  std::function<std::unique_ptr<TangentDynamics>(const Network&, std::uint32_t population,
                                                 std::span<const double> direction)>
      tangent;
};

// Throws InternalError if the model has sides already. Call it before any thread asks.
void register_sides(Model model, AdjointSides sides);

// Of the models that come with the engine, but for inputs, which have none.
std::vector<std::pair<Model, AdjointSides>> shipped_sides();

// The neurons of a population, by the sides of its model. Null for inputs. Throw InternalError for
// a model without sides.
std::unique_ptr<AdjointDynamics> adjoint_dynamics(const Network& network, std::uint32_t population);
std::unique_ptr<TangentDynamics> tangent_dynamics(const Network& network, std::uint32_t population,
                                                  std::span<const double> direction);

}  // namespace retrograde
