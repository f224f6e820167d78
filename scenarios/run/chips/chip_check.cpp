#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include <retrograde/scenarios/run/chips/chip_check.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/timeline/timeline_of.hpp>

namespace retrograde {

ChipCheck check_on_chip(const Trained& trained, const Dataset& dataset, const ChipTarget& target,
                        const EvaluationProgress& progress) {
  const Scenario& scenario = trained.scenario;
  const RunOptions options = stoppable(scenario.run_options());

  ChipCheck check;
  check.chip = target.name();
  check.step = scenario.chip.step;
  check.part = judged_part(dataset);
  check.has_test_part = dataset.size(Part::test) > 0;
  check.trials = dataset.size(check.part);
  PutOnChip put = target.put(trained.network, options.readout, check.step);
  check.findings = std::move(put.findings);
  if (!put.network) return check;

  const EventfulTrials trials(dataset, check.part, scenario, trained.network);
  const std::unique_ptr<const Machine> exact = scenario.machine(trained.network);
  check.comparison =
      compare(*exact, *put.network, trials, options, check.step, [&](std::size_t done) {
        return !interrupted() && (!progress || progress(check.chip, done, trials.size()));
      });
  check.labelled = check.comparison->conformance.labelled > 0;
  check.uses = put.network->uses();
  check.behaviour = behaviour_of(check.comparison->conformance, judged_populations(trained.network),
                                 target.finer());
  check.findings.insert(check.findings.end(), check.behaviour.findings.begin(),
                        check.behaviour.findings.end());
  std::vector<Finding> seen = put.network->seen(check.comparison->conformance);
  std::move(seen.begin(), seen.end(), std::back_inserter(check.findings));
  problems_first(check.findings);
  if (!check.fits()) return check;
  check.counted = placement_part(dataset);
  check.forecast =
      put.network->forecast(FirstTrials(dataset.part(check.counted), placement_trials));
  return check;
}

std::size_t count(const ChipCheck& check, Finding::Severity severity) {
  return static_cast<std::size_t>(
      std::count_if(check.findings.begin(), check.findings.end(),
                    [&](const Finding& f) { return f.severity == severity; }));
}

}  // namespace retrograde
