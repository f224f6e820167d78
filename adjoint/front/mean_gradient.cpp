#include <fmt/format.h>
#include <limits>
#include <numeric>
#include <utility>

#include <retrograde/adjoint/front/mean_gradient.hpp>
#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

MeanGradient gradient_of(const Network& network, const LabelledTrials& trials, const Loss& loss,
                         const GradientOptions& options, Scheduler scheduler) {
  constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
  if (trials.size() == 0)
    throw NetworkError("trials", "there is none; a mean gradient needs one at least");
  if (trials.size() > most)
    throw LimitError("trials", static_cast<double>(most), static_cast<double>(trials.size()),
                     "more trials than one gradient is made of; take a part of them");
  std::vector<std::uint32_t> all(trials.size());
  std::iota(all.begin(), all.end(), 0u);
  GradientOptions asked = options;
  asked.run.readout = loss.readout();
  BatchGradient batch;
  TapeGradients(scheduler).make(network, trials, all, loss, asked, batch);

  MeanGradient mean{network, SetResult(network), std::move(batch.results), batch.layout,
                    std::move(batch.sum)};
  for (double& d : mean.values) d /= static_cast<double>(trials.size());
  for (const TrialResult& trial : mean.trials) mean.result.add(trial);
  mean.result.spikes = std::move(batch.spikes);
  return mean;
}

}  // namespace retrograde
