#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/plot/chart/axes.hpp>
#include <retrograde/scenarios/show/plot/chart/clearing.hpp>
#include <retrograde/scenarios/show/plot/charts.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde {

using namespace svg_parts;
using namespace chart_parts;

namespace {

constexpr std::size_t hover_points = 60;
constexpr std::size_t marked_points = 24;  // of a curve: more are no points any more

// Up from a point, and down from it.
struct Spread {
  double above, below;
};
Spread spread_at(const Series& series, std::size_t point) {
  const auto at = [&](const std::vector<double>& spread) {
    const double length = point < spread.size() ? spread[point] : 0;
    return std::isfinite(length) ? length : 0;
  };
  return {at(series.spread), at(series.spread_below.empty() ? series.spread : series.spread_below)};
}

// An upright bar with a short cross bar at either end for every point that has a spread.
std::string error_bars(const Series& series, const LineChart& chart, const Scale& x, const Scale& y,
                       const std::string& color) {
  std::string path;
  for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
    const Spread spread = spread_at(series, i);
    if (!(spread.above > 0 || spread.below > 0) || !std::isfinite(series.x[i]) ||
        !std::isfinite(series.y[i]))
      continue;
    if ((chart.x.log && series.x[i] <= 0) || (chart.y.log && series.y[i] <= 0)) continue;
    const double px = x(series.x[i]), low = y(series.y[i] - spread.below),
                 high = y(series.y[i] + spread.above);
    for (const double end : {low, high}) path += fmt::format("M{} {}h7", c(px - 3.5), c(end));
    path += fmt::format("M{} {}V{}", c(px), c(low), c(high));
  }
  return path.empty() ? path : fmt::format("<path class=\"curve thin {}\" d=\"{}\"/>", color, path);
}

// The color of curve k.
int color_of(const LineChart& chart, std::size_t k) {
  const int color = chart.series[k].color;
  return (color >= 0 ? color : static_cast<int>(k)) % palette_size;
}

bool drawable(const LineChart& chart, double x, double y) {
  return std::isfinite(x) && std::isfinite(y) && !(chart.x.log && x <= 0) &&
         !(chart.y.log && y <= 0);
}

// What the axes of a line chart have to hold.
struct LineExtents {
  Extent x, y;
  bool whole = true, whole_y = true;  // every x, every y is a whole number
};

LineExtents extents_of(const LineChart& chart) {
  LineExtents extents;
  for (const Series& series : chart.series)
    for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
      if (!drawable(chart, series.x[i], series.y[i])) continue;
      extents.x.add(series.x[i], chart.x.log);
      const Spread spread = spread_at(series, i);
      extents.y.add(series.y[i] - spread.below, chart.y.log);
      extents.y.add(series.y[i] + spread.above, chart.y.log);
      extents.whole = extents.whole && series.x[i] == std::round(series.x[i]);
      extents.whole_y = extents.whole_y && series.y[i] == std::round(series.y[i]);
    }
  for (const Rule& rule : chart.rules)
    if (!rule.upright) extents.y.add(rule.value, chart.y.log);
  return extents;
}

// Names of the curves, of the rules that are to be named here, and of y; `top` moves below them.
std::string line_head(const LineChart& chart, const std::vector<char>& named, double& top) {
  std::string out;
  std::vector<LegendEntry> entries;
  for (std::size_t k = 0; k < chart.series.size(); ++k)
    if (const Series& series = chart.series[k]; !series.name.empty())
      entries.push_back(
          {series.name, color_of(chart, k), LegendEntry::Mark::line, series.dash, series.mark});
  for (std::size_t k = 0; k < chart.rules.size(); ++k)
    if (named[k]) entries.push_back({chart.rules[k].text, 0, LegendEntry::Mark::rule});
  if (!entries.empty()) {
    out += legend(entries, 16, chart.width - 16, top);
    top += 16;
  }
  // A unit alone belongs into the title.
  if (!chart.y.label.empty()) {
    out += text(16, top, with_unit(chart.y));
    top += 12;
  }
  // Texts of upright lines stand above the curves.
  if (std::any_of(chart.rules.begin(), chart.rules.end(), [](const Rule& r) { return r.upright; }))
    top += 8;
  return out;
}

