// The backward side of cuba_lif neurons with step receptors, the mirror of
// engine/neuron/cuba_lif_step.hpp: the costates of cuba_lif.hpp and those of the held current C. With
// a = 1/tau_mem, p_c = dL/dC, and m_c what a unit of C adds to tau_mem^2 dL/dtau_mem:
//
//   dp_c/du = a p_v          dm_c/du = a m_v - p_v
//   arrival at a step receptor:  dL/dw += p_c;  dL/dt = -w a p_v;  tau_mem^2 dL/dtau_mem += w m_c
//
// p_c is a times the integral of p_v, which bias has too: both currents are constant, one for the
// whole trial, the other from an arrival on. The equations of p_v, p_i, m_v, m_i and s_i do not know
// C, nor do the jumps at spikes, which take their slopes from the tape. No forward state is needed.
#pragma once

#include <retrograde/adjoint/neuron/cuba_lif_adjoint.hpp>
#include <retrograde/engine/neuron/cuba_lif_step.hpp>

namespace retrograde {

class CubaLifStepAdjoint final : public AdjointDynamics {
 public:
  explicit CubaLifStepAdjoint(const CubaLifStepDynamics& dynamics)
      : plain_(dynamics.neurons()),
        neurons_(dynamics.neurons()),
        receptors_(dynamics.receptors()) {}

  // A FullCostate, m_c.
  std::size_t costate_size() const override { return CubaLifAdjoint::size + 1; }
  void flow(std::uint32_t n, double* p, const double* x, Time from, Time u, const RunningLoss& loss,
            const NeuronGradient& gradient) const override;
  void flow_held(std::uint32_t n, double* p, const double* x, Time from, Time u,
                 const RunningLoss& loss, const NeuronGradient& gradient) const override {
    plain_.flow_held(n, p, x, from, u, loss, gradient);
  }
  OfDelivery arrival(std::uint32_t n, const double* p, const double* x, unsigned receptor,
                     double weight, bool held, const NeuronGradient& gradient) const override;
  double release(std::uint32_t n, double* p, const double* x, const TapeSpike& spike,
                 const NeuronGradient& gradient) const override {
    return plain_.release(n, p, x, spike, gradient);
  }
  void spike(std::uint32_t n, double* p, const double* before, const double* after,
             const TapeSpike& spike, double slope, double g, const RunningLoss& loss,
             const NeuronGradient& gradient) const override {
    plain_.spike(n, p, before, after, spike, slope, g, loss, gradient);
  }
  void impulse(std::uint32_t n, double* p, const double* x, double dl_dv,
               const NeuronGradient& gradient) const override {
    plain_.impulse(n, p, x, dl_dv, gradient);
  }
  void start(std::uint32_t n, const double* p, double v,
             const NeuronGradient& gradient) const override {
    plain_.start(n, p, v, gradient);
  }

 private:
  CubaLifAdjoint plain_;
  std::span<const CubaLif> neurons_;
  std::span<const SynapseShape> receptors_;
};

}  // namespace retrograde
