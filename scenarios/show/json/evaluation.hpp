// What a trained network is worth, as documents.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde {

// retrograde.check/1
nlohmann::ordered_json json_evaluation(const Trained& trained, const Evaluation& evaluation);

// retrograde.train/1, the run.json of a run folder; there is a checkpoint.
nlohmann::ordered_json json_training(const Trained& trained, const Evaluation& evaluation);

}  // namespace retrograde
