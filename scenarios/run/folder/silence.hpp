// Populations that have fallen silent in training. No gradient reaches a neuron that does not fire,
// so a population without a spike learns nothing, nor does what only acts through it.
#pragma once

#include <string>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/folder/checkpoint.hpp>

namespace retrograde {

struct SilentPopulation {
  std::uint32_t population = 0;
  std::uint32_t since = 0;  // the first epoch (1-based) from which on it never fired
};

// Those that never fired in the last epoch.
std::vector<SilentPopulation> silences(const std::vector<EpochMetrics>& history);

// "hidden (since epoch 3), out (since epoch 1)"
std::string names_of(const std::vector<SilentPopulation>& silences, const Network& network);

// What to do about it in this scenario.
std::string silence_remedy(const Scenario& scenario);

// Whether the network has inputs, and no trial has a spike for them.
bool hears_nothing(const Network& network, const LabelledTrials& trials);

}  // namespace retrograde
