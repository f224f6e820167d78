// What one trial of a scenario came to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <retrograde/engine/trial/probe.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/engine/trial/tape.hpp>

namespace retrograde {

struct Simulation {
  std::string trial;  // "test trial 7 (label 3)"
  Tape tape;
  std::vector<Recording> recordings;  // of the scenario's probes
  std::string fingerprint;            // of all spike time bits
  double seconds = 0;                 // wall clock
  std::optional<double> loss;
  int decision = no_decision;
};

}  // namespace retrograde
