#include <retrograde/adjoint/neuron/cuba_lif_step_adjoint.hpp>
#include <retrograde/engine/neuron/exponential.hpp>

namespace retrograde {

namespace {

// Entries of a costate that are read here (cuba_lif_adjoint.cpp).
constexpr std::size_t p_v = 0, m_v = 2, bias_integral = 5, m_c = CubaLifAdjoint::size;

// The integrals over u ms back of p_v, and of m_v, from what they are at the end; in the form of
// FullCostate::flow.
double integral_of_p_v(double a, const double* p, Time u, const WeightStretch<double>& source) {
  const double g = source.rate, ag = a - g;
  double sum = p[p_v] * exp_difference(u, a, 0.0);
  if (source.level != 0.0) sum += source.level * exp_difference(u, ag, 0.0, -g);
  if (source.fall != 0.0) sum += source.fall * exp_difference(u, ag, 0.0, 0.0, -g);
  return sum;
}

double integral_of_m_v(double a, const double* p, Time u, const WeightStretch<double>& source) {
  const double g = source.rate, ag = a - g;
  double sum = p[m_v] * exp_difference(u, a, 0.0) + p[p_v] * exp_difference(u, a, a, 0.0);
  if (source.level != 0.0) sum += source.level * exp_difference(u, ag, ag, 0.0, -g);
  if (source.fall != 0.0) sum += source.fall * exp_difference(u, ag, ag, 0.0, 0.0, -g);
  return sum;
}

}  // namespace

void CubaLifStepAdjoint::flow(std::uint32_t n, double* p, const double* x, Time from, Time u,
                              const RunningLoss& loss, const NeuronGradient& gradient) const {
  const double rate = neurons_[n].rate_mem;
  const auto source = loss.factor == 0.0 ? WeightStretch<double>{} : loss.stretch(from, u);
  const double of_p_v = integral_of_p_v(-rate, p, u, source);
  if (gradient.all())  // which brings the integral of p_v as well
    p[m_c] += rate * integral_of_m_v(-rate, p, u, source) - of_p_v;
  else
    p[bias_integral] += of_p_v;
  plain_.flow(n, p, x, from, u, loss, gradient);
}

AdjointDynamics::OfDelivery CubaLifStepAdjoint::arrival(std::uint32_t n, const double* p,
                                                        const double* x, unsigned receptor,
                                                        double weight, bool held,
                                                        const NeuronGradient& gradient) const {
  if (decays(receptors_[receptor]))
    return plain_.arrival(n, p, x, receptor, weight, held, gradient);
  const double rate = neurons_[n].rate_mem;
  if (gradient.all()) gradient.add(ParameterKind::tau_mem, weight * p[m_c] * rate * rate);
  return {rate * p[bias_integral], -weight * rate * p[p_v]};
}

}  // namespace retrograde
