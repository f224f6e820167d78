#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <retrograde/adjoint/identities.hpp>
#include <retrograde/engine/probe.hpp>
#include <retrograde/engine/sequential.hpp>

namespace retrograde {

namespace {

// Which change a parameter takes part in. A new kind of parameter needs its line here; a new model,
// one below.
enum class Dimension { amplitude, time };

Dimension dimension_of(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::weight:
    case ParameterKind::v_threshold:
    case ParameterKind::v_reset:
    case ParameterKind::bias:
    case ParameterKind::adaptation:
      return Dimension::amplitude;
    default:
      return Dimension::time;
  }
}

// Whether the solutions of a model may be multiplied by a number.
bool scales_in_amplitude(Model model) {
  return model == Model::cuba_lif || model == Model::cuba_li || model == Model::alif;
}

struct Terms {
  double sum = 0.0, magnitude = 0.0;
  void add(double term) {
    sum += term;
    magnitude += std::fabs(term);
  }
  IdentityResidual residual(std::string_view name) const { return {name, sum, magnitude, 0, {}}; }
};

// What A_j, its weight and the end of the trial contribute, for every neuron j that the loss reads.
struct IntegralChanges {
  std::vector<NeuronId> neurons;
  std::vector<double> end;     // e^(-T/tau_weight) V_j(T)
  std::vector<double> moment;  // M_j/tau_weight
};

double decay_rate(const Readout& readout) {
  return readout.tau_weight == never ? 0.0 : 1.0 / readout.tau_weight;
}

IntegralChanges integral_changes(const Network& network, const Trial& trial, const LossValue& loss,
                                 const Readout& readout, double max_rate) {
  IntegralChanges changes;
  for (NeuronId n = 0; n < loss.integrals.size(); ++n)
    if (loss.integrals[n] != 0.0) changes.neurons.push_back(n);
  if (changes.neurons.empty()) return changes;

  const double rate = decay_rate(readout);
  const Probe probe{changes.neurons, trial.duration};
  std::vector<Recording> recordings;
  run_sequential(network, trial, {.readout = {}, .max_rate = max_rate}, {&probe, 1}, &recordings);
  for (const std::vector<double>& v : recordings.at(0).v)
    changes.end.push_back(std::exp(-rate * trial.duration) * v.back());

  changes.moment.assign(changes.neurons.size(), 0.0);
  if (rate == 0.0) return changes;
  // M_j = -dA_j/drate. A_j is an entire function of it, and no spike depends on it: five points
  // this close are right to 1e-13.
  const double step = std::fmin(1e-3 / trial.duration, rate / 4.0);
  constexpr std::array<std::pair<double, double>, 4> points = {
      {{-2.0, 1.0}, {-1.0, -8.0}, {1.0, 8.0}, {2.0, -1.0}}};
  for (const auto& [at, factor] : points) {
    Readout shifted = readout;
    shifted.tau_weight = 1.0 / (rate + at * step);
    const Tape tape = run_sequential(network, trial, {.readout = shifted, .max_rate = max_rate});
    for (std::size_t k = 0; k < changes.neurons.size(); ++k)
      changes.moment[k] -=
          rate * factor * tape.voltage_integrals[changes.neurons[k]] / (12.0 * step);
  }
  return changes;
}

IdentityResidual translation(const Network& network, const Tape& tape, const LossValue& loss,
                             const Readout& readout, const Gradient& gradient,
                             const IntegralChanges& integrals) {
  Terms terms;
  for (const double d : gradient.input_times) terms.add(d);
  for (const double d : loss.spike_times) terms.add(-d);
  for (std::size_t k = 0; k < integrals.neurons.size(); ++k) {
    const NeuronId n = integrals.neurons[k];
    const double a = tape.voltage_integrals[n] * decay_rate(readout);
    terms.add(loss.integrals[n] * a);
    terms.add(loss.integrals[n] * integrals.end[k]);
  }
  for (NeuronId n = 0; n < network.neuron_count(); ++n) {
    const double bias = network.parameter(ParameterKind::bias, n);
    if (network.is_input(n) || bias == 0.0) continue;
    if (gradient.initial_v.empty()) {
      IdentityResidual none{"translation", 0, 0, 0, {}};
      none.inapplicable = "neurons have a bias, and the gradient comes without dL/dV(0)";
      return none;
    }
    terms.add(-gradient.initial_v[n] * bias / network.parameter(ParameterKind::tau_mem, n));
  }
  return terms.residual("translation");
}

IdentityResidual amplitude(const Network& network, const Tape& tape, const LossValue& loss,
                           const Gradient& gradient, const IntegralChanges& integrals) {
  std::vector<Terms> of(network.neuron_count());
  const auto term = [&](ParameterKind kind, std::size_t k) {
    return network.parameter(kind, k) * gradient.of(kind)[k];
  };
  for (const Projection& p : network.projections())
    for (SynapseId k = 0; k < p.size; ++k)
      of[network.populations()[p.target].first + p.targets[k]].add(
          term(ParameterKind::weight, p.first + k));
  for (const ParameterKind kind : neuron_parameter_kinds)
    if (dimension_of(kind) == Dimension::amplitude)
      for (NeuronId n = 0; n < network.neuron_count(); ++n) of[n].add(term(kind, n));
  for (const NeuronId n : integrals.neurons)
    of[n].add(-loss.integrals[n] * tape.voltage_integrals[n]);

  // What reaches a neuron may be small because much cancelled on its way; its rounding errors are
  // those of the much.
  double largest = 0.0;
  for (const Terms& t : of) largest = std::fmax(largest, t.magnitude);
  IdentityResidual worst{"amplitude", 0, 0, 0, "no neuron scales in amplitude"};
  for (NeuronId n = 0; n < network.neuron_count(); ++n) {
    if (!scales_in_amplitude(network.model_of(n))) continue;
    const IdentityResidual r{"amplitude", of[n].sum, of[n].magnitude + 1e-6 * largest, n, {}};
    if (!worst.inapplicable.empty() || !(r.relative() <= worst.relative())) worst = r;
  }
  return worst;
}

IdentityResidual time_scale(const Network& network, const Trial& trial, const Tape& tape,
                            const LossValue& loss, const Gradient& gradient,
                            const IntegralChanges& integrals) {
  Terms terms;
  for (const ParameterKind kind : parameter_kinds)
    if (dimension_of(kind) == Dimension::time)
      for (std::size_t k = 0; k < network.layout().count(kind); ++k)
        terms.add(network.parameter(kind, k) * gradient.of(kind)[k]);
  for (std::size_t k = 0; k < trial.inputs.size(); ++k)
    terms.add(trial.inputs[k].time * gradient.input_times[k]);
  for (std::size_t k = 0; k < loss.spike_times.size(); ++k)
    terms.add(-tape.spikes[k].time * loss.spike_times[k]);
  for (std::size_t k = 0; k < integrals.neurons.size(); ++k) {
    const double c = loss.integrals[integrals.neurons[k]];
    terms.add(-c * tape.voltage_integrals[integrals.neurons[k]]);
    terms.add(c * integrals.moment[k]);
    terms.add(c * tape.duration * integrals.end[k]);
  }
  return terms.residual("time scale");
}

// Rounding moves V at a crossing by epsilon v_threshold, the crossing by that over the slope, and
// the slope, through a curvature of V of the order of v_threshold/(tau_mem tau_syn), by as much
// over the slope once more.
double tolerance(const Network& network, const GrazingCounts& grazing) {
  double curvature = 0.0;
  for (NeuronId n = 0; n < network.neuron_count(); ++n) {
    const Model model = network.model_of(n);
    if (model != Model::cuba_lif && model != Model::alif) continue;
    const double threshold = network.parameter(ParameterKind::v_threshold, n);
    curvature = std::fmax(curvature, threshold * threshold /
                                         (network.parameter(ParameterKind::tau_mem, n) *
                                          network.parameter(ParameterKind::tau_syn, n)));
  }
  constexpr double rounding = 1e3 * std::numeric_limits<double>::epsilon();
  return 1e-9 + rounding * curvature / (grazing.smallest_slope * grazing.smallest_slope);
}

}  // namespace

double Identities::worst() const {
  double worst = 0.0;
  for (const IdentityResidual& r : residuals)
    if (r.inapplicable.empty() && !(r.relative() <= worst)) worst = r.relative();
  return worst;
}

Identities check_identities(const Network& network, const Trial& trial, const Tape& tape,
                            const LossValue& loss, const Readout& readout, const Gradient& gradient,
                            const GrazingCounts& grazing, double max_rate) {
  const IntegralChanges integrals = integral_changes(network, trial, loss, readout, max_rate);
  return {{translation(network, tape, loss, readout, gradient, integrals),
           amplitude(network, tape, loss, gradient, integrals),
           time_scale(network, trial, tape, loss, gradient, integrals)},
          tolerance(network, grazing)};
}

}  // namespace retrograde
