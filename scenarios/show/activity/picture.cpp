#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <utility>

#include <retrograde/scenarios/show/activity/activity_output.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde {

namespace {

constexpr std::size_t most_drawn = 12;  // populations
constexpr std::size_t curves_of_a_chart = 6;

std::size_t drawn(const ActivityAnalysis& analysis) {
  return std::min(analysis.populations.size(), most_drawn);
}

std::string histogram_of(const std::vector<double>& values, const std::string& title,
                         const char* label, const char* unit, std::size_t color) {
  Histogram chart;
  chart.title = title;
  chart.x = {.label = label, .unit = unit};
  chart.after = values;
  chart.after_name = "neurons";
  chart.color = static_cast<int>(color);
  return render(chart);
}

// The correlogram as a curve; with itself a population is 1 at lag 0, which hides all else.
Series curve_of(const ActivityAnalysis& analysis, const PairActivity& pair, std::string name,
                std::size_t color) {
  Series series{.name = std::move(name), .x = {}, .y = pair.correlogram.r};
  series.color = static_cast<int>(color);
  for (std::size_t k = 0; k < pair.correlogram.r.size(); ++k) {
    series.x.push_back(static_cast<double>(pair.correlogram.lag(k)) * analysis.options.lag_bin);
    if (pair.a == pair.b && pair.correlogram.lag(k) == 0)
      series.y[k] = std::numeric_limits<double>::quiet_NaN();
  }
  return series;
}

// Some curves to a chart.
void add_charts(const std::string& title, std::vector<Series> all,
                std::vector<std::string>& charts) {
  for (std::size_t first = 0; first < all.size(); first += curves_of_a_chart) {
    LineChart chart;
    chart.title = title;
    chart.x = {.label = "lag", .unit = "ms"};
    chart.y = {.label = "correlation r"};
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first);
    chart.series.assign(begin, begin + static_cast<std::ptrdiff_t>(
                                           std::min(curves_of_a_chart, all.size() - first)));
    charts.push_back(render(chart));
  }
}

// What happens to the network within the stretch; labels have no room beside each other, and stand above the
// raster.
std::vector<Rule> rules_of(const Raster& spikes, const ActivityAnalysis& analysis) {
  constexpr std::size_t most_rules = 100, most_labels = 4;
  std::vector<Rule> rules;
  for (const Raster::Mark& mark : spikes.marks)
    if (mark.time >= analysis.options.from && mark.time < analysis.options.to &&
        rules.size() < most_rules)
      rules.push_back({mark.time, mark.label, true});
  if (rules.size() > most_labels)
    for (Rule& rule : rules) rule.text.clear();
  return rules;
}

}  // namespace

std::vector<std::string> distribution_charts(const ActivityAnalysis& analysis) {
  std::vector<std::string> charts;
  for (std::size_t k = 0; k < drawn(analysis); ++k) {
    const PopulationActivity& p = analysis.populations[k];
    charts.push_back(histogram_of(p.rates, p.name + ": rates", "rate", "spikes/s", k));
    if (!p.cvs.empty())
      charts.push_back(histogram_of(p.cvs, p.name + ": CV of intervals", "CV", "", k));
  }
  return charts;
}

std::vector<std::string> psth_charts(const Raster& spikes, const ActivityAnalysis& analysis) {
  std::vector<std::string> charts;
  for (std::size_t first = 0; first < drawn(analysis); first += curves_of_a_chart) {
    LineChart chart;
    chart.title = "Rate over time";
    chart.x = {.label = "time", .unit = "ms"};
    chart.y = {.label = "rate of a neuron", .unit = "spikes/s"};
    chart.width = 980;
    chart.rules = rules_of(spikes, analysis);
    for (std::size_t k = first; k < std::min(drawn(analysis), first + curves_of_a_chart); ++k) {
      const PopulationActivity& p = analysis.populations[k];
      Series series{.name = p.name, .x = {}, .y = p.psth};
      series.color = static_cast<int>(k);
      for (std::size_t bin = 0; bin < p.psth.size(); ++bin)
        series.x.push_back(analysis.options.from +
                           (static_cast<double>(bin) + 0.5) * *analysis.options.bin);
      chart.series.push_back(std::move(series));
    }
    charts.push_back(render(chart));
  }
  return charts;
}

std::vector<std::string> correlogram_charts(const ActivityAnalysis& analysis) {
  std::vector<std::string> charts;
  std::vector<Series> with_themselves;
  std::vector<std::vector<Series>> with_others(analysis.populations.size());
  for (const PairActivity& pair : analysis.pairs) {
    if (pair.correlogram.r.empty()) continue;
    const std::string& a = analysis.populations[pair.a].name;
    const std::string& b = analysis.populations[pair.b].name;
    if (pair.a == pair.b)
      with_themselves.push_back(curve_of(analysis, pair, a, pair.a));
    else
      with_others[pair.a].push_back(curve_of(analysis, pair, fmt::format("{}, {}", a, b), pair.b));
  }
  add_charts("Populations with themselves, but for lag 0", std::move(with_themselves), charts);
  for (std::size_t a = 0; a < with_others.size(); ++a)
    add_charts(
        fmt::format("{} with others: to the right they follow", analysis.populations[a].name),
        std::move(with_others[a]), charts);
  return charts;
}

std::string activity_picture(const Raster& spikes, const ActivityAnalysis& analysis) {
  std::vector<std::vector<std::string>> columns(1);
  columns[0].push_back(render(spikes));
  for (std::string& chart : psth_charts(spikes, analysis)) columns[0].push_back(std::move(chart));
  std::vector<std::string> others = distribution_charts(analysis);
  for (std::string& chart : correlogram_charts(analysis)) others.push_back(std::move(chart));
  // In columns of about the height of the first one.
  double height = 0;
  for (const std::string& chart : columns[0]) height += natural_height(chart);
  double filled = height;
  for (std::string& chart : others) {
    if (filled + natural_height(chart) > height) {
      columns.emplace_back();
      filled = 0;
    }
    filled += natural_height(chart);
    columns.back().push_back(std::move(chart));
  }
  return standalone_svg(arrange(columns));
}

}  // namespace retrograde
