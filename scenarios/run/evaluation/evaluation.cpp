#include <memory>

#include <retrograde/adjoint/evaluate.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/conformance.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>

namespace retrograde {

namespace {

// By whose spikes cores are placed and events are counted: trials that nothing is judged by,
// where there are others.
constexpr std::size_t placement_trials = 200;

Part placement_part(const Dataset& dataset) {
  return dataset.size(Part::validation) > 0 ? Part::validation : Part::train;
}

// Ctrl-C stops it, too.
EvaluationProgress interruptible(const EvaluationProgress& progress) {
  return [&progress](std::string_view what, std::size_t done, std::size_t of) {
    return !interrupted() && (!progress || progress(what, done, of));
  };
}

ChipEvaluation evaluate_on_chip(const Trained& trained, const Dataset& dataset,
                                const LabelledTrials& trials, const ChipProfile& profile,
                                const EvaluationProgress& progress) {
  const Scenario& scenario = trained.scenario;
  const std::unique_ptr<const Machine> machine = scenario.machine(trained.network);
  const Machine& exact = *machine;
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
  const Part placing = placement_part(dataset);
  chip.deployment = deploy(profile, emulator, chip.quantization, chip.conformance,
                           FirstTrials(dataset.part(placing), placement_trials), placing);
  return chip;
}

}  // namespace

Part judged_part(const Dataset& dataset) {
  return dataset.size(Part::test) > 0 ? Part::test : Part::train;
}

Evaluation evaluate_exactly(const Trained& trained, const Dataset& dataset, Part part,
                            std::size_t sample, const EvaluationProgress& progress) {
  const Scenario& scenario = trained.scenario;
  Evaluation evaluation;
  evaluation.part = part;
  evaluation.has_test_part = dataset.size(Part::test) > 0;
  const LabelledTrials& trials = dataset.part(part);
  const std::unique_ptr<const Machine> exact = scenario.machine(trained.network);
  RunOptions options = stoppable(scenario.run_options());
  options.readout = scenario.loss->readout();

  const EvaluationProgress tell = interruptible(progress);
  WorstTrials worst(worst_trials);
  evaluation.exact = evaluate(
      *exact, trials, *scenario.loss, options,
      [&](std::size_t done) {
        if (tell("exact evaluation", done, trials.size())) return true;
        throw Interrupted("the evaluation was stopped");
      },
      [&](std::size_t k, const TrialResult& result) { worst.add(k, result); });
  evaluation.worst = worst.list();
  add_margins(evaluation.worst, *exact, options, trials);
  evaluation.samples = shown_samples(scenario, *exact, dataset, part, sample, evaluation.worst);
  return evaluation;
}

Evaluation evaluate_network(const Trained& trained, const Dataset& dataset,
                            const ChipProfile& profile, const EvaluationProgress& progress) {
  Evaluation evaluation = evaluate_exactly(trained, dataset, judged_part(dataset), 0, progress);
  try {
    evaluation.chip = evaluate_on_chip(trained, dataset, dataset.part(evaluation.part), profile,
                                       interruptible(progress));
  } catch (const DeploymentError& error) {
    evaluation.chip_refusal = error.what();
  }
  return evaluation;
}

}  // namespace retrograde
