// What is exported for the chip: the integers together with all that belongs to them, so that who
// runs them elsewhere decides as the emulator does, and sees it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/engine/trial/labelled_trials.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>

namespace retrograde {

// What the emulator does with some trials.
struct Prediction {
  std::string part;  // of the data set
  std::uint64_t trials = 0, labelled = 0, correct = 0;
  std::vector<double> spikes;            // per trial, by population
  std::vector<loihi2::Extent> voltages;  // v over all trials, by population
};

struct Deployed {
  std::string name;    // of the scenario
  std::string source;  // fingerprint of the parameters it was quantised from
  loihi2::ChipNetwork chip;
  Readout readout;
  std::uint32_t steps = 0;  // of a trial
  Prediction prediction;    // of no trials: unknown
};

// How input spikes become steps, and when state is reset: the same for all formats, as
// hardware/loihi2/emulator/emulator.hpp has it.
inline constexpr const char* input_encoding =
    "a spike at t ms is sent in step floor(t/dt + 0.5), counted from 0; one per neuron and step";
inline constexpr const char* reset_policy =
    "a trial begins for a population in step lag, with u = v = 0 and nothing under way, and lasts "
    "the steps of the trial";

// Emulates the trials of a set, in parallel; the result does not depend on the number of threads.
Prediction predict(const loihi2::Emulator& emulator, const Readout& readout,
                   const LabelledTrials& trials, const std::string& part);

// For formats that keep the weights of a projection as a matrix: throws NetworkError where two synapses
// join one pair of neurons.
void require_matrix(const loihi2::ChipProjection& projection);

// "exponential"; for metadata and scripts.
std::string name(const TimeWeight& weighting);
std::string name(Readout::Kind kind);

}  // namespace retrograde
