// Adam (Kingma & Ba, ICLR 2015) over the flat parameter vector, with a learning rate per kind of
// parameter or group (LearningGroup). A step of a value x with rate r:
//
//   x := x - r (m / (sqrt(v) + epsilon) + decay x)   m, v: corrected moments of the gradient. The
//                                                    decay is beside them (AdamW: Loshchilov &
//                                                    Hutter, ICLR 2019)
//   x := sign(x) max(0, |x| - r l1)                  the proximal step of l1 |x|: it reaches 0, exactly
//   x is put into [lower, upper], and what a group has too many of is put on `lower`
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <retrograde/adjoint/adam_step.hpp>
#include <retrograde/adjoint/gradient.hpp>
#include <retrograde/adjoint/train/learned_index.hpp>
#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/adjoint/train/schedule.hpp>
#include <retrograde/engine/network/network.hpp>

namespace retrograde {

struct AdamSpec {
  std::array<double, parameter_kind_count>
      rate{};  // per ParameterKind, in the unit of the parameter; 0 freezes a kind
  std::array<double, parameter_kind_count> decay{}, l1{};  // 0: none
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
};

class Adam {
 public:
  Adam(const ParameterLayout& layout, Learning learning, const AdamSpec& spec);

  // One step from `values` down `gradient`, which lies as `layout` says and has all that is learned;
  // rates are multiplied by `factors`. O(parameters).
  void step(std::vector<double>& values, const std::vector<double>& gradient,
            const GradientLayout& layout, const RateFactors& factors);
  void step(std::vector<double>& values, const std::vector<double>& gradient,
            const RateFactors& factors) {
    step(values, gradient, layout_, factors);
  }

  // What a checkpoint has to keep: moments of what is learned, in the order of the layout, and
  // nothing for the rest.
  struct State {
    std::uint64_t steps = 0;
    std::vector<double> first_moment, second_moment;
  };
  const State& state() const { return state_; }
  void restore(State state);
  // Of value k; both 0 if it is not learned.
  struct Moments {
    double first = 0.0, second = 0.0;
  };
  Moments moments(std::size_t k) const;
  const Learning& learning() const { return learning_; }

  // For values that come and go: goes on with others and their state, by the same rates.
  void change(const ParameterLayout& layout, Learning learning, State state);
  // Puts the moments of value k back at 0.
  void forget(std::size_t k);
  // The step that was made last, for moments that are kept elsewhere.
  AdamStep last_step(ParameterKind kind) const;
  // The learning rate of value k before it is multiplied by factors.
  double rate(std::size_t k) const;

 private:
  // Values that are stepped alike, but for their bounds.
  struct Stretch {
    std::size_t begin, end;
    ParameterKind kind;
    double rate, decay, l1;
  };
  void add_stretches(ParameterKind kind);
  void step(const Stretch& stretch, std::vector<double>& values, const double* gradient,
            double factor);

  ParameterLayout layout_;
  Learning learning_;
  LearnedIndex index_;  // where moments are
  AdamSpec spec_;
  std::vector<Stretch> stretches_;  // ascending
  State state_;
  RateFactors last_factors_;
};

}  // namespace retrograde
