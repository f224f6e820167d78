#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/run/folder/checkpoint.hpp>
#include <retrograde/scenarios/run/study/results.hpp>
#include <retrograde/scenarios/show/json/json_output.hpp>
#include <retrograde/scenarios/show/page/page.hpp>
#include <retrograde/scenarios/show/page/study_page.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>
#include <retrograde/version.hpp>

namespace retrograde {

using namespace page_parts;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_curve_charts = 12;

// Mean over seeds of the accuracy after each epoch, of the part that chooses the best epoch.
Series learning_curve(const Study& study, const fs::path& folder,
                      const std::vector<std::size_t>& values) {
  std::vector<double> sum;
  std::vector<std::size_t> count;
  for (const StudyRun& run : study.runs) {
    if (!run.result || !run.result->failure.empty() || run.values != values) continue;
    const Checkpoint checkpoint =
        read_checkpoint((run_path(folder, run) / "checkpoint.bin").string());
    sum.resize(std::max(sum.size(), checkpoint.history.size()));
    count.resize(sum.size());
    for (std::size_t e = 0; e < checkpoint.history.size(); ++e) {
      const EpochMetrics& m = checkpoint.history[e];
      sum[e] +=
          study.labelled
              ? 100 *
                    (study.has_validation ? m.validation_accuracy : m.train_accuracy).value_or(0.0)
              : (study.has_validation ? m.validation_loss : m.train_loss);
      ++count[e];
    }
  }
  Series series;
  for (std::size_t e = 0; e < sum.size(); ++e) {
    series.x.push_back(static_cast<double>(e + 1));
    series.y.push_back(sum[e] / static_cast<double>(count[e]));
  }
  return series;
}

// One chart per combination of the axes after the first, with a curve per value of the first.
std::string curves_section(const Study& study, const fs::path& folder) {
  const auto& axes = study.spec.axes;
  const std::size_t positions = axes.empty() ? 1 : axes.front().labels.size();
  const std::size_t lines = study.spec.combinations() / positions;
  std::vector<std::string> charts;
  for (std::size_t l = 0; l < std::min(lines, most_curve_charts); ++l) {
    LineChart chart;
    const std::vector<std::size_t> base = study.spec.combination(l);
    for (std::size_t a = 1; a < axes.size(); ++a)
      chart.title += (a > 1 ? ", " : "") + axes[a].labels[base[a]];
    if (chart.title.empty()) chart.title = study.labelled ? "Accuracy (%)" : "Loss";
    chart.x.label = "epoch";
    chart.y.unit = study.labelled ? "%" : "";
    for (std::size_t p = 0; p < positions; ++p) {
      Series series = learning_curve(study, folder, study.spec.combination(p * lines + l));
      if (!axes.empty()) series.name = axes.front().labels[p];
      series.color = static_cast<int>(p % palette_size);
      series.dashed = p >= palette_size;
      chart.series.push_back(std::move(series));
    }
    if (study.labelled) end_at_hundred(chart);
    charts.push_back(render(chart));
  }
  std::string caption =
      fmt::format("{} after each epoch, mean over the seeds{}.",
                  study.labelled ? (study.has_validation ? "Validation accuracy in percent"
                                                         : "Training accuracy in percent")
                                 : "Loss",
                  axes.empty() ? "" : fmt::format("; colours are {}", axes.front().name));
  if (lines > most_curve_charts)
    caption += fmt::format(" The first {} of {} charts.", most_curve_charts, lines);
  return section("How it learned", caption, grid(charts));
}

std::string row_of(std::initializer_list<std::string> cells, std::size_t texts, const char* tag) {
  std::string out = "<tr>";
  std::size_t k = 0;
  for (const std::string& cell : cells)
    out += fmt::format("<{0}{1}>{2}</{0}>", tag, k++ < texts ? " class=\"text\"" : "", html(cell));
  return out + "</tr>";
}

std::string table(const std::string& head, const std::string& body) {
  return fmt::format(
      "<div class=\"scroll\"><table class=\"numbers\"><thead>{}</thead><tbody>{}</tbody></table>"
      "</div>",
      head, body);
}

std::string one_score(const Study& study, double value) {
  return study.labelled ? fmt::format("{:.2f} %", 100 * value) : fmt::format("{:.4g}", value);
}

std::string table_section(const Study& study, const std::vector<StudyRow>& rows) {
  std::string body;
  for (const StudyRow& row : rows) {
    std::string what = study.spec.describe(row.values);
    const bool any = row.score.count > 0;
    body +=
        row_of({what.empty() ? study.name : what,
                row.failed == 0 ? fmt::format("{}", row.score.count)
                                : fmt::format("{}, {} failed", row.score.count, row.failed),
                any ? fmt::format("{}", row.parameters) : "-", score_text(study, row.score),
                any ? one_score(study, row.score.lowest) : "-",
                any ? one_score(study, row.score.highest) : "-", score_text(study, row.validation)},
               1, "td");
  }
  const std::string all = table(row_of({"combination", "runs", "learned parameters", study.part,
                                        "lowest", "highest", "validation"},
                                       1, "th"),
                                body);
  std::string each;
  for (const StudyRun& run : study.runs) {
    if (!run.result) continue;
    const StudyResult& r = *run.result;
    const bool good = r.failure.empty();
    each += row_of(
        {run.name, fmt::format("{}", run.seed), good ? fmt::format("{}", r.best_epoch) : "-",
         good ? one_score(study, study.labelled ? r.validation_accuracy : r.validation_loss) : "-",
         good ? one_score(study, study.labelled ? r.test_accuracy : r.test_loss) : "failed",
         good ? seconds_text(r.seconds) : r.failure},
        1, "td");
  }
  return section(
      "Every combination",
      "Mean and standard deviation over the seeds. Of each training the epoch that does best on "
      "the "
      "validation part is kept; the test part is looked at once, at the end.",
      "<div class=\"panel\">" + all + "</div><details><summary>Every run</summary>" +
          table(row_of({"run", "seed", "best epoch", "validation", study.part, "training time"}, 1,
                       "th"),
                each) +
          "</details>");
}

std::string render_page(const Study& study, const fs::path& folder) {
  const std::vector<StudyRow> rows = study_rows(study);
  double seconds = 0;
  std::size_t failures = 0;
  for (const StudyRun& run : study.runs) {
    if (!run.result) continue;
    seconds += run.result->seconds;
    failures += run.result->failure.empty() ? 0 : 1;
  }
  // By validation where there is one: the test part is for reporting.
  const StudyRow* best = nullptr;
  const auto merit = [&](const StudyRow& row) {
    const double mean = row.validation.count > 0 ? row.validation.mean : row.score.mean;
    return study.labelled ? mean : -mean;
  };
  for (const StudyRow& row : rows)
    if (row.score.count > 0 && (best == nullptr || merit(row) > merit(*best))) best = &row;

  std::vector<Card> all;
  if (best != nullptr) {
    const std::string what = study.spec.describe(best->values);
    const std::string value =
        study.labelled ? percent(best->score.mean) : fmt::format("{:.4g}", best->score.mean);
    all.push_back(
        {fmt::format("{} {}, best combination", study.labelled ? "Accuracy" : "Loss", study.part),
         value, study.labelled ? "%" : "",
         what + (study.has_validation ? "; chosen by validation" : ""), "lead"});
  }
  all.push_back({"Runs", fmt::format("{}", study.finished()), "",
                 fmt::format("{} combinations, {} seeds", rows.size(), study.spec.seeds.size())});
  all.push_back({"Judged by", fmt::format("{}", study.trials), "trials",
                 fmt::format("of the {} part", study.part)});
  all.push_back({"Training time", seconds_text(seconds), "", "of all runs together"});

  const std::string title = study.title.empty() ? study.name : study.title;
  std::string body =
      page_header("study", title,
                  fmt::format("{} trainings of {}: {} combinations, each with {} seed{}.",
                              study.runs.size(), study.name, rows.size(), study.spec.seeds.size(),
                              study.spec.seeds.size() == 1 ? "" : "s"));
  body += cards(all);
  if (failures > 0)
    body +=
        callouts({fmt::format("{} runs failed and are left out of means; the table of every run "
                              "says why.",
                              failures)},
                 "warning");
  LineChart chart = study_chart(study);
  chart.width = 980;
  chart.height = 420;
  body += section("Result",
                  fmt::format("{} on the {} part: mean over {} seed{}, bars of one standard "
                              "deviation to either side.",
                              study.labelled ? "Accuracy" : "Loss", study.part,
                              study.spec.seeds.size(), study.spec.seeds.size() == 1 ? "" : "s"),
                  figure(render(chart), "wide"));
  body += table_section(study, rows);
  body += curves_section(study, folder);
  std::string seeds;
  for (const std::uint64_t seed : study.spec.seeds)
    seeds += (seeds.empty() ? "" : ", ") + std::to_string(seed);
  body += section(
      "How to get this study again",
      "The same scenario and version give the same bits on the same type of machine, whatever the "
      "number of threads and however often it was interrupted.",
      "<div class=\"panel\">" +
          fact_table(
              {{"scenario", study.name},
               {"seeds", seeds},
               {"Retrograde", fmt::format("{} (commit {})", version::string, version::git_commit)},
               {"build", fmt::format("{}, {}, {}", version::compiler, version::build_type,
                                     version::arch)}}) +
          "</div><details><summary>The scenario</summary><pre>" + html(study.text) +
          "</pre></details>");
  return page(title, body);
}

}  // namespace

void write_study(const Study& study, const fs::path& folder) {
  write_file(folder / "results.csv", study_csv(study));
  write_json((folder / "study.json").string(), study_json(study));
  LineChart chart = study_chart(study);
  chart.width = 640;
  chart.height = 400;
  write_file(folder / "study.svg", standalone_svg(render(chart)));
  write_file(folder / "report.html", render_page(study, folder));
}

}  // namespace retrograde
