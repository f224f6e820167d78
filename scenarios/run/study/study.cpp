#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <type_traits>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/study/metrics.hpp>
#include <retrograde/scenarios/run/study/pursuit_run.hpp>
#include <retrograde/scenarios/run/study/shared_training.hpp>
#include <retrograde/scenarios/run/study/study.hpp>
#include <retrograde/scenarios/run/study/study_data.hpp>
#include <retrograde/scenarios/run/training.hpp>

namespace retrograde {

using Json = nlohmann::ordered_json;

namespace {

// The numbers of a result that every run has, by their names in result.json.
template <typename Result, typename Action>
void for_each_number(Result& r, const Action& action) {
  action("parameters", r.parameters);
  action("epochs", r.epochs);
  action("best_epoch", r.best_epoch);
  action("train_accuracy", r.train_accuracy);
  action("train_loss", r.train_loss);
  action("validation_accuracy", r.validation_accuracy);
  action("validation_loss", r.validation_loss);
  action("test_accuracy", r.test_accuracy);
  action("test_loss", r.test_loss);
  action("seconds", r.seconds);
}

void put(Json& json, const StudyRobustness& r) {
  json["attacked"] = {{"count", r.count},
                      {"epsilons", r.epsilons},
                      {"accuracy", r.accuracy},
                      {"vanished", r.vanished}};
  if (r.silent)
    json["attacked"]["support"] = {
        {"silent", *r.silent}, {"group_accuracy", *r.group_accuracy}, {"exact", *r.exact_support}};
}

StudyRobustness robustness_from(const Json& json) {
  StudyRobustness r;
  json.at("count").get_to(r.count);
  json.at("epsilons").get_to(r.epsilons);
  json.at("accuracy").get_to(r.accuracy);
  json.at("vanished").get_to(r.vanished);
  if (!json.contains("support")) return r;
  r.silent = json.at("support").at("silent").get<double>();
  r.group_accuracy = json.at("support").at("group_accuracy").get<double>();
  r.exact_support = json.at("support").at("exact").get<double>();
  return r;
}

// Older results have none.
void read_measured(const Json& json, StudyResult& r) {
  if (!json.contains("measured")) return;
  json.at("from").get_to(r.from);
  for (const auto& [name, value] : json.at("measured").items())
    // What is not finite has no number in JSON.
    if (!value.is_null()) r.measured[name] = value.get<double>();
}

// Reads the scenario of a combination, with that seed.
Scenario vary(const Study& study, const Scenario& scenario, const std::vector<std::size_t>& values,
              std::uint64_t seed) {
  try {
    return variation_of(scenario, seed, values);
  } catch (const ScenarioError& error) {
    const std::string what = study.spec.describe(values);
    throw ScenarioError(
        error.file, error.line, error.column, error.key,
        what.empty() ? error.message
                     : fmt::format("{} (in the run of the study with {})", error.message, what));
  }
}

// That there is something to run.
void require_runnable(const Study& study, const Scenario& variation, const std::string& which) {
  if (variation.pursuit) return require_attackable(variation);
  if (!study.kind.simulations) return require_trainable(variation);
  const auto refuse = [&](const char* key, const char* message) {
    throw ScenarioError(variation.file, 0, 0, key,
                        which.empty()
                            ? message
                            : fmt::format("{} (in the run of the study with {})", message, which));
  };
  if (variation.chip.fine_tune)
    refuse("chip.fine_tune",
           "it trains on the chip, and the runs of the study are simulations; remove it, or write "
           "runs = \"trainings\" in [study]");
  if (study.kind.from >= variation.duration)
    refuse("study.from",
           "no activity is counted from the end of a trial on; choose an earlier one");
}

double work_of(const Scenario& variation) {
  if (variation.pursuit) return pursuit_work(*variation.pursuit);
  return static_cast<double>(1 + variation.network.synapse_count());
}

// The runs of a study, one after the other.
class Planner {
 public:
  Planner(Study& study, const Scenario& scenario, const std::string& data_path,
          const WorkProgress& progress)
      : study_(study), scenario_(scenario), data_path_(data_path), data_(data_path, progress) {}

