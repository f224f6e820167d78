// The neurons of one population on numbers with a derivative, which adjoint/check/tangent.hpp takes
// forward along a tape; see engine/neuron/model.hpp for what its functions mean.
#pragma once

#include <cstddef>
#include <cstdint>

#include <retrograde/adjoint/neuron/dual.hpp>
#include <retrograde/engine/neuron/time_weight.hpp>

namespace retrograde {

using Tangent = Dual<1>;

class TangentDynamics {
 public:
  virtual ~TangentDynamics() = default;
  virtual std::size_t state_size() const = 0;
  virtual void start(std::uint32_t n, Tangent* x) const = 0;
  virtual void set_voltage(Tangent* x, double v) const = 0;
  virtual void flow(std::uint32_t n, Tangent* x, const Tangent& s) const = 0;
  virtual void flow_held(std::uint32_t n, Tangent* x, const Tangent& s) const = 0;
  virtual void receive(std::uint32_t n, Tangent* x, unsigned receptor,
                       const Tangent& weight) const = 0;
  virtual Tangent gap(std::uint32_t n, const Tangent* x) const = 0;
  virtual void reset(std::uint32_t n, Tangent* x) const = 0;
  virtual Tangent voltage(std::uint32_t n, const Tangent* x) const = 0;
  virtual Tangent voltage_integral(std::uint32_t n, const Tangent* x, const Tangent& s,
                                   const WeightStretch<Tangent>& weight) const = 0;
};

}  // namespace retrograde
