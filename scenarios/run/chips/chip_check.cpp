#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include <retrograde/scenarios/run/chips/chip_check.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/timeline/timeline_of.hpp>

namespace retrograde {

namespace {

// What is known when a network has been put on a chip, which it is beside that.
ChipCheck begun(const Trained& trained, const Dataset& dataset, const ChipTarget& target,
                PutOnChip& put) {
  const Scenario& scenario = trained.scenario;
  ChipCheck check;
  check.chip = target.name();
  check.step = scenario.chip.step;
  check.part = judged_part(dataset);
  check.has_test_part = dataset.size(Part::test) > 0;
  check.trials = dataset.size(check.part);
  put = target.put(trained.network, scenario.run_options().readout, check.step);
  check.findings = std::move(put.findings);
  if (put.network) check.uses = put.network->uses();
  return check;
}

// Of trials in which all of it happens: a chip that does not know of that refuses them.
void add_forecast(ChipCheck& check, const PutOnChip& put, const Trained& trained,
                  const Dataset& dataset) {
  if (!put.network || !check.fits()) return;
  check.counted = placement_part(dataset);
  const EventfulTrials happening(dataset, check.counted, trained.scenario, trained.network);
  check.forecast = put.network->forecast(FirstTrials(happening, placement_trials));
}

}  // namespace

ChipCheck check_on_chip(const Trained& trained, const Dataset& dataset, const ChipTarget& target,
                        const EvaluationProgress& progress) {
  const Scenario& scenario = trained.scenario;
  PutOnChip put;
  ChipCheck check = begun(trained, dataset, target, put);
  if (!put.network) return check;

  const EventfulTrials trials(dataset, check.part, scenario, trained.network);
  const std::unique_ptr<const Machine> exact = scenario.machine(trained.network);
  check.comparison =
      compare(*exact, *put.network, trials, stoppable(scenario.run_options()), check.step,
              [&](std::size_t done) {
                return !interrupted() && (!progress || progress(check.chip, done, trials.size()));
              });
  check.labelled = check.comparison->conformance.labelled > 0;
  check.behaviour = behaviour_of(check.comparison->conformance, judged_populations(trained.network),
                                 target.finer());
  check.findings.insert(check.findings.end(), check.behaviour.findings.begin(),
                        check.behaviour.findings.end());
  std::vector<Finding> seen = put.network->seen(check.comparison->conformance);
  std::move(seen.begin(), seen.end(), std::back_inserter(check.findings));
  problems_first(check.findings);
  add_forecast(check, put, trained, dataset);
  return check;
}

ChipCheck put_on_target(const Trained& trained, const Dataset& dataset, const ChipTarget& target) {
  PutOnChip put;
  ChipCheck check = begun(trained, dataset, target, put);
  add_forecast(check, put, trained, dataset);
  return check;
}

std::size_t count(const ChipCheck& check, Finding::Severity severity) {
  return static_cast<std::size_t>(
      std::count_if(check.findings.begin(), check.findings.end(),
                    [&](const Finding& f) { return f.severity == severity; }));
}

}  // namespace retrograde
