#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <limits>
#include <string_view>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/plot/charts.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde {

using namespace svg_parts;

namespace {

constexpr std::size_t curve_points = 900;
constexpr std::size_t hover_points = 60;
constexpr std::size_t marked_points = 24;  // of a curve: more are no points any more
constexpr int dash_count = 3;              // patterns of plot.css

std::string with_unit(const Axis& axis) {
  if (axis.unit.empty()) return axis.label;
  return axis.label.empty() ? axis.unit : fmt::format("{} ({})", axis.label, axis.unit);
}

// From values to pixels along one direction.
struct Scale {
  double low = 0, high = 1, from = 0, to = 1;
  bool log = false;

  double position(double value) const {
    return log ? std::log10(std::max(value, std::numeric_limits<double>::min())) : value;
  }
  double operator()(double value) const {
    const double share = (position(value) - position(low)) / (position(high) - position(low));
    return from + std::clamp(share, 0.0, 1.0) * (to - from);
  }
  // Half an epoch and half a neuron are no places for a label: `whole`.
  std::vector<double> ticks(int count, bool whole = false) const {
    std::vector<double> all = log ? log_ticks(low, high, count) : nice_ticks(low, high, count);
    if (whole) std::erase_if(all, [](double t) { return t != std::round(t); });
    return all;
  }
};

// The values an axis has to hold.
struct Extent {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double value, bool log) {
    // Differences of what lies beyond would be infinite; NaN fails, too.
    if (!(std::abs(value) <= 1e300) || (log && value <= 0)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
};

Scale make_scale(Extent extent, const Axis& axis, double from, double to, double air) {
  Scale scale{extent.low, extent.high, from, to, axis.log};
  if (axis.log) {
    if (scale.low == scale.high) {
      scale.low /= 2;
      scale.high *= 2;
    } else {
      const double factor = std::pow(scale.high / scale.low, air);
      scale.low /= factor;
      scale.high *= factor;
    }
  } else {
    double range = scale.high - scale.low;
    if (!(range > 0)) range = std::max(std::abs(scale.high), 1.0);
    const bool above_zero = scale.low >= 0;
    scale.low -= air * range;
    scale.high += air * range;
    // Air must not suggest negative losses and counts.
    if (above_zero) scale.low = std::max(scale.low, 0.0);
    if (!(scale.high > scale.low)) scale.high = scale.low + 1;
  }
  if (axis.low && (!axis.log || *axis.low > 0)) scale.low = *axis.low;
  if (axis.high && (!axis.log || *axis.high > 0)) scale.high = *axis.high;
  if (!(scale.high > scale.low)) scale.high = scale.low + std::max(std::abs(scale.low), 1.0);
  return scale;
}

struct Frame {
  double left, top, right, bottom;
};

std::string x_axis(const Scale& scale, const Frame& frame, const Axis& axis, bool whole) {
  std::string out = line(frame.left, frame.bottom, frame.right, frame.bottom, "axis");
  out += text((frame.left + frame.right) / 2, frame.bottom + 34, with_unit(axis), "mid");
  if (!axis.names.empty()) {
    const double room = std::abs(scale(1) - scale(0)) - 8;
    for (std::size_t k = 0; k < axis.names.size(); ++k)
      out += text(scale(static_cast<double>(k)), frame.bottom + 17,
                  fitted(axis.names[k], text_size, room), "mid");
    return out;
  }
  std::vector<double> ticks = axis.ticks;
  if (ticks.empty()) ticks = scale.ticks(static_cast<int>((frame.right - frame.left) / 70), whole);
  // Values that were given are labelled as they are, one by one.
  const std::vector<std::string> labels = tick_labels(ticks, scale.log || !axis.ticks.empty());
  double free_from = 0;
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    const double x = scale(ticks[i]);
    out += line(x, frame.bottom, x, frame.bottom + 4, "axis");
    // Values that were given may lie close together.
    const double half = text_width(labels[i], text_size) / 2;
    const double middle = std::min(x, frame.right + 16 - half);  // within the picture
    if (middle - half < free_from) continue;
    out += text(middle, frame.bottom + 17, labels[i], "mid");
    free_from = middle + half + 4;
  }
  return out;
}

std::string y_axis(const Scale& scale, const Frame& frame, int count, bool whole = false) {
  std::string out;
  const std::vector<double> ticks = scale.ticks(count, whole);
  const std::vector<std::string> labels = tick_labels(ticks, scale.log);
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    const double y = scale(ticks[i]);
    out += line(frame.left, y, frame.right, y, "grid");
    out += text(frame.left - 8, y + 4, labels[i], "end");
  }
  return out;
}

