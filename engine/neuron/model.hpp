// What a neuron model is to the schedulers.
//
// `NeuronModel` describes a model: its name, its parameters, its receptors. `Dynamics` are the
// neurons of one population with their constants; a neuron's state is a few doubles that the
// scheduler keeps, x[0] .. x[state_size - 1], whose meaning only the model knows. Everything
// happens at events; between them a neuron follows its equations in closed form:
//
//   flow        the state s ms later, nothing arriving
//   flow_held   the same during the refractory period
//   receive     a spike arrives at a receptor
//   next_spike  when the neuron fires if nothing arrives: never missed, never invented
//   find_spike  the same from a state that carries the rounding errors of a run
//   reset       what firing does to the state
//
// Shipped models: cuba_lif.hpp, alif.hpp, qif.hpp, lif.hpp. docs/neuron_models.md shows how to add one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <retrograde/engine/neuron/crossing.hpp>
#include <retrograde/engine/neuron/time_error.hpp>
#include <retrograde/engine/neuron/time_weight.hpp>
#include <retrograde/engine/parameters.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// The current that one arriving spike of weight w causes at time t after its arrival.
//   exponential: w e^(-t/tau)            alpha: w (t/tau) e^(1 - t/tau), which peaks at w
//   step:        w, for ever: a receptor without a time constant
//
// What arrives at a step receptor is summed into one held current. The sum is kept without rounding
// for any usual number of arrivals (HeldCurrent) and acts as the nearest double: +w and -w leave
// nothing, whatever lies between them.
enum class SynapseShape : std::uint8_t { exponential, alpha, step };

// By its name in files and messages.
std::string_view name(SynapseShape shape);
inline constexpr std::array synapse_shapes = {SynapseShape::exponential, SynapseShape::alpha,
                                              SynapseShape::step};
// The receptors of whoever says nothing of them.
inline constexpr std::array one_exponential = {SynapseShape::exponential};
// Whether it has a time constant.
constexpr bool decays(SynapseShape shape) { return shape != SynapseShape::step; }

inline constexpr std::size_t max_receptors = receptor_kinds.size();

// The neurons of one population as a model sees them: `size` neurons from `first` on, their
// receptors, and the values of all parameters of the network.
struct PopulationView {
  std::uint32_t first = 0, size = 0;
  std::span<const SynapseShape> receptors;
  ParameterLayout layout;
  std::span<const double> parameters;

  double value(ParameterKind kind, std::uint32_t n) const {
    return parameters[layout.offset(kind) + first + n];
  }
};

// A voltage and when it is reached (ms after the start of the interval it was sought in).
struct VoltagePeak {
  double v = 0.0;
  Time at = 0.0;
};

// How far the state that a scheduler holds may be from the true one, by its own rounding and by that
// of spike times which other neurons sent.
struct StateError {
  Deviation rounding, inherited;

  double most() const { return rounding.most() + inherited.most(); }
};

class Dynamics {
 public:
  virtual ~Dynamics() = default;

  virtual std::size_t state_size() const = 0;
  // The state at the start of a trial.
  virtual void start(std::uint32_t n, double* x) const = 0;
  virtual void flow(std::uint32_t n, double* x, Time s) const = 0;
  virtual void flow_held(std::uint32_t n, double* x, Time s) const = 0;
  virtual void receive(std::uint32_t n, double* x, unsigned receptor, double weight) const = 0;
  // Smallest s in [0, horizon] at which the neuron fires, starting from x; never if it does not.
  virtual Time next_spike(std::uint32_t n, const double* x, Time horizon) const = 0;
  // The same from a state that is `error` off at most. A model that keeps no account of errors takes
  // its state for exact.
  virtual Crossing find_spike(std::uint32_t n, const double* x, Time horizon, double) const {
    return {next_spike(n, x, horizon), never, 0.0, true};
  }
  // flow, receive and reset of a state that is `error` off, with what becomes of the error; and what
  // the release of V adds to it. Arrival and release are `late` ms off at most.
  virtual void flow_rounded(std::uint32_t n, double* x, Time s, StateError&) const {
    flow(n, x, s);
  }
  virtual void flow_held_rounded(std::uint32_t n, double* x, Time s, StateError&) const {
    flow_held(n, x, s);
  }
  virtual void receive_rounded(std::uint32_t n, double* x, unsigned receptor, double weight,
                               Time /*late*/, StateError&) const {
    receive(n, x, receptor, weight);
  }
  virtual void reset_rounded(std::uint32_t n, double* x, StateError&) const { reset(n, x); }
  virtual void release_rounded(std::uint32_t, const double*, Time /*late*/, StateError&) const {}
  // How fast V approaches the threshold in a state at the threshold (1/ms).
  virtual double slope(std::uint32_t n, const double* x) const = 0;
  virtual void reset(std::uint32_t n, double* x) const = 0;
  virtual double t_ref(std::uint32_t n) const = 0;
  // V := v, all else staying.
  virtual void set_voltage(std::uint32_t, double* x, double v) const { x[0] = v; }
  // The same, to be held there for s ms: what silences a neuron.
  virtual void hold(std::uint32_t n, double* x, double v, Time /*s*/) const {
    set_voltage(n, x, v);
  }

