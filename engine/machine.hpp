// Running a trial, by the scheduler that fits. Two schedulers give one result: the sequential one
// is the oracle and runs every network; the windowed one is many times faster, wants lookahead and
// cuba_lif neurons, and agrees to the rounding of sums (spike times to 1e-12 of their size,
// tests/property/windowed.cpp).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/probe.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/engine/trial/trial.hpp>

namespace retrograde {

enum class Scheduler : std::uint8_t { automatic, sequential, windowed };

inline constexpr std::string_view name(Scheduler scheduler) {
  return scheduler == Scheduler::automatic    ? "automatic"
         : scheduler == Scheduler::sequential ? "sequential"
                                              : "windowed";
}

struct RunOptions {
  Readout readout;  // what the tape brings about the voltages of its population
  // Guard against runaway activity: a neuron that has fired more than 1000 + max_rate * t times by
  // t (ms) stops the run with a LimitError that names it.
  double max_rate = 10.0;
  // Called now and then with the time reached; false stops the run with Interrupted.
  std::function<bool(Time)> progress = {};
  Scheduler scheduler = Scheduler::automatic;
};

// Runs one trial. Throws LimitError (runaway), NetworkError (an input spike outside the trial or of
// a neuron that is not an input; a scheduler that cannot run the network). Recordings come in the
// order of the probes; probes never change the tape.
Tape run(const Network& network, const Trial& trial, const RunOptions& options = {},
         std::span<const Probe> probes = {}, std::vector<Recording>* recordings = nullptr);

// What every scheduler checks first.
void check_run(const Network& network, const Trial& trial, std::span<const Probe> probes);

// The scheduler for one trial; never automatic. A function of the network and of how long the
// trial is and how many spikes it brings, so that everybody who runs it decides alike. Throws
// NetworkError if windowed is wanted and impossible.
Scheduler choose(Scheduler wanted, const Network& network, Time duration, std::size_t inputs);

}  // namespace retrograde
