// Adam (Kingma & Ba, ICLR 2015) over the flat parameter vector, with a learning rate per kind of
// parameter, and projection into the bounds of Learning after each step (delays stay in [d_min,
// d_max]).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/engine/network/network.hpp>

namespace retrograde {

struct AdamSpec {
  std::array<double, parameter_kind_count>
      rate{};  // per ParameterKind, in the unit of the parameter; 0 freezes a kind
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
};

class Adam {
 public:
  Adam(const ParameterLayout& layout, Learning learning, const AdamSpec& spec);

  // One step from `values` down `gradient`; all rates are multiplied by `rate_factor`.
  // O(parameters).
  void step(std::vector<double>& values, const std::vector<double>& gradient, double rate_factor);

  // What a checkpoint has to keep.
  struct State {
    std::uint64_t steps = 0;
    std::vector<double> first_moment, second_moment;
  };
  const State& state() const { return state_; }
  void restore(State state);
  const Learning& learning() const { return learning_; }

 private:
  ParameterLayout layout_;
  Learning learning_;
  AdamSpec spec_;
  State state_;
};

}  // namespace retrograde
