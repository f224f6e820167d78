#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include <retrograde/scenarios/show/json/deployment.hpp>
#include <retrograde/scenarios/show/json/document.hpp>
#include <retrograde/scenarios/show/json/hardware.hpp>
#include <retrograde/scenarios/show/text/deployment.hpp>

namespace retrograde {

namespace {

using Json = nlohmann::ordered_json;

// "synapse_words" of "synapse words".
std::string key_of(std::string name) {
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

// One value per term of the cost model.
Json json_terms(const double (&values)[term_count]) {
  Json terms = Json::object();
  for (int k = 0; k < term_count; ++k) terms[key_of(name(static_cast<Term>(k)))] = values[k];
  return terms;
}

Json json_verdict(const Deployment& d) {
  return {{"profile", d.chip},
          {"fits", d.fit.fits()},
          {"faithful", d.fit.fidelity < Fidelity::other_spikes},
          {"fidelity", name(d.fit.fidelity)},
          {"same_decision", json_share(d.fit.decisions)},
          {"text", verdict_text(d)},
          {"cores", d.fit.cores},
          {"usable_cores", d.fit.usable_cores},
          {"all_cores", d.fit.all_cores},
          {"findings", d.fit.findings}};
}

Json json_cores(const Deployment& d) {
  Json cores = Json::array();
  for (std::size_t k = 0; k < d.mapping.cores.size(); ++k) {
    const loihi2::MappedCore& core = d.mapping.cores[k];
    Json uses = Json::object();
    for (const loihi2::ResourceUse& r : resources(core.use, d.limits))
      uses[key_of(r.name)] = {{"used", r.used}, {"limit", value_if(r.limit > 0, r.limit)}};
    Json entry = {{"population", d.populations[core.population]},
                  {"router", {core.tile.x, core.tile.y}},
                  {"uses", uses}};
    if (d.forecast) entry["events"] = d.forecast->cores[k];
    cores.push_back(std::move(entry));
  }
  return cores;
}

Json json_layers(const Deployment& d, const loihi2::Forecast& f) {
  Json layers = Json::array();
  for (const loihi2::LayerForecast& layer : f.layers)
    layers.push_back({{"population", d.populations[layer.population]},
                      {"binding", key_of(name(layer.binding))},
                      {"certain", layer.certain},
                      {"terms_ms_per_step", json_terms(layer.terms)}});
  return layers;
}

Json json_compared(const Deployment& d) {
  Json compared = Json::array();
  for (const Compared& machine : d.compared)
    compared.push_back({{"machine", machine.name}, {"rows", machine.rows}});
  return compared;
}

Json json_forecast(const Deployment& d, const loihi2::Forecast& f) {
  return {{"part", name(d.part)},
          {"trials", f.trials},
          {"steps", f.steps},
          {"time_ms", f.time},
          {"floor_ms", f.floor},
          {"energy_mj",
           {{"total", f.total_energy},
            {"static", value_or_null(f.static_energy)},
            {"dynamic", f.dynamic_energy},
            {"io", value_or_null(f.io_energy)}}},
          {"energy_delay_mj_ms", f.energy_delay},
          {"events",
           {{"neuron_updates", f.updates},
            {"synaptic_operations", f.operations},
            {"words_read", f.words},
            {"spikes", f.spikes},
            {"input_spikes", f.input_spikes},
            {"messages", f.messages},
            {"hops", f.hops},
            {"hottest_link", f.hottest_link}}},
          {"bound_by", json_terms(f.bound_by)},
          {"layers", json_layers(d, f)},
          {"time_basis", d.costs.time_fit},
          {"energy_basis", d.costs.energy_fit},
          {"compared", json_compared(d)}};
}

}  // namespace

void to_json(Json& json, const Deployment& d) {
  json = {{"verdict", json_verdict(d)},
          {"cores", json_cores(d)},
          {"forecast", d.forecast ? json_forecast(d, *d.forecast) : Json(nullptr)}};
}

}  // namespace retrograde
