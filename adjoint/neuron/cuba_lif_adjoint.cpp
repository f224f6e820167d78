#include <cmath>

#include <retrograde/adjoint/neuron/cuba_lif.hpp>
#include <retrograde/adjoint/neuron/cuba_lif_adjoint.hpp>

namespace retrograde {

namespace {

// A FullCostate in a row of doubles.
enum Entry { p_v, p_i, m_v, m_i, s_i, bias_integral };

FullCostate load(const double* p) {
  return {{p[p_v], p[p_i]}, p[m_v], p[m_i], p[s_i], p[bias_integral]};
}

void store(const FullCostate& x, double* p) {
  p[p_v] = x.p.p_v;
  p[p_i] = x.p.p_i;
  p[m_v] = x.m_v;
  p[m_i] = x.m_i;
  p[s_i] = x.s_i;
  p[bias_integral] = x.bias_integral;
}

double square(double x) { return x * x; }

}  // namespace

void CubaLifAdjoint::flow(std::uint32_t n, double* p, const double*, Time from, Time u,
                          const RunningLoss& loss, const NeuronGradient& gradient) const {
  const CubaLif& c = neurons_[n];
  const auto source = loss.factor == 0.0 ? WeightStretch<double>{} : loss.stretch(from, u);
  if (gradient.all()) {
    FullCostate x = load(p);
    x.flow(c, u, source);
    store(x, p);
    return;
  }
  Costate x{p[p_v], p[p_i]};
  if (loss.factor != 0.0)
    x.flow(c, u, source);
  else
    x.flow(c, u);
  p[p_v] = x.p_v;
  p[p_i] = x.p_i;
}

void CubaLifAdjoint::flow_held(std::uint32_t n, double* p, const double*, Time from, Time u,
                               const RunningLoss& loss, const NeuronGradient& gradient) const {
  const CubaLif& c = neurons_[n];
  if (loss.factor != 0.0)  // V is v_reset
    gradient.add(ParameterKind::v_reset, loss.integral(from, u));
  FullCostate x = load(p);
  x.flow_held(c, u);
  store(x, p);
}

AdjointDynamics::OfDelivery CubaLifAdjoint::arrival(std::uint32_t n, const double* p, const double*,
                                                    unsigned receptor, double weight, bool,
                                                    const NeuronGradient& gradient) const {
  const CubaLif& c = neurons_[n];
  if (gradient.all()) {
    gradient.add(ParameterKind::tau_mem, weight * p[m_i] * square(c.rate_mem));
    gradient.add(receptor_kinds[receptor], weight * p[s_i] * square(c.rate_syn));
  }
  return {p[p_i], weight * (p[p_i] * c.rate_syn - p[p_v] * c.rate_mem)};
}

double CubaLifAdjoint::release(std::uint32_t n, double* p, const double*, const TapeSpike& spike,
                               const NeuronGradient& gradient) const {
  const CubaLif& c = neurons_[n];
  const double message = -p[p_v] * spike.released_slope;
  gradient.add(ParameterKind::v_reset, p[p_v]);
  if (gradient.all())
    gradient.add(ParameterKind::tau_mem, (c.v_reset - c.bias) * p[m_v] * square(c.rate_mem));
  p[p_v] = 0.0;
  p[m_v] = 0.0;
  return message;
}

void CubaLifAdjoint::spike(std::uint32_t n, double* p, const double*, const double*,
                           const TapeSpike& spike, double slope, double g, const RunningLoss& loss,
                           const NeuronGradient& gradient) const {
  const CubaLif& c = neurons_[n];
  if (loss.factor != 0.0) g += loss.at(spike.time) * (c.v_threshold - c.v_reset);
  p[p_v] = -g / slope;
  gradient.add(ParameterKind::v_threshold, -p[p_v]);
}

void CubaLifAdjoint::impulse(std::uint32_t, double* p, const double*, double dl_dv,
                             const NeuronGradient&) const {
  p[p_v] += dl_dv;
}

// V is v there and I = 0, whatever the parameters.
void CubaLifAdjoint::start(std::uint32_t n, const double* p, double v,
                           const NeuronGradient& gradient) const {
  if (!gradient.all()) return;
  const CubaLif& c = neurons_[n];
  gradient.add(ParameterKind::tau_mem, (v - c.bias) * p[m_v] * square(c.rate_mem));
  gradient.add(ParameterKind::bias, c.rate_mem * p[bias_integral]);
}

}  // namespace retrograde
