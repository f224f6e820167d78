#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <ctime>
#include <fmt/format.h>
#include <memory>

#include <retrograde/engine/stepped/stepped.hpp>
#include <retrograde/engine/trial/time_grid.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/chip_machine.hpp>
#include <retrograde/hardware/loihi2/deploy/error_budget.hpp>
#include <retrograde/scenarios/run/grid/grid.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>

namespace retrograde {

namespace {

// Seconds that this thread has worked: unlike the wall's they are no longer on a busy machine.
double thread_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

using Decisions = std::vector<int>;

// Runs the trials one after the other on this thread.
class Measurement {
 public:
  Measurement(const Scenario& scenario, const LabelledTrials& trials,
              const EvaluationProgress& progress)
      : trials_(trials),
        loss_(*scenario.loss),
        options_(stoppable(scenario.run_options())),
        progress_(progress) {
    options_.readout = loss_.readout();
  }

  GridEntry of(const Machine& machine, Time step, const std::string& what) {
    GridEntry entry;
    entry.step = step;
    Decisions decisions(trials_.size());
    double spent = 0.0;
    for (std::size_t k = 0; k < trials_.size(); ++k) {
      if (interrupted() || (progress_ && !progress_(what, k, trials_.size())))
        throw Interrupted("the comparison was stopped");
      const Trial trial = trials_.trial(k);
      const double begin = thread_seconds();
      const Tape tape = machine.run(trial, options_);
      spent += thread_seconds() - begin;
      const int label = trials_.label(k);
      decisions[k] = decide(machine.network(), options_.readout, tape);
      entry.loss += loss_.evaluate(machine.network(), tape, label).value;
      if (label != no_decision && decisions[k] == label) ++entry.correct;
    }
    const auto count = static_cast<double>(trials_.size());
    entry.loss /= count;
    entry.seconds = spent / count;
    if (exact_.empty()) exact_ = decisions;  // the first one is the exact one
    for (std::size_t k = 0; k < decisions.size(); ++k) entry.same += decisions[k] == exact_[k];
    return entry;
  }

 private:
  const LabelledTrials& trials_;
  const Loss& loss_;
  RunOptions options_;
  const EvaluationProgress& progress_;
  Decisions exact_;
};

GridComparison::Bounds bounds(std::uint64_t count, std::uint64_t of) {
  using Binomial = boost::math::binomial_distribution<>;
  if (of == 0) return {};
  const auto n = static_cast<double>(of), k = static_cast<double>(count);
  return {Binomial::find_lower_bound_on_p(n, k, 0.025),
          Binomial::find_upper_bound_on_p(n, k, 0.025)};
}

double share(std::uint64_t count, std::uint64_t of) {
  return of > 0 ? static_cast<double>(count) / static_cast<double>(of) : 0.0;
}

void add_chip(GridComparison& comparison, const Trained& trained, const Dataset& dataset,
              Measurement& measurement) {
  try {
    const OnChip chip = put_on_chip(trained, dataset);
    const loihi2::ChipMachine machine(chip.network, chip.options, trained.scenario.chip.semantics);
    comparison.chip = measurement.of(machine, trained.scenario.chip.step, "Loihi 2 emulation");
    comparison.tuned = trained.tuning.has_value();
  } catch (const DeploymentError& error) {
    comparison.chip_refusal = error.what();
  }
}

}  // namespace

std::optional<double> GridComparison::accuracy(const GridEntry& entry) const {
  if (labelled == 0) return std::nullopt;
  return share(entry.correct, labelled);
}

double GridComparison::agreement(const GridEntry& entry) const { return share(entry.same, trials); }

GridComparison::Bounds GridComparison::accuracy_bounds(const GridEntry& entry) const {
  return bounds(entry.correct, labelled);
}

GridComparison::Bounds GridComparison::agreement_bounds(const GridEntry& entry) const {
  return bounds(entry.same, trials);
}

bool GridComparison::differs(const GridEntry& entry) const {
  if (labelled == 0) return false;
  const double difference = share(entry.correct, labelled) - share(exact.correct, labelled);
  return std::abs(difference) > loihi2::matched_half_interval(trials - entry.same, labelled);
}

const std::vector<Time>& usual_steps() {
  static const std::vector<Time> steps = {0.005, 0.01, 0.02, 0.05, 0.1, 0.2,
                                          0.5,   1.0,  2.0,  5.0,  10.0};
  return steps;
}

GridComparison compare_on_grids(const Trained& trained, const Dataset& dataset,
                                const GridOptions& options, const EvaluationProgress& progress) {
  const Scenario& scenario = trained.scenario;
  std::vector<Time> steps = options.steps;
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  std::vector<std::unique_ptr<SteppedMachine>> machines;
  for (const Time step : steps) {
    (void)whole_steps(scenario.duration, step, SteppedMachine::most_steps);
    machines.push_back(std::make_unique<SteppedMachine>(trained.network, step));
  }

  GridComparison comparison;
  comparison.part = judged_part(dataset);
  const FirstTrials trials(dataset.part(comparison.part), options.trials);
  comparison.trials = trials.size();
  for (std::size_t k = 0; k < trials.size(); ++k)
    comparison.labelled += trials.label(k) != no_decision;

  Measurement measurement(scenario, trials, progress);
  comparison.exact = measurement.of(*scenario.machine(trained.network), 0.0, "exact");
  for (auto machine = machines.rbegin(); machine != machines.rend(); ++machine)
    comparison.steps.push_back(measurement.of(**machine, (*machine)->step(),
                                              fmt::format("steps of {:g} ms", (*machine)->step())));
  std::reverse(comparison.steps.begin(), comparison.steps.end());
  if (scenario.chip.given) add_chip(comparison, trained, dataset, measurement);
  return comparison;
}

}  // namespace retrograde
