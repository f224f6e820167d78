// Adds a neuron model of one's own: one line for a neuron written as a template over its number
// type (engine/neuron/dynamics_of.hpp). docs/neuron_models.md builds one.
#pragma once

#include <memory>

#include <retrograde/adjoint/neuron/generic.hpp>
#include <retrograde/adjoint/neuron/registry.hpp>
#include <retrograde/adjoint/neuron/tangent_of.hpp>

namespace retrograde {

// The sides of a model whose neurons are N's.
template <template <typename> class N>
AdjointSides sides_by() {
  return {[](const Network& network, std::uint32_t population) {
            return std::make_unique<GenericAdjoint<N>>(network, population);
          },
          [](const Network& network, std::uint32_t population, std::span<const double> direction) {
            return std::make_unique<TangentOf<N>>(network, population, direction);
          }};
}

// The model of neuron N, for forward and backward passes, under N's model_name. Call it once,
// before any thread builds networks. Throws NetworkError if the name is taken. A model with code of
// its own in one direction calls register_model and register_sides itself.
template <template <typename> class N>
Model register_neuron() {
  static const ModelOf<N> model;
  const Model registered = register_model(model);
  register_sides(registered, sides_by<N>());
  return registered;
}

}  // namespace retrograde
