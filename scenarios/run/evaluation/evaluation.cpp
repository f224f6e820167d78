#include <algorithm>
#include <fmt/format.h>
#include <memory>

#include <retrograde/adjoint/evaluate.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/conformance.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>
#include <retrograde/scenarios/run/timeline/chip_faults_of.hpp>
#include <retrograde/scenarios/run/timeline/timeline_of.hpp>
#include <retrograde/scenarios/run/training.hpp>

namespace retrograde {

namespace {

// Ctrl-C stops it, too.
EvaluationProgress interruptible(const EvaluationProgress& progress) {
  return [&progress](std::string_view what, std::size_t done, std::size_t of) {
    return !interrupted() && (!progress || progress(what, done, of));
  };
}

ChipEvaluation evaluate_on_chip(const Trained& trained, const Dataset& dataset, Part part,
                                const ChipProfile& profile, const EvaluationProgress& progress,
                                Remedying remedying) {
  const LabelledTrials& trials = dataset.part(part);
  const Scenario& scenario = trained.scenario;
  const std::unique_ptr<const Machine> machine = scenario.machine(trained.network);
  const Machine& exact = *machine;
  // What is deployed is the fine-tuned network, where there is one.
  const OnChip calibrated = put_on_chip(scenario, trained.network, dataset);
  std::optional<OnChip> tuned;
  if (trained.tuning) tuned = put_on_chip(scenario, trained.network, *trained.tuning);
  const OnChip& deployed = tuned ? *tuned : calibrated;

  ChipEvaluation chip;
  chip.calibration = *calibrated.calibration;
  if (trained.tuning) chip.tuned_epoch = trained.tuning->training.best_epoch;
  chip.quantization = deployed.quantized.report;

  // The same trials on both sides, and the same happens in them.
  const loihi2::Emulator emulator = emulator_of(scenario, trained.network, deployed.quantized.chip);
  const EventfulTrials happening(dataset, part, scenario, trained.network);
  chip.conformance = loihi2::compare(
      exact, emulator, happening, stoppable(scenario.run_options()), chip.quantization,
      [&](std::size_t done) { return progress("Loihi 2 emulation", done, trials.size()); });

  // From the exact network to the calibrated chip, step by step, without what happens.
  chip.budget = loihi2::error_budget(
      exact, calibrated.quantized.chip, tuned ? &tuned->quantized.chip : nullptr,
      scenario.chip.semantics, FirstTrials(trials, budget_trials),
      stoppable(scenario.run_options()), [&](double done) {
        return progress("error budget", static_cast<std::size_t>(100 * done), 100);
      });
  chip.deployment =
      deploy(profile, emulator, chip.quantization, chip.conformance, trained, dataset);
  if (remedying == Remedying::where_wanted && !tuned &&
      wants_remedy(chip.deployment.fit, chip.quantization)) {
    chip.remedies =
        try_remedies(trained, dataset, calibrated, profile, [&](std::size_t done, std::size_t of) {
          return progress("trying other settings", done, of);
        });
    // What was tried says it better.
    for (Finding& f : chip.deployment.fit.findings)
      if (f.remedy == loihi2::finer) f.remedy.clear();
  }
  add_clipped(scenario.timeline, trained.network, deployed.quantized.chip,
              chip.deployment.fit.findings);
  return chip;
}

// What is said where exact time ends a network that was trained in steps, in which a neuron fires once
// a step at most: what it came to there is known, and would be lost.
std::string beside_steps(const Scenario& scenario, const SetResult& stepped) {
  return fmt::format(
      "That is in exact time. In steps of {:g} ms, in which it was trained and a neuron fires once "
      "a "
      "step at most, its loss is {:.6g}{} over {}",
      scenario.surrogate->step, stepped.loss(),
      stepped.labelled > 0 ? fmt::format(" and its accuracy {}", percent_text(stepped.accuracy()))
                           : "",
      plural(stepped.trials, "trial"));
}

}  // namespace

SetResult count_spikes(const Machine& machine, const LabelledTrials& trials,
                       const RunOptions& options, const std::function<bool(std::size_t)>& progress,
                       const std::function<void(const Tape&)>& each) {
  constexpr std::size_t stretch = 256;  // bounds the memory for tapes
  SetResult result(machine.network());
  for (std::size_t begin = 0; begin < trials.size(); begin += stretch) {
    std::vector<Tape> tapes(std::min(stretch, trials.size() - begin));
    for_each_trial(tapes.size(), [&](std::size_t k) {
      tapes[k] = machine.run(trials.trial(begin + k), options);
    });
    for (const Tape& tape : tapes) {
      TrialResult trial;
      trial.forward_deliveries = tape.deliveries;
      result.add(trial);
      result.add_spikes(tape);
      if (each) each(tape);
    }
    if (progress && !progress(begin + tapes.size())) break;
  }
  return result;
}

Part judged_part(const Dataset& dataset) {
  return dataset.size(Part::test) > 0 ? Part::test : Part::train;
}

Evaluation evaluate_exactly(const Trained& trained, const Dataset& dataset, Part part,
                            std::size_t sample, const EvaluationProgress& progress) {
  const Scenario& scenario = trained.scenario;
  Evaluation evaluation;
  evaluation.part = part;
  evaluation.has_test_part = dataset.size(Part::test) > 0;
  evaluation.judged = scenario.loss != nullptr;
  const EventfulTrials trials(dataset, part, scenario, trained.network);
  const std::unique_ptr<const Machine> exact = scenario.machine(trained.network);
  RunOptions options = stoppable(scenario.run_options());

  const EvaluationProgress tell = interruptible(progress);
  if (scenario.surrogate && evaluation.judged) {
    evaluation.stepped =
        evaluate_in_steps(scenario, trained.network, trials, [&](std::size_t done) {
          if (tell("evaluation in steps", done, trials.size())) return true;
          throw Interrupted("the evaluation was stopped");
        });
    options.runaway_remedy += ". " + beside_steps(scenario, *evaluation.stepped);
  }
  const auto goes_on = [&](std::size_t done) {
    if (tell("exact evaluation", done, trials.size())) return true;
    throw Interrupted("the evaluation was stopped");
  };
  if (evaluation.judged) {
    options.readout = scenario.loss->readout();
    WorstTrials worst(worst_trials);
    evaluation.exact = evaluate(
        *exact, trials, *scenario.loss, options, goes_on,
        [&](std::size_t k, const TrialResult& result, const Tape&) { worst.add(k, result); });
    evaluation.worst = worst.list();
    add_margins(evaluation.worst, *exact, options, trials);
  } else {
    evaluation.exact = count_spikes(*exact, trials, options, goes_on);
  }
  evaluation.samples = shown_samples(scenario, *exact, dataset, part, sample, evaluation.worst);
  return evaluation;
}

Evaluation evaluate_network(const Trained& trained, const Dataset& dataset,
                            const ChipProfile& profile, const EvaluationProgress& progress,
                            Remedying remedying) {
  Evaluation evaluation = evaluate_exactly(trained, dataset, judged_part(dataset), 0, progress);
  try {
    evaluation.chip = evaluate_on_chip(trained, dataset, evaluation.part, profile,
                                       interruptible(progress), remedying);
  } catch (const DeploymentError& error) {
    evaluation.chip_refusal = error.what();
  }
  return evaluation;
}

}  // namespace retrograde
