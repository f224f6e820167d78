// The error budget: what each approximation on the way to the chip (approximation.hpp) costs, alone
// and added to those before it.
//
// Alone: parameters (delays, weights, decays, threshold) are replaced in the exact network;
// latency, truncation and overflow, which only steps can have, are added to the time grid.
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
  // Half the length of the 95 % interval of the difference to the exact network on the same trials,
  // as a share of them (of the labelled ones where there are such). Reference: Agresti and Min,
  // Simple improved confidence intervals for comparing matched proportions, Statistics in Medicine
  // 24 (2005): 1.96 times the root of one more than the trials that differ, over all. Decisions that
  // changed without becoming right or wrong are counted, too, which makes it a little too long.
  double half_interval(const BudgetEntry& entry) const {
    return 1.96 * std::sqrt(static_cast<double>(entry.changed) + 1.0) /
           static_cast<double>(labelled ? labelled : trials);
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
