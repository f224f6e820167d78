#include <retrograde/scenarios/show/json/document.hpp>
#include <retrograde/version.hpp>

namespace retrograde {

using Json = nlohmann::ordered_json;

Json json_header(const std::string& schema) {
  return {{"schema", schema}, {"retrograde", version::string}};
}

Json json_header(const std::string& schema, const Scenario& scenario) {
  Json document = json_header(schema);
  document["scenario"] = scenario.name;
  document["seed"] = scenario.seed;
  // Sparse codes have none.
  if (!scenario.pursuit) document["duration_ms"] = scenario.duration;
  return document;
}

}  // namespace retrograde
