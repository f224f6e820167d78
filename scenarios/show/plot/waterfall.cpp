#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>
#include <retrograde/scenarios/show/plot/waterfall.hpp>

namespace retrograde {

using namespace svg_parts;

namespace {

constexpr double top = 48, left = 64, label_room = 62;

// A name on two lines, broken at the space nearest to its middle.
std::vector<std::string> wrapped(const std::string& name, double width) {
  if (text_width(name, text_size) <= width) return {name};
  std::size_t best = std::string::npos;
  const auto off = [&](std::size_t k) {
    return k > name.size() / 2 ? k - name.size() / 2 : name.size() / 2 - k;
  };
  for (std::size_t k = name.find(' '); k != std::string::npos; k = name.find(' ', k + 1))
    if (best == std::string::npos || off(k) < off(best)) best = k;
  if (best == std::string::npos) return {fitted(name, text_size, width)};
  return {fitted(name.substr(0, best), text_size, width),
          fitted(name.substr(best + 1), text_size, width)};
}

using Point = Waterfall::Point;
using Step = Waterfall::Step;

// Steps whose value is a number; of those, what a step does alone where that is one.
std::vector<Step> drawable(const Waterfall& chart) {
  const auto good = [](const Point& p) { return std::isfinite(p.value) && std::isfinite(p.half); };
  std::vector<Step> steps;
  for (const Step& step : chart.steps) {
    if (!good(step.reached)) continue;
    steps.push_back(step);
    if (step.alone && !good(*step.alone)) steps.back().alone.reset();
  }
  return steps;
}

struct Plot {
  const Waterfall& chart;
  double low, high, bottom, right;

