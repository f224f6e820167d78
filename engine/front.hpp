// The front door for who simulates (docs/cpp.md):
//
//   build(...)                a network, by name and by rule          engine/connect/build.hpp
//   trial_of, spikes_of       spikes in and out, by population        engine/trial/named_spikes.hpp
//   run(network, trial)       one trial                               engine/scheduler.hpp
//   run(network, trials)      many, on all threads                    here
//   values_of, with_values    values by name                          engine/network/named_values.hpp
//
// Gradients and training are in adjoint/front.hpp, which has this with it.
#pragma once

#include <span>
#include <vector>

#include <retrograde/engine/connect/build.hpp>
#include <retrograde/engine/network/named_values.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>
#include <retrograde/engine/trial/named_spikes.hpp>

namespace retrograde {

// The tapes of trials, in their order, made on all threads; the same bits for any number of them.
// Throws what runs throw, of several errors that of the first trial.
std::vector<Tape> run(const Network& network, std::span<const Trial> trials,
                      const RunOptions& options = {}, Scheduler scheduler = Scheduler::automatic);
inline std::vector<Tape> run(const Network& network, const std::vector<Trial>& trials,
                             const RunOptions& options = {},
                             Scheduler scheduler = Scheduler::automatic) {
  return run(network, std::span(trials), options, scheduler);
}

}  // namespace retrograde
