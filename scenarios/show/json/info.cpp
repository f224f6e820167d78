#include <algorithm>

#include <retrograde/scenarios/read/integers/integer_network.hpp>
#include <retrograde/scenarios/show/json/document.hpp>
#include <retrograde/scenarios/show/json/info.hpp>

namespace retrograde {

using Json = nlohmann::ordered_json;

namespace {

Json range_json(std::span<const double> values) {
  if (values.empty()) return nullptr;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return {{"low", *low}, {"high", *high}};
}

bool is_learned(const Scenario& s, ParameterKind kind, std::size_t first, std::size_t count) {
  const std::size_t begin = s.network.layout().offset(kind) + first;
  return s.learning.count(begin, begin + count) > 0;
}

Json population_json(const Scenario& s, const Population& p) {
  Json parameters = Json::object(), learned = Json::array();
  for (const ParameterKind kind : p.model.parameters(p.receptors))
    parameters[std::string(name(kind))] =
        range_json(s.network.parameters(kind).subspan(p.first, p.size));
  for (const ParameterKind kind : neuron_parameter_kinds)
    if (is_learned(s, kind, p.first, p.size)) learned.push_back(std::string(name(kind)));
  return {{"name", p.name},
          {"model", std::string(name(p.model))},
          {"neurons", p.size},
          {"parameters", std::move(parameters)},
          {"learned", std::move(learned)}};
}

Json projection_json(const Scenario& s, std::size_t k) {
  const Projection& p = s.network.projections()[k];
  const auto& populations = s.network.populations();
  Json entry = {
      {"name", p.name}, {"from", populations[p.source].name}, {"to", populations[p.target].name}};
  if (s.integers) {  // whose synapses are the chip's
    entry["synapses"] = s.integers->chip.projections[k].synapse_count();
    return entry;
  }
  Json learned = Json::array();
  entry["synapses"] = p.size;
  for (const auto& [key, kind] :
       {std::pair("weight", ParameterKind::weight), std::pair("delay", ParameterKind::delay)}) {
    entry[key] = range_json(s.network.parameters(kind).subspan(p.first, p.size));
    if (is_learned(s, kind, p.first, p.size)) learned.push_back(key);
  }
  entry["learned"] = std::move(learned);
  return entry;
}

Json time_or_null(Time t) { return t == never ? Json(nullptr) : Json(t); }

Json graph_json(const Network& network, const NetworkAnalysis& a) {
  Json recurrent = Json::array();
  for (const RecurrentComponent& r : a.recurrent)
    recurrent.push_back({{"first", network.neuron_name(r.neurons.front())},
                         {"neurons", r.neurons.size()},
                         {"synapses", r.synapses},
                         {"min_delay_ms", r.min_delay},
                         {"max_delay_ms", r.max_delay},
                         {"shortest_cycle_ms", time_or_null(r.shortest_cycle)},
                         {"longest_cycle_ms", time_or_null(r.longest_cycle)}});
  return {{"min_delay_ms", time_or_null(a.min_delay)},
          {"max_delay_ms", a.max_delay},
          {"depth", a.depth},
          {"components", a.component_count},
          {"lookahead_ms", time_or_null(a.lookahead)},
          {"recurrent", std::move(recurrent)}};
}

Json trials_json(const Dataset& data) {
  return {{"name", data.info().name},
          {"train", data.size(Part::train)},
          {"validation", data.size(Part::validation)},
          {"test", data.size(Part::test)},
          {"classes", data.classes()}};
}

}  // namespace

Json info_json(const Scenario& s, const NetworkAnalysis* graph, const char* scheduler,
               const Dataset* data) {
  Json document = json_header("retrograde.info/1", s);
  document["title"] = s.title;
  Json populations = Json::array(), projections = Json::array(), events = Json::array();
  for (const Population& p : s.network.populations()) populations.push_back(population_json(s, p));
  std::size_t synapses = 0;
  for (std::size_t k = 0; k < s.network.projections().size(); ++k) {
    projections.push_back(projection_json(s, k));
    synapses += projections.back()["synapses"].get<std::size_t>();
  }
  for (const EventSpec& event : s.timeline.events)
    events.push_back({{"name", event.name},
                      {"do", std::string(name(event.kind))},
                      {"at_ms", event.at},
                      {"until_ms", time_or_null(event.until)}});
  document["neurons"] = s.network.neuron_count();
  document["synapses"] = synapses;
  document["learned_parameters"] = s.learning.count();
  document["populations"] = std::move(populations);
  document["projections"] = std::move(projections);
  document["graph"] = graph ? graph_json(s.network, *graph) : Json(nullptr);
  document["scheduler"] = scheduler;
  document["events"] = std::move(events);
  document["loss"] = s.loss ? Json(std::string(s.loss->name())) : Json(nullptr);
  document["trials"] = data ? trials_json(*data) : Json(nullptr);
  return document;
}

}  // namespace retrograde
