#include <algorithm>
#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/page/page.hpp>
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

// The values of one kind in one projection or population that were learned; empty: none were.
Histogram learned_values(const Report& report, ParameterKind kind, const std::string& where,
                         std::size_t first, std::size_t size) {
  const Network& before = report.trained.scenario.network;
  const Network& after = report.trained.network;
  const std::vector<char>& learned = report.trained.scenario.learning.learned;
  Histogram histogram;
  histogram.title = fmt::format("{}: {}", title_of(kind), where);
  histogram.x.label = name(kind);
  histogram.x.unit = is_time(kind) ? "ms" : "";
  histogram.color = palette::learned;
  const std::size_t offset = after.layout().offset(kind) + first;
  for (std::size_t at = offset; at < offset + size && at < learned.size(); ++at) {
    if (!learned[at]) continue;
    histogram.before.push_back(before.parameters()[at]);
    histogram.after.push_back(after.parameters()[at]);
  }
  return histogram;
}

// Kind by kind, projection by projection and population by population.
std::vector<Histogram> histograms(const Report& report) {
  const Network& network = report.trained.network;
  std::vector<Histogram> all;
  const auto add = [&](Histogram histogram) {
    if (!histogram.after.empty()) all.push_back(std::move(histogram));
  };
  for (const ParameterKind kind : parameter_kinds)
    if (belongs_to_synapse(kind)) {
      for (const Projection& p : network.projections())
        add(learned_values(report, kind, p.name, p.first, p.size));
    } else {
      for (const Population& p : network.populations())
        if (p.has(kind)) add(learned_values(report, kind, p.name, p.first, p.size));
    }
  return all;
}

}  // namespace

std::string values_section(const Report& report) {
  if (!report.trained.checkpoint) return "";
  const std::vector<Histogram> all = histograms(report);
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
