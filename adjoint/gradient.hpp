// What the backward pass returns: the derivative of the loss with respect to every parameter, in
// the layout of Network::parameters(), and with respect to the time of every input spike.
#pragma once

#include <span>
#include <vector>

#include <retrograde/engine/parameters.hpp>

namespace retrograde {

struct Gradient {
  ParameterLayout layout;
  std::vector<double> parameters;   // dL/dparameter
  std::vector<double> input_times;  // dL/dt of Trial::inputs[k] (1/ms)
  // dL/dV(0) per neuron, where asked for by giving it that size before the backward pass.
  std::vector<double> initial_v = {};
  std::vector<double> input_payloads =
      {};  // dL/dpayload of each input of a graded trial; else empty

  std::span<double> of(ParameterKind kind) {
    return std::span(parameters).subspan(layout.offset(kind), layout.count(kind));
  }
  std::span<const double> of(ParameterKind kind) const {
    return std::span(parameters).subspan(layout.offset(kind), layout.count(kind));
  }
};

}  // namespace retrograde
