// Surrogate gradients: what stands for the derivative of the step H(x) by which a neuron that goes in
// steps fires, x = V - v_threshold in units of amplitude. H itself has none that is of use.
//
//   arctangent    (a/2) / (1 + (pi a x / 2)^2)   Fang et al., ICCV 2021; a = 2 there
//   fast_sigmoid  (a/2) / (1 + a |x|)^2          the slope of (1 + a x / (1 + a |x|)) / 2
//   superspike    1 / (1 + a |x|)^2              Zenke & Ganguli, Neural Comput. 30, 1514 (2018)
#pragma once

#include <cmath>
#include <cstdint>

namespace retrograde {

enum class SurrogateShape : std::uint8_t { arctangent, fast_sigmoid, superspike };

struct Surrogate {
  SurrogateShape shape = SurrogateShape::arctangent;
  double slope = 5.0;  // a

  float operator()(float x) const {
    const auto a = static_cast<float>(slope);
    if (shape == SurrogateShape::arctangent) {
      const float y = 1.57079632679489662f * a * x;
      return 0.5f * a / (1.0f + y * y);
    }
    const float y = 1.0f + a * std::fabs(x);
    return (shape == SurrogateShape::fast_sigmoid ? 0.5f * a : 1.0f) / (y * y);
  }
};

}  // namespace retrograde
