// The neuron models that come with the engine: a new one is a line in shipped.cpp and, for its way
// back, one in adjoint/neuron/shipped.cpp.
#pragma once

#include <span>

#include <retrograde/engine/neuron/model.hpp>

namespace retrograde {

// In the order in which they are listed to a user.
std::span<const NeuronModel* const> shipped_models();

}  // namespace retrograde
