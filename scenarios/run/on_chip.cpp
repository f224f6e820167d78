#include <retrograde/engine/trial/labelled_trials.hpp>
#include <retrograde/scenarios/read/integers/integer_network.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>

namespace retrograde {

namespace {

// Enough for a stable mean, few enough for a second or two.
constexpr std::size_t calibration_trials = 300;

loihi2::QuantizeOptions quantize_options(const ChipSpec& chip) {
  loihi2::QuantizeOptions options;
  options.step = chip.step;
  options.spike_phase = chip.spike_phase;
  options.clip_percentile = chip.clip_percentile.value_or(100.0);
  options.groups = chip.groups;
  options.weight_exponent = chip.weight_exponent.value_or(0);
  return options;
}

}  // namespace

loihi2::QuantizeOptions tuned_options(const Scenario& scenario, const ChipTuning& tuning) {
  loihi2::QuantizeOptions options = quantize_options(scenario.chip);
  options.scales = tuning.scales;
  options.threshold_drop = tuning.threshold_drop;
  options.weight_exponent = tuning.weight_exponent;
  return options;
}

OnChip put_on_chip(const Scenario& scenario, const Network& network, const Dataset& dataset) {
  return put_on_chip(scenario, scenario.chip, network, dataset);
}

OnChip put_on_chip(const Scenario& scenario, const ChipSpec& chip, const Network& network,
                   const Dataset& dataset) {
  const FirstTrials trials(dataset.part(Part::train), calibration_trials);
  OnChip result;
  result.network = network;
  result.calibration = loihi2::calibrate(*scenario.machine(network), quantize_options(chip), trials,
                                         stoppable(scenario.run_options()),
                                         {.clipping = chip.calibrates_clipping,
                                          .exponent = !chip.weight_exponent,
                                          .thresholds = chip.calibrates_thresholds},
                                         chip.semantics);
  result.options = result.calibration->options;
  result.quantized = loihi2::quantize(network, result.options);
  return result;
}

OnChip put_on_chip(const Scenario& scenario, const Network& trained, const ChipTuning& tuning) {
  OnChip result;
  result.network = trained.with_parameters(tuning.training.best_values);
  result.options = tuned_options(scenario, tuning);
  result.quantized = loihi2::quantize(result.network, result.options);
  return result;
}

OnChip put_on_chip(const Scenario& scenario) {
  const loihi2::ChipNetwork& chip = scenario.integers->chip;
  OnChip result;
  result.network = scenario.network;
  result.options.step = chip.step;
  result.quantized.chip = chip;
  for (const loihi2::ChipPopulation& p : chip.populations)
    result.quantized.report.populations.push_back({.name = p.name, .lag = p.lag});
  for (const loihi2::ChipProjection& p : chip.projections)
    result.quantized.report.projections.push_back(
        {.name = p.name, .format = p.format, .synapses = p.synapse_count()});
  return result;
}

OnChip put_on_chip(const Trained& trained, const Dataset& dataset) {
  if (trained.scenario.integers) return put_on_chip(trained.scenario);
  return trained.tuning ? put_on_chip(trained.scenario, trained.network, *trained.tuning)
                        : put_on_chip(trained.scenario, trained.network, dataset);
}

}  // namespace retrograde
