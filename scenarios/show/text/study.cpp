#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/scenarios/run/study/results.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>
#include <retrograde/version.hpp>

namespace retrograde {

namespace {

using Json = nlohmann::ordered_json;

// Runs of one combination, in the order of the seeds.
std::vector<const StudyRun*> runs_of(const Study& study, const std::vector<std::size_t>& values) {
  std::vector<const StudyRun*> runs;
  for (const StudyRun& run : study.runs)
    if (run.result && run.values == values) runs.push_back(&run);
  return runs;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

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

// Number of characters, for padding.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

}  // namespace

StudyStatistic statistic(const std::vector<double>& values) {
  StudyStatistic s;
  s.count = values.size();
  if (values.empty()) return s;
  double sum = 0;
  for (const double v : values) sum += v;
  s.mean = sum / static_cast<double>(s.count);
  double squares = 0;
  for (const double v : values) squares += (v - s.mean) * (v - s.mean);
  if (s.count > 1) s.deviation = std::sqrt(squares / static_cast<double>(s.count - 1));
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  s.lowest = *low;
  s.highest = *high;
  return s;
}

std::vector<StudyRow> study_rows(const Study& study) {
  std::vector<StudyRow> rows;
  for (std::size_t k = 0; k < study.spec.combinations(); ++k) {
    StudyRow row;
    row.values = study.spec.combination(k);
    std::vector<double> score, validation;
    for (const StudyRun* run : runs_of(study, row.values)) {
      const StudyResult& r = *run->result;
      if (!r.failure.empty()) {
        ++row.failed;
        continue;
      }
      row.parameters = r.parameters;
      score.push_back(study.labelled ? r.test_accuracy : r.test_loss);
      if (study.has_validation)
        validation.push_back(study.labelled ? r.validation_accuracy : r.validation_loss);
    }
    row.score = statistic(score);
    row.validation = statistic(validation);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string score_text(const Study& study, const StudyStatistic& s) {
  if (s.count == 0) return "-";
  if (!study.labelled)
    return s.count > 1 ? fmt::format("{:.4g} ± {:.2g}", s.mean, s.deviation)
                       : fmt::format("{:.4g}", s.mean);
  return s.count > 1 ? fmt::format("{:.2f} ± {:.2f} %", 100 * s.mean, 100 * s.deviation)
                     : fmt::format("{:.2f} %", 100 * s.mean);
}

std::string study_table(const Study& study) {
  std::vector<std::string> head;
  for (const StudyAxis& axis : study.spec.axes) head.push_back(axis.name);
  head.insert(head.end(), {"runs", "parameters", study.part, "lowest", "highest"});
  if (study.has_validation) head.push_back("validation");
  std::vector<std::vector<std::string>> cells = {head};
  const auto one = [&](double value) {
    return study.labelled ? fmt::format("{:.2f} %", 100 * value) : fmt::format("{:.4g}", value);
  };
  for (const StudyRow& row : study_rows(study)) {
    auto& line = cells.emplace_back();
    for (std::size_t a = 0; a < row.values.size(); ++a)
      line.push_back(study.spec.axes[a].labels[row.values[a]]);
    line.push_back(row.failed == 0 ? fmt::format("{}", row.score.count)
                                   : fmt::format("{}, {} failed", row.score.count, row.failed));
    const bool any = row.score.count > 0;
    line.push_back(any ? fmt::format("{}", row.parameters) : "-");
    line.push_back(score_text(study, row.score));
    line.push_back(any ? one(row.score.lowest) : "-");
    line.push_back(any ? one(row.score.highest) : "-");
    if (study.has_validation) line.push_back(score_text(study, row.validation));
  }
  std::vector<std::size_t> widths(head.size(), 0);
  for (const auto& line : cells)
    for (std::size_t c = 0; c < line.size(); ++c)
      widths[c] = std::max(widths[c], width_of(line[c]));
  std::string text;
  for (const auto& line : cells) {
    std::string row;
    for (std::size_t c = 0; c < line.size(); ++c) {
      const std::string padding(widths[c] - width_of(line[c]), ' ');
      // Names to the left, numbers to the right.
      row += "  " + (c < study.spec.axes.size() ? line[c] + padding : padding + line[c]);
    }
    text += row.substr(0, row.find_last_not_of(' ') + 1) + '\n';
  }
  return text;
}

std::string study_csv(const Study& study) {
  std::string text;
  for (const StudyAxis& axis : study.spec.axes) text += csv_field(axis.name) + ',';
  text +=
      "seed,parameters,epochs,best_epoch,train_accuracy,train_loss,validation_accuracy,"
      "validation_loss,test_accuracy,test_loss,failure\n";
  for (std::size_t k = 0; k < study.spec.combinations(); ++k)
    for (const StudyRun* run : runs_of(study, study.spec.combination(k))) {
      const StudyResult& r = *run->result;
      for (std::size_t a = 0; a < run->values.size(); ++a)
        text += csv_field(study.spec.axes[a].labels[run->values[a]]) + ',';
      text += r.failure.empty() ? fmt::format("{},{},{},{},{},{},{},{},{},{},\n", run->seed,
                                              r.parameters, r.epochs, r.best_epoch,
                                              r.train_accuracy, r.train_loss, r.validation_accuracy,
                                              r.validation_loss, r.test_accuracy, r.test_loss)
                                : fmt::format("{},,,,,,,,,,{}\n", run->seed, csv_field(r.failure));
    }
  return text;
}

Json study_json(const Study& study) {
  Json document = {
      {"schema", "retrograde.study/1"}, {"retrograde", version::string},
      {"commit", version::git_commit},  {"scenario", study.name},
      {"seeds", study.spec.seeds},      {"part", study.part},
      {"trials", study.trials},         {"score", study.labelled ? "accuracy" : "loss"}};
  Json& axes = document["axes"] = Json::array();
  for (const StudyAxis& axis : study.spec.axes)
    axes.push_back({{"name", axis.name}, {"values", axis.labels}});
  Json& combinations = document["combinations"] = Json::array();
  for (const StudyRow& row : study_rows(study)) {
    Json runs = Json::array();
    for (const StudyRun* run : runs_of(study, row.values)) {
      const StudyResult& r = *run->result;
      Json each = {{"seed", run->seed}, {"folder", "runs/" + run->name}};
      if (r.failure.empty())
        each.update(Json{{"epochs", r.epochs},
                         {"best_epoch", r.best_epoch},
                         {"score", study.labelled ? r.test_accuracy : r.test_loss},
                         {"seconds", r.seconds}});
      else
        each["failure"] = r.failure;
      runs.push_back(std::move(each));
    }
    combinations.push_back({{"values", json_values(study, row.values)},
                            {"parameters", row.parameters},
                            {"score", json_statistic(row.score)},
                            {"validation", json_statistic(row.validation)},
                            {"runs", std::move(runs)}});
  }
  return document;
}

LineChart study_chart(const Study& study) {
  LineChart chart;
  const double scale = study.labelled ? 100.0 : 1.0;
  chart.title = study.labelled ? "Accuracy (%)" : "Loss";
  chart.y.unit = study.labelled ? "%" : "";
  const auto& axes = study.spec.axes;
  if (axes.empty()) {
    chart.x.names = {study.name};
    chart.x.low = -0.5;
    chart.x.high = 0.5;
  } else {
    const StudyAxis& first = axes.front();
    chart.x.label = first.name;
    chart.x.unit = first.unit;
    if (first.numbers.empty()) {
      chart.x.names = first.labels;
      chart.x.low = -0.5;
      chart.x.high = static_cast<double>(first.labels.size()) - 0.5;
    } else {
      const auto [low, high] = std::minmax_element(first.numbers.begin(), first.numbers.end());
      const double air = *high > *low ? 0.04 * (*high - *low) : 0.5 * std::max(std::abs(*low), 1.0);
      chart.x.low = *low - air;
      chart.x.high = *high + air;
    }
  }
  const std::vector<StudyRow> rows = study_rows(study);
  const std::size_t positions = axes.empty() ? 1 : axes.front().labels.size();
  const std::size_t lines = rows.size() / positions;
  for (std::size_t l = 0; l < lines; ++l) {
    Series series;
    std::vector<std::pair<double, const StudyRow*>> points;
    for (std::size_t p = 0; p < positions; ++p) {
      const StudyRow& row = rows[p * lines + l];
      if (row.score.count == 0) continue;
      const bool numeric = !axes.empty() && !axes.front().numbers.empty();
      points.emplace_back(numeric ? axes.front().numbers[p] : static_cast<double>(p), &row);
    }
    // Values may be listed in any order.
    std::sort(points.begin(), points.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [x, row] : points) {
      series.x.push_back(x);
      series.y.push_back(scale * row->score.mean);
      series.spread.push_back(scale * row->score.deviation);
    }
    for (std::size_t a = 1; a < axes.size(); ++a)
      series.name += (a > 1 ? ", " : "") + axes[a].labels[rows[l].values[a]];
    series.color = static_cast<int>(l % palette_size);
    series.dashed = l >= palette_size;
    chart.series.push_back(std::move(series));
  }
  if (study.labelled) end_at_hundred(chart);
  return chart;
}

void end_at_hundred(LineChart& chart) {
  double low = 100, high = 0;
  for (const Series& series : chart.series)
    for (std::size_t k = 0; k < series.y.size(); ++k) {
      const double spread = k < series.spread.size() ? series.spread[k] : 0;
      low = std::min(low, series.y[k] - spread);
      high = std::max(high, series.y[k] + spread);
    }
  if (high + 0.1 * (high - low) >= 100) chart.y.high = 100;
}

}  // namespace retrograde
