// What a trained network is worth, as documents.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <retrograde/scenarios/run/evaluation/emulated_trial.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde {

// retrograde.check/1
nlohmann::ordered_json json_evaluation(const Trained& trained, const Evaluation& evaluation);

// Of every trial its label and what was decided exactly and on the chip; null where nothing decides.
nlohmann::ordered_json json_decisions(const Conformance& conformance);

// Populations that fire, on both sides: `chip.layers` of retrograde.check/1.
nlohmann::ordered_json json_layers(const Network& network, const Conformance& seen);

// A trial on the emulated chip beside the exact one: `chip` in the document of `retro run --chip`.
nlohmann::ordered_json json_emulated(const Network& network, const EmulatedTrial& trial);

// retrograde.train/1, the run.json of a run folder; there is a checkpoint.
nlohmann::ordered_json json_training(const Trained& trained, const Evaluation& evaluation);

}  // namespace retrograde
