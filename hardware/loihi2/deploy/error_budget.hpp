// The error budget: what each approximation on the way to the chip (approximation.hpp) costs, alone
// and added to those before it.
//
// Alone: parameters (delays, weights, decays, threshold) are replaced in the exact network;
// latency, truncation and overflow, which only steps can have, are added to the time grid.
//
// A network that goes in steps (engine/stepped) is its own reference: its grid, and its layers within a
// step, are no approximations, and every set has them.
//
// Distance of spike trains: that of spike_distance.hpp with tau = 10 steps, summed over the spiking
// neurons, per spike of the exact network; silence is about 1.
#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>
#include <retrograde/hardware/loihi2/deploy/approximation.hpp>
#include <retrograde/hardware/loihi2/model/chip_network.hpp>

namespace retrograde::loihi2 {

// Half the length of the 95 % interval of the difference of two shares of the same trials, of which
// `changed` are decided otherwise. Reference: Agresti and Min, Simple improved confidence intervals
// for comparing matched proportions, Statistics in Medicine 24 (2005): 1.96 times the root of one
// more than the trials that differ, over all.
inline double matched_half_interval(std::uint64_t changed, std::uint64_t of) {
  return 1.96 * std::sqrt(static_cast<double>(changed) + 1.0) / static_cast<double>(of);
}

struct BudgetEntry {
  std::uint64_t correct = 0;  // of labelled trials
  std::uint64_t changed = 0;  // decisions other than the exact ones
  double distance = 0.0;      // per exact spike
};

struct ErrorBudget {
  std::uint64_t trials = 0, labelled = 0;
  std::uint64_t exact_correct = 0;
  std::vector<BudgetEntry> alone, cumulative;  // by approximations[k]
  std::optional<BudgetEntry> tuned;            // the chip after fine-tuning

  double accuracy(std::uint64_t correct) const {
    return labelled ? static_cast<double>(correct) / static_cast<double>(labelled) : 0.0;
  }
  // Of the difference to the exact network, as a share of the trials (of the labelled ones where there
  // are such). Decisions that changed without becoming right or wrong are counted, too, which makes
  // it a little too long.
  double half_interval(const BudgetEntry& entry) const {
    return matched_half_interval(entry.changed, labelled ? labelled : trials);
  }
};

// Trials run in parallel; the result does not depend on the number of threads. `progress`, if there
// is one, is called with the share that is done; false stops with Interrupted. Throws what the
// constructor and the runs of ApproximateNetwork throw.
// Without a readout labels mean nothing, and no trial counts as labelled.
// `chip` was quantised from the network of `exact`; `tuned`, if there is one, is what fine-tuning
// made of it.
ErrorBudget error_budget(const Machine& exact, const ChipNetwork& chip, const ChipNetwork* tuned,
                         const Semantics& semantics, const LabelledTrials& trials,
                         const RunOptions& options,
                         const std::function<bool(double)>& progress = {});

}  // namespace retrograde::loihi2
