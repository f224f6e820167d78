#include <memory>

#include <retrograde/adjoint/evaluate.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/conformance.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>

namespace retrograde {

namespace {

// By whose spikes cores are placed and events are counted.
constexpr std::size_t placement_trials = 200;

// `exact` runs the trained network.
ChipEvaluation evaluate_on_chip(const Trained& trained, const Machine& exact,
                                const Dataset& dataset, const LabelledTrials& trials,
                                const ChipProfile& profile, const EvaluationProgress& progress) {
  const Scenario& scenario = trained.scenario;
  // What is deployed is the fine-tuned network, where there is one.
  const OnChip calibrated = put_on_chip(scenario, trained.network, dataset);
  std::optional<OnChip> tuned;
  if (trained.tuning) tuned = put_on_chip(scenario, *trained.tuning);
  const OnChip& deployed = tuned ? *tuned : calibrated;

  ChipEvaluation chip;
  chip.calibration = *calibrated.calibration;
  if (trained.tuning) chip.tuned_epoch = trained.tuning->training.best_epoch;
  chip.quantization = deployed.quantized.report;

  // The same trials on both sides.
  const loihi2::Emulator emulator(deployed.quantized.chip, scenario.chip.semantics);
  chip.conformance = loihi2::compare(
      exact, emulator, trials, stoppable(scenario.run_options()), chip.quantization,
      [&](std::size_t done) { return progress("Loihi 2 emulation", done, trials.size()); });

  // From the exact network to the calibrated chip, step by step.
  chip.budget = loihi2::error_budget(
      exact, calibrated.quantized.chip, tuned ? &tuned->quantized.chip : nullptr,
      scenario.chip.semantics, FirstTrials(trials, budget_trials),
      stoppable(scenario.run_options()), [&](double done) {
        return progress("error budget", static_cast<std::size_t>(100 * done), 100);
      });
  chip.deployment = deploy(profile, emulator, chip.quantization, chip.conformance,
                           FirstTrials(trials, placement_trials));
  return chip;
}

}  // namespace

Part judged_part(const Dataset& dataset) {
  return dataset.size(Part::test) > 0 ? Part::test : Part::train;
}

Evaluation evaluate_network(const Trained& trained, const Dataset& dataset,
                            const ChipProfile& profile, const EvaluationProgress& progress) {
  const Scenario& scenario = trained.scenario;
  const EvaluationProgress tell = [&](std::string_view what, std::size_t done, std::size_t of) {
    return !interrupted() && (!progress || progress(what, done, of));
  };
  Evaluation evaluation;
  evaluation.part = judged_part(dataset);

  const LabelledTrials& trials = dataset.part(evaluation.part);
  const std::unique_ptr<const Machine> exact = scenario.machine(trained.network);
  evaluation.exact = evaluate(*exact, trials, *scenario.loss, stoppable(scenario.run_options()),
                              [&](std::size_t done) {
                                if (tell("exact evaluation", done, trials.size())) return true;
                                throw Interrupted("the evaluation was stopped");
                              });
  evaluation.samples = shown_samples(scenario, *exact, dataset, evaluation.part);

  try {
    evaluation.chip = evaluate_on_chip(trained, *exact, dataset, trials, profile, tell);
  } catch (const DeploymentError& error) {
    evaluation.chip_refusal = error.what();
  }
  return evaluation;
}

std::vector<std::uint32_t> spiking_populations(const Network& network) {
  std::vector<std::uint32_t> spiking;
  for (std::uint32_t p = 0; p < network.populations().size(); ++p) {
    const Model model = network.populations()[p].model;
    if (!model->is_input() && model->fires()) spiking.push_back(p);
  }
  return spiking;
}

}  // namespace retrograde
