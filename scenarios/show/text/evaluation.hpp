// What a trained network is worth, as a table for people.
#pragma once

#include <string>

#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde {

// Exactly and on the chip: accuracy, spikes, registers, what was clipped, the error budget, cores,
// time and energy; or why the network cannot go on the chip.
std::string evaluation_text(const Trained& trained, const Evaluation& evaluation);

// What both sides decided, how often they fired and when: lines. `labelled`: there is a right decision.
std::string conformance_text(const Network& network, const Conformance& seen, bool labelled);

}  // namespace retrograde
