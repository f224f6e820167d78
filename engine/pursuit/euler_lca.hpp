// The LCA of event_lca.hpp by a clock: explicit Euler steps of dt, in which every neuron that has a
// code tells all others. What is customary (Rozell et al. 2008; the layers of lca-pytorch), and what
// events are measured against.
//
//   u <- u + dt / tau (-u + D^T x - (D^T D - 1) a)      a = shrunk(u)
//
// Its fixed point is the optimum, for any dt; it gets there if dt / tau < 2 / (largest eigenvalue of
// D^T D), or 2 where that is below 1.
#pragma once

#include <cstdint>

#include <retrograde/engine/pursuit/event_lca.hpp>

namespace retrograde {

struct EulerLcaOptions {
  Time tau = 10.0, dt = 0.1;  // ms
  double tolerance = 1e-3;    // of the KKT residual
  std::uint32_t most_steps = 100'000;
  std::uint32_t steps_a_look = 10;  // at the residual; 0: never, and most_steps are taken
};

struct EulerLcaResult {
  Vector potential, code;
  double kkt = 0.0, objective = 0.0;
  std::uint32_t steps = 0;
  std::uint64_t messages = 0;  // of groups that had a code, one a step
  bool converged = false;
};

class EulerLca {
 public:
  // The problem outlives it. Throws UsageError for options out of range, and for a step that cannot
  // converge.
  EulerLca(const PursuitProblem& problem, const EulerLcaOptions& options);
  // From these potentials, or from silence. Throws UsageError for a signal or start of another size
  // or not finite.
  EulerLcaResult run(const Vector& signal, const Vector& start = {}) const;

 private:
  void step(const Vector& drive, Vector& potential, Vector& code, Vector& competition) const;

  const PursuitProblem* problem_;
  EulerLcaOptions options_;
  Matrix competition_;  // D^T D - 1, of a dense dictionary; else the dictionary itself is asked
};

}  // namespace retrograde
