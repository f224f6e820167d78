#include <algorithm>
#include <cmath>

#include <retrograde/engine/neuron/crossing.hpp>
#include <retrograde/engine/neuron/cuba_lif_step.hpp>

namespace retrograde {

namespace {

MembraneState state(const double* x) { return {x[0], x[1]}; }

// The exponential receptor; the first one where there is none, whose time constant has no effect.
std::size_t exponential_of(std::span<const SynapseShape> receptors) {
  const auto found = std::find(receptors.begin(), receptors.end(), SynapseShape::exponential);
  return found == receptors.end() ? 0 : static_cast<std::size_t>(found - receptors.begin());
}

}  // namespace

bool CubaLifStepDynamics::suits(std::span<const SynapseShape> receptors) {
  const auto count = [&](SynapseShape shape) {
    return static_cast<std::size_t>(std::count(receptors.begin(), receptors.end(), shape));
  };
  const std::size_t steps = count(SynapseShape::step);
  return steps > 0 && receptors.size() - steps <= 1 && count(SynapseShape::alpha) == 0;
}

CubaLifStepDynamics::CubaLifStepDynamics(const PopulationView& population, bool fires)
    : neurons_(cuba_lif_neurons(population, fires, exponential_of(population.receptors))),
      receptors_(population.receptors.begin(), population.receptors.end()) {}

void CubaLifStepDynamics::start(std::uint32_t, double* x) const { std::fill_n(x, 4, 0.0); }

void CubaLifStepDynamics::flow(std::uint32_t n, double* x, Time s) const {
  const MembraneState y = driven(n, x).flow(state(x), s);
  x[0] = y.v;
  x[1] = y.i;
}

void CubaLifStepDynamics::flow_held(std::uint32_t n, double* x, Time s) const {
  x[1] *= std::exp(-neurons_[n].rate_syn * s);
}

void CubaLifStepDynamics::receive(std::uint32_t, double* x, unsigned receptor,
                                  double weight) const {
  if (decays(receptors_[receptor]))
    x[1] += weight;
  else
    add_to_held(x + held, weight);
}

Time CubaLifStepDynamics::next_spike(std::uint32_t n, const double* x, Time horizon) const {
  const CubaLif c = driven(n, x);
  if (c.v_threshold == never || cannot_spike(c, state(x))) return never;
  return next_crossing(c, state(x), horizon);
}

double CubaLifStepDynamics::slope(std::uint32_t n, const double* x) const {
  const CubaLif c = driven(n, x);
  return c.rate_mem * (c.bias - c.v_threshold + x[1]);  // V is at the threshold
}

double CubaLifStepDynamics::rise(std::uint32_t n, const double* x) const {
  return driven(n, x).slope(state(x));
}

double CubaLifStepDynamics::voltage_integral(std::uint32_t n, const double* x, Time s,
                                             const WeightStretch<double>& weight) const {
  return driven(n, x).integral(state(x), s, weight);
}

VoltagePeak CubaLifStepDynamics::voltage_peak(std::uint32_t n, const double* x, Time s) const {
  return retrograde::voltage_peak(driven(n, x), state(x), s);
}

}  // namespace retrograde