struct LegendEntry {
  std::string name;
  int color;
  enum class Mark { line, area, ghost, bar } mark;
  int dash = 0, shape = -1;  // of lines
};

// "curve c3 dash1"
std::string curve_classes(int color, int dash) {
  return fmt::format("curve c{}{}", color % palette_size,
                     dash > 0 ? fmt::format(" dash{}", (dash - 1) % dash_count + 1) : "");
}

// A point of a curve: a dot, or a square, diamond or triangle that tells curves apart without
// colours.
std::string point_mark(int shape, double x, double y, int color) {
  static constexpr std::array shapes = {"M{0} {1}m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
                                        "M{0} {1}m-4 -4h8v8h-8z",
                                        "M{0} {1}m0 -5.5l5.5 5.5l-5.5 "
                                        "5.5l-5.5 -5.5z",
                                        "M{0} {1}m0 -5.5l5 9h-10z", "M{0} {1}m0 5.5l5 -9h-10z"};
  if (shape < 0)
    return fmt::format("<circle class=\"dot c{}\" cx=\"{}\" cy=\"{}\" r=\"2.6\"/>", color, c(x),
                       c(y));
  const auto k = static_cast<std::size_t>(shape);
  // After the filled shapes come the same ones, hollow.
  return fmt::format("<path class=\"{} c{}\" d=\"{}\"/>",
                     k / shapes.size() % 2 == 0 ? "dot" : "ring", color,
                     fmt::format(fmt::runtime(shapes[k % shapes.size()]), c(x), c(y)));
}

// Entries from left to right, broken into rows; `y` is the base line of the first and becomes that
// of the last.
std::string legend(const std::vector<LegendEntry>& entries, double left, double right, double& y) {
  std::string out;
  double x = left;
  for (const LegendEntry& entry : entries) {
    const std::string name = fitted(entry.name, text_size, right - left - 24);
    const double width = 22 + text_width(name, text_size);
    if (x > left && x + width > right) {
      x = left;
      y += 18;
    }
    const std::string color = fmt::format("c{}", entry.color % palette_size);
    switch (entry.mark) {
      case LegendEntry::Mark::line:
        out += line(x, y - 4, x + 16, y - 4, curve_classes(entry.color, entry.dash));
        if (entry.shape >= 0)
          out += point_mark(entry.shape, x + 8, y - 4, entry.color % palette_size);
        break;
      default: {
        const char* kind = entry.mark == LegendEntry::Mark::area    ? "area"
                           : entry.mark == LegendEntry::Mark::ghost ? "ghost"
                                                                    : "bar";
        out += fmt::format(
            "<rect class=\"{} {}\" x=\"{}\" y=\"{}\" width=\"12\" height=\"10\" rx=\"2\"/>", kind,
            color, c(x + 2), c(y - 9));
      }
    }
    out += text(x + 22, y, name);
    x += width + 16;
  }
  return out;
}

std::string no_data(double width, double height, std::string_view title) {
  return open_svg(width, height, title) + text(16, 24, title, "title") +
         text(width / 2, height / 2, "no data", "mid") + "</svg>";
}

std::string polyline(const Points& points, const Scale& x, const Scale& y,
                     std::string_view classes) {
  std::string path;
  for (std::size_t i = 0; i < points.x.size(); ++i) {
    path += fmt::format("{}{} {}", i == 0 ? "M" : "L", c(x(points.x[i])), c(y(points.y[i])));
  }
  return fmt::format("<path class=\"{}\" d=\"{}\"/>", classes, path);
}

double spread_at(const Series& series, std::size_t point) {
  const double spread = point < series.spread.size() ? series.spread[point] : 0;
  return std::isfinite(spread) ? spread : 0;
}

// An upright bar with a short cross bar at either end for every point that has a spread.
std::string error_bars(const Series& series, const LineChart& chart, const Scale& x, const Scale& y,
                       const std::string& color) {
  std::string path;
  for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
    const double spread = spread_at(series, i);
    if (!(spread > 0) || !std::isfinite(series.x[i]) || !std::isfinite(series.y[i])) continue;
    if ((chart.x.log && series.x[i] <= 0) || (chart.y.log && series.y[i] <= 0)) continue;
    const double px = x(series.x[i]), low = y(series.y[i] - spread), high = y(series.y[i] + spread);
    for (const double end : {low, high}) path += fmt::format("M{} {}h7", c(px - 3.5), c(end));
    path += fmt::format("M{} {}V{}", c(px), c(low), c(high));
  }
  return path.empty() ? path : fmt::format("<path class=\"curve thin {}\" d=\"{}\"/>", color, path);
}