// The line of a rule, and the text of an upright one, which stands above the frame.
std::string straight(const Rule& rule, const Scale& x, const Scale& y, const Frame& frame) {
  if (rule.upright)
    return line(x(rule.value), frame.top, x(rule.value), frame.bottom, "rule") +
           rule_text(rule, x, frame, frame.top - 5);
  const double at = y(rule.value);
  return line(frame.left, at, frame.right, at, "rule");
}

// Where curves, their points and error bars, and rules are.
Clearing taken_by(const LineChart& chart, const Scale& x, const Scale& y, const Frame& frame) {
  Clearing taken;
  for (const Series& series : chart.series) {
    Scale shifted = x;
    shifted.from += series.aside;
    shifted.to += series.aside;
    std::vector<double> xs, ys;
    for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
      if (!drawable(chart, series.x[i], series.y[i])) continue;
      xs.push_back(series.x[i]);
      ys.push_back(series.y[i]);
      const Spread spread = spread_at(series, i);
      if (!(spread.above > 0 || spread.below > 0)) continue;
      const double px = shifted(series.x[i]);
      taken.add_line(px, y(series.y[i] - spread.below), px, y(series.y[i] + spread.above));
    }
    const Points points = decimate(xs, ys, curve_points);
    for (std::size_t i = 0; i < points.x.size(); ++i) {
      const std::size_t before = i > 0 ? i - 1 : 0;  // a point alone is there, too
      taken.add_line(shifted(points.x[before]), y(points.y[before]), shifted(points.x[i]),
                     y(points.y[i]));
    }
  }
  for (const Rule& rule : chart.rules)
    if (rule.upright)
      taken.add_line(x(rule.value), frame.top, x(rule.value), frame.bottom);
    else
      taken.add_line(frame.left, y(rule.value), frame.right, y(rule.value));
  return taken;
}

// The text of a level rule, above its line at the right or where else along it nothing is drawn; empty
// where there is no such place.
std::string level_text(const Rule& rule, const Scale& y, const Frame& frame, Clearing& taken) {
  constexpr double ascent = 10, descent = 3, air = 4, pace = 12;
  const double at = y(rule.value), width = text_width(rule.text, text_size);
  for (double right = frame.right; right - width >= frame.left; right -= pace)
    for (const double base : {at - 5, at + 14}) {
      if (base - ascent < frame.top - 1 || base + descent > frame.bottom) continue;
      // To its own rule the text is as near as it has to be.
      const Box box{right - width - air, base - ascent - (base < at ? air : 0), right + air,
                    base + descent + (base < at ? 0 : air)};
      if (!taken.free(box)) continue;
      taken.add_text(box);
      return text(right, base, rule.text, "end");
    }
  return "";
}

// A curve with its error bars. Few points are shown as such; many get invisible places to hover
// over.
std::string curve_of(const LineChart& chart, std::size_t k, Scale x, const Scale& y) {
  const Series& series = chart.series[k];
  x.from += series.aside;
  x.to += series.aside;
  const int color = color_of(chart, k);
  std::vector<double> xs, ys;
  for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
    if (!drawable(chart, series.x[i], series.y[i])) continue;
    xs.push_back(series.x[i]);
    ys.push_back(series.y[i]);
  }
  const Points points = decimate(xs, ys, curve_points);
  std::string out = error_bars(series, chart, x, y, fmt::format("c{}", color));
  out += polyline(points, x, y, curve_classes(color, series.dash));
  const std::size_t every = (points.x.size() + hover_points - 1) / hover_points;
  for (std::size_t i = 0; i < points.x.size(); i += std::max<std::size_t>(every, 1)) {
    const double px = x(points.x[i]), py = y(points.y[i]);
    if (points.x.size() <= marked_points) out += point_mark(series.mark, px, py, color);
    out += fmt::format(
        "<circle class=\"hit c{}\" cx=\"{}\" cy=\"{}\" r=\"6\"><title>{}{}{} {}: {}{}{}</title>"
        "</circle>",
        color, c(px), c(py), escape_xml(series.name), series.name.empty() ? "" : ", ",
        escape_xml(chart.x.label), short_number(points.x[i]), short_number(points.y[i]),
        chart.y.unit.empty() ? "" : " ", escape_xml(chart.y.unit));
  }
  return out;
}

