// What a scenario of sparse coding says as values: its signals, and the pursuit and classifier that
// they go through, before any training.
#pragma once

#include <memory>
#include <string>

#include <retrograde/adjoint/pursuit/attack_target.hpp>
#include <retrograde/adjoint/pursuit/classifier.hpp>
#include <retrograde/engine/pursuit/event_lca.hpp>
#include <retrograde/scenarios/read/pursuit/pursuit_spec.hpp>
#include <retrograde/scenarios/run/pursuit/signals.hpp>

namespace retrograde {

struct PursuitModel {
  SignalSet signals;
  PursuitClassifier classifier;
};

// Reads or makes all of it; `data_path` is that of --data, or empty. Deterministic. Throws IoError,
// FormatError, ScenarioError, UsageError: files that are not there or do not fit each other; LimitError
// where nearly no signal has the margin.
PursuitModel make_pursuit(const Scenario& scenario, const std::string& data_path);

// How [pursuit] says that codes are found. Immutable, for many threads; the problem outlives it.
class PursuitSolvers {
 public:
  PursuitSolvers(const PursuitProblem& problem, const SolverSpec& spec);
  // One that begins where it came to rest before. Throws NumericalError where there is no convergence.
  PursuitSolver warm() const;
  // The network of events; null: FISTA.
  const EventLca* events() const { return events_.get(); }

 private:
  const PursuitProblem* problem_;
  SolverSpec spec_;
  std::unique_ptr<const EventLca> events_;
};

EventLcaOptions event_options(const SolverSpec& spec);
FistaOptions fista_options(const SolverSpec& spec);

// A short name: "BP", "GBP", "PGBP" where norms are classified, "sparse GBP" of both norms; "NN-" before
// it where codes are not negative.
std::string pursuit_name(const PursuitSpec& spec);

}  // namespace retrograde
