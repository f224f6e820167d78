// A trained network of spiking neurons under attack: the times of the input spikes of trials move
// within a ball, down the gradient of the margin by the exact network. The same attacked trials
// also run on the emulated chip: what the gradient of the exact network does to it (a transfer).
#pragma once

#include <cstddef>
#include <vector>

#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/run/attack/attack_curve.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde {

struct AttackOptions {
  AttackSpec spec;           // its box is set to the trial; radii in ms
  std::size_t trials = 200;  // the first ones of the part, at most so many
};

// The radii where nobody says other ones: 0, and 1, 2 or 5 times a power of ten from a thousandth to
// a twentieth of the trial (ms).
std::vector<double> usual_radii(Time duration);

// Trials of the part that a network is judged by; curves "exact" and, where the scenario has a [chip]
// that takes the network, "Loihi 2". Throws UsageError for trials that nobody can attack: without
// labels, or whose input is an analogue signal; what runs throw, and Interrupted. Runs in parallel; the
// result does not depend on the number of threads.
Robustness attack_network(const Trained& trained, const Dataset& dataset,
                          const AttackOptions& options, const EvaluationProgress& progress = {});

}  // namespace retrograde