// A line chart whose rules have their texts beside them but for those in `named`, which are in the
// legend. Where another finds no room it is added to them, and there is no chart yet.
std::optional<std::string> drawn(const LineChart& chart, const LineExtents& extents,
                                 std::vector<char>& named) {
  std::string out = open_svg(chart.width, chart.height, chart.title);
  out += text(16, 24, chart.title, "title");
  double top = 46;
  out += line_head(chart, named, top);
  const Frame frame{58, top, chart.width - 18, chart.height - 44};
  const Scale x = make_scale(extents.x, chart.x, frame.left, frame.right, 0);
  const Scale y = make_scale(extents.y, chart.y, frame.bottom, frame.top, 0.06);
  out += y_axis(y, frame, static_cast<int>((frame.bottom - frame.top) / 34), extents.whole_y);
  out += x_axis(x, frame, chart.x, extents.whole);
  Clearing taken = taken_by(chart, x, y, frame);
  bool crowded = false;
  for (std::size_t k = 0; k < chart.rules.size(); ++k) {
    const Rule& rule = chart.rules[k];
    out += straight(rule, x, y, frame);
    if (rule.upright || rule.text.empty() || named[k]) continue;
    const std::string beside = level_text(rule, y, frame, taken);
    named[k] = beside.empty();
    crowded = crowded || named[k];
    out += beside;
  }
  if (crowded) return std::nullopt;
  for (std::size_t k = 0; k < chart.series.size(); ++k) out += curve_of(chart, k, x, y);
  return out + "</svg>";
}

}  // namespace

std::string render(const LineChart& chart) {
  const LineExtents extents = extents_of(chart);
  if (extents.x.empty()) return no_data(chart.width, chart.height, chart.title);
  // A longer legend leaves less room, so that further texts may have to go there.
  std::vector<char> named(chart.rules.size(), 0);
  std::optional<std::string> svg;
  while (!svg) svg = drawn(chart, extents, named);
  return *svg;
}

namespace {

// Both samples over the same bins.
struct Bins {
  double low = 0, width = 1;
  std::vector<double> before, after;