std::string rule_text(const Rule& rule, const Scale& x, const Frame& frame, double text_y) {
  const double at = x(rule.value);
  // The text stands on the side that has room.
  const double width = text_width(rule.text, text_size) + 6;
  const bool to_the_left = at + width > frame.right && at - width >= frame.left;
  return text(to_the_left ? at - 5 : at + 5, text_y, rule.text, to_the_left ? "end" : "");
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
      for (const double side : {-1.0, 1.0})
        extents.y.add(series.y[i] + side * spread_at(series, i), chart.y.log);
      extents.whole = extents.whole && series.x[i] == std::round(series.x[i]);
      extents.whole_y = extents.whole_y && series.y[i] == std::round(series.y[i]);
    }
  for (const Rule& rule : chart.rules)
    if (!rule.upright) extents.y.add(rule.value, chart.y.log);
  return extents;
}

// Names of the curves and of y; `top` moves below them.
std::string line_head(const LineChart& chart, double& top) {
  std::string out;
  std::vector<LegendEntry> entries;
  for (std::size_t k = 0; k < chart.series.size(); ++k)
    if (const Series& series = chart.series[k]; !series.name.empty())
      entries.push_back(
          {series.name, color_of(chart, k), LegendEntry::Mark::line, series.dash, series.mark});
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

std::string straight(const Rule& rule, const Scale& x, const Scale& y, const Frame& frame) {
  if (rule.upright)
    return line(x(rule.value), frame.top, x(rule.value), frame.bottom, "rule") +
           rule_text(rule, x, frame, frame.top - 5);
  const double at = y(rule.value);
  return line(frame.left, at, frame.right, at, "rule") +
         text(frame.right, at + (at - frame.top < 20 ? 14 : -5), rule.text, "end");
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

}  // namespace

std::string render(const LineChart& chart) {
  const LineExtents extents = extents_of(chart);
  if (extents.x.empty()) return no_data(chart.width, chart.height, chart.title);
  std::string out = open_svg(chart.width, chart.height, chart.title);
  out += text(16, 24, chart.title, "title");
  double top = 46;
  out += line_head(chart, top);
  const Frame frame{58, top, chart.width - 18, chart.height - 44};
  const Scale x = make_scale(extents.x, chart.x, frame.left, frame.right, 0);
  const Scale y = make_scale(extents.y, chart.y, frame.bottom, frame.top, 0.06);
  out += y_axis(y, frame, static_cast<int>((frame.bottom - frame.top) / 34), extents.whole_y);
  out += x_axis(x, frame, chart.x, extents.whole);
  for (const Rule& rule : chart.rules) out += straight(rule, x, y, frame);
  for (std::size_t k = 0; k < chart.series.size(); ++k) out += curve_of(chart, k, x, y);
  return out + "</svg>";
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

namespace {

// From so many neurons on, single spikes cannot be told apart, and the rate stands below them.
constexpr std::uint32_t crowd = 64;
constexpr double rate_height = 40;

// Where everything of a raster lies, from top to bottom.
struct RasterPlan {
  struct Place {
    double top, height;
    bool rate;  // the curve is below
    double bottom() const { return top + height + (rate ? rate_height + 4 : 0); }
  };
  std::vector<Place> bands;
  double bands_top = 46, bands_bottom = 46;
  bool has_traces = false;
  std::string legend;  // of the traces
  double label_y = 0;
  Frame panel{};  // of the traces
  Frame frame{};  // of all
  double height = 0;
  Scale x;
  std::size_t spikes = 0;
};

RasterPlan plan_of(const Raster& chart, const Extent& voltages) {
  RasterPlan plan;
  const double left = 104, right = chart.width - 18;
  double y = plan.bands_top;
  for (const Raster::Band& band : chart.bands) {
    plan.bands.push_back({y, std::clamp(9.0 * band.size, 30.0, 170.0), band.size > crowd});
    y = plan.bands.back().bottom() + 6;
    plan.spikes += band.times.size();
  }
  plan.bands_bottom = y - 6;
  plan.has_traces = !voltages.empty();
  if (plan.has_traces) {
    std::vector<LegendEntry> entries;
    for (std::size_t k = 0; k < chart.traces.size(); ++k)
      // Where colours repeat, dashes tell.
      entries.push_back({chart.traces[k].name, static_cast<int>(k), LegendEntry::Mark::line,
                         static_cast<int>(k) / palette_size});
    double top = y + 22;
    plan.label_y = top;
    plan.legend = legend(entries, left, right, top);
    plan.panel = {left, top + 12, right, top + 142};
    y = plan.panel.bottom;
  }
  plan.frame = {left, plan.bands_top, right, y};
  plan.height = y + 44 + 18 * static_cast<double>(chart.notes.size());
  plan.x = {0, chart.duration, left, right, false};
  return plan;
}

// Through bands and voltages, but not through the legend between them.
std::string upright(const RasterPlan& plan, double time, const char* kind) {
  const double x = plan.x(time);
  std::string both = line(x, plan.bands_top, x, plan.bands_bottom, kind);
  if (plan.has_traces) both += line(x, plan.panel.top, x, plan.panel.bottom, kind);
  return both;
}

std::string band_ground(const RasterPlan& plan, std::size_t b) {
  const RasterPlan::Place& place = plan.bands[b];
  return fmt::format("<rect class=\"band\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"4\"/>",
                     c(plan.frame.left), c(place.top), c(plan.frame.right - plan.frame.left),
                     c(place.height));
}

// The name of a band, and the numbers of its first and last neuron where there is room.
std::string band_labels(const Raster::Band& band, const RasterPlan::Place& place, double left) {
  const double middle = place.top + place.height / 2;
  std::string out = text(left - 12, middle, fitted(band.name, text_size, 84), "end strong");
  out += text(left - 12, middle + 15, plural(band.size, "neuron"), "end");
  if (place.height < 60) return out;
  out += text(left - 5, place.top + 10, "0", "end");
  return out + text(left - 5, place.top + place.height, std::to_string(band.size - 1), "end");
}

bool shown(const Raster& chart, const Raster::Band& band, std::size_t spike) {
  const double at = band.times[spike];
  return std::isfinite(at) && at >= 0 && at <= chart.duration && band.neurons[spike] < band.size;
}

// Spikes as ticks: each with its name while they are few, thin and pale where they are many.
std::string band_spikes(const Raster& chart, const RasterPlan& plan, std::size_t b) {
  const Raster::Band& band = chart.bands[b];
  const RasterPlan::Place& place = plan.bands[b];
  const double pitch = (place.height - 4) / std::max(band.size, 1u);
  const double tall = std::clamp(0.85 * pitch, band.times.size() > 2000 ? 1.0 : 3.0, 14.0);
  const std::string color = fmt::format("c{}", b % palette_size);
  std::string out, path;
  for (std::size_t i = 0; i < std::min(band.times.size(), band.neurons.size()); ++i) {
    if (!shown(chart, band, i)) continue;
    const double middle = place.top + 2 + pitch * (band.neurons[i] + 0.5);
    const std::string mark =
        fmt::format("M{} {}v{}", c(plan.x(band.times[i])), c(middle - tall / 2), c(tall));
    if (plan.spikes > 600)
      path += mark;
    else
      out += fmt::format(
          "<path class=\"tick {}\" stroke-width=\"2\" d=\"{}\"><title>{}[{}] at {:.4g} ms</title>"
          "</path>",
          color, mark, escape_xml(band.name), band.neurons[i], band.times[i]);
  }
  if (path.empty()) return out;
  return out + fmt::format("<path class=\"tick {}\" stroke-width=\"{}\"{} d=\"{}\"/>", color,
                           band.times.size() > 2000 ? "0.8" : "1.2",
                           band.times.size() > 10'000 ? " stroke-opacity=\"0.5\"" : "", path);
}

// Rings around the spikes that are to be told from the rest.
std::string band_rings(const Raster& chart, const RasterPlan& plan, std::size_t b) {
  const Raster::Band& band = chart.bands[b];
  const RasterPlan::Place& place = plan.bands[b];
  const double pitch = (place.height - 4) / std::max(band.size, 1u);
  std::string path;
  for (const std::size_t i : band.ringed)
    if (i < std::min(band.times.size(), band.neurons.size()) && shown(chart, band, i))
      path += fmt::format("M{} {}m-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z", c(plan.x(band.times[i])),
                          c(place.top + 2 + pitch * (band.neurons[i] + 0.5)));
  return path.empty()
             ? path
             : fmt::format("<path class=\"curve thin c{}\" d=\"{}\"/>", palette::wrong, path);
}

// How many spikes the whole band has in each of some hundred bins, below its ticks.
std::string band_rate(const Raster& chart, const RasterPlan& plan, std::size_t b) {
  const Raster::Band& band = chart.bands[b];
  constexpr std::size_t bins = 120;
  std::vector<double> counts(bins, 0.0);
  for (std::size_t i = 0; i < std::min(band.times.size(), band.neurons.size()); ++i)
    if (shown(chart, band, i))
      ++counts[std::min(static_cast<std::size_t>(bins * (band.times[i] / chart.duration)),
                        bins - 1)];
  const double most = *std::max_element(counts.begin(), counts.end());
  const double bottom = plan.bands[b].bottom(), top = bottom - rate_height;
  const Scale y{0, std::max(most, 1.0), bottom, top, false};
  std::string path = fmt::format("M{} {}", c(plan.frame.left), c(bottom));
  for (std::size_t k = 0; k < bins; ++k)
    path += fmt::format("V{}H{}", c(y(counts[k])),
                        c(plan.x(chart.duration * static_cast<double>(k + 1) / bins)));
  std::string out =
      fmt::format("<path class=\"area c{}\" d=\"{}V{}Z\"/>", b % palette_size, path, c(bottom));
  out += text(plan.frame.left - 5, top + 10, short_number(most), "end");
  out += text(plan.frame.left - 5, top + 24, "spikes in", "end");
  return out + text(plan.frame.left - 5, top + 38,
                    fmt::format("{:.3g} {}", chart.duration / bins, chart.time.unit), "end");
}

std::string raster_traces(const Raster& chart, const RasterPlan& plan, const Extent& voltages) {
  const Frame& panel = plan.panel;
  const Scale v = make_scale(voltages, {}, panel.bottom, panel.top, 0.06);
  std::string out = y_axis(v, panel, 4);
  out +=
      text(panel.left - 12, plan.label_y, fitted(chart.trace_label, text_size, 90), "end strong");
  out += plan.legend;
  if (chart.threshold) {
    const double at = v(*chart.threshold);
    out += line(panel.left, at, panel.right, at, "rule");
    out += text(panel.right, at - 5, "threshold", "end");
  }
  for (std::size_t k = 0; k < chart.traces.size(); ++k)
    out +=
        polyline(decimate(chart.traces[k].times, chart.traces[k].values, curve_points), plan.x, v,
                 curve_classes(static_cast<int>(k), static_cast<int>(k) / palette_size) + " thin");
  return out;
}

}  // namespace

std::string render(const Raster& chart) {
  Extent voltages;
  for (const Raster::Trace& trace : chart.traces)
    for (const double value : trace.values) voltages.add(value, false);
  if ((chart.bands.empty() && voltages.empty()) || !(chart.duration > 0))
    return no_data(chart.width, 200, chart.title);
  if (!voltages.empty() && chart.threshold) voltages.add(*chart.threshold, false);
  const RasterPlan plan = plan_of(chart, voltages);
  const Frame& frame = plan.frame;

  std::string out = open_svg(chart.width, plan.height, chart.title);
  out += text(16, 24, fitted(chart.title, 14, chart.width - 32), "title");
  for (std::size_t b = 0; b < chart.bands.size(); ++b)
    out += band_ground(plan, b) + band_labels(chart.bands[b], plan.bands[b], frame.left);
  for (const double tick : plan.x.ticks(static_cast<int>((frame.right - frame.left) / 70)))
    out += upright(plan, tick, "grid");
  for (std::size_t b = 0; b < chart.bands.size(); ++b) {
    out += band_spikes(chart, plan, b) + band_rings(chart, plan, b);
    if (plan.bands[b].rate) out += band_rate(chart, plan, b);
  }
  if (plan.has_traces) out += raster_traces(chart, plan, voltages);
  for (const Rule& rule : chart.rules) {
    out += upright(plan, rule.value, "rule");
    out += rule_text(rule, plan.x, frame, frame.top - 6);
  }
  out += x_axis(plan.x, frame, chart.time, false);
  for (std::size_t k = 0; k < chart.notes.size(); ++k)
    out += text(16, frame.bottom + 52 + 18 * static_cast<double>(k),
                fitted(chart.notes[k], text_size, chart.width - 32));
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
