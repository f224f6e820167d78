// What the backward pass returns: the derivative of the loss with respect to every parameter, and
// with respect to the time of every input spike.
#pragma once

#include <span>
#include <vector>

#include <retrograde/engine/parameters.hpp>

namespace retrograde {

// Where dL/dparameter lie: as the parameters (engine/parameters.hpp), unless a gradient does without
// those of delays, which are as many as the weights; what follows them moves up then.
struct GradientLayout {
  ParameterLayout parameters;
  bool delays = true;

  GradientLayout() = default;
  GradientLayout(const ParameterLayout& of, bool with_delays = true)
      : parameters(of), delays(with_delays) {}

  std::size_t size() const { return parameters.size() - left_out(); }
  std::size_t offset(ParameterKind kind) const { return place(parameters.offset(kind)); }
  std::size_t count(ParameterKind kind) const {
    return kind == ParameterKind::delay && !delays ? 0 : parameters.count(kind);
  }
  // Of entry k of the parameters, unless it is a delay that is left out.
  std::size_t place(std::size_t k) const {
    return k <= parameters.offset(ParameterKind::delay) ? k : k - left_out();
  }

 private:
  std::size_t left_out() const { return delays ? 0 : parameters.count(ParameterKind::delay); }
};

struct Gradient {
  GradientLayout layout;
  std::vector<double> parameters;   // dL/dparameter
  std::vector<double> input_times;  // dL/dt of Trial::inputs[k] (1/ms)
  // dL/dV(0) per neuron, where asked for by giving it that size before the backward pass.
  std::vector<double> initial_v = {};
  std::vector<double> input_payloads =
      {};  // dL/dpayload of each input of a graded trial; else empty

  bool fits(const ParameterLayout& network) const {
    return layout.parameters == network && parameters.size() == layout.size();
  }
  // Empty where it is left out.
  std::span<double> of(ParameterKind kind) {
    return std::span(parameters).subspan(layout.offset(kind), layout.count(kind));
  }
  std::span<const double> of(ParameterKind kind) const {
    return std::span(parameters).subspan(layout.offset(kind), layout.count(kind));
  }
};

}  // namespace retrograde