  std::size_t size() const { return before.size(); }
  double left(std::size_t bin) const { return low + width * static_cast<double>(bin); }
  double tallest(std::size_t bin) const { return std::max(before[bin], after[bin]); }
};

std::vector<double> counts_of(const std::vector<double>& values, const Extent& extent,
                              std::size_t bins, double width) {
  std::vector<double> counts(bins, 0.0);
  for (const double value : values) {
    if (!std::isfinite(value) || value < extent.low || value > extent.high) continue;
    const auto bin = static_cast<std::size_t>((value - extent.low) / width);
    ++counts[std::min(bin, bins - 1)];
  }
  return counts;
}

Bins bins_of(const Histogram& chart, Extent extent) {
  if (chart.x.low) extent.low = *chart.x.low;
  if (chart.x.high) extent.high = *chart.x.high;
  // All values alike still need a bin that is wider than nothing.
  if (!(extent.high - extent.low > 1e-9 * std::max(std::abs(extent.low), std::abs(extent.high)))) {
    const double half = std::max(0.5 * std::abs(extent.low), 0.5);
    extent.low -= half;
    extent.high += half;
  }
  const auto size = static_cast<std::size_t>(std::clamp(chart.bins, 1, 200));
  const double width = (extent.high - extent.low) / static_cast<double>(size);
  return {extent.low, width, counts_of(chart.before, extent, size, width),
          counts_of(chart.after, extent, size, width)};
}

// The height of the frame. Where one or two bins stand far above all others, such as that of delays
// which begin or end at 0, they would flatten the rest: they leave the frame, broken.
double height_of(const Bins& bins) {
  constexpr double far_above = 3, worth_breaking = 10;
  std::vector<double> heights(bins.size());
  for (std::size_t b = 0; b < bins.size(); ++b) heights[b] = bins.tallest(b);
  std::sort(heights.begin(), heights.end(), std::greater<>());
  for (const std::size_t k : {2u, 1u})
    if (k < heights.size() && heights[k] > 0 && heights[k - 1] > far_above * heights[k] &&
        heights[k - 1] >= worth_breaking)
      return 1.35 * heights[k];
  return 1.05 * std::max(heights[0], 1.0);
}

// The outline of one sample.
std::string outline(const std::vector<double>& counts, const Bins& bins, const Frame& frame,
                    const Scale& x, const Scale& y) {
  std::string path = fmt::format("M{} {}", c(frame.left), c(frame.bottom));
  for (std::size_t b = 0; b < bins.size(); ++b)
    path += fmt::format("V{}H{}", c(y(counts[b])), c(x(bins.left(b) + bins.width)));
  return path + fmt::format("V{}", c(frame.bottom));
}

// Places to hover over, with the counts.
std::string places(const std::vector<double>& counts, const Bins& bins, const Frame& frame,
                   const Scale& x, const Scale& y, int color, const std::string& name) {
  std::string out;
  for (std::size_t b = 0; b < bins.size(); ++b) {
    if (counts[b] == 0) continue;
    const double low = bins.left(b), left = x(low), right = x(low + bins.width), top = y(counts[b]);
    out += fmt::format(
        "<rect class=\"hit c{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}: {} from "
        "{:.4g} to {:.4g}</title></rect>",
        color, c(left), c(top), c(right - left), c(frame.bottom - top), escape_xml(name), counts[b],
        low, low + bins.width);
  }
  return out;
}

// A gap across every bar that leaves the frame, and its counts beside it.
std::string breaks(const Histogram& chart, const Bins& bins, const Frame& frame, const Scale& x,
                   double height) {
  std::string out;
  double line_y = frame.top + 11;
  for (std::size_t b = 0; b < bins.size(); ++b) {
    if (bins.tallest(b) <= height) continue;
    const double left = x(bins.left(b)), right = x(bins.left(b) + bins.width);
    out += line(left - 3, frame.top + 22, right + 3, frame.top + 16, "break");
    std::string counts;
    for (const auto& [count, name] : {std::pair(bins.before[b], &chart.before_name),
                                      std::pair(bins.after[b], &chart.after_name)})
      if (count > 0)
        counts += fmt::format("{} {} {}", counts.empty() ? "↑" : ",", short_number(count), *name);
    const bool to_the_left = right + text_width(counts, text_size) + 14 > frame.right;
    out += text(to_the_left ? left - 6 : right + 6, line_y, counts, to_the_left ? "end" : "");
    line_y += 16;
  }
  return out;
}

}  // namespace

std::string render(const Histogram& chart) {
  Extent extent;
  for (const auto* values : {&chart.before, &chart.after}) {
    for (const double value : *values) extent.add(value, false);
  }
  if (extent.empty()) return no_data(chart.width, chart.height, chart.title);
  const Bins bins = bins_of(chart, extent);
  const double height = height_of(bins);

  std::string out = open_svg(chart.width, chart.height, chart.title);
  out += text(16, 24, chart.title, "title");
  double top = 46;
  std::vector<LegendEntry> entries;
  if (!chart.before.empty())
    entries.push_back({chart.before_name, palette::other, LegendEntry::Mark::ghost});
  if (!chart.after.empty())
    entries.push_back({chart.after_name, chart.color, LegendEntry::Mark::area});
  out += legend(entries, 16, chart.width - 16, top);
  const Frame frame{58, top + 16, chart.width - 18, chart.height - 44};
  const Scale x{bins.low, bins.left(bins.size()), frame.left, frame.right, false};
  const Scale y{0, height, frame.bottom, frame.top, false};
  out += y_axis(y, frame, 4, true);
  // Before as a ground, after over it, and the edge of before over both.
  const int color = chart.color % palette_size;
  const std::string before = outline(bins.before, bins, frame, x, y);
  if (!chart.before.empty()) {
    out += fmt::format("<path class=\"ghost\" d=\"{}Z\"/>", before);
    out += places(bins.before, bins, frame, x, y, palette::other, chart.before_name);
  }
  if (!chart.after.empty()) {
    out += fmt::format("<path class=\"area c{}\" d=\"{}Z\"/>", color,
                       outline(bins.after, bins, frame, x, y));
    out += places(bins.after, bins, frame, x, y, color, chart.after_name);
  }
  if (!chart.before.empty() && !chart.after.empty())
    out += fmt::format("<path class=\"edge\" d=\"{}\"/>", before);
  out += breaks(chart, bins, frame, x, height);
  out += x_axis(x, frame, chart.x, false);
  return out + "</svg>";
}

