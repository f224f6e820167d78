// What a network takes on the chip, for people.
#pragma once

#include <string>

#include <retrograde/scenarios/run/deployment.hpp>

namespace retrograde {

// "fits Loihi 2: 4 of 120 cores, 2 warnings"
std::string verdict_text(const Deployment& deployment);

// "0.82 ms (0.215 .. 3.14)": three digits are more than such numbers have.
std::string estimate_text(const Estimate& estimate, const char* unit);
// What decides the time of a layer: "neuron updates (not certain)".
std::string binding_text(const loihi2::LayerForecast& layer);
// "neuron updates in 99.0 % of steps, barrier in 1.0 % of steps"
std::string bound_text(const loihi2::Forecast& forecast);
// What the intervals are worth; `what` begins the sentence: "time".
std::string basis_text(const CostFit& fit, const char* what);

// Cores, forecast, findings and verdict: lines.
std::string deployment_text(const Deployment& deployment);

}  // namespace retrograde
