// The mirror of engine/neuron/model.hpp: what a neuron model is to the backward passes. A costate
// is a few doubles per neuron, p[0] .. p[costate_size - 1]: at first dL/dx for each entry of the
// state, in whatever form the model finds useful. Running backward, `flow` and `flow_held` take it
// from the end of a stretch to its beginning, and the events of the forward run are met in reverse.
//
// `x` is the state at the beginning of a stretch, or right after an event; null for models that
// keep no trajectory.
#pragma once

#include <cstdint>

#include <retrograde/adjoint/gradient.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/neuron/time_weight.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// The part of the loss that is an integral of factor weighting(t) V(t) of one neuron; t since the
// start of a trial of `duration` ms.
struct RunningLoss {
  double factor = 0.0;
  TimeWeight weighting = {};
  Time duration = 0.0;

  double at(Time t) const { return factor == 0.0 ? 0.0 : factor * weighting.at(t, duration); }
  // Of a weighting with a closed form, over `u` ms from `from` on.
  WeightStretch<double> stretch(Time from, Time u) const {
    return weighting.stretch(from, from + u, duration).scaled(factor);
  }
  // The same without V.
  double integral(Time from, Time u) const {
    return factor == 0.0 ? 0.0 : factor * weighting.integral(from, from + u, duration);
  }
};

// Where the derivatives of one neuron's parameters are summed.
class NeuronGradient {
 public:
  NeuronGradient(Gradient& gradient, NeuronId neuron, bool all)
      : gradient_(gradient), neuron_(neuron), all_(all) {}
  void add(ParameterKind kind, double d) const {
    gradient_.parameters[gradient_.layout.offset(kind) + neuron_] += d;
  }
  // Whether the costly ones are asked for as well (engine/parameters.hpp).
  bool all() const { return all_; }

 private:
  Gradient& gradient_;
  NeuronId neuron_;
  bool all_;
};

class AdjointDynamics {
 public:
  virtual ~AdjointDynamics() = default;
  virtual std::size_t costate_size() const = 0;

  // Back over `u` ms that begin at `from`. A running loss has a closed form here; others come as
  // impulses.
  virtual void flow(std::uint32_t n, double* p, const double* x, Time from, Time u,
                    const RunningLoss& loss, const NeuronGradient& gradient) const = 0;
  // The same with V held.
  virtual void flow_held(std::uint32_t n, double* p, const double* x, Time from, Time u,
                         const RunningLoss& loss, const NeuronGradient& gradient) const = 0;

  struct OfDelivery {
    double weight;  // dL/dweight of its synapse
    double time;    // dL/dt of the arrival
  };
  virtual OfDelivery arrival(std::uint32_t n, const double* p, const double* x, unsigned receptor,
                             double weight, bool held, const NeuronGradient& gradient) const = 0;

  // The release of V, t_ref after `spike`. Returns dL/dt of the release.
  virtual double release(std::uint32_t n, double* p, const double* x, const TapeSpike& spike,
                         const NeuronGradient& gradient) const = 0;

  // The spike: g is dL/dt of it by all other ways (loss, arrivals, release); `slope` is what the
  // derivative of its time divides by.
  virtual void spike(std::uint32_t n, double* p, const double* before, const double* after,
                     const TapeSpike& spike, double slope, double g, const RunningLoss& loss,
                     const NeuronGradient& gradient) const = 0;

  // dL/dV enters at this instant.
  virtual void impulse(std::uint32_t n, double* p, const double* x, double dl_dv,
                       const NeuronGradient& gradient) const = 0;

  // The start of the trial, where V is `v`; currents are arrivals at that instant.
  virtual void start(std::uint32_t n, const double* p, double v,
                     const NeuronGradient& gradient) const = 0;
};

}  // namespace retrograde
