#include <nlohmann/json.hpp>

#include <retrograde/scenarios/show/activity/activity_output.hpp>
#include <retrograde/scenarios/show/json/document.hpp>

namespace retrograde {

using Json = nlohmann::ordered_json;

namespace {

Json json_population(const PopulationActivity& p) {
  const FiringStatistics& s = p.statistics;
  return {{"population", p.name},
          {"neurons", s.neurons},
          {"spikes", s.spikes},
          {"rate_hz", s.rate},
          {"silent", s.silent},
          {"cv", value_or_null(s.cv)},
          {"fano", value_or_null(s.fano)},
          {"synchrony", value_or_null(s.synchrony)},
          {"rates_hz", p.rates},
          {"cvs", p.cvs},
          {"psth_hz", p.psth},
          {"psth_error_hz", p.psth_error}};
}

Json json_pair(const ActivityAnalysis& analysis, const PairActivity& pair) {
  std::vector<double> lags;
  for (std::size_t k = 0; k < pair.correlogram.r.size(); ++k)
    lags.push_back(static_cast<double>(pair.correlogram.lag(k)) * analysis.options.lag_bin);
  return {{"a", analysis.populations[pair.a].name},
          {"b", analysis.populations[pair.b].name},
          {"neuron_pairs", pair.neurons.pairs},
          {"neuron_correlation", value_or_null(pair.neurons.mean)},
          {"lags_ms", lags},
          {"correlogram", pair.correlogram.r}};
}

}  // namespace

Json json_activity(const ActivityTitle& title, const ActivityAnalysis& analysis) {
  const ActivityOptions& o = analysis.options;
  Json document = json_header("retrograde.activity/1");
  document["name"] = title.name;
  document["source"] = title.source;
  document["trials"] = analysis.trials;
  document["from_ms"] = o.from;
  document["to_ms"] = o.to;
  document["binned_to_ms"] = analysis.binned_to;
  document["time_ms"] = analysis.time;
  document["bin_ms"] = value_or_null(o.bin);
  document["window_ms"] = o.window;
  document["synchrony_bin_ms"] = o.synchrony_bin;
  document["lag_bin_ms"] = o.lag_bin;
  Json& populations = document["populations"] = Json::array();
  for (const PopulationActivity& p : analysis.populations)
    populations.push_back(json_population(p));
  Json& pairs = document["pairs"] = Json::array();
  for (const PairActivity& pair : analysis.pairs) pairs.push_back(json_pair(analysis, pair));
  document["notes"] = analysis.notes;
  return document;
}

}  // namespace retrograde