  Plot(const Waterfall& of, const std::vector<Step>& steps)
      : chart(of), bottom(of.height - label_room), right(of.width - 16) {
    low = high = chart.reference;
    const auto hold = [&](const Point& p) {
      low = std::min(low, p.value - p.half);
      high = std::max(high, p.value + p.half);
    };
    for (const Step& step : steps) {
      hold(step.reached);
      if (step.alone) hold(*step.alone);
    }
    // Air for the texts above the points.
    const double air = std::max(0.12 * (high - low), 1e-3 * std::max(1.0, std::fabs(high)));
    low = chart.y.low.value_or(low - air);
    high = chart.y.high.value_or(high + 1.5 * air);
  }
  double y(double value) const {
    return bottom - (bottom - top) * std::clamp((value - low) / (high - low), 0.0, 1.0);
  }
  // Rounding errors of percentages are no differences.
  bool by_chance(const Point& p) const {
    return chart.chance && std::fabs(p.value - chart.reference) <= p.half * (1 + 1e-9);
  }
};

std::string axes(const Plot& plot) {
  std::string out;
  const std::vector<double> ticks = nice_ticks(plot.low, plot.high, 6);
  const std::vector<std::string> labels = tick_labels(ticks);
  for (std::size_t k = 0; k < ticks.size(); ++k) {
    out += line(left, plot.y(ticks[k]), plot.right, plot.y(ticks[k]), "grid");
    out += text(left - 8, plot.y(ticks[k]) + 4, labels[k], "end");
  }
  out += line(left, plot.bottom, plot.right, plot.bottom, "axis");
  out += line(left, plot.y(plot.chart.reference), plot.right, plot.y(plot.chart.reference), "rule");
  const Axis& y = plot.chart.y;
  if (!y.label.empty())
    out += text(16, 42, y.unit.empty() ? y.label : fmt::format("{} ({})", y.label, y.unit));
  return out;
}

std::string diamond(double x, double y) {
  return fmt::format("<path class=\"ring\" d=\"M{} {}l5 5l-5 5l-5 -5z\"/>", c(x), c(y - 5));
}

std::string circle(double x, double y, double radius) {
  return fmt::format("<circle class=\"dot\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>", c(x), c(y), c(radius));
}

std::string whisker(const Plot& plot, double x, const Point& p) {
  if (!(p.half > 0)) return "";
  const double low = plot.y(p.value - p.half), high = plot.y(p.value + p.half);
  return fmt::format("<path class=\"curve thin\" d=\"M{0} {2}h8M{0} {3}h8M{1} {2}V{3}\"/>",
                     c(x - 4), c(x), c(low), c(high));
}

std::string signed_number(double value) {
  const std::string digits = fmt::format("{:.2f}", std::fabs(value));
  return digits == "0.00" ? digits : (value < 0 ? "−" : "+") + digits;
}

// "time grid alone: 97.5 (−1.50 ± 0.44, within chance)"
std::string hover_text(const Plot& plot, const std::string& name, const Point& p) {
  std::string out = fmt::format("{}: {}", name, short_number(p.value));
  if (p.half > 0)
    out += fmt::format(" ({} ± {:.2f}{})", signed_number(p.value - plot.chart.reference), p.half,
                       plot.by_chance(p) ? ", within chance" : "");
  return out;
}

// A mark with its whisker and what it says when hovered over.
std::string marked(const Plot& plot, double x, const Point& p, int color, const std::string& name,
                   const std::string& mark) {
  return fmt::format("<g class=\"c{}{}\"><title>{}</title>{}{}</g>", color % palette_size,
                     plot.by_chance(p) && p.half > 0 ? " pale" : "",
                     escape_xml(hover_text(plot, name, p)), whisker(plot, x, p), mark);
}

// One step: its dot with the number above the whisker, its diamond, its name below the axis.
std::string step_marks(const Plot& plot, const Step& step, double middle, double slot) {
  const double at = plot.y(step.reached.value), x = step.alone ? middle - 9 : middle;
  std::string out =
      marked(plot, x, step.reached, step.color, step.name, circle(x, at, step.total ? 6.5 : 4.5));
  if (step.alone)
    out += marked(plot, middle + 9, *step.alone, palette::other, step.name + " alone",
                  diamond(middle + 9, plot.y(step.alone->value)));
  // Beside a diamond the number keeps to the left, clear of its whisker.
  out += text(step.alone ? x + 9 : x,
              plot.y(step.reached.value + step.reached.half) - (step.reached.half > 0 ? 6 : 11),
              step.total ? fmt::format("{:.2f}", step.reached.value)
                         : signed_number(step.reached.value - plot.chart.reference),
              step.alone ? "end strong" : "mid strong");
  const std::vector<std::string> lines = wrapped(step.name, slot - 6);
  for (std::size_t l = 0; l < lines.size(); ++l)
    out += text(middle, plot.bottom + 18 + 15 * static_cast<double>(l), lines[l], "mid");
  return out;
}

// Marks and what they mean, from the right.
std::string key(const Plot& plot, const std::vector<Step>& steps) {
  std::string out;
  double end = plot.right;
  const auto add = [&](std::string_view name, const char* classes, const auto& mark) {
    end -= text_width(name, text_size) + 12;
    out += fmt::format("<g class=\"{}\">{}</g>", classes, mark(end)) + text(end + 12, 24, name);
    end -= 22;
  };
  const auto dot = [](double x) { return circle(x, 20, 4.5); };
  const auto any = [&](auto what) { return std::any_of(steps.begin(), steps.end(), what); };
  if (any([](const Step& s) { return s.alone.has_value(); }))
    add("with this step alone", "c6", [](double x) { return diamond(x, 20); });
  if (any([&](const Step& s) { return s.reached.half > 0 && plot.by_chance(s.reached); }))
    add("within chance", "c1 pale", dot);
  return out;
}

}  // namespace

std::string render(const Waterfall& chart) {
  std::string out = open_svg(chart.width, chart.height, chart.title);
  out += text(16, 24, chart.title, "title");
  const std::vector<Step> steps = drawable(chart);
  if (steps.empty() || !std::isfinite(chart.reference))
    return out + text(chart.width / 2, chart.height / 2, "no data", "mid") + "</svg>";
  const Plot plot(chart, steps);
  out += key(plot, steps) + axes(plot);
  const double slot = (plot.right - left) / static_cast<double>(steps.size());
  for (std::size_t k = 0; k < steps.size(); ++k)
    out += step_marks(plot, steps[k], left + slot * (static_cast<double>(k) + 0.5), slot);
  return out + "</svg>";
}

}  // namespace retrograde
