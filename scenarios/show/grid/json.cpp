#include <nlohmann/json.hpp>

#include <retrograde/scenarios/show/grid/json.hpp>
#include <retrograde/scenarios/show/json/document.hpp>

namespace retrograde {

namespace {

using Json = nlohmann::ordered_json;

Json json_bounds(const GridComparison::Bounds& bounds) { return {bounds.low, bounds.high}; }

Json json_entry(const GridComparison& c, const GridEntry& entry) {
  const bool labelled = c.labelled > 0;
  return {{"step_ms", value_if(entry.step > 0.0, entry.step)},
          {"accuracy", value_or_null(c.accuracy(entry))},
          {"accuracy_bounds", value_if(labelled, json_bounds(c.accuracy_bounds(entry)))},
          {"agreement", c.agreement(entry)},
          {"agreement_bounds", json_bounds(c.agreement_bounds(entry))},
          {"differs", value_if(labelled, c.differs(entry))},
          {"loss", finite_or_null(entry.loss)},
          {"seconds", entry.seconds}};
}

}  // namespace

Json json_grid(const Scenario& scenario, const GridComparison& c) {
  Json document = json_header("retrograde.grid/1", scenario);
  document["part"] = name(c.part);
  document["trials"] = c.trials;
  document["labelled"] = c.labelled;
  document["exact"] = json_entry(c, c.exact);
  Json& steps = document["steps"] = Json::array();
  for (const GridEntry& entry : c.steps) steps.push_back(json_entry(c, entry));
  document["chip"] = nullptr;
  if (c.chip) {
    document["chip"] = json_entry(c, *c.chip);
    document["chip"]["name"] = "loihi2";
    document["chip"]["tuned"] = c.tuned;
  }
  document["chip_refusal"] = value_if(!c.chip_refusal.empty(), c.chip_refusal);
  return document;
}

}  // namespace retrograde
