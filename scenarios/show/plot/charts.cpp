#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
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
  std::vector<double> ticks(int count) const {
    return log ? log_ticks(low, high, count) : nice_ticks(low, high, count);
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
  std::vector<double> ticks = scale.ticks(static_cast<int>((frame.right - frame.left) / 70));
  // Half an epoch is no place for a label.
  if (whole) std::erase_if(ticks, [](double t) { return t != std::round(t); });
  const std::vector<std::string> labels = tick_labels(ticks, scale.log);
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    const double x = scale(ticks[i]);
    out += line(x, frame.bottom, x, frame.bottom + 4, "axis");
    out += text(x, frame.bottom + 17, labels[i], "mid");
  }
  return out;
}

std::string y_axis(const Scale& scale, const Frame& frame, int count) {
  std::string out;
  const std::vector<double> ticks = scale.ticks(count);
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
  enum class Mark { line, dashed, area, ghost, bar } mark;
};

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
        out += line(x, y - 4, x + 16, y - 4, "curve " + color);
        break;
      case LegendEntry::Mark::dashed:
        out += line(x, y - 4, x + 16, y - 4, "curve dashed " + color);
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

}  // namespace

std::string render(const LineChart& chart) {
  Extent extent_x, extent_y;
  bool whole = true;
  for (const Series& series : chart.series) {
    for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
      if (!std::isfinite(series.x[i]) || !std::isfinite(series.y[i])) continue;
      if ((chart.y.log && series.y[i] <= 0) || (chart.x.log && series.x[i] <= 0)) continue;
      extent_x.add(series.x[i], chart.x.log);
      for (const double side : {-1.0, 1.0})
        extent_y.add(series.y[i] + side * spread_at(series, i), chart.y.log);
      whole = whole && series.x[i] == std::round(series.x[i]);
    }
  }
  if (extent_x.empty()) return no_data(chart.width, chart.height, chart.title);
  for (const Rule& rule : chart.rules) {
    if (!rule.upright) extent_y.add(rule.value, chart.y.log);
  }

  std::string out = open_svg(chart.width, chart.height, chart.title);
  out += text(16, 24, chart.title, "title");
  double top = 46;
  std::vector<LegendEntry> entries;
  for (std::size_t k = 0; k < chart.series.size(); ++k) {
    const Series& series = chart.series[k];
    if (series.name.empty()) continue;
    entries.push_back({series.name, series.color >= 0 ? series.color : static_cast<int>(k),
                       series.dashed ? LegendEntry::Mark::dashed : LegendEntry::Mark::line});
  }
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
  const bool upright = std::any_of(chart.rules.begin(), chart.rules.end(),
                                   [](const Rule& rule) { return rule.upright; });
  if (upright) top += 8;
  const Frame frame{58, top, chart.width - 18, chart.height - 44};
  const Scale x = make_scale(extent_x, chart.x, frame.left, frame.right, 0);
  const Scale y = make_scale(extent_y, chart.y, frame.bottom, frame.top, 0.06);
  out += y_axis(y, frame, static_cast<int>((frame.bottom - frame.top) / 34));
  out += x_axis(x, frame, chart.x, whole);

  for (const Rule& rule : chart.rules) {
    if (rule.upright) {
      out += line(x(rule.value), frame.top, x(rule.value), frame.bottom, "rule");
      out += rule_text(rule, x, frame, frame.top - 5);
    } else {
      const double at = y(rule.value);
      out += line(frame.left, at, frame.right, at, "rule");
      out += text(frame.right, at + (at - frame.top < 20 ? 14 : -5), rule.text, "end");
    }
  }
  for (std::size_t k = 0; k < chart.series.size(); ++k) {
    const Series& series = chart.series[k];
    std::vector<double> xs, ys;
    for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
      if ((chart.y.log && series.y[i] <= 0) || (chart.x.log && series.x[i] <= 0)) continue;
      xs.push_back(series.x[i]);
      ys.push_back(series.y[i]);
    }
    const Points points = decimate(xs, ys, curve_points);
    const std::string color =
        fmt::format("c{}", (series.color >= 0 ? series.color : static_cast<int>(k)) % palette_size);
    out += error_bars(series, chart, x, y, color);
    out += polyline(points, x, y, fmt::format("curve {}{}", color, series.dashed ? " dashed" : ""));
    // Few points are shown as such; many get invisible places to hover over.
    const std::size_t every = (points.x.size() + hover_points - 1) / hover_points;
    for (std::size_t i = 0; i < points.x.size(); i += std::max<std::size_t>(every, 1)) {
      const double px = x(points.x[i]), py = y(points.y[i]);
      if (points.x.size() <= 24) {
        out += fmt::format("<circle class=\"dot {}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>", color, c(px),
                           c(py), series.dashed ? "2" : "2.6");
      }
      out += fmt::format(
          "<circle class=\"hit {}\" cx=\"{}\" cy=\"{}\" r=\"6\"><title>{}{}{} {}: {}{}{}</title>"
          "</circle>",
          color, c(px), c(py), escape_xml(series.name), series.name.empty() ? "" : ", ",
          escape_xml(chart.x.label), short_number(points.x[i]), short_number(points.y[i]),
          chart.y.unit.empty() ? "" : " ", escape_xml(chart.y.unit));
    }
  }
  return out + "</svg>";
}

