// Surrogate gradients: what stands for the derivative of the step H(x) by which a neuron that goes in
// steps fires, x = V - v_threshold in units of amplitude. H itself has none that is of use.
//
//   arctangent    (a/2) / (1 + (pi a x / 2)^2)   Fang et al., ICCV 2021; a = 2 there
//   fast_sigmoid  (a/2) / (1 + a |x|)^2          the slope of (1 + a x / (1 + a |x|)) / 2
//   superspike    1 / (1 + a |x|)^2              Zenke & Ganguli, Neural Comput. 30, 1514 (2018)
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>

namespace retrograde {

enum class SurrogateShape : std::uint8_t { arctangent, fast_sigmoid, superspike };

struct Surrogate {
  SurrogateShape shape = SurrogateShape::arctangent;
  double slope = 5.0;  // a

  float operator()(float x) const {
    std::array<float, 1> at{x}, result{};
    of(at, result);
    return result[0];
  }
  // Of several x at once.
  template <std::size_t size>
  void of(const std::array<float, size>& x, std::array<float, size>& to) const {
    const auto a = static_cast<float>(slope);
    if (shape == SurrogateShape::arctangent) {
      for (std::size_t k = 0; k < size; ++k) {
        const float y = 0.5f * std::numbers::pi_v<float> * a * x[k];
        to[k] = 0.5f * a / (1.0f + y * y);
      }
      return;
    }
    const float height = shape == SurrogateShape::fast_sigmoid ? 0.5f * a : 1.0f;
    for (std::size_t k = 0; k < size; ++k) {
      const float y = 1.0f + a * std::fabs(x[k]);
      to[k] = height / (y * y);
    }
  }
};

}  // namespace retrograde
