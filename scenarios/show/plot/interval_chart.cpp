#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/plot/interval_chart.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde {

using namespace svg_parts;

namespace {

constexpr double row_height = 30, top = 40, most_name = 130;

bool drawable(const IntervalChart::Row& row) {
  const auto good = [](double v) { return v > 1e-300 && v < 1e300; };
  return good(row.low) && good(row.value) && good(row.high) && row.low <= row.high;
}

}  // namespace

std::string render(const IntervalChart& chart) {
  std::vector<IntervalChart::Row> rows;
  std::copy_if(chart.rows.begin(), chart.rows.end(), std::back_inserter(rows), drawable);
  double names = 0, values = 0;
  for (const auto& row : rows) {
    names = std::max(names, text_width(row.name, text_size));
    values = std::max(values, text_width(short_number(row.value), text_size));
  }
  const double left = 24 + std::min(names, most_name), right = chart.width - 24 - values;
  const double bottom =
      top + row_height * static_cast<double>(std::max<std::size_t>(rows.size(), 1));
  std::string out = open_svg(chart.width, bottom + 46, chart.title);
  out += text(16, 24, chart.title, "title");
  if (rows.empty()) return out + text(chart.width / 2, top + 20, "no data", "mid") + "</svg>";

  double low = rows[0].low, high = rows[0].high;
  for (const auto& row : rows) {
    low = std::min(low, row.low);
    high = std::max(high, row.high);
  }
  low /= 1.5;
  high *= 1.5;
  const auto x = [&](double value) {
    return left + (right - left) * std::log(value / low) / std::log(high / low);
  };
  const std::vector<double> ticks = log_ticks(low, high, static_cast<int>((right - left) / 60));
  const std::vector<std::string> labels = tick_labels(ticks, true);
  for (std::size_t k = 0; k < ticks.size(); ++k) {
    out += line(x(ticks[k]), top - 4, x(ticks[k]), bottom, "grid");
    out += text(x(ticks[k]), bottom + 17, labels[k], "mid");
  }
  out += line(left, bottom, right, bottom, "axis");
  out += text(
      (left + right) / 2, bottom + 36,
      chart.x.unit.empty() ? chart.x.label : fmt::format("{} ({})", chart.x.label, chart.x.unit),
      "mid");
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const auto& row = rows[k];
    const double y = top + row_height * (static_cast<double>(k) + 0.5);
    const std::string color = fmt::format("c{}", row.color % palette_size);
    out += text(left - 8, y + 4, fitted(row.name, text_size, most_name), "end strong");
    std::string hover = fmt::format("{}: {}", row.name, short_number(row.value));
    if (row.high > row.low) {
      hover += fmt::format(" ({} to {})", short_number(row.low), short_number(row.high));
      out += fmt::format(
          "<rect class=\"area {}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"10\" rx=\"5\"/>", color,
          c(x(row.low)), c(y - 5), c(x(row.high) - x(row.low)));
    }
    out += fmt::format(
        "<circle class=\"dot {}\" cx=\"{}\" cy=\"{}\" r=\"5\"><title>{}</title>"
        "</circle>",
        color, c(x(row.value)), c(y), escape_xml(hover));
    out += text(right + 8, y + 4, short_number(row.value), "strong");
  }
  return out + "</svg>";
}

}  // namespace retrograde
