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

}  // namespace

std::string render(const Waterfall& chart) {
  std::string out = open_svg(chart.width, chart.height, chart.title);
  out += text(16, 24, chart.title, "title");
  std::vector<Waterfall::Step> steps;
  std::copy_if(chart.steps.begin(), chart.steps.end(), std::back_inserter(steps),
               [](const Waterfall::Step& s) { return std::isfinite(s.value); });
  if (steps.empty())
    return out + text(chart.width / 2, chart.height / 2, "no data", "mid") + "</svg>";

  double low = steps[0].value, high = low;
  for (const Waterfall::Step& s : steps) {
    for (const double v : {s.value, s.alone.value_or(s.value)}) {
      if (!std::isfinite(v)) continue;
      low = std::min(low, v);
      high = std::max(high, v);
    }
  }
  const double air = std::max(0.15 * (high - low), 1e-3 * std::max(1.0, std::fabs(high)));
  low = chart.y.low.value_or(low - 2 * air);
  high = chart.y.high.value_or(high + air);
  const double bottom = chart.height - label_room, right = chart.width - 16;
  const auto y = [&](double value) {
    return bottom - (bottom - top) * std::clamp((value - low) / (high - low), 0.0, 1.0);
  };
  const std::vector<double> ticks = nice_ticks(low, high, 6);
  const std::vector<std::string> labels = tick_labels(ticks);
  for (std::size_t k = 0; k < ticks.size(); ++k) {
    out += line(left, y(ticks[k]), right, y(ticks[k]), "grid");
    out += text(left - 8, y(ticks[k]) + 4, labels[k], "end");
  }
  out += line(left, bottom, right, bottom, "axis");
  if (!chart.y.label.empty())
    out += text(
        16, 42,
        chart.y.unit.empty() ? chart.y.label : fmt::format("{} ({})", chart.y.label, chart.y.unit));

  const double slot = (right - left) / static_cast<double>(steps.size());
  const double bar = std::min(0.56 * slot, 56.0);
  double before = steps[0].value;
  for (std::size_t k = 0; k < steps.size(); ++k) {
    const Waterfall::Step& s = steps[k];
    const double middle = left + slot * (static_cast<double>(k) + 0.5);
    const double change = s.value - before;
    const double from = s.total ? bottom : y(before), to = y(s.value);
    const char* color = s.total ? "c0" : change < 0 ? "c3" : "c2";
    std::string hover = fmt::format("{}: {}", s.name, short_number(s.value));
    if (!s.total) hover += fmt::format(" ({}{})", change < 0 ? "" : "+", short_number(change));
    if (s.alone) hover += fmt::format("; alone: {}", short_number(*s.alone));
    out += fmt::format(
        "<rect class=\"bar {}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}</title>"
        "</rect>",
        color, c(middle - bar / 2), c(std::min(from, to)), c(bar),
        c(std::max(std::fabs(from - to), 1.5)), escape_xml(hover));
    const double above = std::min(s.total ? to : std::min(from, to), y(s.alone.value_or(low))) - 7;
    out += text(middle, above,
                s.total ? fmt::format("{:.2f}", s.value)
                        : fmt::format("{}{:.2f}", change < 0 ? "-" : "+", std::fabs(change)),
                "mid strong");
    if (s.alone)
      out += fmt::format(
          "<path class=\"dot c1\" d=\"M{} {}l5 5l-5 5l-5 -5z\"><title>{}</title></path>",
          c(middle + bar / 2 + 7), c(y(*s.alone) - 5),
          escape_xml(fmt::format("{} alone: {}", s.name, short_number(*s.alone))));
    if (k + 1 < steps.size())
      out += line(middle + bar / 2, to, middle + slot - bar / 2, to, "rule");
    const std::vector<std::string> lines = wrapped(s.name, slot - 6);
    for (std::size_t l = 0; l < lines.size(); ++l)
      out += text(middle, bottom + 18 + 15 * static_cast<double>(l), lines[l], "mid");
    before = s.value;
  }
  if (std::any_of(steps.begin(), steps.end(),
                  [](const Waterfall::Step& s) { return s.alone.has_value(); })) {
    const double at = chart.width - 190;
    out += fmt::format("<path class=\"dot c1\" d=\"M{} {}l5 5l-5 5l-5 -5z\"/>", c(at), c(15.0));
    out += text(at + 10, 24, "with this step alone");
  }
  return out + "</svg>";
}

}  // namespace retrograde
