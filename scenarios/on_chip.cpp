#include <algorithm>

#include <retrograde/engine/batch.hpp>
#include <retrograde/engine/run.hpp>
#include <retrograde/scenarios/on_chip.hpp>

namespace retrograde {

namespace {

// Enough for a stable mean, few enough for a second or two.
constexpr std::size_t calibration_trials = 300;

}  // namespace

OnChip put_on_chip(const Scenario& scenario, const Network& network, const Dataset& dataset) {
  const LabelledTrials& training = dataset.part(Part::train);
  std::vector<Trial> seen(std::min(calibration_trials, training.size()));
  std::vector<Tape> tapes(seen.size());
  for_each_trial(seen.size(), [&](std::size_t k) {
    seen[k] = training.trial(k);
    tapes[k] = run(network, seen[k], scenario.run_options());
  });
  loihi2::QuantizeOptions options;
  options.step = scenario.chip.step;
  options.clip_percentile = scenario.chip.clip_percentile;
  OnChip result;
  result.calibration = loihi2::calibrate(network, options, seen, tapes);
  result.quantized = loihi2::quantize(network, result.calibration.options);
  return result;
}

}  // namespace retrograde
