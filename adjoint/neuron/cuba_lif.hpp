// Costates of a cuba_lif neuron, the mirror of engine/neuron/cuba_lif.hpp.
//
// p_v = dL/dV and p_i = dL/dI say how the loss changes if the state is nudged at t. With u the time
// before the segment's end, a = 1/tau_mem, b = 1/tau_syn and a running loss s V, where s is the
// weight of a stretch (engine/neuron/time_weight.hpp):
//
//   dp_v/du = -a p_v + s        dp_i/du = -b p_i + a p_v
//
// The time constants act all along a segment: dL/dtau_mem = integral of p_v (y - I) / tau_mem^2,
// dL/dtau_syn = integral of p_i I / tau_syn^2, with y = V - bias. Both integrands are linear in the
// forward state, so the integrals have costates of their own; they are read where the forward state
// is set (arrivals, resets, the start), and the forward trajectory is never needed:
//
//   dm_v/du = -a m_v + p_v      dm_i/du = -b m_i + a m_v - p_v      ds_i/du = -b s_i + p_i
//   tau_mem^2 dL/dtau_mem = sum over arrivals w m_i + sum over resets (v_reset - bias) m_v
//                           - bias m_v at the start, where V = 0
//   tau_syn^2 dL/dtau_syn = sum over arrivals w s_i
//
// dL/dbias = a integral of p_v. All of it is linear with constant coefficients, so every propagator
// is a divided difference of the exponential (engine/neuron/exponential.hpp): no quadrature, no
// case for equal time constants. Sources: Wunderlich & Pehle, Sci. Rep. 11:12829 (2021) (lambda_V =
// -p_v/tau_mem, lambda_I = -p_i/tau_syn); the costates of the time constants are derived here and
// checked against differences in tests/gradient.
#pragma once

#include <retrograde/engine/neuron/cuba_lif.hpp>
#include <retrograde/engine/neuron/exponential.hpp>
#include <retrograde/engine/neuron/time_weight.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

struct Costate {
  double p_v = 0.0, p_i = 0.0;

  // u ms back in time, without a running loss.
  void flow(const CubaLif& n, Time u) {
    const CubaLif::Propagator p = n.propagator(u);
    p_i = p_i * p.syn + p_v * p.kernel;
    p_v *= p.mem;
  }

  // With one: the derivative of the running loss by V is that of the stretch of u ms. At its
  // earlier end e^(-rate s) is 1 and from there it decays, so that nothing overflows however large
  // the rate is; every node is shifted by -rate instead.
  void flow(const CubaLif& n, Time u, const WeightStretch<double>& source) {
    flow(n, u);
    const double a = -n.rate_mem - source.rate, b = -n.rate_syn - source.rate;
    p_i += source.level * n.rate_mem * exp_difference(u, a, b, 0.0);
    p_v += source.level * exp_difference(u, a, 0.0);
    if (source.fall == 0.0) return;
    p_i += source.fall * n.rate_mem * exp_difference(u, a, b, 0.0, 0.0);
    p_v += source.fall * exp_difference(u, a, 0.0, 0.0);
  }

  // u ms back in time with V held (refractory): p_v is 0 there.
  void flow_held(const CubaLif& n, Time u) { p_i *= std::exp(-n.rate_syn * u); }
};

// Everything that the time constants, the bias and a running loss need; slower, and kept apart from
// the hot path.
struct FullCostate {
  Costate p;
  double m_v = 0.0, m_i = 0.0, s_i = 0.0;
  double bias_integral = 0.0;  // of p_v (ms)

  void flow(const CubaLif& n, Time u, const WeightStretch<double>& source) {
    const double a = -n.rate_mem, b = -n.rate_syn, rate = n.rate_mem;
    const double p_v = p.p_v, p_i = p.p_i;
    const auto d = [u](auto... nodes) { return exp_difference(u, nodes...); };
    const double mem = d(a), syn = d(b), mem_syn = d(a, b);
    p.flow(n, u, source);

    s_i = s_i * syn + p_i * d(b, b) + rate * p_v * d(a, b, b);
    m_i = m_i * syn + rate * (m_v * mem_syn + p_v * d(a, a, b)) - p_v * mem_syn;
    m_v = m_v * mem + p_v * d(a, a);
    bias_integral += p_v * d(a, 0.0);
    const double g = source.rate, ag = a - g, bg = b - g;
    if (source.level != 0.0) {
      s_i += source.level * rate * d(ag, bg, bg, 0.0);
      m_i += source.level * (rate * d(ag, ag, bg, 0.0) - d(ag, bg, 0.0));
      m_v += source.level * d(ag, ag, 0.0);
      bias_integral += source.level * d(ag, 0.0, -g);
    }
    if (source.fall != 0.0) {
      s_i += source.fall * rate * d(ag, bg, bg, 0.0, 0.0);
      m_i += source.fall * (rate * d(ag, ag, bg, 0.0, 0.0) - d(ag, bg, 0.0, 0.0));
      m_v += source.fall * d(ag, ag, 0.0, 0.0);
      bias_integral += source.fall * d(ag, 0.0, 0.0, -g);
    }
  }

  void flow_held(const CubaLif& n, Time u) {
    const double syn = std::exp(-n.rate_syn * u);
    s_i = s_i * syn + p.p_i * u * syn;
    m_i *= syn;
    p.p_i *= syn;
  }
};

}  // namespace retrograde
