// How much a trained network may change before a decision is no longer proven to stay: on trials, by
// enclosures (engine/enclosure).
//
// A trial's radius is the largest share r, of 12 bits between 1e-6 and 1, for which every network whose
// weights all lie within r of themselves provably decides as the given one. What ends the proof beyond
// it is a spike, or a margin between classes: the most fragile place of the trial. Beside that stands how
// close each spike and each silence is to being something else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/margins/distances.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde {

struct FragileNeuron {
  std::string neuron;
  std::uint64_t trials = 0;  // whose proof ends with it
  double radius = 0.0;       // of the least robust of them
  std::string doubt;         // of that one
};

struct Margins {
  Part part = Part::test;
  std::size_t trials = 0;
  std::uint64_t correct = 0, labelled = 0;
  std::vector<double> radii;  // by trial; 0: not even 1e-6
  // Trials whose decision is proven for all weights that round to the same 8 bits, with the delays
  // half a step off; and for the chip, all that it does. The latter are those whose proven decision
  // is the exact one, and those where it provably is another.
  std::uint64_t certified_rounding = 0, certified_chip = 0, certified_other = 0;
  std::string chip_refusal;            // why nothing is said of the chip; empty: it is
  std::uint64_t chip_step_doubts = 0;  // of the chip, trials that end in a doubt
  std::vector<FragileNeuron> fragile;  // the most frequent first
  std::vector<std::pair<std::string, std::uint64_t>> by_layer;  // trials whose proof ends in it
  std::uint64_t close_classes = 0;  // trials whose proof ends with two classes, not with a spike
  TrialDistances distances;         // of all trials, run as they are

  // Of trials with a radius of at least r.
  double share_above(double r) const;
  double median_radius() const;
};

// Throws UsageError for a scenario of which nothing can be proven: in integers, or without a decision;
// ScenarioError for one that goes in steps.
void require_provable(const Scenario& scenario);

// The first `most` trials of the part that a network is judged by. Runs in parallel; the result does
// not depend on the number of threads. Throws what enclose throws, and Interrupted.
Margins margins_of(const Trained& trained, const Dataset& dataset, std::size_t most,
                   const EvaluationProgress& progress);

}  // namespace retrograde
