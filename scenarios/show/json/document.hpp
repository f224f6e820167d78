// What all JSON documents have in common: how they begin, and how absent and infinite values are
// written. docs/json.md is the manual of the documents.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include <retrograde/scenarios/read/scenario.hpp>

namespace retrograde {

// Schema and version; of a scenario its name, seed and duration, too.
nlohmann::ordered_json json_header(const std::string& schema);
nlohmann::ordered_json json_header(const std::string& schema, const Scenario& scenario);

// Infinite and undefined numbers have no place in JSON.
inline nlohmann::ordered_json finite_or_null(double value) {
  if (!std::isfinite(value)) return nullptr;
  return value;
}

template <typename T>
nlohmann::ordered_json value_or_null(const std::optional<T>& value) {
  if (!value) return nullptr;
  return *value;
}

// The value where there is any sense in it: `value_if(labelled, accuracy)`.
template <typename T>
nlohmann::ordered_json value_if(bool known, const T& value) {
  if (!known) return nullptr;
  return value;
}

}  // namespace retrograde
