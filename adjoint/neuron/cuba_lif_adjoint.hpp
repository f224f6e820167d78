// The backward side of a population of cuba_lif neurons or cuba_li readouts with one exponential
// receptor: the costates of cuba_lif.hpp at its events. No forward state is needed.
#pragma once

#include <span>

#include <retrograde/adjoint/neuron/model.hpp>
#include <retrograde/engine/neuron/cuba_lif_dynamics.hpp>

namespace retrograde {

class CubaLifAdjoint final : public AdjointDynamics {
 public:
  // `neurons` outlive it.
  explicit CubaLifAdjoint(std::span<const CubaLif> neurons) : neurons_(neurons) {}

  static constexpr std::size_t size = 6;  // of a FullCostate
  std::size_t costate_size() const override { return size; }
  void flow(std::uint32_t n, double* p, const double* x, Time from, Time u, const RunningLoss& loss,
            const NeuronGradient& gradient) const override;
  void flow_held(std::uint32_t n, double* p, const double* x, Time from, Time u,
                 const RunningLoss& loss, const NeuronGradient& gradient) const override;
  OfDelivery arrival(std::uint32_t n, const double* p, const double* x, unsigned receptor,
                     double weight, bool held, const NeuronGradient& gradient) const override;
  double release(std::uint32_t n, double* p, const double* x, const TapeSpike& spike,
                 const NeuronGradient& gradient) const override;
  void spike(std::uint32_t n, double* p, const double* before, const double* after,
             const TapeSpike& spike, double slope, double g, const RunningLoss& loss,
             const NeuronGradient& gradient) const override;
  void impulse(std::uint32_t n, double* p, const double* x, double dl_dv,
               const NeuronGradient& gradient) const override;
  void start(std::uint32_t n, const double* p, double v,
             const NeuronGradient& gradient) const override;

 private:
  std::span<const CubaLif> neurons_;
};

}  // namespace retrograde
