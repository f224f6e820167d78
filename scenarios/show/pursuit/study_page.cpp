#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/page/page.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>
#include <retrograde/scenarios/show/pursuit/study_page.hpp>
#include <retrograde/scenarios/show/pursuit/study_table.hpp>
#include <retrograde/scenarios/show/text/study.hpp>
#include <retrograde/version.hpp>

namespace retrograde {

using namespace page_parts;

namespace {

// Of plot.css and of the marks of line charts.
constexpr int dash_patterns = 4, mark_shapes = 5;
constexpr double width = 480, height = 360;

std::string labels_from(const Study& study, const RobustnessRow& row, std::size_t first) {
  std::string name;
  for (std::size_t a = first; a < study.spec.axes.size(); ++a)
    name += (a > first ? ", " : "") + study.spec.axes[a].labels[row.values[a]];
  return name.empty() ? study.name : name;
}

Series series_of(const RobustnessRow& row, std::string name, int number) {
  Series series{.name = std::move(name), .x = {}, .y = {}};
  series.color = number % palette_size;
  series.dash = number % dash_patterns;
  series.mark = number % mark_shapes;
  for (std::size_t k = 0; k < row.accuracy.size(); ++k) {
    if (row.accuracy[k].count == 0) continue;
    series.x.push_back(row.epsilons[k]);
    series.y.push_back(100.0 * row.accuracy[k].mean);
    series.spread.push_back(100.0 * row.accuracy[k].deviation);
  }
  return series;
}

std::string seeds_text(const Study& study) { return plural(study.spec.seeds.size(), "seed"); }

std::string row_text(const std::vector<std::string>& cells, const char* tag, std::size_t names) {
  std::string out = "<tr>";
  for (std::size_t k = 0; k < cells.size(); ++k)
    out +=
        fmt::format("<{0}{1}>{2}</{0}>", tag, k < names ? " class=\"text\"" : "", html(cells[k]));
  return out + "</tr>";
}

// Every radius of every combination, one below the other.
std::string results_table(const Study& study) {
  std::vector<std::string> head;
  for (const StudyAxis& axis : study.spec.axes) head.push_back(axis.name);
  const std::size_t names = head.size();
  head.insert(head.end(), {"radius", "accuracy", "lowest", "highest", "silent groups",
                           "groups right", "exact support"});
  std::string body;
  const auto mean = [](const StudyStatistic& s) {
    return s.count > 0 ? percent_text(s.mean) : std::string("-");
  };
  for (const RobustnessRow& row : robustness_rows(study))
    for (std::size_t k = 0; k < row.accuracy.size(); ++k) {
      std::vector<std::string> cells;
      for (std::size_t a = 0; a < row.values.size(); ++a)
        cells.push_back(study.spec.axes[a].labels[row.values[a]]);
      cells.insert(cells.end(),
                   {fmt::format("{:g}", row.epsilons[k]), share_text(row.accuracy[k]),
                    percent_text(row.accuracy[k].lowest), percent_text(row.accuracy[k].highest)});
      const bool first = k == 0;  // support is that without an attack
      cells.insert(cells.end(),
                   {first ? mean(row.silent) : "", first ? mean(row.group_accuracy) : "",
                    first ? mean(row.exact_support) : ""});
      body += row_text(cells, "td", names);
    }
  return fmt::format(
      "<div class=\"panel\"><div class=\"scroll\"><table class=\"numbers\"><thead>{}</thead>"
      "<tbody>{}</tbody></table></div></div>",
      row_text(head, "th", names), body);
}

std::vector<std::string> failures(const Study& study) {
  std::vector<std::string> all;
  for (const StudyRun& run : study.runs)
    if (run.result && !run.result->failure.empty())
      all.push_back(fmt::format("{} failed: {}", run.name, run.result->failure));
  return all;
}

std::string again_section(const Study& study, const Call& call) {
  return section(
      "How to get this study again",
      "The same scenario and version give the same bits on the same type of machine, whatever the "
      "number of threads and however often it was interrupted. Another --out keeps this one.",
      calls_panel({call}) + "<div class=\"panel\">" +
          fact_table(
              {{"scenario", study.name},
               {"Retrograde", fmt::format("{} (commit {})", version::string, version::git_commit)},
               {"build", fmt::format("{}, {}, {}", version::compiler, version::build_type,
                                     version::arch)}}) +
          "</div><details><summary>The scenario</summary><pre>" + html(study.text) +
          "</pre></details>");
}

std::string study_page(const Study& study, const Call& call) {
  const std::string title = study.title.empty() ? study.name : study.title;
  std::string body = page_header(
      "study of sparse coding", title,
      fmt::format(
          "{} of {}: {}, each with {}; {} signals of the {} part under attack in every run.",
          plural(study.runs.size(), "run"), study.name,
          plural(study.spec.combinations(), "combination"), seeds_text(study), study.trials,
          study.part));
  if (const auto failed = failures(study); !failed.empty()) body += callouts(failed, "warning");
  std::vector<std::string> charts;
  for (const LineChart& chart : robustness_charts(study)) charts.push_back(render(chart));
  body += section("Accuracy against the size of the attack",
                  fmt::format("Share of signals whose decision is right after the attack: mean "
                              "over {}, bars of one standard deviation to either side.",
                              seeds_text(study)),
                  grid(charts));
  body += section("Every combination",
                  "Mean and standard deviation over the seeds. Groups are judged without an "
                  "attack, where the true code is known: the share that a code leaves silent, "
                  "that is as it truly is, and of signals of which all are.",
                  results_table(study));
  return page(title, body + again_section(study, call));
}

}  // namespace

std::vector<LineChart> robustness_charts(const Study& study) {
  const std::vector<RobustnessRow> rows = robustness_rows(study);
  const auto& axes = study.spec.axes;
  const std::size_t charts = axes.size() > 1 ? axes.front().labels.size() : 1;
  const std::size_t lines = rows.size() / charts, first = axes.size() > 1 ? 1 : 0;
  std::vector<LineChart> all;
  all.reserve(charts);
  for (std::size_t c = 0; c < charts; ++c) {
    LineChart chart;
    chart.title = charts > 1 ? fmt::format("{} {}", axes.front().name, axes.front().labels[c])
                             : "Accuracy under attack";
    chart.x = {.label = "radius of the attack"};
    chart.y = {.label = "right decisions", .unit = "%", .high = 100.0};
    chart.width = width;
    chart.height = height;
    for (std::size_t k = 0; k < lines; ++k) {
      const RobustnessRow& row = rows[c * lines + k];
      chart.series.push_back(series_of(row, labels_from(study, row, first), static_cast<int>(k)));
    }
    all.push_back(std::move(chart));
  }
  return all;
}

void write_pursuit_study(const Study& study, const Call& call,
                         const std::filesystem::path& folder) {
  write_file(folder / "results.csv", robustness_csv(study));
  write_json((folder / "study.json").string(), robustness_json(study));
  std::vector<std::vector<std::string>> columns;
  for (const LineChart& chart : robustness_charts(study)) columns.push_back({render(chart)});
  write_file(folder / "study.svg", standalone_svg(arrange(columns)));
  write_file(folder / "report.html", study_page(study, call));
}

}  // namespace retrograde
