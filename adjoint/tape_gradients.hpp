// Gradients by running each trial on a machine and going back along its tape.
//
// On a machine of the engine they are exact. On a chip the way back is exact along the spikes that
// the chip made, in the values that the chip has, and the result is taken as the gradient of the
// values it was made from (straight through).
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <retrograde/adjoint/gradient_source.hpp>
#include <retrograde/engine/scheduler.hpp>

namespace retrograde {

// Of one batch, whose values they hold.
struct BatchMachines {
  std::unique_ptr<const Machine> forward;
  std::unique_ptr<const Machine> back;  // of forward's network; null: `forward` itself
};

class TapeGradients final : public GradientSource {
 public:
  explicit TapeGradients(Scheduler scheduler);
  // `make_machines` is called once for each batch.
  explicit TapeGradients(std::function<BatchMachines(const Network&)> make_machines);

  void make(const Network& network, const LabelledTrials& trials,
            std::span<const std::uint32_t> batch, const Loss& loss, const GradientOptions& options,
            BatchGradient& result) override;

 private:
  std::function<BatchMachines(const Network&)> make_machines_;
  std::vector<std::vector<double>> partial_sums_;  // of all groups of trials but the first
};

}  // namespace retrograde
