// Surrogate gradients of a batch by back-propagation through time, beside the exact ones of
// TapeGradients: the way networks with learned delays are usually trained, kept as a baseline.
//
// A network is taken as SteppedMachine takes it (engine/stepped/stepped.hpp, in the order of points),
// in single precision: V and I of cuba_lif and cuba_li follow their equations in closed form from point to
// point, spikes happen at points. Besides it takes step receptors, whose signal is held between
// points, and lif, li, if and integrator, on whose V arrivals act: one at point n acts at point n + 1,
// undecayed, a step later than in exact time. What is learned: weights, delays (dilated_kernel.hpp) and
// biases. The reset has no gradient.
//
// Trials of a batch go side by side, sixteen at a time. O(taps x points) per synapse and trial,
// O(neurons x points x batch) memory; populations that reach themselves hold all taps of their kernels
// besides, 16 bytes each.
#pragma once

#include <functional>
#include <memory>

#include <retrograde/adjoint/gradient_source.hpp>
#include <retrograde/adjoint/stepped/stepped_spec.hpp>

namespace retrograde {

class SteppedGradients final : public GradientSource {
 public:
  // Throws NetworkError for what cannot go so: another model, several receptors in one projection's
  // target that decay differently, batch normalisation of a population that reaches itself.
  SteppedGradients(const Network& network, SteppedSpec spec);
  ~SteppedGradients() override;

  void make(const Network& network, const LabelledTrials& trials,
            std::span<const std::uint32_t> batch, const Loss& loss, const GradientOptions& options,
            BatchGradient& result) override;
  void step(double factor, std::optional<double> momentum) override;
  std::vector<double> state() const override;
  void restore(std::span<const double> state) override;
  Network folded(const Network& network) const override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// Judges a network that was trained so, in steps, with delays rounded to whole steps. As evaluate
// (adjoint/evaluate.hpp).
SetResult evaluate_stepped(const Network& network, const LabelledTrials& trials, const Loss& loss,
                           const SteppedSpec& spec,
                           const std::function<bool(std::size_t done)>& progress = {});

}  // namespace retrograde
