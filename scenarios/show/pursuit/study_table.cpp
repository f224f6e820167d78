#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/scenarios/io/csv.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/json/document.hpp>
#include <retrograde/scenarios/show/pursuit/study_table.hpp>
#include <retrograde/scenarios/show/text/study.hpp>
#include <retrograde/version.hpp>

namespace retrograde {

namespace {

using Json = nlohmann::ordered_json;
using Cells = std::vector<std::string>;

constexpr std::size_t most_columns = 6;  // radii that a terminal has room for

RobustnessRow row_of(const Study& study, std::vector<std::size_t> combination) {
  RobustnessRow row;
  row.values = std::move(combination);
  std::vector<std::vector<double>> accuracy;
  std::vector<double> silent, groups, exact, clean, vanished, seconds;
  for (const StudyRun* run : runs_of(study, row.values)) {
    const StudyResult& r = *run->result;
    if (!r.failure.empty() || !r.attacked) {
      ++row.failed;
      continue;
    }
    row.epsilons = r.attacked->epsilons;
    accuracy.resize(row.epsilons.size());
    for (std::size_t k = 0; k < accuracy.size(); ++k)
      accuracy[k].push_back(r.attacked->accuracy[k]);
    clean.push_back(r.test_accuracy);
    vanished.push_back(r.attacked->vanished);
    seconds.push_back(r.seconds);
    if (!r.attacked->silent) continue;
    silent.push_back(*r.attacked->silent);
    groups.push_back(*r.attacked->group_accuracy);
    exact.push_back(*r.attacked->exact_support);
  }
  for (const std::vector<double>& each : accuracy) row.accuracy.push_back(statistic(each));
  row.silent = statistic(silent);
  row.group_accuracy = statistic(groups);
  row.exact_support = statistic(exact);
  row.clean = statistic(clean);
  row.vanished = statistic(vanished);
  row.seconds = statistic(seconds);
  return row;
}

// Of many radii a few, evenly, the last one among them.
std::vector<std::size_t> shown(std::size_t radii) {
  std::vector<std::size_t> all;
  const std::size_t count = std::min(radii, most_columns);
  for (std::size_t k = 0; k < count; ++k)
    all.push_back(count > 1 ? k * (radii - 1) / (count - 1) : 0);
  return all;
}

std::string table_of(const Study& study, const std::vector<const RobustnessRow*>& rows) {
  const std::vector<double>& epsilons = rows.front()->epsilons;
  const bool support = rows.front()->silent.count > 0;
  Cells head;
  for (const StudyAxis& axis : study.spec.axes) head.push_back(axis.name);
  head.emplace_back("runs");
  for (const std::size_t k : shown(epsilons.size()))
    head.push_back(k == 0 ? "no attack" : fmt::format("radius {:g}", epsilons[k]));
  if (support) head.insert(head.end(), {"silent groups", "groups right", "exact support"});
  std::vector<Cells> lines = {head};
  for (const RobustnessRow* row : rows) {
    Cells line;
    for (std::size_t a = 0; a < row->values.size(); ++a)
      line.push_back(study.spec.axes[a].labels[row->values[a]]);
    line.push_back(row->failed > 0 ? fmt::format("{}, {} failed", row->clean.count, row->failed)
                                   : fmt::format("{}", row->clean.count));
    for (const std::size_t k : shown(epsilons.size()))
      line.push_back(row->accuracy.empty() ? "-" : share_text(row->accuracy[k]));
    if (support)
      for (const StudyStatistic* s : {&row->silent, &row->group_accuracy, &row->exact_support})
        line.push_back(s->count > 0 ? percent_text(s->mean) : "-");
    lines.push_back(std::move(line));
  }
  return in_columns(lines, study.spec.axes.size());
}

Json json_statistic(const StudyStatistic& s) {
  if (s.count == 0) return nullptr;
  return {
      {"mean", s.mean}, {"deviation", s.deviation}, {"lowest", s.lowest}, {"highest", s.highest}};
}

Json json_row(const Study& study, const RobustnessRow& row) {
  Json values = Json::object(), radii = Json::array();
  for (std::size_t a = 0; a < row.values.size(); ++a)
    values[study.spec.axes[a].name] = study.spec.axes[a].labels[row.values[a]];
  for (std::size_t k = 0; k < row.accuracy.size(); ++k)
    radii.push_back({{"epsilon", row.epsilons[k]}, {"accuracy", json_statistic(row.accuracy[k])}});
  Json runs = Json::array();
  for (const StudyRun* run : runs_of(study, row.values)) {
    Json each = {{"seed", run->seed}, {"folder", "runs/" + run->name}};
    if (!run->result->failure.empty()) each["failure"] = run->result->failure;
    runs.push_back(std::move(each));
  }
  return {{"values", values},
          {"accuracy", json_statistic(row.clean)},
          {"radii", radii},
          {"support", row.silent.count == 0
                          ? Json(nullptr)
                          : Json{{"silent", json_statistic(row.silent)},
                                 {"group_accuracy", json_statistic(row.group_accuracy)},
                                 {"exact", json_statistic(row.exact_support)}}},
          {"vanished", json_statistic(row.vanished)},
          {"seconds", json_statistic(row.seconds)},
          {"runs", runs}};
}

}  // namespace

std::vector<RobustnessRow> robustness_rows(const Study& study) {
  std::vector<RobustnessRow> rows;
  rows.reserve(study.spec.combinations());
  for (std::size_t k = 0; k < study.spec.combinations(); ++k)
    rows.push_back(row_of(study, study.spec.combination(k)));
  return rows;
}

std::string robustness_table(const Study& study) {
  const std::vector<RobustnessRow> rows = robustness_rows(study);
  std::vector<std::vector<const RobustnessRow*>> tables;
  for (const RobustnessRow& row : rows) {
    const auto same = std::find_if(tables.begin(), tables.end(), [&](const auto& table) {
      return table.front()->epsilons == row.epsilons;
    });
    if (same == tables.end())
      tables.push_back({&row});
    else
      same->push_back(&row);
  }
  std::string text;
  for (const auto& table : tables) text += (text.empty() ? "" : "\n") + table_of(study, table);
  return text;
}

std::string robustness_csv(const Study& study) {
  std::string text;
  for (const StudyAxis& axis : study.spec.axes) text += csv_field(axis.name) + ',';
  text +=
      "seed,test_accuracy,validation_accuracy,epsilon,accuracy,signals,silent_groups,"
      "group_accuracy,exact_support,failure\n";
  const auto number = [](const std::optional<double>& value) {
    return value ? fmt::format("{}", *value) : std::string();
  };
  for (std::size_t k = 0; k < study.spec.combinations(); ++k)
    for (const StudyRun* run : runs_of(study, study.spec.combination(k))) {
      std::string begin;
      for (std::size_t a = 0; a < run->values.size(); ++a)
        begin += csv_field(study.spec.axes[a].labels[run->values[a]]) + ',';
      begin += fmt::format("{},", run->seed);
      const StudyResult& r = *run->result;
      if (!r.failure.empty() || !r.attacked) {
        text += begin + ",,,,,,,," + csv_field(r.failure) + '\n';
        continue;
      }
      const StudyRobustness& attacked = *r.attacked;
      for (std::size_t e = 0; e < attacked.epsilons.size(); ++e)
        text +=
            begin + fmt::format("{},{},{},{},{},{},{},{},\n", r.test_accuracy,
                                r.validation_accuracy, attacked.epsilons[e], attacked.accuracy[e],
                                attacked.count, number(attacked.silent),
                                number(attacked.group_accuracy), number(attacked.exact_support));
    }
  return text;
}

Json robustness_json(const Study& study) {
  Json document = json_header("retrograde.pursuit_study/1");
  document["commit"] = version::git_commit;
  document["scenario"] = study.name;
  document["seeds"] = study.spec.seeds;
  document["part"] = study.part;
  document["signals"] = study.trials;
  Json& axes = document["axes"] = Json::array();
  for (const StudyAxis& axis : study.spec.axes)
    axes.push_back({{"name", axis.name}, {"values", axis.labels}});
  Json& combinations = document["combinations"] = Json::array();
  for (const RobustnessRow& row : robustness_rows(study))
    combinations.push_back(json_row(study, row));
  return document;
}

}  // namespace retrograde
