// A batch of trials, forward and back through a network that goes in steps. Layer after layer: what
// arrives from earlier layers is gathered for all points at once, then neurons go from point to point;
// in a layer that reaches itself both go together. The way back is the mirror.
//
// Tasks run on threads; every number is summed by one task, trials in the order of the batch, so
// that results do not depend on the number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <retrograde/adjoint/gradient_source.hpp>
#include <retrograde/adjoint/stepped/dilated_kernel.hpp>
#include <retrograde/adjoint/stepped/step_neurons.hpp>
#include <retrograde/adjoint/stepped/step_plan.hpp>
#include <retrograde/adjoint/stepped/step_rows.hpp>
#include <retrograde/engine/trial/trial.hpp>

namespace retrograde {

// How the delays of a projection become taps in a pass.
struct LinkKernel {
  bool dilated = false;  // else one tap at the nearest step
  KernelShape shape = KernelShape::gaussian;
  double width = 0.0;         // steps
  std::uint32_t longest = 0;  // steps
};

// What may be done to the arrivals of a population between the layers: batch normalisation.
class StepNormaliser {
 public:
  virtual ~StepNormaliser() = default;
  // Of each neuron of a population whose arrivals are complete at the points 0 .. points - 1, or none.
  virtual std::vector<StepScaling> scale(std::uint32_t population,
                                         std::span<const StepChunk> chunks, std::size_t points) = 0;
  // From dL/d of the scaled arrivals, in place, to that of the arrivals themselves.
  virtual void back(std::uint32_t population, std::span<StepChunk> chunks, std::size_t points) = 0;
};

class StepBatch {
 public:
  // `plan` outlives this, `network` the calls after `begin`. `step` in ms.
  StepBatch(const StepPlan& plan, Time step) : plan_(plan), step_(step) {}

  // Takes trials, all of one duration; with `backward` room for the way back is made. Throws
  // NetworkError and LimitError.
  void begin(const Network& network, std::vector<LinkKernel> kernels,
             const std::vector<Trial>& trials, bool backward);
  void forward(StepNormaliser* normaliser);
  // dL/dV of a readout is in its `back`; `spike_kick` is added to dL/do of every neuron, or empty.
  void backward(const Surrogate& surrogate, StepNormaliser* normaliser,
                std::span<const double> spike_kick);
  // Adds dL/dweight, dL/ddelay of dilated projections and dL/dbias to `sum`.
  void add_gradient(const GradientLayout& layout, std::vector<double>& sum) const;
  double gradient_of(const Candidate& candidate) const;

  std::size_t points() const { return points_; }  // 0 .. points - 1
  std::span<StepChunk> chunks() { return chunks_; }
  std::span<const StepChunk> chunks() const { return chunks_; }

 private:
  using Terms = std::vector<lanes::Term>;  // of one neuron
  struct InnerLink {
    const StepLink* link = nullptr;
    std::vector<Terms> terms;  // per neuron of the target, or of the source on the way back
  };

  void check_memory(bool backward) const;
  void shape(bool backward);
  void load(const std::vector<Trial>& trials);
  void load_input(const Trial& trial, std::size_t lane, StepChunk& chunk) const;
  void find_reach();
  void taps_of(const StepLink& link, Time delay, Taps& taps) const;
  void add_terms(const StepLink& link, SynapseId s, const StepRows& from, std::size_t row, int way,
                 Terms& terms) const;
  Terms terms_of_target(const StepLink& link, std::size_t j) const;
  Terms terms_of_source(const StepLink& link, std::size_t i) const;
  std::vector<InnerLink> inner_links(const std::vector<std::uint32_t>& layer, bool back) const;
  void gather_to_targets(const StepLink& link);
  void gather_to_sources(const StepLink& link);
  const StepRows& sent(const StepLink& link, const StepChunk& chunk) const;
  const StepRows& returned(const StepLink& link, const StepChunk& chunk) const;

  void run_layer(const std::vector<std::uint32_t>& layer);
  void run_recurrent_layer(const std::vector<std::uint32_t>& layer);
  void run_layer_back(const std::vector<std::uint32_t>& layer, const Surrogate& surrogate);
  void run_recurrent_layer_back(const std::vector<std::uint32_t>& layer,
                                const Surrogate& surrogate);
  void kick(std::uint32_t population, std::span<const double> spike_kick);

  const StepPlan& plan_;
  const Time step_;
  const Network* network_ = nullptr;
  std::vector<LinkKernel> kernels_;  // per projection
  std::size_t points_ = 0;
  std::vector<std::size_t> front_, back_;  // per population: points that rows have on either side
  std::vector<StepChunk> chunks_;
  std::vector<std::vector<StepScaling>> scaling_;  // per population
};

}  // namespace retrograde
