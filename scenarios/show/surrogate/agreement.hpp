// Surrogate gradients beside exact ones (adjoint/train/gradient_agreement.hpp), as text and JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include <retrograde/adjoint/train/gradient_agreement.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

namespace retrograde {

// The scenario has surrogate gradients.
std::string agreement_text(const Scenario& scenario, const GradientAgreement& agreement);

// retrograde.gradient_agreement/1
nlohmann::ordered_json json_agreement(const Scenario& scenario, const GradientAgreement& agreement);

}  // namespace retrograde
