// A machine runs trials of one network and returns their tapes. Who runs a trial is a machine; how
// it is run, RunOptions; what the network and the trial are, values that know of neither.
//
// Machines of the engine are exact and agree with each other (engine/scheduler.hpp makes them): the
// sequential one is the oracle and runs every network; the windowed one is many times faster, wants
// lookahead and cuba_lif neurons, and has the same spikes in the same order, at times that agree to
// rounding: what rounding cannot tell, both leave to the arbiter (engine/exact/arbiter.hpp,
// docs/mathematics.md, section 2.1). So is one on a GPU (engine/device), and a chip's emulator.
//
// What a machine derives from a network (plans, tables) is made once, when the machine is made, and
// belongs to it; networks hold none of it. A machine is immutable: many threads may run trials on
// one. The network outlives it.
#pragma once

#include <cstddef>
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

struct RunOptions {
  Readout readout;  // what the tape brings about the voltages of its population
  // Guard against runaway activity: a neuron that has fired more than 1000 + max_rate * t times by
  // t (ms) stops the run with a LimitError that names it.
  double max_rate = 10.0;
  // What that error says besides, of where the network comes from; a sentence, or nothing.
  std::string runaway_remedy = {};
  // Called now and then with the time reached; false stops the run with Interrupted.
  std::function<bool(Time)> progress = {};
};

class Machine {
 public:
  virtual ~Machine() = default;
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  virtual std::string_view name() const = 0;
  // The network along whose synapses the spikes of a tape went: what a backward pass takes. On a
  // chip it has the values of the chip.
  virtual const Network& network() const = 0;

  // Who runs a trial that is so long (ms) and brings so many spikes: this machine, unless it
  // chooses among others. A function of the network and of these two numbers, so that everybody
  // who asks decides alike. Throws NetworkError if such a trial is impossible. Graded trials
  // (Trial::graded) are another matter: only the sequential machine runs them.
  virtual const Machine& chosen(Time duration, std::size_t inputs) const;

  // Runs one trial. Throws LimitError (runaway, 10^8 samples), NetworkError (a spike outside the
  // trial or of a neuron that is not an input; a trial or probe that the machine cannot do).
  // Recordings come in the order of the probes; probes never change the tape.
  Tape run(const Trial& trial, const RunOptions& options = {}, std::span<const Probe> probes = {},
           std::vector<Recording>* recordings = nullptr) const;

  // Runs trials 0 .. count - 1, which `trial` makes, and gives each tape to `take`; both are called by
  // many threads, in any order. Of several errors that of the first trial is thrown.
  virtual void run_all(std::size_t count, const std::function<Trial(std::size_t)>& trial,
                       const RunOptions& options,
                       const std::function<void(std::size_t, Tape)>& take) const;

 protected:
  Machine() = default;
  // Throws NetworkError unless the trial is one of the network (trial.hpp).
  void check_trial(const Trial& trial) const;

 private:
  // `run`, of what has been checked.
  virtual Tape run_checked(const Trial& trial, const RunOptions& options,
                           std::span<const Probe> probes,
                           std::vector<Recording>* recordings) const = 0;
};

}  // namespace retrograde
