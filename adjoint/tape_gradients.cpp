#include <chrono>
#include <span>
#include <utility>

#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

TapeGradients::TapeGradients(Scheduler scheduler, const std::shared_ptr<Device>& device)
    : TapeGradients(
          [scheduler, device](const Network& network) {
            return BatchMachines{make_machine(network, scheduler, device), nullptr};
          },
          scheduler) {
  on_device_ = device != nullptr;
}

TapeGradients::TapeGradients(std::function<BatchMachines(const Network&)> make_machines,
                             Scheduler of_candidates)
    : make_machines_(std::move(make_machines)), of_candidates_(of_candidates) {}

void TapeGradients::make(const Network& network, const LabelledTrials& trials,
                         std::span<const std::uint32_t> batch, const Loss& loss,
                         const GradientOptions& options, BatchGradient& result) {
  if (batch.empty()) throw InternalError("TapeGradients: a batch without trials");
  const auto started = std::chrono::steady_clock::now();
  // While a device is at work there is time to make the next trials.
  if (on_device_ && (!ahead_ || &ahead_->all() != &trials))
    ahead_ = std::make_unique<PrefetchedTrials>(trials);
  if (on_device_) ahead_->prefetch(options.next, options.epoch);
  BatchPass pass(make_machines_(network), of_candidates_, on_device_ ? *ahead_ : trials, batch,
                 loss, options);
  result.results = pass.forward();
  result.spikes = pass.spikes();
  result.forward_seconds = seconds_since(started);

  pass.show_gradients();

  const auto turned = std::chrono::steady_clock::now();
  if (sums_.empty()) sums_.resize(1);
  sums_[0] = std::move(result.sum);  // whose memory serves again, on the CPU
  pass.backward(result.spikes, result.results, sums_);
  std::vector<double> sum = std::move(sums_[0]);
  add_in_order(sum, std::span(sums_).subspan(1, pass.share().size() - 1));
  pass.split(std::move(sum), result);
  result.backward_seconds = seconds_since(turned);
}

}  // namespace retrograde
