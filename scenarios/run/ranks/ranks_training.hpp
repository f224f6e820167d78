// A training over several ranks (engine/ranks/ranks.hpp), as far as it is more than gradients: that
// all have opened the same, and what those do that do not lead.
//
// Rank 0 opens scenario and data first, since some kinds of data keep files; then the others are
// asked to, from the same files, and say what they have found. After that they serve it through the
// epochs, the fine-tuning through the chip and whatever else rank 0 does alone, until it leaves.
#pragma once

#include <functional>
#include <memory>

#include <retrograde/engine/ranks/ranks.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/folder/checkpoint.hpp>

namespace retrograde {

// What is trained, and on what.
struct OpenedTraining {
  Scenario scenario;
  Dataset dataset;
};

// Rank 0 meets the others. Throws UsageError for what ranks do not share (surrogate gradients), and
// RankError, which names the rank, where one could not open it or has opened something else.
void meet(Ranks& ranks, const Scenario& scenario, const Dataset& dataset);

// Rank 0 goes on with fine-tuning `trained` on the grid of `tuning`.
void ask_tuning(Ranks& ranks, const Scenario& scenario, const Network& trained,
                const ChipTuning& tuning);

// Any other rank, until rank 0 leaves. `open` opens what rank 0 has; what it throws is told to rank
// 0. Throws what serve (adjoint/ranks/rank_worker.hpp) throws.
void follow_training(Ranks& ranks, const std::function<std::unique_ptr<OpenedTraining>()>& open);

}  // namespace retrograde
