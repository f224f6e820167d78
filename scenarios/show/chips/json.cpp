#include <nlohmann/json.hpp>

#include <retrograde/scenarios/show/chips/json.hpp>
#include <retrograde/scenarios/show/chips/text.hpp>
#include <retrograde/scenarios/show/json/document.hpp>
#include <retrograde/scenarios/show/json/evaluation.hpp>
#include <retrograde/scenarios/show/json/hardware.hpp>

namespace retrograde {

namespace {

using Json = nlohmann::ordered_json;

Json json_states(const Conformance& c) {
  Json states = Json::array();
  for (const RegisterUse& use : c.registers)
    if (!use.empty())
      states.push_back({{"population", c.populations[use.population]},
                        {"state", use.name},
                        {"bits", use.bits},
                        {"min", use.min},
                        {"max", use.max},
                        {"saturations", use.overflows}});
  return states;
}

Json json_figures(const std::vector<ChipFigure>& figures) {
  Json list = Json::array();
  for (const ChipFigure& f : figures)
    list.push_back({{"name", f.name},
                    {"unit", f.unit},
                    {"value", value_or_null(f.value)},
                    {"evidence", value_if(f.value.has_value(), name(f.evidence))},
                    {"source", f.source}});
  return list;
}

Json json_forecast(const ChipCheck& check) {
  const ChipForecast& f = *check.forecast;
  return {{"part", name(check.counted)},
          {"trials", f.trials},
          {"steps", f.steps},
          {"time_ms", f.time},
          {"energy_mj", f.energy},
          {"energy_parts", json_figures(f.parts)},
          {"workings", json_figures(f.workings)}};
}

Json json_uses(const ChipCheck& check) {
  Json uses = Json::array();
  for (const ChipUse& use : check.uses)
    uses.push_back(
        {{"name", use.name}, {"used", use.used}, {"limit", value_if(use.limit > 0.0, use.limit)}});
  return uses;
}

}  // namespace

Json json_chip_check(const Trained& trained, const ChipCheck& check) {
  Json document = json_header("retrograde.chip_check/1", trained.scenario);
  document["epoch"] = value_or_null(trained.epoch);
  document["chip"] = check.chip;
  document["step_ms"] = check.step;
  document["part"] = name(check.part);
  document["has_test_part"] = check.has_test_part;
  document["trials"] = check.trials;
  document["verdict"] = {{"fits", check.fits()},
                         {"faithful", check.behaviour.fidelity < Fidelity::other_spikes},
                         {"fidelity", name(check.behaviour.fidelity)},
                         {"same_decision", json_share(check.behaviour.decisions)},
                         {"text", verdict_text(check)},
                         {"findings", check.findings},
                         {"uses", json_uses(check)}};
  document["comparison"] = nullptr;
  if (check.comparison) {
    const Conformance& c = check.comparison->conformance;
    document["comparison"] = {{"exact_accuracy", value_if(check.labelled, c.accuracy_exact())},
                              {"chip_accuracy", value_if(check.labelled, c.accuracy_chip())},
                              {"agreement", value_if(c.classes > 0, c.agreement())},
                              {"spike_distance", check.comparison->distance},
                              {"decisions", json_decisions(c)},
                              {"layers", json_layers(trained.network, c)},
                              {"states", json_states(c)},
                              {"input_collisions", c.input_collisions},
                              {"synaptic_operations", c.synaptic_operations}};
  }
  document["forecast"] = check.forecast ? json_forecast(check) : Json(nullptr);
  return document;
}

}  // namespace retrograde
