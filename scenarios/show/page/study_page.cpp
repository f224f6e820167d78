#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/show/json/study.hpp>
#include <retrograde/scenarios/show/page/page.hpp>
#include <retrograde/scenarios/show/page/study_page.hpp>
#include <retrograde/scenarios/show/plot/study_chart.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>
#include <retrograde/scenarios/show/text/study.hpp>
#include <retrograde/version.hpp>

namespace retrograde {

using namespace page_parts;

namespace {

constexpr std::size_t most_curve_charts = 12;

// What all runs together took, and how many of them failed.
struct Totals {
  double seconds = 0;
  std::size_t failures = 0;
};

Totals totals_of(const Study& study) {
  Totals totals;
  for (const StudyRun& run : study.runs) {
    if (!run.result) continue;
    // A training that several runs share counts once.
    if (&study.runs[run.training] == &run) totals.seconds += run.result->seconds;
    totals.failures += run.result->failure.empty() ? 0 : 1;
  }
  return totals;
}

std::string seeds_text(const Study& study) { return plural(study.spec.seeds.size(), "seed"); }

Series curve(const std::vector<double>& values, double scale) {
  Series series;
  for (std::size_t e = 0; e < values.size(); ++e) {
    series.x.push_back(static_cast<double>(e + 1));
    series.y.push_back(scale * values[e]);
  }
  return series;
}

// Whether a combination has a training that no combination before it has.
bool trained_apart(const Study& study, std::size_t combination) {
  const auto runs = runs_of(study, study.spec.combination(combination));
  return runs.empty() || std::any_of(runs.begin(), runs.end(), [&](const StudyRun* run) {
           return &study.runs[run->training] == run;
         });
}

// Of the combinations that differ in the first axis only: chart `line` of `lines`.
LineChart curves_chart(const Study& study, const std::vector<std::vector<double>>& curves,
                       std::size_t line, std::size_t lines) {
  const auto& axes = study.spec.axes;
  LineChart chart;
  const std::vector<std::size_t> base = study.spec.combination(line);
  for (std::size_t a = 1; a < axes.size(); ++a)
    chart.title += (a > 1 ? ", " : "") + axes[a].labels[base[a]];
  if (chart.title.empty()) chart.title = study.labelled ? "Accuracy (%)" : "Loss";
  chart.x.label = "epoch";
  chart.y.unit = study.labelled ? "%" : "";
  for (std::size_t p = 0; p * lines + line < curves.size(); ++p) {
    if (!trained_apart(study, p * lines + line)) continue;
    Series series = curve(curves[p * lines + line], study.labelled ? 100 : 1);
    if (!axes.empty()) series.name = axes.front().labels[p];
    series.color = static_cast<int>(p % palette_size);
    series.dash = static_cast<int>(p) / palette_size;
    chart.series.push_back(std::move(series));
  }
  if (study.labelled) end_at_hundred(chart);
  return chart;
}

// One chart per combination of the axes after the first, with a curve per value of the first.
std::string curves_section(const Study& study, const std::vector<std::vector<double>>& curves) {
  const auto& axes = study.spec.axes;
  const std::size_t lines = curves.size() / (axes.empty() ? 1 : axes.front().labels.size());
  std::vector<std::string> charts;
  std::size_t apart = 0;
  for (std::size_t l = 0; l < lines; ++l) {
    const LineChart chart = curves_chart(study, curves, l, lines);
    if (chart.series.empty() || ++apart > most_curve_charts) continue;
    charts.push_back(render(chart));
  }
  std::string caption =
      fmt::format("{} after each epoch, mean over the seeds{}.",
                  study.labelled ? (study.has_validation ? "Validation accuracy in percent"
                                                         : "Training accuracy in percent")
                                 : "Loss",
                  axes.empty() ? "" : fmt::format("; colours are {}", axes.front().name));
  if (study.trainings() < study.runs.size())
    caption += " Combinations that differ in what comes after training share one.";
  if (apart > most_curve_charts)
    caption += fmt::format(" The first {} of {} charts.", most_curve_charts, apart);
  return section("How it learned", caption, grid(charts));
}

// The first cell is a text, the others are numbers.
std::string row_of(const std::vector<std::string>& cells, const char* tag) {
  std::string out = "<tr>";
  for (std::size_t k = 0; k < cells.size(); ++k)
    out += fmt::format("<{0}{1}>{2}</{0}>", tag, k == 0 ? " class=\"text\"" : "", html(cells[k]));
  return out + "</tr>";
}

std::string table(const std::string& head, const std::string& body) {
  return fmt::format(
      "<div class=\"scroll\"><table class=\"numbers\"><thead>{}</thead><tbody>{}</tbody></table>"
      "</div>",
      head, body);
}

constexpr std::size_t all_populations = 100;

std::string combinations_table(const Study& study, const std::vector<StudyRow>& rows) {
  std::vector<std::string> head = study_head(study, all_populations);
  head.insert(head.begin(), "combination");
  std::string body;
  for (const StudyRow& row : rows) {
    const std::string what = study.spec.describe(row.values);
    std::vector<std::string> cells = study_cells(study, row, all_populations);
    cells.insert(cells.begin(), what.empty() ? study.name : what);
    body += row_of(cells, "td");
  }
  return table(row_of(head, "th"), body);
}

// What the chip made of one run.
std::string chip_cell(const Study& study, const StudyResult& r) {
  if (!r.chip) return "-";
  if (!r.chip->refusal.empty()) return r.chip->refusal;
  return percent_text(study.labelled ? r.chip->accuracy : r.chip->agreement) +
         (r.chip->untuned.empty() ? "" : ", without fine-tuning: " + r.chip->untuned);
}

// Of simulations.
std::string simulations_table(const Study& study) {
  const std::vector<StudyMetric> metrics = table_metrics(study, all_populations);
  std::vector<std::string> head = {"run", "seed"};
  for (const StudyMetric& m : metrics)
    head.push_back(m.unit.empty() ? m.name : fmt::format("{} ({})", m.name, m.unit));
  head.emplace_back("time");
  std::string body;
  for (const StudyRun& run : study.runs) {
    if (!run.result) continue;
    const StudyResult& r = *run.result;
    std::vector<std::string> cells = {run.name, fmt::format("{}", run.seed)};
    for (const StudyMetric& m : metrics) {
      const auto value = value_of(r, m.name);
      cells.push_back(value ? short_number(m.scale() * *value) : "-");
    }
    if (r.chip && !r.chip->refusal.empty()) cells.back() = r.chip->refusal;
    cells.push_back(r.failure.empty() ? duration_text(r.seconds) : r.failure);
    body += row_of(cells, "td");
  }
  return table(row_of(head, "th"), body);
}

std::string runs_table(const Study& study) {
  if (study.kind.simulations) return simulations_table(study);
  std::vector<std::string> head = {"run", "seed", "best epoch", "validation", study.part};
  if (study.on_chip) head.emplace_back(study.labelled ? "on the chip" : "same decision");
  head.emplace_back("training time");
  std::string body;
  for (const StudyRun& run : study.runs) {
    if (!run.result) continue;
    const StudyResult& r = *run.result;
    const bool good = r.failure.empty();
    std::vector<std::string> cells = {
        run.name, fmt::format("{}", run.seed), good ? fmt::format("{}", r.best_epoch) : "-",
        good && study.has_validation
            ? value_text(study, study.labelled ? r.validation_accuracy : r.validation_loss)
            : "-",
        good ? value_text(study, study.labelled ? r.test_accuracy : r.test_loss) : "failed"};
    if (study.on_chip) cells.push_back(good ? chip_cell(study, r) : "-");
    cells.push_back(good ? duration_text(r.seconds) : r.failure);
    body += row_of(cells, "td");
  }
  return table(row_of(head, "th"), body);
}

std::string table_section(const Study& study, const std::vector<StudyRow>& rows) {
  const std::string activity =
      study.kind.from > 0
          ? fmt::format(" Activity is that from {:g} ms of every trial on.", study.kind.from)
          : "";
  if (study.kind.simulations)
    return section("Every combination", "Mean and standard deviation over the seeds." + activity,
                   "<div class=\"panel\">" + combinations_table(study, rows) +
                       "</div><details><summary>Every run</summary>" + runs_table(study) +
                       "</details>");
  return section(
      "Every combination",
      fmt::format("Mean and standard deviation over the seeds. Of each training the epoch that "
                  "does best on the {} part is kept; the {} part is looked at once, at the end.",
                  study.has_validation ? "validation" : "training", study.part),
      "<div class=\"panel\">" + combinations_table(study, rows) +
          "</div><details><summary>Every run</summary>" + runs_table(study) + "</details>");
}

std::vector<Card> study_cards(const Study& study, const std::vector<StudyRow>& rows,
                              double seconds) {
  std::vector<Card> all;
  if (const StudyRow* best = best_row(study, rows)) {
    std::string which = study.spec.describe(best->values);
    if (study.has_validation)
      which += fmt::format("{}chosen by the validation {}", which.empty() ? "" : "; ",
                           study.labelled && study.best == BestBy::accuracy ? "accuracy" : "loss");
    const std::string value =
        study.labelled ? percent_number(best->score.mean) : short_number(best->score.mean);
    all.push_back(
        {fmt::format("Best {}, {} part", study.labelled ? "accuracy" : "loss", study.part), value,
         study.labelled ? "%" : "", which, "lead"});
  }
  all.push_back({"Runs", fmt::format("{}", study.finished()), "",
                 fmt::format("{}, {}", plural(rows.size(), "combination"), seeds_text(study))});
  if (study.kind.simulations)
    all.push_back({"Each of", trial_range(study), study.most_trials == 1 ? "trial" : "trials", ""});
  else
    all.push_back(
        {"Judged by", trial_range(study), "trials", fmt::format("of the {} part", study.part)});
  all.push_back({study.kind.simulations ? "Simulation time" : "Training time",
                 duration_text(seconds), "",
                 study.kind.simulations ? "of all runs together" : "of all trainings together"});
  return all;
}

std::string result_section(const Study& study) {
  std::string figures, what;
  for (LineChart& chart : study_charts(study)) {
    chart.width = 980;
    chart.height = 420;
    what += (what.empty() ? "" : ", ") + chart.title;
    figures += figure(render(chart), "wide");
  }
  const bool usual = !study.kind.simulations && study.kind.ordinates.empty();
  if (usual)
    what = fmt::format("{} on the {} part", study.labelled ? "Accuracy" : "Loss", study.part);
  return section(
      "Result",
      fmt::format("{}: mean over {}, bars of one standard deviation to either side{}.", what,
                  seeds_text(study),
                  usual && study.on_chip && study.labelled ? "; dashed, on the emulated chip" : ""),
      figures);
}

std::string again_section(const Study& study, const Call& call) {
  std::string seeds;
  for (const std::uint64_t seed : study.spec.seeds)
    seeds += (seeds.empty() ? "" : ", ") + std::to_string(seed);
  return section(
      "How to get this study again",
      "The same scenario and version give the same bits on the same type of machine, whatever the "
      "number of threads and however often it was interrupted. Another --out keeps this one.",
      calls_panel({call}) + "<div class=\"panel\">" +
          fact_table(
              {{"scenario", study.name},
               {"seeds", seeds},
               {"Retrograde", fmt::format("{} (commit {})", version::string, version::git_commit)},
               {"build", fmt::format("{}, {}, {}", version::compiler, version::build_type,
                                     version::arch)}}) +
          "</div><details><summary>The scenario</summary><pre>" + html(study.text) +
          "</pre></details>");
}

std::string render_page(const Study& study, const std::vector<std::vector<double>>& curves,
                        const Call& call) {
  const std::vector<StudyRow> rows = study_rows(study);
  const Totals totals = totals_of(study);
  const std::string title = study.title.empty() ? study.name : study.title;
  std::string body = page_header(
      "study", title,
      fmt::format("{} of {}: {}, each with {}{}.",
                  plural(study.runs.size(), study.kind.simulations ? "simulation" : "run"),
                  study.name, plural(rows.size(), "combination"), seeds_text(study),
                  study.kind.simulations ? "" : "; " + plural(study.trainings(), "training")));
  body += cards(study_cards(study, rows, totals.seconds));
  if (study.part == name(Part::train)) {
    std::string sentence(no_test_part);
    sentence[0] = 'T';
    body += callouts({sentence + "."}, "warning");
  }
  if (study.finished() < study.all_runs())
    body += callouts({fmt::format("{} of {} runs are missing; means are of those that are there.",
                                  study.all_runs() - study.finished(), study.all_runs())},
                     "warning");
  if (totals.failures > 0)
    body += callouts({fmt::format("{} failed: left out of means; the table of every run says why.",
                                  plural(totals.failures, "run"))},
                     "warning");
  body += result_section(study);
  body += table_section(study, rows);
  if (!study.kind.simulations) body += curves_section(study, curves);
  body += again_section(study, call);
  return page(title, body);
}

}  // namespace

void write_study(const Study& study, const std::vector<std::vector<double>>& curves,
                 const Call& call, const std::filesystem::path& folder) {
  write_file(folder / "results.csv", study_csv(study));
  write_json((folder / "study.json").string(), study_json(study));
  std::vector<std::string> charts;
  for (LineChart& chart : study_charts(study)) {
    chart.width = 640;
    chart.height = 400;
    charts.push_back(render(chart));
  }
  write_file(folder / "study.svg",
             standalone_svg(charts.size() == 1 ? charts.front() : arrange({charts})));
  write_file(folder / "report.html", render_page(study, curves, call));
}

}  // namespace retrograde
