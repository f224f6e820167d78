// One signal through a pursuit, as text, JSON and a picture; and what a scenario of sparse coding says.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include <retrograde/scenarios/run/pursuit/coding.hpp>
#include <retrograde/scenarios/run/pursuit/model.hpp>
#include <retrograde/scenarios/show/pursuit/picture.hpp>

namespace retrograde {

std::string coding_text(const Scenario& scenario, const PursuitModel& model, const Coding& coding);
// retrograde.pursuit_run/1
nlohmann::ordered_json coding_json(const Scenario& scenario, const PursuitModel& model,
                                   const Coding& coding);
// A file of its own: signal and reconstruction, the code, and who sent when.
std::string coding_picture(const Scenario& scenario, const PursuitModel& model,
                           const Coding& coding);

// Of `retro info`: sizes, coherences, penalty, classifier, data.
std::string pursuit_text(const Scenario& scenario, const PursuitModel& model);

// How its signals are looked at.
SignalShape shape_of(const SignalSet& signals);

}  // namespace retrograde
