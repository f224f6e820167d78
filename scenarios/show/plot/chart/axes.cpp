#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include <retrograde/scenarios/show/plot/chart/axes.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde::chart_parts {

using namespace svg_parts;

namespace {

constexpr int dash_count = 3;  // patterns of plot.css

}  // namespace

std::string with_unit(const Axis& axis) {
  if (axis.unit.empty()) return axis.label;
  return axis.label.empty() ? axis.unit : fmt::format("{} ({})", axis.label, axis.unit);
}

double Scale::position(double value) const {
  return log ? std::log10(std::max(value, std::numeric_limits<double>::min())) : value;
}

double Scale::operator()(double value) const {
  const double share = (position(value) - position(low)) / (position(high) - position(low));
  return from + std::clamp(share, 0.0, 1.0) * (to - from);
}

std::vector<double> Scale::ticks(int count, bool whole) const {
  std::vector<double> all = log ? log_ticks(low, high, count) : nice_ticks(low, high, count);
  if (whole) std::erase_if(all, [](double t) { return t != std::round(t); });
  return all;
}

void Extent::add(double value, bool log) {
  // Differences of what lies beyond would be infinite; NaN fails, too.
  if (!(std::abs(value) <= 1e300) || (log && value <= 0)) return;
  low = std::min(low, value);
  high = std::max(high, value);
}

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

std::string y_axis(const Scale& scale, const Frame& frame, int count, bool whole) {
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

std::string curve_classes(int color, int dash) {
  return fmt::format("curve c{}{}", color % palette_size,
                     dash > 0 ? fmt::format(" dash{}", (dash - 1) % dash_count + 1) : "");
}

// A point of a curve: a dot, or a square, diamond or triangle that tells curves apart without
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
      case LegendEntry::Mark::rule:
        out += line(x, y - 4, x + 16, y - 4, "rule");
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

std::string rule_text(const Rule& rule, const Scale& x, const Frame& frame, double text_y) {
  const double at = x(rule.value);
  // The text stands on the side that has room.
  const double width = text_width(rule.text, text_size) + 6;
  const bool to_the_left = at + width > frame.right && at - width >= frame.left;
  return text(to_the_left ? at - 5 : at + 5, text_y, rule.text, to_the_left ? "end" : "");
}

}  // namespace retrograde::chart_parts