std::string render(const Histogram& chart) {
  Extent extent;
  for (const auto* values : {&chart.before, &chart.after}) {
    for (const double value : *values) extent.add(value, false);
  }
  if (extent.empty()) return no_data(chart.width, chart.height, chart.title);
  if (chart.x.low) extent.low = *chart.x.low;
  if (chart.x.high) extent.high = *chart.x.high;
  // All values alike still need a bin that is wider than nothing.
  if (!(extent.high - extent.low > 1e-9 * std::max(std::abs(extent.low), std::abs(extent.high)))) {
    const double half = std::max(0.5 * std::abs(extent.low), 0.5);
    extent.low -= half;
    extent.high += half;
  }
  const auto bins = static_cast<std::size_t>(std::clamp(chart.bins, 1, 200));
  const double width = (extent.high - extent.low) / static_cast<double>(bins);
  const auto count = [&](const std::vector<double>& values) {
    std::vector<double> counts(bins, 0.0);
    for (const double value : values) {
      if (!std::isfinite(value) || value < extent.low || value > extent.high) continue;
      const auto bin = static_cast<std::size_t>((value - extent.low) / width);
      ++counts[std::min(bin, bins - 1)];
    }
    return counts;
  };
  const std::vector<double> before = count(chart.before), after = count(chart.after);
  // Where everything starts at one value that single bin would flatten the rest: it may leave the
  // frame, and a hover text still tells its count.
  const double highest_before = *std::max_element(before.begin(), before.end());
  const double highest_after = *std::max_element(after.begin(), after.end());
  double highest = std::max({highest_before, highest_after, 1.0});
  const bool cut = highest_after > 0 && highest_before > 3 * highest_after;
  if (cut) highest = 1.6 * highest_after;

  std::string out = open_svg(chart.width, chart.height, chart.title);
  out += text(16, 24, chart.title, "title");
  double top = 46;
  std::vector<LegendEntry> entries;
  if (!chart.before.empty()) {
    entries.push_back({chart.before_name, palette::other, LegendEntry::Mark::ghost});
  }
  if (!chart.after.empty()) {
    entries.push_back({chart.after_name, chart.color, LegendEntry::Mark::area});
  }
  out += legend(entries, 16, chart.width - 16, top);
  const Frame frame{58, top + 16, chart.width - 18, chart.height - 44};
  const Scale x{extent.low, extent.high, frame.left, frame.right, false};
  const Scale y{0, highest * (cut ? 1.0 : 1.05), frame.bottom, frame.top, false};
  out += y_axis(y, frame, 4);
  const auto steps = [&](const std::vector<double>& counts, const char* kind, int color,
                         const std::string& name) {
    std::string path = fmt::format("M{} {}", c(frame.left), c(frame.bottom));
    std::string places;
    for (std::size_t b = 0; b < bins; ++b) {
      const double low = extent.low + width * static_cast<double>(b), left = x(low);
      const double right = x(low + width), top_of_bin = y(counts[b]);
      path += fmt::format("V{}H{}", c(top_of_bin), c(right));
      if (counts[b] == 0) continue;
      places += fmt::format(
          "<rect class=\"hit c{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}: {} from "
          "{:.4g} to {:.4g}</title></rect>",
          color, c(left), c(top_of_bin), c(right - left), c(frame.bottom - top_of_bin),
          escape_xml(name), counts[b], low, low + width);
    }
    return fmt::format("<path class=\"{} c{}\" d=\"{}V{}Z\"/>{}", kind, color, path,
                       c(frame.bottom), places);
  };
  if (!chart.before.empty()) out += steps(before, "ghost", palette::other, chart.before_name);
  if (!chart.after.empty())
    out += steps(after, "area", chart.color % palette_size, chart.after_name);
  if (cut) {
    const auto tallest = std::max_element(before.begin(), before.end()) - before.begin();
    const double at = x(extent.low + width * (static_cast<double>(tallest) + 0.5));
    const std::string label =
        fmt::format("↑ {} {}", short_number(highest_before), chart.before_name);
    const bool left = at + text_width(label, text_size) + 14 > frame.right;
    out += text(at + (left ? -8 : 8), frame.top + 11, label, left ? "end" : "");
  }
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

std::string render(const Raster& chart) {
  const Frame around{104, 0, chart.width - 18, 0};
  std::vector<double> heights;
  double y = 46;
  const double bands_top = y;
  std::size_t spikes = 0;
  for (const Raster::Band& band : chart.bands) {
    heights.push_back(std::clamp(9.0 * band.size, 30.0, 170.0));
    spikes += band.times.size();
  }
  double bottom = bands_top;
  for (const double height : heights) bottom += height + 6;
  const double bands_bottom = bottom - 6;
  Extent extent;
  for (const Raster::Trace& trace : chart.traces) {
    for (const double value : trace.values) extent.add(value, false);
  }
  const bool has_traces = !extent.empty();
  if ((chart.bands.empty() && !has_traces) || !(chart.duration > 0)) {
    return no_data(chart.width, 200, chart.title);
  }
  if (has_traces && chart.threshold) extent.add(*chart.threshold, false);

  std::string legend_text;
  double traces_top = bottom, label_y = bottom;
  if (has_traces) {
    std::vector<LegendEntry> entries;
    for (std::size_t k = 0; k < chart.traces.size(); ++k) {
      // Where colours repeat, dashes tell.
      entries.push_back({chart.traces[k].name, static_cast<int>(k),
                         k < palette_size ? LegendEntry::Mark::line : LegendEntry::Mark::dashed});
    }
    traces_top = bottom + 22;
    label_y = traces_top;
    legend_text = legend(entries, around.left, around.right, traces_top);
    traces_top += 12;
    bottom = traces_top + 130;
  }
  const double height = bottom + 44;
  const Frame frame{around.left, bands_top, around.right, bottom};
  const Scale x{0, chart.duration, frame.left, frame.right, false};

  std::string out = open_svg(chart.width, height, chart.title);
  out += text(16, 24, fitted(chart.title, 14, chart.width - 32), "title");
  // Through bands and voltages, but not through the legend between them.
  const auto upright = [&](double time, const char* kind) {
    std::string both = line(x(time), bands_top, x(time), bands_bottom, kind);
    if (has_traces) both += line(x(time), traces_top, x(time), bottom, kind);
    return both;
  };
  for (const double tick : x.ticks(static_cast<int>((frame.right - frame.left) / 70))) {
    out += upright(tick, "grid");
  }
  for (std::size_t b = 0; b < chart.bands.size(); ++b) {
    const Raster::Band& band = chart.bands[b];
    out +=
        fmt::format("<rect class=\"band\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"4\"/>",
                    c(frame.left), c(y), c(frame.right - frame.left), c(heights[b]));
    out +=
        text(frame.left - 12, y + heights[b] / 2, fitted(band.name, text_size, 84), "end strong");
    out += text(frame.left - 12, y + heights[b] / 2 + 15, plural(band.size, "neuron"), "end");
    const double pitch = (heights[b] - 4) / std::max(band.size, 1u);
    const double tall = std::clamp(0.85 * pitch, 3.0, 14.0);
    const std::string color = fmt::format("c{}", b % palette_size);
    std::string path;
    for (std::size_t i = 0; i < std::min(band.times.size(), band.neurons.size()); ++i) {
      const double at = band.times[i];
      if (!std::isfinite(at) || at < 0 || at > chart.duration || band.neurons[i] >= band.size)
        continue;
      const double middle = y + 2 + pitch * (band.neurons[i] + 0.5);
      const std::string mark = fmt::format("M{} {}v{}", c(x(at)), c(middle - tall / 2), c(tall));
      if (spikes <= 600) {
        out += fmt::format(
            "<path class=\"tick {}\" stroke-width=\"2\" d=\"{}\"><title>{}[{}] at {:.4g} ms</title>"
            "</path>",
            color, mark, escape_xml(band.name), band.neurons[i], at);
      } else {
        path += mark;
      }
    }
    if (!path.empty()) {
      out += fmt::format("<path class=\"tick {}\" stroke-width=\"1.2\" d=\"{}\"/>", color, path);
    }
    y += heights[b] + 6;
  }
  if (has_traces) {
    const Frame panel{frame.left, traces_top, frame.right, bottom};
    const Scale v = make_scale(extent, {}, panel.bottom, panel.top, 0.06);
    out += y_axis(v, panel, 4);
    out += text(frame.left - 12, label_y, fitted(chart.trace_label, text_size, 90), "end strong");
    out += legend_text;
    if (chart.threshold) {
      const double at = v(*chart.threshold);
      out += line(panel.left, at, panel.right, at, "rule");
      out += text(panel.right, at - 5, "threshold", "end");
    }
    for (std::size_t k = 0; k < chart.traces.size(); ++k) {
      const Points points = decimate(chart.traces[k].times, chart.traces[k].values, curve_points);
      out += polyline(
          points, x, v,
          fmt::format("curve thin c{}{}", k % palette_size, k < palette_size ? "" : " dashed"));
    }
  }
  for (const Rule& rule : chart.rules) {
    out += upright(rule.value, "rule");
    out += rule_text(rule, x, frame, frame.top - 6);
  }
  out += x_axis(x, frame, chart.time, false);
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
