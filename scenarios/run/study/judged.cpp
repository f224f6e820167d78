#include <array>
#include <cmath>
#include <utility>

#include <retrograde/adjoint/evaluate.hpp>
#include <retrograde/adjoint/stepped/stepped_gradients.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/conformance.hpp>
#include <retrograde/scenarios/read/chips/chip_profile.hpp>
#include <retrograde/scenarios/read/library.hpp>
#include <retrograde/scenarios/run/deployment.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>
#include <retrograde/scenarios/run/study/judged.hpp>
#include <retrograde/scenarios/run/study/metrics.hpp>
#include <retrograde/scenarios/run/timeline/chip_faults_of.hpp>
#include <retrograde/scenarios/run/timeline/timeline_of.hpp>

namespace retrograde {

namespace {

// The parts of a data set, one after the other.
class AllTrials final : public LabelledTrials {
 public:
  explicit AllTrials(Dataset dataset) : dataset_(std::move(dataset)) {}

  std::size_t size() const override {
    std::size_t sum = 0;
    for (const Part part : parts) sum += dataset_.size(part);
    return sum;
  }
  Trial trial(std::size_t k) const override {
    const auto [part, sample] = place_of(k);
    return dataset_.trial(part, sample);
  }
  int label(std::size_t k) const override {
    const auto [part, sample] = place_of(k);
    return dataset_.label(part, sample);
  }

 private:
  static constexpr std::array parts = {Part::train, Part::validation, Part::test};

  std::pair<Part, std::size_t> place_of(std::size_t k) const {
    std::size_t p = 0;
    for (; p + 1 < parts.size() && k >= dataset_.size(parts[p]); ++p) k -= dataset_.size(parts[p]);
    return {parts[p], k};
  }

  Dataset dataset_;
};

void measure_on_chip(const Network& network, const Conformance& seen, const Deployment& deployed,
                     std::map<std::string, double>& measured) {
  double all = 0;
  for (std::size_t p = 0; p < network.populations().size(); ++p) {
    const Population& population = network.populations()[p];
    if (population.model->is_input() || !population.model->fires()) continue;
    const double spikes = seen.spikes_per_sample_chip(p);
    measured["chip_spikes." + population.name] = spikes;
    all += spikes;
  }
  measured["chip_spikes"] = all;
  if (!deployed.forecast) return;
  const auto put = [&](const char* name, double value) {
    if (std::isfinite(value)) measured[name] = value;
  };
  const Estimate& energy = deployed.forecast->total_energy;
  put("chip_time", deployed.forecast->time.value);
  put("chip_energy", energy.value);
  put("chip_energy_low", energy.range.low);
  put("chip_energy_high", energy.range.high);
}

}  // namespace

JudgingTrials judging_trials(const Dataset& dataset, bool simulated) {
  if (simulated) return {std::make_shared<AllTrials>(dataset), 0};
  const auto held = std::make_shared<Dataset>(dataset);
  const Part part = judged_part(dataset);
  return {{held, &held->part(part)}, trials_before(dataset, part)};
}

SetResult judge(const Scenario& scenario, const Network& network, const JudgingTrials& all,
                const std::function<bool(double share)>& goes_on, StudyResult& result) {
  const EventfulTrials trials(*all, scenario, network, all.first);
  const std::size_t size = trials.size();
  const auto progress = [&](std::size_t done) {
    return goes_on(static_cast<double>(done) / static_cast<double>(size));
  };
  if (scenario.surrogate && !result.simulated)
    return evaluate_stepped(network, trials, *scenario.loss, *scenario.surrogate, progress);
  const std::unique_ptr<const Machine> machine = scenario.machine(network);
  FiringCounts counts(network, {.from = result.from});
  RunOptions options = scenario.run_options();
  if (result.simulated) options = stoppable(std::move(options));
  // Of a single one that takes long.
  if (result.simulated && size == 1)
    options.progress = [&](Time t) { return goes_on(t / scenario.longest_trial()); };
  SetResult set;
  if (scenario.loss)
    set = evaluate(*machine, trials, *scenario.loss, options, progress,
                   [&](std::size_t, const TrialResult&, const Tape& tape) { counts.add(tape); });
  else
    set = count_spikes(*machine, trials, options, progress,
                       [&](const Tape& tape) { counts.add(tape); });
  measure_activity(network, counts, set, result.measured);
  return set;
}

void judge_on_chip(const Trained& trained, const Dataset& dataset, const JudgingTrials& trials,
                   StudyResult& result) {
  StudyOnChip& judged = result.chip.emplace();
  judged.untuned = trained.untuned;
  try {
    const OnChip chip = put_on_chip(trained, dataset);
    const loihi2::Emulator emulator =
        emulator_of(trained.scenario, trained.network, chip.quantized.chip);
    const EventfulTrials happening(*trials, trained.scenario, trained.network, trials.first);
    const Conformance seen =
        loihi2::compare(*trained.scenario.machine(trained.network), emulator, happening,
                        trained.scenario.run_options(), chip.quantized.report,
                        [](std::size_t) { return !interrupted(); });
    judged.accuracy = seen.accuracy_chip();
    judged.agreement = seen.agreement();
    const Deployment deployed = deploy(read_chip_profile(library_chip("loihi2")), emulator,
                                       chip.quantized.report, seen, trained, dataset);
    measure_on_chip(trained.network, seen, deployed, result.measured);
  } catch (const DeploymentError& error) {
    judged.refusal = error.what();
  }
}

}  // namespace retrograde
