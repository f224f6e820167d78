#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/scenarios/show/analysis/delay_map.hpp>
#include <retrograde/scenarios/show/analysis/picture.hpp>
#include <retrograde/scenarios/show/plot/charts.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde {

namespace {

constexpr std::size_t most_maps = 4;

const MappedProjection& latest(const ProjectionAnalysis& p) {
  return p.after ? *p.after : p.before;
}

// Those that are measured, in the order of their I; spread over them where they are many. Others only
// where these are few, behind them.
std::vector<std::size_t> shown_neurons(const MappedProjection& mapped) {
  std::vector<std::size_t> order;
  for (std::size_t n = 0; n < mapped.maps.size(); ++n)
    if (mapped.maps[n].size() > 0) order.push_back(n);
  const auto& maps = mapped.clustering.maps;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const bool measured_a = maps[a].state == MapState::measured;
    const bool measured_b = maps[b].state == MapState::measured;
    if (measured_a != measured_b) return measured_a;
    return measured_a && maps[a].moran > maps[b].moran;
  });
  const std::size_t measured =
      mapped.clustering.states[static_cast<std::size_t>(MapState::measured)];
  if (measured <= most_maps) {
    order.resize(std::min(order.size(), most_maps));
    return order;
  }
  std::vector<std::size_t> shown;
  for (std::size_t k = 0; k < most_maps; ++k)
    shown.push_back(order[k * (measured - 1) / (most_maps - 1)]);
  return shown;
}

void extend(const MappedProjection& mapped, DelayMap& chart) {
  for (const SynapseMap& map : mapped.maps)
    for (std::size_t s = 0; s < map.size(); ++s) chart.steps = std::max(chart.steps, map.delays[s]);
}

std::string chart_of(const ProjectionAnalysis& projection, const MappedProjection& mapped,
                     std::size_t neuron, const char* when, DelayMap chart) {
  const SynapseMap& map = mapped.maps[neuron];
  const MapClustering& said = mapped.clustering.maps[neuron];
  chart.title =
      fmt::format("{}[{}]{}{}", projection.target, map.neuron, when,
                  said.state == MapState::measured ? fmt::format(": I = {:.3f}", said.moran) : "");
  chart.strongest = 0.0;
  for (const double w : map.weights) chart.strongest = std::max(chart.strongest, std::fabs(w));
  for (std::size_t s = 0; s < map.size(); ++s)
    chart.points.push_back({map.channels[s], map.delays[s], map.weights[s]});
  return render(chart);
}

}  // namespace

std::vector<std::vector<std::string>> map_charts(const ProjectionAnalysis& projection, Time step) {
  DelayMap empty;
  empty.channel_label = projection.source;
  empty.channels = projection.channels;
  empty.step = step;
  extend(projection.before, empty);
  if (projection.after) extend(*projection.after, empty);
  std::vector<std::vector<std::string>> rows;
  for (const std::size_t n : shown_neurons(latest(projection))) {
    auto& row = rows.emplace_back();
    row.push_back(chart_of(projection, projection.before, n,
                           projection.after ? " before training" : "", empty));
    if (projection.after)
      row.push_back(chart_of(projection, *projection.after, n, " after training", empty));
  }
  return rows;
}

std::string analysis_picture(const Analysis& analysis) {
  std::vector<std::vector<std::string>> columns;
  for (const ProjectionAnalysis& projection : analysis.projections)
    for (const std::vector<std::string>& row : map_charts(projection, analysis.step))
      for (std::size_t k = 0; k < row.size(); ++k) {
        if (columns.size() <= k) columns.emplace_back();
        columns[k].push_back(row[k]);
      }
  if (columns.empty()) {
    DelayMap none;
    none.title = "There are no synapses";
    columns.push_back({render(none)});
  }
  return standalone_svg(arrange(columns));
}

}  // namespace retrograde
