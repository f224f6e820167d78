#include <array>
#include <cmath>

#include <retrograde/engine/neuron/lif.hpp>

namespace retrograde {

double Lif::flow(double v, Time s) const {
  return leaks ? bias + (v - bias) * std::exp(-rate_mem * s) : v + bias * (rate_mem * s);
}

Time Lif::crossing(double v) const {
  if (v >= v_threshold) return 0.0;
  if (!leaks) return bias > 0.0 ? (v_threshold - v) / (rate_mem * bias) : never;
  return bias > v_threshold ? std::log1p((v_threshold - v) / (bias - v_threshold)) / rate_mem
                            : never;
}

LifDynamics::LifDynamics(const PopulationView& population, bool fires, bool leaks)
    : neurons_(population.size) {
  for (std::uint32_t n = 0; n < population.size; ++n) {
    Lif& c = neurons_[n];
    c.rate_mem = 1.0 / population.value(ParameterKind::tau_mem, n);
    c.leaks = leaks;
    c.v_threshold = fires ? population.value(ParameterKind::v_threshold, n) : never;
    c.v_reset = population.value(ParameterKind::v_reset, n);
    c.bias = population.value(ParameterKind::bias, n);
    c.t_ref = fires ? population.value(ParameterKind::t_ref, n) : 0.0;
  }
}

// The parts of t_ref add up to it but for rounding.
void LifDynamics::flow_held(std::uint32_t n, double* x, Time s) const {
  x[1] -= s;
  // What rounding leaves of it; of a silence as well, which may be long.
  if (x[1] < std::fmax(1e-9 * neurons_[n].t_ref, 1e-10)) x[1] = 0.0;
}

Time LifDynamics::next_spike(std::uint32_t n, const double* x, Time horizon) const {
  const Time s = neurons_[n].crossing(x[0]);
  return s <= horizon ? s : never;
}

double LifDynamics::voltage_integral(std::uint32_t n, const double* x, Time s,
                                     const WeightStretch<double>& weight) const {
  const Lif& c = neurons_[n];
  if (!c.leaks) return x[0] * weight.of(s, 0.0) + c.bias * c.rate_mem * weight.of(s, 0.0, 0.0);
  return c.bias * weight.of(s, 0.0) + (x[0] - c.bias) * weight.of(s, -c.rate_mem);
}

// V moves in one direction between arrivals.
VoltagePeak LifDynamics::voltage_peak(std::uint32_t n, const double* x, Time s) const {
  const double end = neurons_[n].flow(x[0], s);
  return end > x[0] ? VoltagePeak{end, s} : VoltagePeak{x[0], 0.0};
}

std::span<const ParameterKind> LifModel::parameters() const {
  static constexpr std::array all = {ParameterKind::tau_mem, ParameterKind::bias,
                                     ParameterKind::v_threshold, ParameterKind::v_reset,
                                     ParameterKind::t_ref};
  return fires_ ? std::span(all) : std::span(all).first(2);
}

}  // namespace retrograde
