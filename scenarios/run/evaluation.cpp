#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>

#include <retrograde/engine/trial/batch.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/conformance.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/run/evaluation.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>
#include <retrograde/scenarios/run/training.hpp>
#include <retrograde/scenarios/show/json/json_output.hpp>
#include <retrograde/scenarios/show/page/report.hpp>
#include <retrograde/scenarios/show/plot/raster.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>
#include <retrograde/version.hpp>

namespace retrograde {

namespace {

using Json = nlohmann::ordered_json;

// Enough to tell a few tenths of a percent, few enough for some seconds.
constexpr std::size_t budget_trials = 1000;
// By whose spikes cores are placed and events are counted.
constexpr std::size_t placement_trials = 200;

std::string range_text(const RegisterUse& use) {
  if (use.empty()) return "-";
  return fmt::format("{} .. {}", use.min, use.max);
}

// A population that fires and is not an input.
bool fires(const Network& network, std::size_t population) {
  const Model model = network.populations()[population].model;
  return !model->is_input() && model->fires();
}

double seconds_of(const std::vector<EpochMetrics>& history) {
  double sum = 0.0;
  for (const EpochMetrics& m : history) sum += m.seconds;
  return sum;
}

// Deliveries per second over all epochs.
double mean_rate(const std::vector<EpochMetrics>& history, double EpochMetrics::*rate) {
  double sum = 0.0;
  for (const EpochMetrics& m : history) sum += m.*rate;
  return history.empty() ? 0.0 : sum / static_cast<double>(history.size());
}

std::vector<double> slice(std::span<const double> values, SynapseId first, SynapseId size) {
  const auto part = values.subspan(first, size);
  return {part.begin(), part.end()};
}

std::string class_name(const std::vector<std::string>& names, int index) {
  if (index < 0) return "none";
  return static_cast<std::size_t>(index) < names.size() ? names[static_cast<std::size_t>(index)]
                                                        : std::to_string(index);
}

ReportSample report_sample(const Scenario& scenario, const Network& network, const Dataset& dataset,
                           Part part) {
  const Trial trial = dataset.trial(part, 0);
  const Population& read = network.populations()[scenario.loss->readout().population];
  Probe probe;
  probe.interval = scenario.duration / 500.0;
  for (NeuronId n = read.first; n < read.first + std::min<std::uint32_t>(read.size, 10); ++n)
    probe.neurons.push_back(n);
  const std::vector<Probe> probes = {probe};
  std::vector<Recording> recordings;
  const Tape tape =
      scenario.machine(network)->run(trial, scenario.run_options(), probes, &recordings);
  const Raster raster = raster_of(network, tape, probes, recordings, "");

  ReportSample sample;
  sample.caption = fmt::format("Trial 0 of the {} part.", name(part));
  sample.label = class_name(dataset.info().class_names, dataset.label(part, 0));
  sample.decision =
      class_name(dataset.info().class_names, decide(network, scenario.loss->readout(), tape));
  sample.duration = trial.duration;
  for (const Raster::Band& band : raster.bands)
    sample.bands.push_back({band.name, band.size, band.times, band.neurons});
  for (const Raster::Trace& trace : raster.traces)
    sample.traces.push_back({trace.name, trace.times, trace.values});
  sample.threshold = raster.threshold;
  return sample;
}

ReportChip report_chip(const Scenario& scenario, const Network& network,
                       const ChipEvaluation& chip) {
  const Conformance& c = chip.conformance;
  ReportChip r;
  r.name = "Loihi 2";
  r.step = scenario.chip.step;
  if (c.labelled > 0) r.accuracy = c.accuracy_chip();
  r.agreement = c.agreement();
  r.confusion.counts = c.confusion_chip;
  for (std::size_t p = 0; p < network.populations().size(); ++p)
    if (fires(network, p))
      r.layers.push_back({network.populations()[p].name, c.spikes_per_sample_exact(p),
                          c.spikes_per_sample_chip(p)});
  for (const RegisterUse& use : c.registers)
    if (!use.empty())
      r.registers.push_back({network.populations()[use.population].name + " " + use.name, use.min,
                             use.max, use.bits});
  r.synapses = c.weights;
  r.clipped_weights = c.weights_clipped;
  r.clipped_delays = c.delays_clipped;
  for (const loihi2::PopulationReport& p : chip.quantization.populations)
    if (p.scale > 0.0)
      r.facts.push_back(
          {p.name, fmt::format("weight step {:.4g}, {}decays {}/4096 (u), {}/4096 (v)", p.scale,
                               p.threshold_max > 0
                                   ? fmt::format("threshold {} weight steps, ", p.threshold_max)
                                   : "",
                               p.u_decay_max, p.v_decay_max)});
  for (std::size_t p = 0; p < network.populations().size(); ++p)
    if (fires(network, p))
      r.facts.push_back(
          {"threshold of " + network.populations()[p].name + " lowered by",
           fmt::format("{:g} of the mean rise of V in one step", chip.calibration.fraction[p])});
  if (chip.tuned_epoch)
    r.facts.push_back({"fine-tuning", *chip.tuned_epoch > 0
                                          ? fmt::format("best after {} epochs", *chip.tuned_epoch)
                                          : std::string("no epoch was better than none")});
  r.tuned = chip.tuned_epoch.value_or(0) > 0;
  r.facts.push_back(
      {"synaptic operations per trial",
       fmt::format("{:.0f}", static_cast<double>(c.synaptic_operations) /
                                 static_cast<double>(std::max<std::uint64_t>(c.samples, 1)))});
  r.warnings = chip.quantization.warnings;
  return r;
}

// The error budget for people.
void print_budget(const ChipEvaluation& chip, bool labelled) {
  const loihi2::ErrorBudget& b = chip.budget;
  if (b.trials == 0) return;
  fmt::print("\n  what each step to the chip costs, on {} trials\n", b.trials);
  fmt::print("  {:<24} {:>34}   {:>34}\n", "", "alone", "added to those above");
  fmt::print("  {:<24}{}{}\n", "",
             fmt::format(" {:>10} {:>12} {:>10}  ", "accuracy", "changed", "distance"),
             fmt::format(" {:>10} {:>12} {:>10}", "accuracy", "changed", "distance"));
  const auto cells = [&](const loihi2::BudgetEntry& e) {
    return fmt::format(
        " {:>10} {:>10.2f} % {:>10.4f}",
        labelled ? fmt::format("{:.2f} %", 100.0 * b.accuracy(e.correct)) : std::string("-"),
        100.0 * static_cast<double>(e.changed) / static_cast<double>(b.trials), e.distance);
  };
  if (labelled)
    fmt::print("  {:<24} {:>34}   {:>10}\n", "exact", "",
               fmt::format("{:.2f} %", 100.0 * b.accuracy(b.exact_correct)));
  for (std::size_t k = 0; k < b.cumulative.size(); ++k)
    fmt::print("  {:<24}{}  {}\n", loihi2::name(loihi2::approximations[k]), cells(b.alone[k]),
               cells(b.cumulative[k]));
  if (b.tuned) fmt::print("  {:<24}{:>35}  {}\n", "fine-tuned", "", cells(*b.tuned));
}

Json json_budget(const loihi2::ErrorBudget& b, bool labelled) {
  const auto entry = [&](const loihi2::BudgetEntry& e) {
    return Json{{"accuracy", labelled ? Json(b.accuracy(e.correct)) : Json(nullptr)},
                {"changed", static_cast<double>(e.changed) /
                                static_cast<double>(std::max<std::uint64_t>(b.trials, 1))},
                {"distance", e.distance}};
  };
  Json steps = Json::array();
  for (std::size_t k = 0; k < b.cumulative.size(); ++k)
    steps.push_back({{"step", loihi2::name(loihi2::approximations[k])},
                     {"alone", entry(b.alone[k])},
                     {"added", entry(b.cumulative[k])}});
  return {{"trials", b.trials},
          {"exact_accuracy", labelled ? Json(b.accuracy(b.exact_correct)) : Json(nullptr)},
          {"steps", steps},
          {"fine_tuned", b.tuned ? entry(*b.tuned) : Json(nullptr)}};
}

ReportBudget report_budget(const loihi2::ErrorBudget& b) {
  const double trials = static_cast<double>(std::max<std::uint64_t>(b.trials, 1));
  ReportBudget r;
  r.trials = b.trials;
  r.labelled = b.labelled > 0;
  r.exact_accuracy = b.accuracy(b.exact_correct);
  for (std::size_t k = 0; k < b.cumulative.size(); ++k) {
    const loihi2::BudgetEntry &alone = b.alone[k], &added = b.cumulative[k];
    r.entries.push_back(
        {std::string(loihi2::name(loihi2::approximations[k])), b.accuracy(alone.correct),
         b.accuracy(added.correct), static_cast<double>(alone.changed) / trials,
         static_cast<double>(added.changed) / trials, alone.distance, added.distance});
  }
  if (b.tuned)
    r.tuned = {"fine-tuned",
               0.0,
               b.accuracy(b.tuned->correct),
               0.0,
               static_cast<double>(b.tuned->changed) / trials,
               0.0,
               b.tuned->distance};
  return r;
}

Json json_summary(const Scenario& scenario, const Network& network, const Checkpoint& checkpoint,
                  const Evaluation& evaluation, const std::string& data_path) {
  Json document = json_header("retrograde.train/1", scenario);
  document["commit"] = version::git_commit;
  document["compiler"] = version::compiler;
  document["build"] = version::build_type;
  document["architecture"] = version::arch;
  document["data"] = data_path;
  document["epochs"] = checkpoint.trainer.epoch;
  document["best_epoch"] = checkpoint.best_epoch;
  document["training_seconds"] = seconds_of(checkpoint.history);
  document["forward_deliveries_per_s"] = mean_rate(checkpoint.history, &EpochMetrics::forward_rate);
  document["backward_deliveries_per_s"] =
      mean_rate(checkpoint.history, &EpochMetrics::backward_rate);
  document["parameters_fingerprint"] = fingerprint(network.parameters());
  document["result"] = json_evaluation(scenario, network, evaluation);
  return document;
}

}  // namespace

Evaluation evaluate_network(const Scenario& scenario, const Network& network,
                            const std::optional<ChipTuning>& tuning, const Dataset& dataset,
                            const ChipProfile& profile) {
  Evaluation evaluation;
  evaluation.part = dataset.size(Part::test) > 0 ? Part::test : Part::train;
  const LabelledTrials& trials = dataset.part(evaluation.part);
  Progress progress;
  const auto show = [&](const char* what, std::size_t done, std::size_t total) {
    if (progress.due()) progress.update(fmt::format("{}: {} of {} trials", what, done, total));
    return !interrupted();
  };
  const std::unique_ptr<const Machine> machine = scenario.machine(network);
  evaluation.exact =
      evaluate(*machine, trials, *scenario.loss, scenario.run_options(), [&](std::size_t done) {
        if (!show("exact evaluation", done, trials.size()))
          throw Interrupted("the evaluation was stopped; `retro check` takes it up");
        return true;
      });

  try {
    const OnChip untuned = put_on_chip(scenario, network, dataset);
    std::optional<OnChip> tuned;
    if (tuning) tuned = put_on_chip(scenario, *tuning);
    const OnChip& on_chip = tuned ? *tuned : untuned;
    ChipEvaluation chip;
    chip.calibration = *untuned.calibration;
    if (tuning) chip.tuned_epoch = tuning->training.best_epoch;
    chip.quantization = on_chip.quantized.report;
    const loihi2::Emulator emulator(on_chip.quantized.chip, scenario.chip.semantics);
    chip.conformance = loihi2::compare(
        *machine, emulator, trials, scenario.run_options(), chip.quantization,
        [&](std::size_t done) { return show("Loihi 2 emulation", done, trials.size()); });
    chip.budget = loihi2::error_budget(
        *machine, untuned.quantized.chip, tuned ? &tuned->quantized.chip : nullptr,
        scenario.chip.semantics, FirstTrials(trials, budget_trials), scenario.run_options(),
        [&](double done) {
          if (progress.due()) progress.update(fmt::format("error budget: {:.0f} %", 100 * done));
          return !interrupted();
        });
    chip.deployment = deploy(profile, emulator, chip.quantization, chip.conformance,
                             FirstTrials(trials, placement_trials));
    evaluation.chip = std::move(chip);
  } catch (const NetworkError& error) {
    evaluation.chip_refusal = error.what();
  } catch (const LimitError& error) {
    evaluation.chip_refusal = error.what();
  }
  return evaluation;
}

void print_evaluation(const Scenario& scenario, const Network& network,
                      const Evaluation& evaluation) {
  const SetResult& exact = evaluation.exact;
  fmt::print("\n{}, {} {} trials\n", scenario.name, exact.trials, name(evaluation.part));
  const bool labelled =
      exact.correct > 0 || (evaluation.chip && evaluation.chip->conformance.labelled > 0);
  if (!evaluation.chip) {
    if (labelled) fmt::print("  accuracy (exact)       {:6.2f} %\n", 100.0 * exact.accuracy());
    fmt::print("  loss                   {:.6g}\n  not on Loihi 2: {}\n", exact.loss(),
               evaluation.chip_refusal);
    return;
  }
  const ChipEvaluation& chip = *evaluation.chip;
  const Conformance& c = chip.conformance;
  fmt::print("  {:<24} {:>14} {:>14}\n", "", "exact", "Loihi 2");
  if (labelled)
    fmt::print("  {:<24} {:>12.2f} % {:>12.2f} %\n", "accuracy", 100.0 * c.accuracy_exact(),
               100.0 * c.accuracy_chip());
  fmt::print("  {:<24} {:>14} {:>12.2f} %\n", "same decision", "", 100.0 * c.agreement());
  for (std::size_t p = 0; p < network.populations().size(); ++p)
    if (fires(network, p))
      fmt::print("  {:<24} {:>14.2f} {:>14.2f}\n",
                 fmt::format("spikes/trial {}", network.populations()[p].name),
                 c.spikes_per_sample_exact(p), c.spikes_per_sample_chip(p));

  fmt::print("\n  {:<24} {:>24} {:>6} {:>8} {:>10}  {}\n", "register", "range", "bits", "used",
             "overflows", "safe for any input");
  for (std::size_t k = 0; k < c.registers.size(); ++k)
    if (const RegisterUse& use = c.registers[k]; !use.empty())
      fmt::print("  {:<24} {:>24} {:>6} {:>6.1f} % {:>10}  {}\n",
                 fmt::format("{} of {}", use.name, network.populations()[use.population].name),
                 range_text(use), use.bits, 100.0 * use.utilisation(), use.overflows,
                 chip.deployment.fit.registers[k].safety == loihi2::Safety::proven ? "proven"
                                                                                   : "not proven");
  fmt::print("\n  {:<24} {:>10} {:>10} {:>10} {:>10} {:>10}\n", "projection", "synapses", "clipped",
             "to zero", "SQNR (dB)", "delays cut");
  for (const loihi2::ProjectionReport& p : chip.quantization.projections)
    fmt::print("  {:<24} {:>10} {:>10} {:>10} {:>10.1f} {:>10}\n", p.name, p.synapses,
               p.weights_clipped, p.weights_zeroed, p.sqnr_db, p.delays_clipped);
  for (std::size_t p = 0; p < network.populations().size(); ++p)
    if (fires(network, p))
      fmt::print("\n  thresholds of {} lowered by {:g} of the mean rise of V in one step",
                 network.populations()[p].name, chip.calibration.fraction[p]);
  fmt::print("\n  {} input spikes shared a step with another of their neuron\n",
             c.input_collisions);
  print_budget(chip, labelled);
  print_deployment(chip.deployment);
}

Json json_evaluation(const Scenario& scenario, const Network& network,
                     const Evaluation& evaluation) {
  Json document = json_header("retrograde.check/1", scenario);
  document["part"] = name(evaluation.part);
  document["trials"] = evaluation.exact.trials;
  document["exact"] = {{"accuracy", evaluation.exact.accuracy()},
                       {"loss", evaluation.exact.loss()},
                       {"confusion", evaluation.exact.confusion}};
  if (!evaluation.chip) {
    document["chip"] = nullptr;
    document["refusal"] = evaluation.chip_refusal;
    return document;
  }
  const ChipEvaluation& chip = *evaluation.chip;
  const Conformance& c = chip.conformance;
  Json layers = Json::array(), registers = Json::array(), populations = Json::array(),
       projections = Json::array();
  for (std::size_t p = 0; p < network.populations().size(); ++p)
    if (fires(network, p))
      layers.push_back({{"population", network.populations()[p].name},
                        {"exact_spikes_per_trial", c.spikes_per_sample_exact(p)},
                        {"chip_spikes_per_trial", c.spikes_per_sample_chip(p)},
                        {"first_spike_shift_ms", c.shifts[p].mean()}});
  for (std::size_t k = 0; k < c.registers.size(); ++k)
    if (const RegisterUse& use = c.registers[k]; !use.empty())
      registers.push_back({{"population", network.populations()[use.population].name},
                           {"register", use.name},
                           {"bits", use.bits},
                           {"min", use.min},
                           {"max", use.max},
                           {"overflows", use.overflows},
                           {"safety", name(chip.deployment.fit.registers[k].safety)}});
  for (std::size_t k = 0; k < chip.quantization.populations.size(); ++k)
    if (const loihi2::PopulationReport& p = chip.quantization.populations[k]; p.scale > 0.0)
      populations.push_back({{"population", p.name},
                             {"scale", p.scale},
                             {"scales", p.groups},
                             {"clip_percentile", chip.calibration.clip_percentile[k]},
                             {"threshold_fraction", chip.calibration.fraction[k]},
                             {"threshold", p.threshold_max},
                             {"u_decay", p.u_decay_max},
                             {"v_decay", p.v_decay_max}});
  for (const loihi2::ProjectionReport& p : chip.quantization.projections)
    projections.push_back({{"projection", p.name},
                           {"synapses", p.synapses},
                           {"weights_clipped", p.weights_clipped},
                           {"weights_zeroed", p.weights_zeroed},
                           {"sqnr_db", std::isfinite(p.sqnr_db) ? Json(p.sqnr_db) : Json(nullptr)},
                           {"delays_clipped", p.delays_clipped},
                           {"max_delay_steps", p.max_delay}});
  document["chip"] = {
      {"name", "loihi2"},
      {"step_ms", scenario.chip.step},
      {"accuracy", c.accuracy_chip()},
      {"agreement", c.agreement()},
      {"confusion", c.confusion_chip},
      {"fine_tuned_epoch", chip.tuned_epoch ? Json(*chip.tuned_epoch) : Json(nullptr)},
      {"error_budget", json_budget(chip.budget, c.labelled > 0)},
      {"layers", layers},
      {"registers", registers},
      {"populations", populations},
      {"projections", projections},
      {"input_collisions", c.input_collisions},
      {"synaptic_operations", c.synaptic_operations},
      {"warnings", chip.quantization.warnings}};
  add_json(document["chip"], chip.deployment);
  return document;
}

void write_results(const Scenario& scenario, const Dataset& dataset, const RunFolder& folder,
                   const Checkpoint& checkpoint, const std::optional<ChipTuning>& tuning,
                   const Evaluation& evaluation, const std::string& data_path) {
  const Network trained = trained_network(scenario, checkpoint);
  ReportData data;
  data.title = scenario.title.empty() ? scenario.name : scenario.title;
  data.classes = dataset.info().class_names;
  data.test_samples = evaluation.exact.trials;
  const bool labelled = dataset.classes() > 0;
  if (labelled) {
    data.test_accuracy = evaluation.exact.accuracy();
    data.confusion.counts = evaluation.exact.confusion;
  }
  data.epochs = checkpoint.history;
  data.best_epoch = checkpoint.best_epoch;
  data.has_validation = dataset.size(Part::validation) > 0;
  data.sample = report_sample(scenario, trained, dataset, evaluation.part);
  for (const Projection& p : trained.projections()) {
    const auto values = [&](ParameterKind kind) {
      return ReportValues{p.name, slice(scenario.network.parameters(kind), p.first, p.size),
                          slice(trained.parameters(kind), p.first, p.size)};
    };
    data.weights.push_back(values(ParameterKind::weight));
    data.delays.push_back(values(ParameterKind::delay));
  }
  if (evaluation.chip) {
    data.chip = report_chip(scenario, trained, *evaluation.chip);
    if (evaluation.chip->budget.trials > 0) data.budget = report_budget(evaluation.chip->budget);
    if (tuning) data.chip->tuning = tuning->training.history;
    data.mapping = report_mapping(evaluation.chip->deployment);
    if (!labelled) {
      data.chip->accuracy.reset();
      data.chip->confusion.counts.clear();
    }
  } else {
    data.warnings.push_back("This network cannot go on Loihi 2: " + evaluation.chip_refusal);
  }
  data.training_seconds = seconds_of(checkpoint.history);
  data.forward_rate = mean_rate(checkpoint.history, &EpochMetrics::forward_rate);
  data.backward_rate = mean_rate(checkpoint.history, &EpochMetrics::backward_rate);
  for (const char learned : scenario.learning.learned) data.parameters += learned != 0;
  data.facts = {
      {"scenario", scenario.name},
      {"seed", std::to_string(scenario.seed)},
      {"epochs", fmt::format("{} (best: {})", checkpoint.trainer.epoch, checkpoint.best_epoch)},
      {"training, validation, test trials",
       fmt::format("{}, {}, {}", dataset.size(Part::train), dataset.size(Part::validation),
                   dataset.size(Part::test))},
      {"Retrograde", fmt::format("{} (commit {})", version::string, version::git_commit)},
      {"build", fmt::format("{}, {}, {}", version::compiler, version::build_type, version::arch)},
      {"processor threads", std::to_string(std::thread::hardware_concurrency())},
      {"fingerprint of the parameters", fingerprint(trained.parameters())}};
  data.scenario_text = scenario.text;
  write_json(folder.summary(), json_summary(scenario, trained, checkpoint, evaluation, data_path));
  write_file(folder.report(), render_report(data));
  write_file(folder.file("figure.svg"), render_report_figure(data));
}

std::string remembered_data_path(const RunFolder& folder) {
  std::error_code error;
  if (!std::filesystem::exists(folder.summary(), error)) return {};
  const Json document = Json::parse(read_text_file(folder.summary()), nullptr, false);
  if (!document.is_object() || !document.contains("data") || !document["data"].is_string())
    throw FormatError(folder.summary(), 0,
                      "it is not the summary of a run; remove it and name the data by --data");
  return document["data"].get<std::string>();
}

}  // namespace retrograde
