#include <nlohmann/json.hpp>

#include <retrograde/scenarios/show/analysis/text.hpp>
#include <retrograde/scenarios/show/json/document.hpp>

namespace retrograde {

using Json = nlohmann::ordered_json;

namespace {

constexpr const char* state_names[] = {"measured", "few", "alike", "apart"};

Json json_null(const NullClustering& n, bool measured) {
  return {{"nothing", value_if(!n.nothing.empty(), n.nothing)},
          {"moran", measured ? value_or_null(n.moran) : Json(nullptr)},
          {"tested", n.tested},
          {"significant", n.significant},
          {"same_sign", value_or_null(n.same_sign)},
          {"counted", n.counted},
          {"p", value_or_null(n.p)}};
}

Json significant(const MapClustering& map, std::size_t null) {
  return value_if(map.p[null].has_value(), map.significant[null] != 0);
}

Json json_mapped(const MappedProjection& mapped) {
  const Clustering& c = mapped.clustering;
  const bool measured = c.states[static_cast<std::size_t>(MapState::measured)] > 0;
  Json states = Json::object();
  for (std::size_t s = 0; s < map_state_count; ++s) states[state_names[s]] = c.states[s];
  Json neurons = Json::array();
  for (std::size_t n = 0; n < c.maps.size(); ++n) {
    const MapClustering& map = c.maps[n];
    neurons.push_back({{"neuron", mapped.maps[n].neuron},
                       {"synapses", mapped.maps[n].size()},
                       {"state", state_names[static_cast<std::size_t>(map.state)]},
                       {"moran", value_if(map.state == MapState::measured, map.moran)},
                       {"same_sign", value_or_null(map.same_sign)},
                       {"p_free", value_or_null(map.p[0])},
                       {"p_within_channel", value_or_null(map.p[1])},
                       {"counted_free", map.counted[0]},
                       {"counted_within_channel", map.counted[1]},
                       {"significant_free", significant(map, 0)},
                       {"significant_within_channel", significant(map, 1)}});
  }
  return {{"synapses", c.synapses},
          {"states", states},
          {"moran", value_if(measured, c.moran)},
          {"same_sign", value_or_null(c.same_sign)},
          {"same_sign_neurons", c.both_signs},
          {"free", json_null(c.nulls[0], measured)},
          {"within_channel", json_null(c.nulls[1], measured)},
          {"neurons", neurons}};
}

}  // namespace

Json json_analysis(const Scenario& scenario, const Analysis& analysis) {
  const ClusteringOptions& o = analysis.options.clustering;
  const bool queen = o.neighbourhood.kind == Neighbourhood::Kind::queen;
  Json document = json_header("retrograde.analysis/1", scenario);
  document["step_ms"] = analysis.step;
  document["value"] = o.value == MapValue::sign ? "sign" : "weight";
  document["neighbours"] = queen ? "queen" : "gaussian";
  document["length"] = value_if(!queen, o.neighbourhood.length);
  document["permutations"] = o.permutations;
  document["false_discovery_rate"] = o.q;
  Json& projections = document["projections"] = Json::array();
  for (const ProjectionAnalysis& p : analysis.projections)
    projections.push_back({{"projection", p.name},
                           {"source", p.source},
                           {"target", p.target},
                           {"channels", p.channels},
                           {"from_input", p.from_input},
                           {"before", json_mapped(p.before)},
                           {"after", p.after ? json_mapped(*p.after) : Json(nullptr)}});
  return document;
}

}  // namespace retrograde
