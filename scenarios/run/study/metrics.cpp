#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/run/study/metrics.hpp>

namespace retrograde {

namespace {

using Metrics = std::vector<StudyMetric>;

// The word before the dot of what populations have.
struct OfPopulation {
  const char *word, *label, *unit;
};
constexpr OfPopulation of_populations[] = {
    {"rate", "rate of", "Hz"},          {"spikes", "spikes per trial of", ""},
    {"silent", "silent share of", "%"}, {"cv", "CV of intervals of", ""},
    {"fano", "Fano factor of", ""},     {"synchrony", "synchrony of", ""}};

void add_training(const Study& study, Metrics& all) {
  all.insert(all.end(), {{"parameters", "learned parameters", ""},
                         {"epochs", "epochs", ""},
                         {"best_epoch", "best epoch", ""}});
  for (const std::string part : {"train", "validation", "test"}) {
    if (part == "validation" && !study.has_validation) continue;
    if (study.labelled)
      all.push_back({fmt::format("{}_accuracy", part), fmt::format("{} accuracy", part), "%"});
    all.push_back({fmt::format("{}_loss", part), fmt::format("{} loss", part), ""});
  }
  all.push_back({"spikes_per_neuron", "spikes per neuron", ""});
}

void add_simulation(const Study& study, Metrics& all) {
  if (study.judged && study.labelled) all.push_back({"accuracy", "accuracy", "%"});
  if (study.judged) all.push_back({"loss", "loss", ""});
}

void add_chip(const Study& study, Metrics& all) {
  if (!study.on_chip) return;
  const bool judged = study.judged || !study.kind.simulations;
  if (judged && study.labelled) all.push_back({"chip_accuracy", "accuracy on the chip", "%"});
  if (judged) all.push_back({"chip_agreement", "same decision on the chip", "%"});
  all.push_back({"chip_spikes", "spikes per trial on the chip", ""});
  for (const StudyPopulation& p : study.populations)
    if (!p.input)
      all.push_back(
          {"chip_spikes." + p.name, fmt::format("spikes per trial of {} on the chip", p.name), ""});
  all.insert(all.end(), {{"chip_time", "time per trial on the chip", "ms"},
                         {"chip_energy", "energy per trial on the chip", "mJ"},
                         {"chip_energy_low", "least energy per trial on the chip", "mJ"},
                         {"chip_energy_high", "most energy per trial on the chip", "mJ"}});
}

void add_activity(const Study& study, Metrics& all) {
  all.insert(all.end(), {{"rate", "rate", "Hz"},
                         {"spikes", "spikes per trial", ""},
                         {"deliveries", "deliveries per trial", ""}});
  for (const StudyPopulation& p : study.populations)
    for (const OfPopulation& of : of_populations)
      all.push_back({fmt::format("{}.{}", of.word, p.name), fmt::format("{} {}", of.label, p.name),
                     of.unit, p.input});
  all.push_back({"seconds", study.kind.simulations ? "simulation time" : "training time", "s"});
}

const StudyMetric* find(const Metrics& all, const std::string& name) {
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const StudyMetric& m) { return m.name == name; });
  return at == all.end() ? nullptr : &*at;
}

std::string usual_metric(const Study& study) {
  if (!study.kind.simulations) return study.labelled ? "test_accuracy" : "test_loss";
  if (!study.judged) return "rate";
  return study.labelled ? "accuracy" : "loss";
}

}  // namespace

Metrics study_metrics(const Study& study) {
  Metrics all;
  if (study.kind.simulations)
    add_simulation(study, all);
  else
    add_training(study, all);
  add_chip(study, all);
  add_activity(study, all);
  return all;
}

Metrics drawn_metrics(const Study& study) {
  const Metrics all = study_metrics(study);
  std::vector<std::string> names = study.kind.ordinates;
  if (names.empty()) names = {usual_metric(study)};
  Metrics drawn;
  for (const std::string& name : names)
    if (const StudyMetric* metric = find(all, name)) drawn.push_back(*metric);
  return drawn;
}

std::string unknown_metric(const Study& study, const std::string& name) {
  const Metrics all = study_metrics(study);
  if (find(all, name) != nullptr) return {};
  std::vector<std::string> names;
  std::string list;
  for (const StudyMetric& m : all) {
    names.push_back(m.name);
    list += (list.empty() ? "" : ", ") + m.name;
  }
  return fmt::format("{} is no metric of this study{}; there are {}", name, suggestion(name, names),
                     list);
}

std::optional<double> value_of(const StudyResult& r, const std::string& metric) {
  if (!r.failure.empty()) return std::nullopt;
  if (metric == "seconds") return r.seconds;
  if (const auto found = r.measured.find(metric); found != r.measured.end()) return found->second;
  if (r.chip && r.chip->refusal.empty()) {
    if (metric == "chip_accuracy") return r.chip->accuracy;
    if (metric == "chip_agreement") return r.chip->agreement;
  }
  if (r.simulated) return std::nullopt;
  if (metric == "spikes_per_neuron") return r.spikes;
  const std::pair<const char*, double> numbers[] = {
      {"parameters", static_cast<double>(r.parameters)},
      {"epochs", r.epochs},
      {"best_epoch", r.best_epoch},
      {"train_accuracy", r.train_accuracy},
      {"train_loss", r.train_loss},
      {"validation_accuracy", r.validation_accuracy},
      {"validation_loss", r.validation_loss},
      {"test_accuracy", r.test_accuracy},
      {"test_loss", r.test_loss}};
  for (const auto& [name, value] : numbers)
    if (metric == name) return value;
  return std::nullopt;
}

StudyStatistic statistic_of(const Study& study, const std::vector<std::size_t>& values,
                            const std::string& metric) {
  std::vector<double> found;
  for (const StudyRun* run : runs_of(study, values))
    if (const auto value = value_of(*run->result, metric)) found.push_back(*value);
  return statistic(found);
}

void measure_activity(const Network& network, const FiringCounts& counts, const SetResult& set,
                      std::map<std::string, double>& measured) {
  const auto trials = static_cast<double>(std::max<std::uint64_t>(counts.trials(), 1));
  double spikes = 0, rates = 0, neurons = 0;
  for (const FiringStatistics& s : counts.statistics()) {
    const Population& p = network.populations()[s.population];
    measured["rate." + p.name] = s.rate;
    measured["spikes." + p.name] = static_cast<double>(s.spikes) / trials;
    measured["silent." + p.name] = s.silent;
    if (s.cv) measured["cv." + p.name] = *s.cv;
    if (s.fano) measured["fano." + p.name] = *s.fano;
    if (s.synchrony) measured["synchrony." + p.name] = *s.synchrony;
    if (p.model->is_input()) continue;
    spikes += static_cast<double>(s.spikes);
    rates += s.rate * static_cast<double>(s.neurons);
    neurons += static_cast<double>(s.neurons);
  }
  measured["spikes"] = spikes / trials;
  if (neurons > 0) measured["rate"] = rates / neurons;
  measured["deliveries"] = static_cast<double>(set.forward_deliveries) / trials;
}

}  // namespace retrograde
