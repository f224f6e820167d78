#include <cmath>
#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/margins/picture.hpp>
#include <retrograde/scenarios/show/plot/charts.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde {

namespace {

constexpr double width = 490, height = 330;

LineChart proven(const std::string& name, const Margins& m) {
  LineChart chart;
  chart.title = fmt::format("{}: {}", name,
                            plural(m.trials, fmt::format("{} trial", retrograde::name(m.part))));
  chart.x = {.label = "all weights within this share of themselves", .unit = "%", .log = true};
  chart.y = {.label = "decisions proven", .unit = "%", .low = 0.0, .high = 100.0};
  chart.width = width;
  chart.height = height;
  Series series{.name = "proven", .x = {}, .y = {}};
  series.color = palette::learned;
  for (int k = -48; k <= 0; ++k) {
    const double r = std::pow(10.0, k / 8.0);
    series.x.push_back(100.0 * r);
    series.y.push_back(100.0 * m.share_above(r));
  }
  chart.series.push_back(std::move(series));
  return chart;
}

LineChart closeness(const Margins& m) {
  LineChart chart;
  chart.title = "How close spikes and silences are";
  chart.x = {.label = "distance, of the way from v_reset to the threshold, or in ms", .log = true};
  chart.y = {.label = "of all, at most so far", .unit = "%", .low = 0.0, .high = 100.0};
  chart.width = width;
  chart.height = height;
  constexpr const char* kinds[] = {"crossings", "silences", "order (ms)"};
  for (const LayerDistances& layer : m.distances.layers)
    for (std::size_t kind = 0; kind < closeness_count; ++kind) {
      const Distances& d = layer.of[kind];
      if (d.count == 0) continue;
      Series series{.name = fmt::format("{}: {}", layer.layer, kinds[kind]), .x = {}, .y = {}};
      series.dash = static_cast<int>(kind);
      for (std::size_t k = 0; k < Distances::limits.size(); ++k) {
        series.x.push_back(Distances::limits[k]);
        series.y.push_back(100.0 * d.share_within(k));
      }
      chart.series.push_back(std::move(series));
    }
  return chart;
}

}  // namespace

std::string margins_picture(const std::string& name, const Margins& m) {
  return standalone_svg(arrange({{render(proven(name, m))}, {render(closeness(m))}}));
}

}  // namespace retrograde