  void add(std::size_t combination, std::uint64_t seed) {
    StudyRun run;
    run.values = study_.spec.combination(combination);
    run.seed = seed;
    run.name = study_.spec.run_name(run.values, seed);
    if (const auto known = large_.find(combination); known != large_.end()) {
      known->second.seed = seed;
      finish(std::move(run), known->second, synapses_.at(combination));
      return;
    }
    Scenario variation = vary(study_, scenario_, run.values, seed);
    require_runnable(study_, variation, study_.spec.describe(run.values));
    look_at(variation);
    const double work = work_of(variation);
    const bool first = study_.runs.empty();
    finish(std::move(run), variation, work);
    if (variation.pursuit) {
      if (first) describe_pursuit(variation, data_path_, study_);
      return;
    }
    data_.look_at(study_.runs.back(), variation, study_);
    const bool large = variation.network.synapse_count() > checked_synapses;
    if (!large) return;
    synapses_[combination] = work;
    // Its text is all that is needed of it.
    Scenario& kept = large_[combination];
    kept.file = variation.file;
    kept.text = std::move(variation.text);
    kept.name = std::move(variation.name);
    kept.network_file = std::move(variation.network_file);
    kept.train.epochs = variation.train.epochs;
  }

  void describe() {
    if (!scenario_.pursuit) data_.describe(study_);
  }

 private:
  // What the study has to know of all runs: who fires, and what changes nothing.
  void look_at(const Scenario& variation) {
    if (variation.pursuit) return;
    study_.judged = variation.loss != nullptr;
    for (const Population& p : variation.network.populations()) {
      const auto known = [&](const StudyPopulation& each) { return each.name == p.name; };
      if (p.model->fires() &&
          std::none_of(study_.populations.begin(), study_.populations.end(), known))
        study_.populations.push_back({p.name, p.model->is_input()});
    }
    if (study_.kind.simulations) return;
    std::vector<IdleSetting> idle = idle_settings(variation, variation.train.epochs);
    if (study_.runs.empty()) {
      study_.idle = std::move(idle);
      return;
    }
    std::erase_if(study_.idle, [&](const IdleSetting& setting) {
      return std::none_of(idle.begin(), idle.end(),
                          [&](const IdleSetting& s) { return s.key == setting.key; });
    });
  }

  void finish(StudyRun run, const Scenario& variation, double work) {
    run.text = resolved_text(variation);
    // Not a copy for each run.
    run.network_file = variation.network_file;
    if (run.network_file && study_.network_file &&
        run.network_file->hash == study_.network_file->hash)
      run.network_file = study_.network_file;
    // Of learning and attack together, and of a simulation, which are told as one.
    const bool one = scenario_.pursuit != nullptr || study_.kind.simulations;
    run.epochs = one ? 1 : variation.train.epochs;
    run.work = work * run.epochs;
    run.training = study_.runs.size();
    if (!one)
      run.training =
          trained_.emplace(training_text(run.text, run.name), run.training).first->second;
    // Judging takes about as long as an epoch.
    if (run.training != study_.runs.size()) run.work = work;
    study_.runs.push_back(std::move(run));
  }

