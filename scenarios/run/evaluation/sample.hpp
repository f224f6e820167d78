// Single trials of a data set as the trained network ran them, to be looked at: every spike, and
// the voltages that the decision is read from.
#pragma once

#include <cstddef>
#include <vector>

#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/trial/probe.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/evaluation/mistakes.hpp>

namespace retrograde {

struct SampleRun {
  Part part = Part::test;
  std::size_t index = 0;                            // within the part
  int label = no_decision, decision = no_decision;  // no_decision: none
  Tape tape;
  std::vector<Probe> probes;  // of neurons of the readout's population
  std::vector<Recording> recordings;
};

// `machine` runs the network. The scenario has a loss, whose readout decides.
SampleRun run_sample(const Scenario& scenario, const Machine& machine, const Dataset& dataset,
                     Part part, std::size_t index);

// Trial `chosen` of the part, then the worst ones of `worst`, each once; empty where the part has no
// such trial.
std::vector<SampleRun> shown_samples(const Scenario& scenario, const Machine& machine,
                                     const Dataset& dataset, Part part, std::size_t chosen,
                                     const std::vector<JudgedTrial>& worst);

// How many of the worst trials are shown as samples.
inline constexpr std::size_t worst_samples = 3;

}  // namespace retrograde