std::string render(const HeatMap& chart) {
  const std::size_t rows = chart.rows.size(), columns = chart.columns.size();
  if (rows == 0 || columns == 0 || chart.counts.size() != rows * columns) {
    return no_data(chart.width, 200, chart.title);
  }
  double label_width = 0;
  for (const std::string& name : chart.rows) {
    label_width = std::max(label_width, text_width(name, text_size));
  }
  label_width = std::clamp(label_width, 16.0, 120.0);
  const double left = 16 + 20 + label_width + 8, top = 74;
  const double cell = std::min((chart.width - left - 16) / static_cast<double>(columns), 112.0);
  const double cell_height = std::min(cell, 52.0);
  const double height = top + cell_height * static_cast<double>(rows) + 14;
  std::string out = open_svg(chart.width, height, chart.title);
  out += text(16, 24, chart.title, "title");
  out += text(left + cell * static_cast<double>(columns) / 2, 48, chart.column_title, "mid");
  const double middle = top + cell_height * static_cast<double>(rows) / 2;
  out += fmt::format("<text class=\"mid\" transform=\"translate(24 {}) rotate(-90)\">{}</text>",
                     c(middle), escape_xml(chart.row_title));
  for (std::size_t j = 0; j < columns; ++j) {
    out += text(left + cell * (static_cast<double>(j) + 0.5), top - 8,
                fitted(chart.columns[j], text_size, cell), "mid");
  }
  const double font = std::min(14.0, 0.36 * cell);
  for (std::size_t i = 0; i < rows; ++i) {
    const double y = top + cell_height * static_cast<double>(i);
    out += text(left - 8, y + cell_height / 2 + 4, fitted(chart.rows[i], text_size, label_width),
                "end");
    double sum = 0;
    for (std::size_t j = 0; j < columns; ++j) {
      sum += static_cast<double>(chart.counts[i * columns + j]);
    }
    for (std::size_t j = 0; j < columns; ++j) {
      const std::uint64_t count = chart.counts[i * columns + j];
      const double share = sum > 0 ? static_cast<double>(count) / sum : 0;
      const double x = left + cell * static_cast<double>(j);
      // Single mistakes have to be visible beside thousands of right decisions.
      const double opacity =
          i == j ? 0.08 + 0.92 * share : std::min(1.0, 0.15 + 0.85 * std::sqrt(share));
      const std::string fill = count == 0
                                   ? "class=\"cell empty\""
                                   : fmt::format("class=\"cell c{}\" fill-opacity=\"{:.2f}\"",
                                                 i == j ? palette::other : palette::wrong, opacity);
      out += fmt::format(
          "<rect {} x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"3\"><title>{} {}, {} {}: {} "
          "({:.1f} "
          "%)</title></rect>",
          fill, c(x + 1), c(y + 1), c(cell - 2), c(cell_height - 2), escape_xml(chart.row_title),
          escape_xml(chart.rows[i]), escape_xml(chart.column_title), escape_xml(chart.columns[j]),
          count, 100 * share);
      const std::string number = fmt::format("{}", count);
      if (count == 0 || font < 6.5 || text_width(number, font) > cell - 3) continue;
      out += fmt::format(
          "<text class=\"mid {}\" style=\"font-size:{}px;pointer-events:none\" x=\"{}\" "
          "y=\"{}\">{}</text>",
          opacity > 0.55 ? "inverse" : "strong", c(font), c(x + cell / 2),
          c(y + cell_height / 2 + 0.36 * font), number);
    }
  }
  return out + "</svg>";
}