  Study& study_;
  const Scenario& scenario_;
  const std::string& data_path_;
  StudyData data_;
  std::map<std::size_t, Scenario> large_;  // combinations that are read once
  std::map<std::size_t, double> synapses_;
  std::map<std::string, std::size_t> trained_;  // the first run, by what its training depends on
};

}  // namespace

void to_json(Json& json, const StudyResult& r) {
  json = {{"schema", "retrograde.study_run/1"}};
  if (!r.failure.empty()) {
    json["failure"] = r.failure;
    return;
  }
  if (r.simulated)
    json["seconds"] = r.seconds;
  else
    for_each_number(r, [&](const char* key, const auto& value) { json[key] = value; });
  if (r.spikes) json["spikes_per_neuron"] = *r.spikes;
  if (!r.measured.empty()) {
    json["from"] = r.from;
    json["measured"] = r.measured;
  }
  if (r.attacked) put(json, *r.attacked);
  if (!r.chip) return;
  Json& chip = json["chip"] = Json::object();
  if (!r.chip->refusal.empty())
    chip["refusal"] = r.chip->refusal;
  else
    chip = {{"accuracy", r.chip->accuracy}, {"agreement", r.chip->agreement}};
  if (r.chip->refusal.empty() && !r.chip->untuned.empty()) chip["untuned"] = r.chip->untuned;
}

void from_json(const Json& json, StudyResult& r) {
  r = {};
  if (json.contains("failure")) {
    json.at("failure").get_to(r.failure);
    return;
  }
  r.simulated = !json.contains("parameters");
  read_measured(json, r);
  if (r.simulated) json.at("seconds").get_to(r.seconds);
  for_each_number(r, [&](const char* key, auto& value) {
    if (r.simulated) return;
    using Number = std::decay_t<decltype(value)>;
    // What is not finite has no number in JSON.
    if (std::is_floating_point_v<Number> && json.at(key).is_null())
      value = std::numeric_limits<Number>::quiet_NaN();
    else
      json.at(key).get_to(value);
  });
  // Older results have none.
  if (const auto spikes = json.find("spikes_per_neuron");
      spikes != json.end() && !spikes->is_null())
    r.spikes = spikes->get<double>();
  if (json.contains("attacked")) r.attacked = robustness_from(json.at("attacked"));
  if (!json.contains("chip")) return;
  const Json& chip = json.at("chip");
  r.chip.emplace();
  if (chip.contains("refusal")) {
    chip.at("refusal").get_to(r.chip->refusal);
    return;
  }
  chip.at("accuracy").get_to(r.chip->accuracy);
  chip.at("agreement").get_to(r.chip->agreement);
  r.chip->untuned = chip.value("untuned", "");
}

std::size_t Study::trainings() const {
  std::size_t count = 0;
  for (std::size_t k = 0; k < runs.size(); ++k) count += runs[k].training == k;
  return count;
}

std::size_t Study::finished() const {
  return static_cast<std::size_t>(std::count_if(
      runs.begin(), runs.end(), [](const StudyRun& run) { return run.result.has_value(); }));
}

bool Study::failed() const {
  return std::any_of(runs.begin(), runs.end(), [](const StudyRun& run) {
    return run.result && !run.result->failure.empty();
  });
}

Study plan_study(const Scenario& scenario, const std::string& data_path,
                 const WorkProgress& progress, StudyShard shard) {
  if (!scenario.study)
    throw UsageError(fmt::format(
        "{} has no [study]; docs/scenario.md shows how one looks, `retro train` trains the "
        "scenario once",
        scenario.file));
  Study study;
  study.kind = read_study_runs(scenario.text, scenario.file,
                               scenario.pursuit ? std::nullopt : std::optional(scenario.duration));
  if (!study.kind.simulations) require_continuous(scenario, "a study of trainings");
  study.name = scenario.name;
  study.title = scenario.title;
  study.text = resolved_text(scenario);
  study.network_file = scenario.network_file;
  study.spec = *scenario.study;
  study.on_chip = study.spec.on_chip;
  study.best = scenario.train.best;
  study.shard = shard;
  Planner planner(study, scenario, data_path, progress);
  std::size_t number = 0;
  for (const std::uint64_t seed : study.spec.seeds)
    for (std::size_t k = 0; k < study.spec.combinations(); ++k)
      if (shard.has(number++)) planner.add(k, seed);
  planner.describe();
  if (!study.runs.empty())
    for (const std::string& metric : study.kind.ordinates)
      if (const std::string problem = unknown_metric(study, metric); !problem.empty())
        fail_at_ordinate(scenario.text, scenario.file, metric, problem);
  return study;
}

}  // namespace retrograde
