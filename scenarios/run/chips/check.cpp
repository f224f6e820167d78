#include <fmt/format.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/chips/check.hpp>
#include <retrograde/scenarios/run/folder/silence.hpp>
#include <retrograde/scenarios/run/timeline/timeline_of.hpp>

namespace retrograde {

namespace {

Evaluation check_values(const Trained& trained, const Dataset& dataset, const ChipProfile& profile,
                        const EvaluationProgress& progress) {
  Evaluation evaluation =
      evaluate_network(trained, dataset, profile, progress, Remedying::where_wanted);
  if (!evaluation.chip)
    throw UsageError(
        fmt::format("this network cannot go on the chip: {}", evaluation.chip_refusal));
  return evaluation;
}

IntegerEvaluation check_integers(const Scenario& scenario, const Dataset& dataset,
                                 const ChipProfile& profile, const EvaluationProgress& progress) {
  const std::size_t trials = dataset.size(judged_part(dataset));
  return evaluate_integers(scenario, dataset, profile, [&](std::size_t done) {
    return !progress || progress("emulation", done, trials);
  });
}

}  // namespace

CheckResult check_network(const Trained& trained, const Dataset& dataset, const ChosenChip& chip,
                          const EvaluationProgress& progress) {
  require_checkable(trained.scenario, chip);
  if (chip.target) return check_on_chip(trained, dataset, *chip.target, progress);
  if (trained.scenario.integers)
    return check_integers(trained.scenario, dataset, chip.profile, progress);
  return check_values(trained, dataset, chip.profile, progress);
}

void require_checkable(const Scenario& scenario, const ChosenChip& chip) {
  if (scenario.integers && chip.target)
    throw UsageError(fmt::format(
        "{}: its network is integers of Loihi 2, which {} does not compute with; check a "
        "network of real values, or --chip loihi2",
        scenario.file, chip.target->name()));
}

bool fits(const CheckResult& result) {
  if (const auto* check = std::get_if<ChipCheck>(&result)) return check->fits();
  if (const auto* check = std::get_if<IntegerEvaluation>(&result))
    return check->deployment.fit.fits();
  return std::get<Evaluation>(result).chip->deployment.fit.fits();
}

std::vector<std::string> check_doubts(const Trained& trained, const Dataset& dataset,
                                      const ChosenChip& chip) {
  std::vector<std::string> all;
  if (chip.target && trained.tuning)
    all.push_back(
        fmt::format("the fine-tuning of this run is for Loihi 2; {} gets the network before it",
                    chip.target->name()));
  if (hears_nothing(trained.network, dataset.part(judged_part(dataset))))
    all.push_back(fmt::format(
        "no trial of the {} part has an input spike: silence is compared with silence, and says "
        "nothing of the network; give it spikes, by spikes of [[population]] or by [data]",
        name(judged_part(dataset))));
  // Other chips refuse what happens in trials.
  if (std::string events = events_in_trials(trained.scenario); !chip.target && !events.empty())
    all.push_back(std::move(events));
  return all;
}

}  // namespace retrograde
