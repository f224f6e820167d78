#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/study/pursuit_run.hpp>
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

// One combination with one seed, ready to be trained. `variation` becomes its scenario.
StudyRun plan_run(const Study& study, const Scenario& scenario, std::size_t combination,
                  std::uint64_t seed, Scenario& variation) {
  StudyRun run;
  run.values = study.spec.combination(combination);
  run.seed = seed;
  run.name = study.spec.run_name(run.values, seed);
  try {
    variation = variation_of(scenario, seed, run.values);
  } catch (const ScenarioError& error) {
    const std::string what = study.spec.describe(run.values);
    throw ScenarioError(
        error.file, error.line, error.column, error.key,
        what.empty() ? error.message
                     : fmt::format("{} (in the run of the study with {})", error.message, what));
  }
  if (variation.pursuit)
    require_attackable(variation);
  else
    require_trainable(variation);
  run.text = resolved_text(variation);
  // Not a copy for each run.
  run.network_file = variation.network_file;
  if (run.network_file && study.network_file && run.network_file->hash == study.network_file->hash)
    run.network_file = study.network_file;
  if (variation.pursuit) {
    run.epochs = 1;  // of learning and attack together, which is told as one
    run.work = pursuit_work(*variation.pursuit);
    return run;
  }
  run.epochs = variation.train.epochs;
  run.work =
      static_cast<double>(run.epochs) * static_cast<double>(1 + variation.network.synapse_count());
  return run;
}

}  // namespace

void to_json(Json& json, const StudyResult& r) {
  json = {{"schema", "retrograde.study_run/1"}};
  if (!r.failure.empty()) {
    json["failure"] = r.failure;
    return;
  }
  for_each_number(r, [&](const char* key, const auto& value) { json[key] = value; });
  if (r.spikes) json["spikes_per_neuron"] = *r.spikes;
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
  for_each_number(r, [&](const char* key, auto& value) {
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
                 const WorkProgress& progress) {
  if (!scenario.study)
    throw UsageError(fmt::format(
        "{} has no [study]; docs/scenario.md shows how one looks, `retro train` trains the "
        "scenario once",
        scenario.file));
  require_continuous(scenario, "a study");
  Study study;
  study.name = scenario.name;
  study.title = scenario.title;
  study.text = resolved_text(scenario);
  study.network_file = scenario.network_file;
  study.spec = *scenario.study;
  study.on_chip = study.spec.on_chip;
  study.best = scenario.train.best;
  StudyData data(data_path, progress);
  for (const std::uint64_t seed : study.spec.seeds)
    for (std::size_t k = 0; k < study.spec.combinations(); ++k) {
      Scenario variation;
      StudyRun run = plan_run(study, scenario, k, seed, variation);
      if (variation.pursuit) {
        if (study.runs.empty()) describe_pursuit(variation, data_path, study);
        study.runs.push_back(std::move(run));
        continue;
      }
      std::vector<IdleSetting> idle = idle_settings(variation, variation.train.epochs);
      data.look_at(run, variation, study.spec);
      if (study.runs.empty()) {
        study.idle = std::move(idle);
      } else {
        std::erase_if(study.idle, [&](const IdleSetting& setting) {
          return std::none_of(idle.begin(), idle.end(),
                              [&](const IdleSetting& s) { return s.key == setting.key; });
        });
      }
      study.runs.push_back(std::move(run));
    }
  if (!scenario.pursuit) data.describe(study);
  return study;
}

}  // namespace retrograde