std::string render(const BarGroups& chart) {
  Extent extent;
  for (const auto& values : chart.values) {
    for (const double value : values) extent.add(value, false);
  }
  if (extent.empty() || chart.groups.empty())
    return no_data(chart.width, chart.height, chart.title);
  extent.low = 0;

  std::string out = open_svg(chart.width, chart.height, chart.title);
  out += text(16, 24, chart.title, "title");
  double top = 46;
  std::vector<LegendEntry> entries;
  for (std::size_t s = 0; s < chart.series.size(); ++s) {
    entries.push_back({chart.series[s], static_cast<int>(s), LegendEntry::Mark::bar});
  }
  out += legend(entries, 16, chart.width - 16, top);
  top += 16;
  if (!chart.y.label.empty()) {
    out += text(16, top, with_unit(chart.y));
    top += 12;
  }
  const Frame frame{58, top + 6, chart.width - 18, chart.height - 30};
  const Scale y = make_scale(extent, chart.y, frame.bottom, frame.top, 0.08);
  out += y_axis(y, frame, 4);
  const double group = (frame.right - frame.left) / static_cast<double>(chart.groups.size());
  const auto series = static_cast<double>(std::max<std::size_t>(chart.values.size(), 1));
  const double bar = std::min(0.7 * group / series, 54.0);
  for (std::size_t g = 0; g < chart.groups.size(); ++g) {
    const double middle = frame.left + group * (static_cast<double>(g) + 0.5);
    out += text(middle, frame.bottom + 18, fitted(chart.groups[g], text_size, group - 4),
                "mid strong");
    for (std::size_t s = 0; s < chart.values.size(); ++s) {
      if (g >= chart.values[s].size() || !std::isfinite(chart.values[s][g])) continue;
      const double value = chart.values[s][g];
      const double x = middle + bar * (static_cast<double>(s) - series / 2);
      const std::string& name = s < chart.series.size() ? chart.series[s] : "";
      out += fmt::format(
          "<rect class=\"bar c{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"2\">"
          "<title>{}, {}: {} {}</title></rect>",
          s % palette_size, c(x + 1.5), c(y(value)), c(bar - 3), c(frame.bottom - y(value)),
          escape_xml(chart.groups[g]), escape_xml(name), short_number(value),
          escape_xml(chart.y.unit));
      const std::string label = short_number(value);
      if (text_width(label, 11) <= bar + 6) {
        out += fmt::format(
            "<text class=\"mid strong\" style=\"font-size:11px\" x=\"{}\" y=\"{}\">{}</text>",
            c(x + bar / 2), c(y(value) - 4), label);
      }
    }
  }
  out += line(frame.left, frame.bottom, frame.right, frame.bottom, "axis");
  return out + "</svg>";
}

namespace {

// A chart is what render() wrote, so its sizes stand where open_svg puts them.
double size_of(const std::string& chart, std::string_view attribute) {
  const std::size_t at = chart.find(attribute);
  if (at == std::string::npos) throw InternalError("not a chart");
  double value = 0;
  std::from_chars(chart.data() + at + attribute.size(), chart.data() + chart.size(), value);
  return value;
}

}  // namespace

double natural_height(const std::string& chart) { return size_of(chart, " height=\""); }

std::string arrange(const std::vector<std::vector<std::string>>& columns) {
  double width = 0, height = 0;
  std::string inside;
  for (const std::vector<std::string>& column : columns) {
    double wide = 0, high = 0;
    for (const std::string& chart : column) {
      inside += fmt::format("<g transform=\"translate({} {})\">{}</g>", c(width), c(high), chart);
      wide = std::max(wide, size_of(chart, " width=\""));
      high += natural_height(chart);
    }
    width += wide;
    height = std::max(height, high);
  }
  return open_svg(width, height, "") + inside + "</svg>";
}

}  // namespace retrograde
