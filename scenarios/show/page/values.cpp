#include <algorithm>
#include <fmt/format.h>

#include <retrograde/adjoint/train/learned_groups.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/page/page.hpp>
#include <retrograde/scenarios/show/page/panels.hpp>
#include <retrograde/scenarios/show/page/sections.hpp>
#include <retrograde/scenarios/show/plot/palette.hpp>

namespace retrograde {

using namespace page_parts;

namespace {

constexpr std::size_t most_charts = 24;

bool all_alike(const std::vector<double>& values) {
  return !values.empty() &&
         std::all_of(values.begin(), values.end(), [&](double v) { return v == values[0]; });
}

// "Weights", "Delays"; others by the name that a scenario gives them.
std::string title_of(ParameterKind kind) {
  if (kind == ParameterKind::weight) return "Weights";
  return kind == ParameterKind::delay ? "Delays" : std::string(name(kind));
}

}  // namespace

std::vector<Histogram> learned_histograms(const Report& report,
                                          const std::vector<ParameterKind>& kinds) {
  const Trained& trained = report.trained;
  std::vector<Histogram> all;
  if (!trained.checkpoint) return all;
  const std::vector<LearnedGroup> beginning =
      learned_groups(trained.scenario.network, trained.scenario.learning);
  for (const LearnedGroup& group :
       learned_groups(trained.network, trained.scenario.learned_of(trained.network))) {
    if (!kinds.empty() && std::find(kinds.begin(), kinds.end(), group.kind) == kinds.end())
      continue;
    Histogram histogram;
    histogram.title = fmt::format("{}: {}", title_of(group.kind), group.where);
    histogram.x.label = name(group.kind);
    histogram.x.unit = is_time(group.kind) ? "ms" : "";
    histogram.color = palette::learned;
    for (const LearnedGroup& before : beginning)
      if (before.kind == group.kind && before.where == group.where)
        histogram.before = before.of(trained.scenario.network.parameters());
    histogram.after = group.of(trained.network.parameters());
    all.push_back(std::move(histogram));
  }
  return all;
}

std::string values_section(const Report& report) {
  const std::vector<Histogram> all = learned_histograms(report);
  if (all.empty()) return "";
  std::vector<std::string> charts;
  bool delays_start_alike = false;
  for (const Histogram& histogram : all) {
    if (charts.size() == most_charts) break;
    charts.push_back(render(histogram));
    if (histogram.x.label == name(ParameterKind::delay) && all_alike(histogram.before))
      delays_start_alike = true;
  }
  std::string caption =
      "What was learned, before training (grey, dashed edge) and after it (coloured); what was "
      "fixed is left out.";
  if (delays_start_alike)
    caption +=
        " Delays that all begin at one value spread as training finds out which spikes should "
        "arrive together.";
  if (all.size() > most_charts)
    caption += fmt::format(" {} not shown.",
                           plural(all.size() - most_charts, "more chart is", "more charts are"));
  return section("What training changed", caption, grid(charts));
}

}  // namespace retrograde
