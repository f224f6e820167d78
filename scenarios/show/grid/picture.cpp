#include <cmath>
#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/grid/picture.hpp>
#include <retrograde/scenarios/show/plot/charts.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde {

namespace {

constexpr double width = 490, height = 330;

Axis step_axis(const GridComparison& c) {
  Axis x{.label = "step", .unit = "ms", .log = true};
  for (const GridEntry& entry : c.steps) x.ticks.push_back(entry.step);
  return x;
}

// A point with bars to its bounds, in percent.
void add(Series& series, double step, double share, const GridComparison::Bounds& bounds) {
  series.x.push_back(step);
  series.y.push_back(100.0 * share);
  series.spread.push_back(100.0 * (bounds.high - share));
  series.spread_below.push_back(100.0 * (share - bounds.low));
}

Series agreement_of(const GridComparison& c) {
  Series series{.name = "decides as exactly", .x = {}, .y = {}};
  series.color = palette::other;
  series.dash = 2;
  for (const GridEntry& entry : c.steps)
    add(series, entry.step, c.agreement(entry), c.agreement_bounds(entry));
  return series;
}

LineChart decisions(const std::string& name, const GridComparison& c) {
  LineChart chart;
  chart.title = fmt::format("{}: {}", name,
                            plural(c.trials, fmt::format("{} trial", retrograde::name(c.part))));
  chart.x = step_axis(c);
  chart.y = {.label = c.labelled > 0 ? "right decisions" : "decisions", .unit = "%"};
  chart.width = width;
  chart.height = height;
  if (c.labelled > 0) {
    Series right{.name = "accuracy in steps", .x = {}, .y = {}};
    right.color = palette::learned;
    right.mark = 0;
    for (const GridEntry& entry : c.steps)
      add(right, entry.step, *c.accuracy(entry), c.accuracy_bounds(entry));
    chart.series.push_back(std::move(right));
    const double exact = *c.accuracy(c.exact);
    chart.rules.push_back({100.0 * exact, fmt::format("exact: {}", percent_text(exact)), false});
  }
  chart.series.push_back(agreement_of(c));
  chart.series.back().aside = c.labelled > 0 ? 3 : 0;
  if (c.chip && c.labelled > 0) {
    Series chip{.name = c.tuned ? "accuracy on Loihi 2, fine-tuned" : "accuracy on Loihi 2",
                .x = {},
                .y = {}};
    chip.color = palette::chip;
    chip.mark = 2;
    chip.aside = -4;
    add(chip, c.chip->step, *c.accuracy(*c.chip), c.accuracy_bounds(*c.chip));
    chart.series.push_back(std::move(chip));
  }
  return chart;
}

LineChart times(const GridComparison& c) {
  LineChart chart;
  chart.title = "Time of a trial, one thread";
  chart.x = step_axis(c);
  chart.y = {.label = "processor time", .unit = "ms", .log = true};
  chart.width = width;
  chart.height = height;
  Series steps{.name = "in steps", .x = {}, .y = {}};
  steps.color = palette::learned;
  steps.mark = 0;
  for (const GridEntry& entry : c.steps) {
    steps.x.push_back(entry.step);
    steps.y.push_back(1e3 * entry.seconds);
  }
  chart.series.push_back(std::move(steps));
  chart.rules.push_back({1e3 * c.exact.seconds,
                         fmt::format("exact: {} ms", short_number(1e3 * c.exact.seconds)), false});
  return chart;
}

}  // namespace

std::string grid_picture(const std::string& name, const GridComparison& c) {
  return standalone_svg(arrange({{render(decisions(name, c))}, {render(times(c))}}));
}

}  // namespace retrograde
