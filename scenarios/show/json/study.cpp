#include <nlohmann/json.hpp>

#include <retrograde/scenarios/run/study/metrics.hpp>
#include <retrograde/scenarios/show/json/document.hpp>
#include <retrograde/scenarios/show/json/study.hpp>
#include <retrograde/version.hpp>

namespace retrograde {

namespace {

using Json = nlohmann::ordered_json;

Json json_values(const Study& study, const std::vector<std::size_t>& values) {
  Json object = Json::object();
  for (std::size_t a = 0; a < values.size(); ++a)
    object[study.spec.axes[a].name] = study.spec.axes[a].labels[values[a]];
  return object;
}

Json json_statistic(const StudyStatistic& s) {
  if (s.count == 0) return nullptr;
  return {
      {"mean", s.mean}, {"deviation", s.deviation}, {"lowest", s.lowest}, {"highest", s.highest}};
}

Json json_run(const Study& study, const StudyRun& run) {
  const StudyResult& r = *run.result;
  Json document = {{"seed", run.seed}, {"folder", "runs/" + run.name}};
  if (!r.failure.empty()) {
    document["failure"] = r.failure;
    return document;
  }
  if (!r.simulated)
    document.update(
        Json{{"epochs", r.epochs},
             {"best_epoch", r.best_epoch},
             {"score", study.labelled ? r.test_accuracy : r.test_loss},
             {"spikes_per_neuron", value_if(r.spikes.has_value(), r.spikes.value_or(0.0))}});
  document["seconds"] = r.seconds;
  if (!r.measured.empty()) document["metrics"] = r.measured;
  if (r.chip && !r.chip->refusal.empty())
    document["chip"] = {{"refusal", r.chip->refusal}};
  else if (r.chip)
    document["chip"] = {{"accuracy", value_if(study.labelled, r.chip->accuracy)},
                        {"agreement", r.chip->agreement}};
  if (r.chip && r.chip->refusal.empty() && !r.chip->untuned.empty())
    document["chip"]["untuned"] = r.chip->untuned;
  return document;
}

Json json_row(const Study& study, const StudyRow& row) {
  Json runs = Json::array();
  for (const StudyRun* run : runs_of(study, row.values)) runs.push_back(json_run(study, *run));
  Json document = {{"values", json_values(study, row.values)}};
  if (!study.kind.simulations)
    document.update(Json{{"parameters", row.parameters},
                         {"score", json_statistic(row.score)},
                         {"validation", json_statistic(row.validation)},
                         {"spikes_per_neuron", json_statistic(row.spikes)}});
  document["seconds"] = json_statistic(row.seconds);
  Json& metrics = document["metrics"] = Json::object();
  for (const StudyMetric& metric : study_metrics(study))
    metrics[metric.name] = json_statistic(statistic_of(study, row.values, metric.name));
  if (study.on_chip)
    document["chip"] = {{"accuracy", json_statistic(row.chip)},
                        {"agreement", json_statistic(row.agreement)},
                        {"refused", row.refused}};
  document["runs"] = std::move(runs);
  return document;
}

}  // namespace

Json study_json(const Study& study) {
  Json document = json_header("retrograde.study/1");
  document["commit"] = version::git_commit;
  document["scenario"] = study.name;
  document["seeds"] = study.spec.seeds;
  document["part"] = study.part;
  document["trials"] = study.trials;
  document["kind"] = study.kind.simulations ? "simulations" : "trainings";
  if (!study.kind.simulations) document["score"] = study.labelled ? "accuracy" : "loss";
  document["from"] = study.kind.from;
  Json& drawn = document["drawn"] = Json::array();
  for (const StudyMetric& metric : drawn_metrics(study)) drawn.push_back(metric.name);
  Json& axes = document["axes"] = Json::array();
  for (const StudyAxis& axis : study.spec.axes)
    axes.push_back({{"name", axis.name}, {"values", axis.labels}});
  Json& combinations = document["combinations"] = Json::array();
  for (const StudyRow& row : study_rows(study)) combinations.push_back(json_row(study, row));
  return document;
}

}  // namespace retrograde
