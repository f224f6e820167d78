// Layers of pursuit: the code of a layer is the signal of the next one. Layered pursuit finds them
// one after another; deep pursuit all at once,
//
//   min over a_1 .. a_n of the sum over layers of 1/2 |a_(j-1) - D_j a_j|^2 + penalty_j(a_j),  a_0 = x
//
// which is one shallow problem, of the signal (x, 0, .., 0) and the dictionary with D_j on the
// diagonal and -1 below it. Thresholds are soft, the penalty's own, or hard: what a step leaves stays
// as it is where it is larger than the soft threshold would take off, and becomes 0 where it is not.
// A step of length s that is hard is the proximal one of s w^2 / 2 for each coefficient (l1 = w) or
// group (l2 = w) that is not 0; such problems have many stationary points, and no dual.
//
// Sources: arXiv:2205.08955; deep pursuit: Cazenavette, Murdock, Lucey 2021 (arXiv:2011.14427), whose
// iteration takes a proximal step of each layer in turn from where momentum has led; how much
// momentum, and that it is given up where the objective would rise: Xu and Yin 2013 (doi
// 10.1137/120887795).
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/pursuit/problem.hpp>

namespace retrograde {

enum class Threshold : std::uint8_t { soft, hard };

struct DeepProblem {
  std::vector<PursuitProblem> layers;  // each of as many dimensions as the one before has atoms
  Threshold threshold = Threshold::soft;
};

struct DeepOptions {
  double tolerance = 1e-8;  // of a step, relative to |x|: what a round moves any layer by at most
  std::uint32_t most_iterations = 100'000;
};

struct DeepSolution {
  std::vector<Vector> codes;  // a layer each
  double objective = 0.0;
  std::uint32_t iterations = 0;  // rounds through the layers, or of all layers together
  bool converged = false;
};

// Throws UsageError for no layers, for layers that do not fit each other, and for hard thresholds of
// coefficients and of groups at once.
void check(const DeepProblem& problem);

// Of the whole stack; with hard thresholds what the iteration of deep_pursuit goes down, whose
// weights depend on the length of its steps.
double objective(const DeepProblem& problem, const Vector& signal,
                 const std::vector<Vector>& codes);

// One layer after another, each from the thresholded correlations of its signal.
DeepSolution layered_pursuit(const DeepProblem& problem, const Vector& signal,
                             const DeepOptions& options = {});

// All layers at once, from the layered thresholds (a pass without pursuit) or from `start`.
DeepSolution deep_pursuit(const DeepProblem& problem, const Vector& signal,
                          const DeepOptions& options = {}, const std::vector<Vector>& start = {});

// The shallow problem of soft thresholds, whose gradients are those of the stack; its signal, and its
// code taken apart. The dictionary is sparse where a layer's is. Throws UsageError for hard thresholds.
PursuitProblem shallow(const DeepProblem& problem);
Vector shallow_signal(const DeepProblem& problem, const Vector& signal);
std::vector<Vector> layers_of(const DeepProblem& problem, const Vector& shallow_code);

}  // namespace retrograde
