// What a network takes on the chip, for people.
#pragma once

#include <string>

#include <retrograde/scenarios/run/deployment.hpp>
#include <retrograde/scenarios/run/evaluation/remedies.hpp>

namespace retrograde {

// ", and behaves: the same decision in 98.50 % of 1000 trials (97.5 .. 99.1 %)"; empty where nothing was seen.
std::string behaviour_text(Fidelity fidelity, const Share& decisions);

// "fits Loihi 2, and behaves: the same decision in 98.50 % of 1000 trials (97.5 .. 99.1 %); 4 of 120 cores,
// 2 warnings". Without anything to hold it against it says nothing of how the network behaves.
std::string verdict_text(const Deployment& deployment);

// "0.82 ms (0.215 .. 3.14)": three digits are more than such numbers have.
std::string estimate_text(const Estimate& estimate, const char* unit);
// What decides the time of a layer: "neuron updates (not certain)".
std::string binding_text(const loihi2::LayerForecast& layer);
// "neuron updates in 99.0 % of steps, barrier in 1.0 % of steps"
std::string bound_text(const loihi2::Forecast& forecast);
// What the intervals are worth; `what` begins the sentence: "time".
std::string basis_text(const CostFit& fit, const char* what);

// Lines of cores and forecast; of findings and verdict; and of all that.
std::string cores_and_costs_text(const Deployment& deployment);
std::string findings_text(const Deployment& deployment);
std::string deployment_text(const Deployment& deployment);

// What to do about a network that does something else on the chip, by what was tried; empty where that is
// nothing and nothing is needed.
std::string advice_text(const Remedies& remedies);

}  // namespace retrograde
