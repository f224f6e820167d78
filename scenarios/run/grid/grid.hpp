// Where exact time matters: one trained network, computed exactly, in steps as clock-driven
// simulators take them (engine/stepped), and on the emulated chip in its own, on the same trials.
// What each says, how often it decides as the exact one does, and how long a trial takes on one
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde {

struct GridOptions {
  std::vector<Time> steps;    // ms, in any order
  std::size_t trials = 1000;  // the first ones of the part, at most so many
};

// One way of computing the trials.
struct GridEntry {
  Time step = 0.0;            // ms; 0: exactly
  std::uint64_t correct = 0;  // of the labelled trials
  std::uint64_t same = 0;     // decisions equal to the exact ones
  double loss = 0.0;          // mean
  double seconds = 0.0;       // of a trial, mean: of the processor, one thread, without making it
};

struct GridComparison {
  Part part = Part::test;
  std::uint64_t trials = 0, labelled = 0;
  GridEntry exact;
  std::vector<GridEntry> steps;   // ascending
  std::optional<GridEntry> chip;  // none: the scenario has no [chip], or it is refused
  bool tuned = false;             // the chip has the fine-tuned network
  std::string chip_refusal;       // why the network cannot go on the chip; empty: nobody asked

  // Shares of the trials; without labels there is no accuracy.
  std::optional<double> accuracy(const GridEntry& entry) const;
  double agreement(const GridEntry& entry) const;
  // Where the accuracy would lie with other trials, 95 %: exact binomial bounds (Clopper and Pearson,
  // Biometrika 26, 1934).
  struct Bounds {
    double low = 0.0, high = 1.0;
  };
  Bounds accuracy_bounds(const GridEntry& entry) const;
  Bounds agreement_bounds(const GridEntry& entry) const;
  // Whether the accuracy differs from the exact one by more than chance, 95 %: the trials are the
  // same, so only those count that are decided otherwise (error_budget.hpp).
  bool differs(const GridEntry& entry) const;
};

// The steps of `retro grid` where nobody says other ones: 5 us to 10 ms.
const std::vector<Time>& usual_steps();

// The scenario has a loss. Everything that can be refused is refused before the first trial runs,
// the chip apart. Throws NetworkError for a model that does not go in steps, LimitError for steps of
// which a trial has too many, Interrupted, and what runs throw.
GridComparison compare_on_grids(const Trained& trained, const Dataset& dataset,
                                const GridOptions& options,
                                const EvaluationProgress& progress = {});

}  // namespace retrograde
