#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <retrograde/adjoint/check/identities.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/trial/probe.hpp>

namespace retrograde {

namespace {

struct Terms {
  double sum = 0.0, magnitude = 0.0;
  void add(double term) {
    sum += term;
    magnitude += std::fabs(term);
  }
  IdentityResidual residual(std::string_view name) const { return {name, sum, magnitude, 0, {}}; }
};

// What the loss reads of voltages, and how translation and time scale change it.
struct VoltageChanges {
  std::vector<NeuronId> neurons;  // whose A_j it reads; the same order in
  std::vector<double> end;        // w(T) V_j(T)
  std::vector<double> decay;      // -integral of w' V_j dt
  std::vector<double> moment;     // -integral of t w' V_j dt
  std::vector<double> v, rise;    // per sample of the loss: V and dV/dt
  std::string_view unknown;       // why these changes are not; empty: they are
};

void add_integrals(VoltageChanges& changes, const Network& network, const Trial& trial,
                   const Tape& tape, const LossValue& loss, const Readout& readout,
                   double max_rate) {
  for (NeuronId n = 0; n < loss.integrals.size(); ++n)
    if (loss.integrals[n] != 0.0) changes.neurons.push_back(n);
  if (changes.neurons.empty()) return;
  const TimeWeight& weighting = readout.weighting;
  if (!weighting.has_closed_form()) {
    changes.unknown =
        "the weighting is a sigmoid, a window or an instant, whose derivative is no weighting";
    return;
  }

  const Probe probe{changes.neurons, trial.duration};
  std::vector<Recording> recordings;
  run_sequential(network, trial, {.readout = {}, .max_rate = max_rate}, {&probe, 1}, &recordings);
  for (const std::vector<double>& v : recordings.at(0).v)
    changes.end.push_back(weighting.at(trial.duration, trial.duration) * v.back());

  changes.decay.assign(changes.neurons.size(), 0.0);
  changes.moment.assign(changes.neurons.size(), 0.0);
  if (weighting.kind() == TimeWeight::Kind::constant) return;
  const auto run_with = [&](const TimeWeight& other) {
    Readout changed = readout;
    changed.weighting = other;
    return run_sequential(network, trial, {.readout = changed, .max_rate = max_rate})
        .voltage_integrals;
  };
  if (weighting.kind() == TimeWeight::Kind::linear) {  // w' = -1/T, t w' = w - 1
    const std::vector<double> plain = run_with({});
    for (std::size_t k = 0; k < changes.neurons.size(); ++k) {
      const NeuronId n = changes.neurons[k];
      changes.decay[k] = plain[n] / trial.duration;
      changes.moment[k] = plain[n] - tape.voltage_integrals[n];
    }
    return;
  }
  // w' = -rate w; the integral of t w V is -dA/drate. A is an entire function of it, and no spike
  // depends on it: five points this close are right to 1e-13.
  const double rate = 1.0 / weighting.tau();
  const double step = std::fmin(1e-3 / trial.duration, rate / 4.0);
  constexpr std::array<std::pair<double, double>, 4> points = {
      {{-2.0, 1.0}, {-1.0, -8.0}, {1.0, 8.0}, {2.0, -1.0}}};
  for (std::size_t k = 0; k < changes.neurons.size(); ++k)
    changes.decay[k] = rate * tape.voltage_integrals[changes.neurons[k]];
  for (const auto& [at, factor] : points) {
    const std::vector<double> shifted = run_with(1.0 / (rate + at * step));
    for (std::size_t k = 0; k < changes.neurons.size(); ++k)
      changes.moment[k] -= rate * factor * shifted[changes.neurons[k]] / (12.0 * step);
  }
}

void add_samples(VoltageChanges& changes, const Network& network, const Trial& trial,
                 const LossValue& loss, const Readout& readout, double max_rate) {
  if (loss.samples.empty()) return;
  const Readout traced{Readout::Kind::none, readout.population, {}, true};
  const Tape tape = run_sequential(network, trial, {.readout = traced, .max_rate = max_rate});
  const Population& p = network.populations()[readout.population];
  const Dynamics& dynamics = *network.dynamics(readout.population);
  const std::size_t size = dynamics.state_size();
  std::vector<double> states(p.size * size), state(size);
  std::vector<Time> since(p.size, 0.0);
  for (std::uint32_t j = 0; j < p.size; ++j)
    start_neuron(dynamics, j, start_of(trial.initial.get(), p.first + j), &states[j * size]);
  std::size_t next = 0;
  for (const LossValue::Sample& sample : loss.samples) {
    for (; next < tape.trace.size() && tape.trace[next].time < sample.time; ++next) {
      const TracePoint& point = tape.trace[next];
      since[point.neuron - p.first] = point.time;
      std::copy_n(&tape.trace_states[point.state], size, &states[(point.neuron - p.first) * size]);
    }
    const std::uint32_t j = sample.neuron - p.first;
    std::copy_n(&states[j * size], size, state.begin());
    dynamics.flow(j, state.data(), sample.time - since[j]);
    changes.v.push_back(dynamics.voltage(j, state.data()));
    changes.rise.push_back(dynamics.rise(j, state.data()));
  }
}

bool pays_for_silence(const Network& network, const LossValue& loss) {
  return std::any_of(loss.samples.begin(), loss.samples.end(), [&](const LossValue::Sample& s) {
    return network.model_of(s.neuron)->fires();
  });
}

// At a maximum dV/dt is 0 because its parts cancel; their size says what rounding leaves of it.
double cancelled(const Network& network, const LossValue::Sample& sample, double v) {
  return std::fabs(sample.gradient * v) / network.parameter(ParameterKind::tau_mem, sample.neuron);
}

// Why an identity says nothing of trials that begin away from rest: the initial state is a term of it.
constexpr std::string_view away_from_rest = "neurons begin away from rest";

IdentityResidual translation(const Network& network, const Tape& tape, const LossValue& loss,
                             const Gradient& gradient, const VoltageChanges& voltages) {
  IdentityResidual none{"translation", 0, 0, 0, voltages.unknown};
  if (tape.initial) none.inapplicable = away_from_rest;
  if (!none.inapplicable.empty()) return none;
  Terms terms;
  for (const double d : gradient.input_times) terms.add(d);
  for (const double d : loss.spike_times) terms.add(-d);
  for (const LossValue::Delivery& d : loss.deliveries) terms.add(-d.gradient);
  for (std::size_t k = 0; k < loss.samples.size(); ++k) {
    terms.add(loss.samples[k].gradient * voltages.rise[k]);
    terms.magnitude += cancelled(network, loss.samples[k], voltages.v[k]);
  }
  for (std::size_t k = 0; k < voltages.neurons.size(); ++k) {
    const double c = loss.integrals[voltages.neurons[k]];
    terms.add(c * voltages.decay[k]);
    terms.add(c * voltages.end[k]);
  }
  for (NeuronId n = 0; n < network.neuron_count(); ++n) {
    const double bias = network.parameter(ParameterKind::bias, n);
    if (network.is_input(n) || bias == 0.0) continue;
    if (gradient.initial_v.empty()) {
      none.inapplicable = "neurons have a bias, and the gradient comes without dL/dV(0)";
      return none;
    }
    terms.add(-gradient.initial_v[n] * bias / network.parameter(ParameterKind::tau_mem, n));
  }
  return terms.residual("translation");
}

IdentityResidual amplitude(const Network& network, const Tape& tape, const LossValue& loss,
                           const Gradient& gradient, const VoltageChanges& voltages) {
  if (pays_for_silence(network, loss)) return {"amplitude", 0, 0, 0, voltages.unknown};
  if (tape.initial) return {"amplitude", 0, 0, 0, away_from_rest};
  std::vector<Terms> of(network.neuron_count());
  const auto term = [&](ParameterKind kind, std::size_t k) {
    return network.parameter(kind, k) * gradient.of(kind)[k];
  };
  for (const Projection& p : network.projections())
    for (SynapseId k = 0; k < p.size; ++k)
      of[network.populations()[p.target].first + p.targets[k]].add(
          term(ParameterKind::weight, p.first + k));
  for (const ParameterKind kind : neuron_parameter_kinds)
    if (!is_time(kind))
      for (NeuronId n = 0; n < network.neuron_count(); ++n) of[n].add(term(kind, n));
  for (const NeuronId n : voltages.neurons)
    of[n].add(-loss.integrals[n] * tape.voltage_integrals[n]);
  for (std::size_t k = 0; k < loss.samples.size(); ++k)
    of[loss.samples[k].neuron].add(-loss.samples[k].gradient * voltages.v[k]);

  // What reaches a neuron may be small because much cancelled on its way; its rounding errors are
  // those of the much.
  double largest = 0.0;
  for (const Terms& t : of) largest = std::fmax(largest, t.magnitude);
  IdentityResidual worst{"amplitude", 0, 0, 0, "no neuron scales in amplitude"};
  for (NeuronId n = 0; n < network.neuron_count(); ++n) {
    if (!network.model_of(n)->scales_in_amplitude()) continue;
    const IdentityResidual r{"amplitude", of[n].sum, of[n].magnitude + 1e-6 * largest, n, {}};
    if (!worst.inapplicable.empty() || !(r.relative() <= worst.relative())) worst = r;
  }
  return worst;
}

IdentityResidual time_scale(const Network& network, const Trial& trial, const Tape& tape,
                            const LossValue& loss, const Gradient& gradient,
                            const VoltageChanges& voltages) {
  if (!voltages.unknown.empty()) return {"time scale", 0, 0, 0, voltages.unknown};
  Terms terms;
  for (const ParameterKind kind : parameter_kinds)
    if (is_time(kind))
      for (std::size_t k = 0; k < network.layout().count(kind); ++k)
        terms.add(network.parameter(kind, k) * gradient.of(kind)[k]);
  for (std::size_t k = 0; k < trial.inputs.size(); ++k)
    terms.add(trial.inputs[k].time * gradient.input_times[k]);
  for (std::size_t k = 0; k < loss.spike_times.size(); ++k)
    terms.add(-tape.spikes[k].time * loss.spike_times[k]);
  for (const LossValue::Delivery& d : loss.deliveries)
    terms.add(-(tape.spikes[d.spike].time + network.total_delay(d.synapse)) * d.gradient);
  for (std::size_t k = 0; k < loss.samples.size(); ++k) {
    terms.add(loss.samples[k].time * voltages.rise[k] * loss.samples[k].gradient);
    terms.magnitude += loss.samples[k].time * cancelled(network, loss.samples[k], voltages.v[k]);
  }
  for (std::size_t k = 0; k < voltages.neurons.size(); ++k) {
    const double c = loss.integrals[voltages.neurons[k]];
    terms.add(-c * tape.voltage_integrals[voltages.neurons[k]]);
    terms.add(c * voltages.moment[k]);
    terms.add(c * tape.duration * voltages.end[k]);
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
    if (!model->fires() || !model->scales_in_amplitude()) continue;
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
  VoltageChanges voltages;
  if (pays_for_silence(network, loss)) {
    voltages.unknown = "the loss reads voltages of neurons that fire";
  } else {
    add_integrals(voltages, network, trial, tape, loss, readout, max_rate);
    add_samples(voltages, network, trial, loss, readout, max_rate);
  }
  return {{translation(network, tape, loss, gradient, voltages),
           amplitude(network, tape, loss, gradient, voltages),
           time_scale(network, trial, tape, loss, gradient, voltages)},
          tolerance(network, grazing)};
}

}  // namespace retrograde
