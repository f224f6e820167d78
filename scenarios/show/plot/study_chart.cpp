#include <algorithm>
#include <cctype>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/scenarios/run/study/metrics.hpp>
#include <retrograde/scenarios/show/plot/study_chart.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde {

namespace {

// Of plot.css and of the marks of line charts.
constexpr int dash_patterns = 4, mark_shapes = 5;

// At least three in equal steps: they are meant so, however far they go.
bool in_equal_steps(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const double step = (values.back() - values.front()) / static_cast<double>(values.size() - 1);
  for (std::size_t k = 1; k < values.size(); ++k)
    if (std::abs(values[k] - values[k - 1] - step) > 1e-6 * step) return false;
  return values.size() > 2;
}

// Numbers where the values of the first axis are numbers, else their names side by side.
Axis first_axis(const Study& study) {
  Axis x;
  const auto names = [&](const std::vector<std::string>& all) {
    x.names = all;
    x.low = -0.5;
    x.high = static_cast<double>(all.size()) - 0.5;
  };
  if (study.spec.axes.empty()) {
    names({study.name});
    return x;
  }
  const StudyAxis& first = study.spec.axes.front();
  x.label = first.name;
  x.unit = first.unit;
  if (first.numbers.empty()) {
    names(first.labels);
    return x;
  }
  const auto [low, high] = std::minmax_element(first.numbers.begin(), first.numbers.end());
  const double air = *high > *low ? 0.04 * (*high - *low) : 0.5 * std::max(std::abs(*low), 1.0);
  x.low = *low - air;
  x.high = *high + air;
  // Values that span more than one power of ten are meant as factors.
  constexpr double wide = 20.0;
  if (*low > 0.0 && *high / *low >= wide && !in_equal_steps(first.numbers)) {
    x.log = true;
    x.low = *low / std::pow(*high / *low, 0.04);
    x.high = *high * std::pow(*high / *low, 0.04);
  }
  x.ticks = first.numbers;
  std::sort(x.ticks.begin(), x.ticks.end());
  return x;
}

// Whether a label says nothing without the name of its axis: numbers, "true", "absent".
bool wants_name(const std::string& label) {
  const char first = label.empty() ? '0' : label.front();
  return std::isdigit(static_cast<unsigned char>(first)) != 0 || first == '-' || first == '+' ||
         first == '.' || label == "true" || label == "false" || label == "absent" ||
         label == "none";
}

// "hidden.size" of an axis that is called by its key.
std::string short_name(const std::string& axis) {
  for (const std::string_view section : {"population.", "projection.", "event."})
    if (axis.starts_with(section)) return axis.substr(section.size());
  return axis;
}

// "delays learned, hidden neurons 5", of the axes after the first.
std::string line_name(const Study& study, const StudyRow& row) {
  std::string name;
  for (std::size_t a = 1; a < study.spec.axes.size(); ++a) {
    const StudyAxis& axis = study.spec.axes[a];
    const std::string& label = axis.labels[row.values[a]];
    name += a > 1 ? ", " : "";
    name += wants_name(label) ? short_name(axis.name) + " " + label : label;
  }
  return name;
}

using Point = std::pair<double, const StudyRow*>;

// The rows of one line, from left to right: values may be listed in any order.
std::vector<Point> points_of(const Study& study, const std::vector<StudyRow>& rows,
                             std::size_t line, std::size_t lines) {
  const auto& axes = study.spec.axes;
  const bool numeric = !axes.empty() && !axes.front().numbers.empty();
  std::vector<Point> points;
  for (std::size_t p = 0; p * lines + line < rows.size(); ++p)
    points.emplace_back(numeric ? axes.front().numbers[p] : static_cast<double>(p),
                        &rows[p * lines + line]);
  std::sort(points.begin(), points.end(),
            [](const Point& a, const Point& b) { return a.first < b.first; });
  return points;
}

template <typename Statistic>
Series series_of(const std::vector<Point>& points, const Statistic& statistic, double scale) {
  Series series;
  for (const auto& [x, row] : points) {
    const StudyStatistic& s = statistic(*row);
    if (s.count == 0) continue;
    series.x.push_back(x);
    series.y.push_back(scale * s.mean);
    series.spread.push_back(scale * s.deviation);
  }
  return series;
}

}  // namespace

