#include <array>
#include <cmath>

#include <retrograde/engine/neuron/alif.hpp>
#include <retrograde/engine/neuron/crossing.hpp>
#include <retrograde/engine/neuron/cuba_lif.hpp>
#include <retrograde/engine/neuron/cuba_lif_dynamics.hpp>
#include <retrograde/engine/neuron/cuba_lif_step.hpp>

namespace retrograde {

namespace {

MembraneState state(const double* x) { return {x[0], x[1]}; }

}  // namespace

double CubaLif::integral(const MembraneState& x, Time s,
                         const WeightStretch<double>& weight) const {
  return bias * weight.of(s, 0.0) + (x.v - bias) * weight.of(s, -rate_mem) +
         x.i * rate_mem * weight.of(s, -rate_mem, -rate_syn);
}

std::vector<CubaLif> cuba_lif_neurons(const PopulationView& population, bool fires,
                                      std::size_t receptor) {
  std::vector<CubaLif> neurons(population.size);
  for (std::uint32_t n = 0; n < population.size; ++n) {
    CubaLif& c = neurons[n];
    c.tau_mem = population.value(ParameterKind::tau_mem, n);
    c.tau_syn = population.value(receptor_kinds[receptor], n);
    c.v_threshold = fires ? population.value(ParameterKind::v_threshold, n) : never;
    c.v_reset = population.value(ParameterKind::v_reset, n);
    c.bias = population.value(ParameterKind::bias, n);
    c.t_ref = population.value(ParameterKind::t_ref, n);
    c.derive();
  }
  return neurons;
}

VoltagePeak voltage_peak(const CubaLif& c, const MembraneState& x, Time s) {
  VoltagePeak best{x.v, 0.0};
  // Rising, V has at most one extremum ahead, a maximum; falling, at most a minimum.
  if (c.slope(x) > 0.0) {
    const Time at = extremum_time(c, x);
    if (at < s) best = {c.bias + x.i * std::exp(-c.rate_syn * at), at};
  }
  if (const double v = c.flow(x, s).v; v > best.v) best = {v, s};
  return best;
}

void CubaLifDynamics::start(std::uint32_t, double* x) const { x[0] = x[1] = 0.0; }

void CubaLifDynamics::flow(std::uint32_t n, double* x, Time s) const {
  const MembraneState y = neurons_[n].flow(state(x), s);
  x[0] = y.v;
  x[1] = y.i;
}

void CubaLifDynamics::flow_held(std::uint32_t n, double* x, Time s) const {
  x[1] *= std::exp(-neurons_[n].rate_syn * s);
}

void CubaLifDynamics::receive(std::uint32_t, double* x, unsigned, double weight) const {
  x[1] += weight;
}

Time CubaLifDynamics::next_spike(std::uint32_t n, const double* x, Time horizon) const {
  const CubaLif& c = neurons_[n];
  if (c.v_threshold == never || cannot_spike(c, state(x))) return never;
  return next_crossing(c, state(x), horizon);
}

Crossing CubaLifDynamics::find_spike(std::uint32_t n, const double* x, Time horizon,
                                     double error) const {
  const CubaLif& c = neurons_[n];
  if (c.v_threshold == never || cannot_spike(c, state(x), error)) return {};
  return find_crossing(c, state(x), horizon, error);
}

void CubaLifDynamics::flow_rounded(std::uint32_t n, double* x, Time s, StateError& error) const {
  const CubaLif& c = neurons_[n];
  const CubaLif::Propagator p = c.propagator(s);
  c.flow_rounded(error.rounding, state(x), s, p);
  CubaLif::flow(error.inherited, p);
  x[0] = c.bias + (x[0] - c.bias) * p.mem + x[1] * p.kernel;
  x[1] = x[1] * p.syn;
}

// V is held, and what it is off.
void CubaLifDynamics::flow_held_rounded(std::uint32_t n, double* x, Time s,
                                        StateError& error) const {
  const double decay = std::exp(-neurons_[n].rate_syn * s);
  error.rounding.i = error.rounding.i * decay + 8.0 * 0x1p-53 * std::fabs(x[1]);
  error.inherited.i *= decay;
  x[1] *= decay;
}

// One addition; an arrival that is dt late leaves weight b dt more of I and weight a dt less of V.
void CubaLifDynamics::receive_rounded(std::uint32_t n, double* x, unsigned, double weight,
                                      Time late, StateError& error) const {
  x[1] += weight;
  error.rounding.i += 0x1p-53 * std::fabs(x[1]);
  if (late > 0.0) {
    error.inherited.v += neurons_[n].rate_mem * std::fabs(weight) * late;
    error.inherited.i += neurons_[n].rate_syn * std::fabs(weight) * late;
  }
}

void CubaLifDynamics::reset_rounded(std::uint32_t n, double* x, StateError& error) const {
  error.rounding.v = error.inherited.v = 0.0;  // V is exact now, I is not
  reset(n, x);
}

// Let go dt late, V is its slope times dt off.
void CubaLifDynamics::release_rounded(std::uint32_t n, const double* x, Time late,
                                      StateError& error) const {
  const CubaLif& c = neurons_[n];
  const double i = std::fabs(x[1]) + error.rounding.i + error.inherited.i;
  error.inherited.v += c.rate_mem * (std::fabs(c.bias) + std::fabs(c.v_reset) + i) * late;
}

double CubaLifDynamics::slope(std::uint32_t n, const double* x) const {
  const CubaLif& c = neurons_[n];
  return c.rate_mem * (c.bias - c.v_threshold + x[1]);  // from I alone: V is at the threshold
}

void CubaLifDynamics::reset(std::uint32_t n, double* x) const { x[0] = neurons_[n].v_reset; }
double CubaLifDynamics::t_ref(std::uint32_t n) const { return neurons_[n].t_ref; }

double CubaLifDynamics::rise(std::uint32_t n, const double* x) const {
  return neurons_[n].slope(state(x));
}
double CubaLifDynamics::voltage(std::uint32_t, const double* x) const { return x[0]; }
double CubaLifDynamics::current(std::uint32_t, const double* x) const { return x[1]; }

double CubaLifDynamics::voltage_integral(std::uint32_t n, const double* x, Time s,
                                         const WeightStretch<double>& weight) const {
  return neurons_[n].integral(state(x), s, weight);
}

double CubaLifDynamics::fastest_rate(std::uint32_t n) const { return neurons_[n].fastest_rate(); }

VoltagePeak CubaLifDynamics::voltage_peak(std::uint32_t n, const double* x, Time s) const {
  return retrograde::voltage_peak(neurons_[n], state(x), s);
}

std::span<const ParameterKind> CubaLifModel::parameters() const {
  static constexpr std::array all = {ParameterKind::tau_mem, ParameterKind::tau_syn,
                                     ParameterKind::bias,    ParameterKind::v_threshold,
                                     ParameterKind::v_reset, ParameterKind::t_ref};
  return fires_ ? std::span(all) : std::span(all).first(3);
}

std::shared_ptr<const Dynamics> CubaLifModel::dynamics(const PopulationView& p) const {
  if (p.receptors.size() == 1 && p.receptors[0] == SynapseShape::exponential)
    return std::make_shared<CubaLifDynamics>(p, fires_);
  if (CubaLifStepDynamics::suits(p.receptors))
    return std::make_shared<CubaLifStepDynamics>(p, fires_);
  return std::make_shared<DynamicsOf<Alif>>(p, fires_);
}

}  // namespace retrograde
