// The derivative of a loss along one direction, forward in time: a second way to every gradient,
// with nothing in common with the backward pass but the equations of the neurons.
//
// A run is replayed along its tape on numbers with a derivative. Times are such numbers too: the
// derivative of a spike time follows from gap(x(t), parameters) = 0, dt = -dgap/slope, an arrival
// comes its delay later, and a stretch between two events is as long as their difference. One
// direction costs about one run; a gradient of P parameters costs P of them, which is why training
// goes backward (forward-mode sensitivities: Griewank & Walther, Evaluating Derivatives, 2008).
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/adjoint/neuron/dual.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/engine/trial/tape.hpp>

namespace retrograde {

using Tangent = Dual<1>;

// The neurons of one population on numbers with a derivative; see engine/neuron/model.hpp.
class TangentDynamics {
 public:
  virtual ~TangentDynamics() = default;
  virtual std::size_t state_size() const = 0;
  virtual void start(std::uint32_t n, Tangent* x) const = 0;
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

// A direction in the space of parameters and input times.
struct Variation {
  std::span<const double> parameters;   // in the layout of Network::parameters()
  std::span<const double> input_times;  // per input spike, or empty: they stay
};

// dL along `variation` for the trial that left `tape`, where `loss` is the loss of that tape and
// `readout` the one it was run with.
double tangent(const Network& network, const Tape& tape, const LossValue& loss,
               const Readout& readout, const Variation& variation);

using TangentFactory = std::function<std::unique_ptr<TangentDynamics>(
    const Network&, std::uint32_t population, std::span<const double> direction)>;
// For the models that neuron/register.hpp adds.
void register_tangent(std::string_view model, TangentFactory factory);

}  // namespace retrograde
