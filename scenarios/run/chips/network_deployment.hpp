// A network on Loihi 2 that nobody judges: cores, what stands in the way, time and energy of a trial, by the
// trials that place it (deployment.hpp). A check has the same values, and what only the exact network
// beside it shows.
#pragma once

#include <retrograde/hardware/chip_profile.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/run/deployment.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde {

// `on_chip` is of `trained`. Throws what the runs throw, and Interrupted; the result does not depend on the
// number of threads.
Deployment deploy_network(const Trained& trained, const OnChip& on_chip, const Dataset& dataset,
                          const ChipProfile& profile, const EvaluationProgress& progress = {});

}  // namespace retrograde
