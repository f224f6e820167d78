#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/scenarios/show/analysis/delay_map.hpp>
#include <retrograde/scenarios/show/plot/chart/axes.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde {

using namespace svg_parts;
using namespace chart_parts;

namespace {

// Red and blue of the palette. Where synapses are shown there is no exact network beside its chip.
constexpr int excites = 1, inhibits = 0;
constexpr double least_cell = 2.0, palest = 0.25;

std::string cell(const DelayMap& chart, const DelayMap::Point& point, const Scale& x,
                 const Scale& y) {
  const double across = std::fabs(x(1.0) - x(0.0)), along = std::fabs(y(chart.step) - y(0.0));
  const double width = std::max(least_cell, across - (across > 6.0 ? 1.0 : 0.0));
  const double height = std::max(least_cell, along - (along > 6.0 ? 1.0 : 0.0));
  const double share = std::clamp(std::fabs(point.weight) / chart.strongest, 0.0, 1.0);
  return fmt::format(
      "<rect class=\"cell c{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
      "fill-opacity=\"{:.2f}\"><title>{} {}: {:.4g} ms, weight {:.4g}</title></rect>",
      point.weight < 0.0 ? inhibits : excites, c(x(point.channel) - width / 2),
      c(y(point.delay * chart.step) - height / 2), c(width), c(height),
      palest + (1.0 - palest) * share, escape_xml(chart.channel_label), point.channel,
      point.delay * chart.step, point.weight);
}

}  // namespace

std::string render(const DelayMap& chart) {
  if (chart.points.empty()) return no_data(chart.width, chart.height, chart.title);
  const Axis x_of{.label = chart.channel_label};
  const Frame frame{56, 52, chart.width - 14, chart.height - 44};
  const Scale x{-0.5, std::max(1u, chart.channels) - 0.5, frame.left, frame.right};
  const Scale y{-0.5 * chart.step, (chart.steps + 0.5) * chart.step, frame.bottom, frame.top};
  std::string out = open_svg(chart.width, chart.height, chart.title);
  out += text(16, 24, chart.title, "title");
  out += text(16, 42, "delay (ms)");
  out += y_axis(y, frame, 5) + x_axis(x, frame, x_of, true);
  double legend_y = 42;
  out += legend({{"excites", excites, LegendEntry::Mark::bar},
                 {"inhibits", inhibits, LegendEntry::Mark::bar}},
                chart.width - 180, chart.width - 14, legend_y);
  for (const DelayMap::Point& point : chart.points) out += cell(chart, point, x, y);
  return out + "</svg>";
}

}  // namespace retrograde
