// The locally competitive algorithm (LCA; Rozell, Johnson, Baraniuk, Olshausen 2008), with groups, by
// events: neurons that compete by graded messages, exact between them and without a time step.
//
//   tau du/dt = -u + D^T x - (D^T D - 1) a      a_g = shrunk(u_g)                  (penalty.hpp)
//
// Whoever listens knows of a neuron only what it has sent last, a^, so between events the drive
// c = D^T x - (D^T D - 1) a^ is constant and u(t) = c + (u0 - c) e^(-(t - t0) / tau). A group sends when
//   send-on-delta  a neuron of an active group has moved by theta since its group last sent, or
//   switching      the group becomes active or silent: |u_g| crosses l2_g (without l1);
// both are closed-form roots. It sends the change of its code as one graded message; each neuron that
// the change reaches, after the delay of the connection if there is one, takes it off its drive.
// At rest u = a + D^T (x - D a), which is the optimum of the problem, up to theta.
//
// Sources: Rozell et al. 2008 (doi 10.1162/neco.2008.03-07-486); block norms: Charles, Garrigues and
// Rozell 2012 (Neural Computation 24:3317); events and group switching: docs/sparse_coding.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <retrograde/engine/pursuit/problem.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

struct EventLcaOptions {
  double theta = 1e-3;     // how far a neuron moves before its group sends; well below the weights
  Time tau = 10.0;         // ms
  Time delay = 0.0;        // ms, of every connection between groups; 0: at once
  double tolerance = 0.0;  // of the KKT residual, at which it stops; 0: 10 theta
  Time most_time = 1e5;    // ms; it stops then, not converged
  std::uint64_t most_events = 100'000'000;
};

// What a run leaves, and what another begins with: warm, where the signal or the problem have changed
// a little.
struct EventLcaState {
  Vector potential;  // u
  Vector sent;       // a^: what listeners know
};

struct GradedMessage {
  Time time;            // ms, when it was sent
  std::uint32_t group;  // that sent
  bool active;          // whether the group is, after it
};

struct EventLcaResult {
  EventLcaState state;
  Vector code;  // shrunk(u) at the end
  double kkt = 0.0, objective = 0.0;
  Time time = 0.0;               // ms
  std::uint64_t messages = 0;    // group events
  std::uint64_t deliveries = 0;  // neurons reached by them
  bool converged = false;
  std::vector<GradedMessage> record;  // where it was asked for
};

// The network of one problem; immutable, many threads may run signals on it. The problem outlives it.
class EventLca {
 public:
  // Throws UsageError for options out of range.
  EventLca(const PursuitProblem& problem, const EventLcaOptions& options);
  // From `start`, or from silence. Deterministic.
  EventLcaResult run(const Vector& signal, const EventLcaState* start = nullptr,
                     bool recorded = false) const;
};

}  // namespace retrograde
