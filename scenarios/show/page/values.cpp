#include <algorithm>
#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/page/page.hpp>
#include <retrograde/scenarios/show/page/sections.hpp>
#include <retrograde/scenarios/show/plot/palette.hpp>

namespace retrograde {

using namespace page_parts;

namespace {

constexpr std::size_t most_projections = 12;

std::vector<double> values_of(const Network& network, const Projection& projection,
                              ParameterKind kind) {
  const auto all = network.parameters(kind).subspan(projection.first, projection.size);
  return {all.begin(), all.end()};
}

bool all_alike(const std::vector<double>& values) {
  return !values.empty() &&
         std::all_of(values.begin(), values.end(), [&](double v) { return v == values[0]; });
}

}  // namespace

std::string values_section(const Report& report) {
  if (!report.trained.checkpoint) return "";
  const Network& before = report.trained.scenario.network;
  const Network& after = report.trained.network;
  const std::vector<Projection>& projections = after.projections();
  if (projections.empty()) return "";

  // All weights, then all delays.
  std::vector<std::string> charts;
  bool delays_start_alike = false;
  const auto add = [&](ParameterKind kind, const char* what, const char* label, const char* unit,
                       int color) {
    for (std::size_t k = 0; k < std::min(projections.size(), most_projections); ++k) {
      Histogram histogram;
      histogram.title = fmt::format("{}: {}", what, projections[k].name);
      histogram.x.label = label;
      histogram.x.unit = unit;
      histogram.before = values_of(before, projections[k], kind);
      histogram.after = values_of(after, projections[k], kind);
      histogram.color = color;
      if (kind == ParameterKind::delay && all_alike(histogram.before)) delays_start_alike = true;
      charts.push_back(render(histogram));
    }
  };
  add(ParameterKind::weight, "Weights", "weight", "", palette::learned);
  add(ParameterKind::delay, "Delays", "delay", "ms", palette::learned);

  std::string caption = "Values of all synapses before training (grey) and after it (coloured).";
  if (delays_start_alike)
    caption +=
        " Delays that all begin at one value spread as training finds out which spikes should "
        "arrive together.";
  if (projections.size() > most_projections)
    caption += fmt::format(" {} not shown.", plural(projections.size() - most_projections,
                                                    "more projection is", "more projections are"));
  return section("What training changed", caption, grid(charts));
}

}  // namespace retrograde