LineChart study_chart(const Study& study) {
  LineChart chart;
  const double scale = study.labelled ? 100.0 : 1.0;
  chart.title = study.labelled ? "Accuracy (%)" : "Loss";
  chart.y.unit = study.labelled ? "%" : "";
  chart.x = first_axis(study);

  const std::vector<StudyRow> rows = study_rows(study);
  const auto& axes = study.spec.axes;
  const std::size_t lines = rows.size() / (axes.empty() ? 1 : axes.front().labels.size());
  const bool chip = study.on_chip && study.labelled;
  // Lines that score alike lie on each other: those above are dashed and their points stand a
  // little aside, so that those below show.
  const std::size_t all = lines * (chip ? 2 : 1);
  const double step = std::min(4.0, 40.0 / static_cast<double>(all));
  for (std::size_t l = 0; l < lines; ++l) {
    const std::vector<Point> points = points_of(study, rows, l, lines);
    const std::string name = line_name(study, rows[l]);
    const auto add = [&](StudyStatistic StudyRow::*what, const char* where, bool above) {
      Series series = series_of(
          points, [&](const StudyRow& row) -> const StudyStatistic& { return row.*what; }, scale);
      series.name = name.empty() || *where == 0 ? name + where : name + ", " + where;
      series.color = static_cast<int>(l % palette_size);
      const auto k = static_cast<int>(chart.series.size());
      series.dash = chip ? (above ? 1 : 0) : k % dash_patterns;
      series.mark = static_cast<int>(l % mark_shapes) + (above ? mark_shapes : 0);
      series.aside = step * (k - 0.5 * static_cast<double>(all - 1));
      chart.series.push_back(std::move(series));
    };
    add(&StudyRow::score, chip ? "exact" : "", false);
    if (chip) add(&StudyRow::chip, "on the chip", true);
  }
  if (study.labelled) end_at_hundred(chart);
  return chart;
}

namespace {

LineChart metric_chart(const Study& study, const StudyMetric& metric) {
  LineChart chart;
  chart.title =
      metric.unit.empty() ? metric.label : fmt::format("{} ({})", metric.label, metric.unit);
  chart.title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(chart.title[0])));
  chart.y.unit = metric.unit;
  chart.x = first_axis(study);
  const std::vector<StudyRow> rows = study_rows(study);
  const auto& axes = study.spec.axes;
  const std::size_t lines = rows.size() / (axes.empty() ? 1 : axes.front().labels.size());
  const double step = std::min(4.0, 40.0 / static_cast<double>(lines));
  for (std::size_t l = 0; l < lines; ++l) {
    Series series = series_of(
        points_of(study, rows, l, lines),
        [&](const StudyRow& row) { return statistic_of(study, row.values, metric.name); },
        metric.scale());
    series.name = line_name(study, rows[l]);
    series.color = static_cast<int>(l % palette_size);
    series.dash = static_cast<int>(l) % dash_patterns;
    series.mark = static_cast<int>(l % mark_shapes);
    series.aside = step * (static_cast<double>(l) - 0.5 * static_cast<double>(lines - 1));
    chart.series.push_back(std::move(series));
  }
  if (metric.unit == "%") end_at_hundred(chart);
  return chart;
}

}  // namespace

std::vector<LineChart> study_charts(const Study& study) {
  if (!study.kind.simulations && study.kind.ordinates.empty()) return {study_chart(study)};
  std::vector<LineChart> charts;
  for (const StudyMetric& metric : drawn_metrics(study))
    charts.push_back(metric_chart(study, metric));
  return charts;
}

void end_at_hundred(LineChart& chart) {
  double low = 100, high = 0;
  for (const Series& series : chart.series)
    for (std::size_t k = 0; k < series.y.size(); ++k) {
      const double spread = k < series.spread.size() ? series.spread[k] : 0;
      low = std::min(low, series.y[k] - spread);
      high = std::max(high, series.y[k] + spread);
    }
  if (high + 0.1 * (high - low) >= 100) chart.y.high = 100;
}

}  // namespace retrograde
