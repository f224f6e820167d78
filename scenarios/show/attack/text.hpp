// Accuracy against the size of an attack as text and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/attack/attack_curve.hpp>

namespace retrograde {

std::string attack_text(const std::string& name, const Robustness& robustness);
// What one sign of masking means, as a sentence.
std::string masking_text(const MaskingWarning& warning, const std::string& unit);

nlohmann::ordered_json json_attack(const Scenario& scenario, const Robustness& robustness);
// The curves alone, for documents of another header.
nlohmann::ordered_json json_curves(const Robustness& robustness);

}  // namespace retrograde
