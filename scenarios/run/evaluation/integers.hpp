// Networks in integers (read/integers/integer_network.hpp) at work: one trial on the emulator, and
// what a whole part of the data takes on the chip. There is nothing exact to hold them against.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <retrograde/hardware/chip_profile.hpp>
#include <retrograde/hardware/conformance.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/deployment.hpp>
#include <retrograde/scenarios/run/simulation.hpp>

namespace retrograde {

struct ChipRun {
  std::unique_ptr<loihi2::Emulator> chip;
  loihi2::Emulation emulation;
  // The same in the scenario's time (Emulator::time_of), without a fingerprint.
  Simulation simulation;
};

// `name` is the trial's.
ChipRun run_integers(const Scenario& scenario, const Trial& trial, std::string name,
                     const loihi2::TraceOptions& traced = {});

// What left its register in a run, a sentence each.
std::vector<std::string> overflows(const loihi2::ChipNetwork& chip,
                                   const loihi2::Emulation& emulation);

// What a network does on the chip with trials, beside nothing: it is its own reference. A readout without a
// kind reads no decisions, and labels mean nothing then. `progress` is told how many trials are done; false
// stops with Interrupted. The result does not depend on the number of threads.
Conformance run_alone(const loihi2::Emulator& chip, const LabelledTrials& trials,
                      const Readout& readout, const std::function<bool(std::size_t)>& progress);

// Adds what cores, time and energy of such a network rest on that no printed table tests.
void add_assumed(const loihi2::ChipNetwork& chip, loihi2::Fit& fit);

struct IntegerEvaluation {
  Part part = Part::test;
  bool has_test_part = true;
  bool decides = false;  // the scenario has a loss that reads decisions
  // Of the chip. Its exact side repeats the chip's: the network is its own reference.
  Conformance seen;
  Deployment deployment;  // populations that send nothing are among its findings
};

// Runs the judged part of the data. `progress` is told how many trials are done; false stops. The
// result does not depend on the number of threads. Throws Interrupted, and what the runs throw.
IntegerEvaluation evaluate_integers(const Scenario& scenario, const Dataset& dataset,
                                    const ChipProfile& profile,
                                    const std::function<bool(std::size_t)>& progress = {});

}  // namespace retrograde
