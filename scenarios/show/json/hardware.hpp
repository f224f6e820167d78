// The values of hardware/ as JSON, which hardware/ itself knows nothing of.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <retrograde/hardware/chip_profile.hpp>
#include <retrograde/hardware/cost_model.hpp>
#include <retrograde/hardware/estimate.hpp>
#include <retrograde/hardware/finding.hpp>
#include <retrograde/hardware/interval.hpp>
#include <retrograde/hardware/loihi2/deploy/error_budget.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/hardware/loihi2/place/fit.hpp>
#include <retrograde/hardware/loihi2/place/forecast.hpp>

namespace retrograde {

// With its 95 % interval; null of no cases.
nlohmann::ordered_json json_share(const Share& share);
void to_json(nlohmann::ordered_json& json, const Interval& range);
void to_json(nlohmann::ordered_json& json, const FittedPoint& point);
void to_json(nlohmann::ordered_json& json, const CostFit& fit);
void to_json(nlohmann::ordered_json& json, const ComparisonRow& row);

void to_json(nlohmann::ordered_json& json, const Estimate& estimate);
void to_json(nlohmann::ordered_json& json, const Finding& finding);

namespace loihi2 {

void to_json(nlohmann::ordered_json& json, const CoreForecast& load);
void to_json(nlohmann::ordered_json& json, const ProjectionReport& projection);
void to_json(nlohmann::ordered_json& json, const ErrorBudget& budget);

}  // namespace loihi2

}  // namespace retrograde