  // dV/dt (1/ms).
  virtual double rise(std::uint32_t n, const double* x) const = 0;
  virtual double voltage(std::uint32_t n, const double* x) const = 0;
  virtual double current(std::uint32_t n, const double* x) const = 0;
  // What of it comes from one receptor. All step receptors of a neuron have one current together.
  virtual double receptor_current(std::uint32_t n, const double* x, unsigned /*receptor*/) const {
    return current(n, x);
  }
  // What V has to reach now; never: it does not fire at a threshold.
  virtual double threshold(std::uint32_t, const double*) const { return never; }
  // Integral of V over s ms under the weight of that stretch.
  virtual double voltage_integral(std::uint32_t n, const double* x, Time s,
                                  const WeightStretch<double>& weight) const = 0;
  // The largest V in [0, s], the first of equal ones.
  virtual VoltagePeak voltage_peak(std::uint32_t n, const double* x, Time s) const = 0;
  // The largest rate (1/ms) at which V changes between events, for quadrature.
  virtual double fastest_rate(std::uint32_t n) const = 0;

  // Whether the backward pass needs the states of the forward one. Then the tape keeps them, and
  // takes O(arrivals) memory for these neurons instead of O(spikes).
  virtual bool keeps_trajectory() const = 0;
};

class NeuronModel {
 public:
  virtual ~NeuronModel() = default;
  virtual std::string_view name() const = 0;
  virtual bool is_input() const { return false; }
  // Whether it ever fires.
  virtual bool fires() const = 0;
  // Whether V is bounded, so that readouts may integrate it.
  virtual bool has_voltage() const = 0;
  // Whether solutions stay solutions if all amplitudes of a neuron are multiplied by a number: its
  // inputs, threshold, reset and bias (adjoint/check/identities.hpp).
  virtual bool scales_in_amplitude() const { return false; }
  // Whether it may have more than one exponential receptor.
  virtual bool has_receptors() const = 0;
  // The neuron parameters that influence it, of the first receptor only; delays apart.
  virtual std::span<const ParameterKind> parameters() const = 0;
  virtual std::shared_ptr<const Dynamics> dynamics(const PopulationView& population) const = 0;
};

// A neuron model by reference. The shipped ones are constants of this class; others come from
// register_model.
class Model {
 public:
  static const Model input;           // fires when the trial says so
  static const Model cuba_lif;        // current-based leaky integrate-and-fire
  static const Model cuba_li;         // the same without a threshold, a readout
  static const Model alif;            // with an adaptive threshold
  static const Model qif;             // quadratic integrate-and-fire
  static const Model lif;             // leaky integrate-and-fire whose synapses act at once
  static const Model li;              // the same without a threshold, a readout
  static const Model integrate_fire;  // "if": without a leak
  static const Model integrator;      // without leak and threshold, a readout

  constexpr explicit Model(const NeuronModel& model) : model_(&model) {}
  constexpr const NeuronModel* operator->() const { return model_; }
  friend constexpr bool operator==(Model a, Model b) { return a.model_ == b.model_; }

  // The neuron parameters that influence a population of this model with these receptors, delays
  // included.
  std::vector<ParameterKind> parameters(std::span<const SynapseShape> receptors) const;
  bool has(ParameterKind kind, std::span<const SynapseShape> receptors) const;

 private:
  const NeuronModel* model_;
};

inline std::string_view name(Model model) { return model->name(); }

// All models, shipped ones first, in the order of their registration.
std::vector<Model> all_models();
// Adds a model under its name; throws NetworkError if the name is taken. `model` lives as long as
// the program. Call it before any thread builds networks.
Model register_model(const NeuronModel& model);

}  // namespace retrograde
