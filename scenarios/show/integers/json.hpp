// retrograde.run/1 and retrograde.check_integers/1 of networks in integers.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/evaluation/integers.hpp>

namespace retrograde {

// As of any network, and `chip` beside it.
nlohmann::ordered_json json_chip_run(const Scenario& scenario, const ChipRun& run);
nlohmann::ordered_json json_integer_evaluation(const Scenario& scenario,
                                               const IntegerEvaluation& evaluation);

}  // namespace retrograde
