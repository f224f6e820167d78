#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/run/analysis/analysis.hpp>

namespace retrograde {

namespace {

constexpr double most_steps = 1e9;  // of a delay; differences of two fit into 32 bits

Time longest_delay(const Network& network) {
  Time longest = 0.0;
  for (SynapseId s = 0; s < network.synapse_count(); ++s)
    longest = std::max(longest, network.total_delay(s));
  return longest;
}

std::vector<std::uint32_t> chosen_projections(const Network& network, const std::string& name) {
  std::vector<std::uint32_t> chosen;
  std::vector<std::string> names;
  for (std::uint32_t p = 0; p < network.projections().size(); ++p) {
    names.push_back(network.projections()[p].name);
    if (name.empty() || name == names.back()) chosen.push_back(p);
  }
  if (!chosen.empty()) return chosen;
  if (names.empty())
    throw UsageError("the network has no projection, and there are no synapses to analyse");
  throw UsageError(fmt::format("--projection {}: no such projection{}; there are {}", name,
                               suggestion(name, names), fmt::join(names, ", ")));
}

MappedProjection mapped(const Network& network, std::uint32_t projection, bool ordered_channels,
                        const Analysis& analysis) {
  MappedProjection result;
  result.maps = maps_of(network, projection, analysis.step);
  ClusteringOptions options = analysis.options.clustering;
  options.neighbourhood.ordered_channels = ordered_channels;
  result.clustering = clustering_of(result.maps, options);
  return result;
}

}  // namespace

Time usual_map_step(const Scenario& scenario, const Network& network) {
  if (scenario.surrogate) return scenario.surrogate->step;
  const Time longest = longest_delay(network);
  if (!(longest > 0.0)) return 1.0;
  const double least = longest / 25.0, decade = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * decade >= least) return factor * decade;
  return 10.0 * decade;
}

std::vector<SynapseMap> maps_of(const Network& network, std::uint32_t projection, Time step) {
  const Projection& p = network.projections()[projection];
  std::vector<SynapseMap> maps(network.populations()[p.target].size);
  for (std::uint32_t n = 0; n < maps.size(); ++n) maps[n].neuron = n;
  // Synapses come ordered by their source.
  for (SynapseId k = 0; k < p.size; ++k) {
    const double weight = network.weight(p.first + k);
    if (weight == 0.0) continue;
    const double delay = std::round(network.total_delay(p.first + k) / step);
    if (!(delay <= most_steps))
      throw LimitError("steps of a delay", most_steps, delay,
                       fmt::format("a delay of {:g} ms is {:g} steps of {:g} ms; choose a longer "
                                   "--step",
                                   network.total_delay(p.first + k), delay, step));
    SynapseMap& map = maps[p.targets[k]];
    map.channels.push_back(p.source_of(k));
    map.delays.push_back(static_cast<std::int32_t>(delay));
    map.weights.push_back(weight);
  }
  return maps;
}

Analysis analyse(const Trained& trained, const AnalysisOptions& options) {
  const Network& before = trained.scenario.network;
  Analysis analysis;
  analysis.options = options;
  analysis.step = options.step.value_or(usual_map_step(trained.scenario, trained.network));
  for (const std::uint32_t p : chosen_projections(before, options.projection)) {
    const Projection& projection = before.projections()[p];
    ProjectionAnalysis& result = analysis.projections.emplace_back();
    result.name = projection.name;
    result.source = before.populations()[projection.source].name;
    result.target = before.populations()[projection.target].name;
    result.channels = before.populations()[projection.source].size;
    result.from_input = before.populations()[projection.source].model->is_input();
    result.before = mapped(before, p, result.from_input, analysis);
    if (trained.checkpoint) result.after = mapped(trained.network, p, result.from_input, analysis);
  }
  return analysis;
}

}  // namespace retrograde
