// What every rank of a training holds alike, so that a request need only say what changes: the values
// of the network, which synapses it has where structure is learned, which trials.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <retrograde/adjoint/batch_pass.hpp>
#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/adjoint/train/structure/structure_plan.hpp>
#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>

namespace retrograde {

// All that is given by reference outlives it.
struct SharedTask {
  const Network& network;                    // with any values
  const StructurePlan* structure = nullptr;  // null: the synapses stay
  const LabelledTrials& trials;              // as training meets them
  const LabelledTrials& judges;              // after each epoch; may be empty
  const Loss& loss;
  RunOptions run;  // of every trial
  std::function<BatchMachines(const Network&)> machines;
  Scheduler of_candidates = Scheduler::automatic;

  // Which pairs have the synapses of a network; empty where they stay. And the network of those.
  std::vector<PairId> pairs_of(const Network& of) const {
    return structure ? structure->pairs().taken_by(of) : std::vector<PairId>{};
  }
  Network network_of(std::span<const PairId> pairs, std::vector<double> values) const {
    return structure ? structure->pairs().network(pairs, values)
                     : network.with_parameters(std::move(values));
  }
};

}  // namespace retrograde
