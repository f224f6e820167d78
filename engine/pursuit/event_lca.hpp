// The locally competitive algorithm (LCA; Rozell, Johnson, Baraniuk, Olshausen 2008), with groups, by
// events: neurons that compete by graded messages, exact between them and without a time step.
//
//   tau du/dt = -u + D^T x - (D^T D - 1) a      a_g = shrunk(u_g)                  (penalty.hpp)
//
// Whoever listens knows of a neuron only what it has sent last, a^, so between events the drive
// c = D^T x - (D^T D - 1) a^ is constant and u(t) = c + (u0 - c) e^(-(t - t0) / tau). A group sends when
//   send-on-delta  a neuron of an active group has moved by theta since its group last sent. With l1
//                  what moves is what the threshold leaves of it, v = soft(u, l1), and coming back to
//                  v = 0 counts as well: so no coefficient stays that ought to be none;
//   switching      the group becomes active, where |v_g| reaches l2_g + theta sqrt(neurons of it) and
//                  so its code the length of a move of them all, or silent, where |v_g| is back at
//                  l2_g (switching.hpp). A group without l2 needs none of that, its neurons are silent
//                  one by one.
// Both are closed-form roots. It sends the change of its code as one graded message; each neuron that
// the change reaches, after the delay of the connection if there is one, takes it off its drive. What
// a group's own members tell each other is never delayed.
//
// theta begins coarse, at half of the largest change that is due, and becomes finer by a fifth whenever
// the network has come to rest, down to what was asked for: the code is refined, and who starts from a
// state that is nearly right begins with a fine theta. Where |u - u^| <= theta for all neurons of active groups
// and all others are held back, nobody has anything to send, ever: the network rests, and what has
// been sent is optimal up to a KKT residual of theta sqrt(neurons of a group). That is the code.
//
// With l1 alone, no delay and atoms of length up to 1, each message lowers the objective, so there is
// an end to them. Otherwise a network may go on, at the size of theta or, of an atom d longer than 1, of
// theta |d|^2, and is stopped by the residual.
//
// Sources: Rozell et al. 2008 (doi 10.1162/neco.2008.03-07-486); block norms: Charles, Garrigues and
// Rozell 2012 (Neural Computation 24:3317); events and group switching: docs/sparse_coding.md.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <retrograde/engine/pursuit/problem.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

struct EventLcaOptions {
  double theta = 1e-3;   // how far a neuron moves before its group sends; well below the weights
  bool refining = true;  // theta begins coarse; else it is what it is from the start
  Time tau = 10.0;       // ms
  Time delay = 0.0;      // ms, of every connection between groups; 0: at once
  // Of the KKT residual, at which it may stop before rest; 0: 10 theta, or theta times the root
  // of the size of the largest group if that is more, times the square length of the longest atom if that
  // is above 1.
  double tolerance = 0.0;
  Time most_time = 1e5;  // ms; it stops then, not converged
  std::uint64_t most_events = 100'000'000;
  // By a queue of events even where all neurons hear all others at once: what tests compare with.
  bool by_queue = false;
};

// What a run leaves, and what another begins with: warm, where the signal or the problem have changed
// a little.
struct EventLcaState {
  Vector potential;  // u; where the network rests, what it tends to
  Vector sent;       // a^: what listeners know
};

struct GradedMessage {
  Time time;            // ms, when it was sent
  std::uint32_t group;  // that sent
  bool active;          // whether it has any coefficient, after it
};

struct EventLcaResult {
  EventLcaState state;
  Vector code;  // what has been sent
  double kkt = 0.0, objective = 0.0;
  Time time = 0.0;                    // ms, of the last event
  std::uint64_t events = 0;           // of groups: messages, and where rounding leaves none of one
  std::uint64_t messages = 0;         // of groups
  std::uint64_t deliveries = 0;       // neurons reached by them
  bool rests = false;                 // nothing is due
  bool converged = false;             // the residual is within tolerance
  std::vector<GradedMessage> record;  // where it was asked for
};

// The network of one problem; immutable, many threads may run signals on it. The problem outlives it.
class EventLca {
 public:
  // Throws UsageError for options out of range.
  EventLca(const PursuitProblem& problem, const EventLcaOptions& options);
  ~EventLca();
  EventLca(EventLca&&) noexcept;
  EventLca& operator=(EventLca&&) noexcept;

  // From `start`, or from silence. Deterministic. Throws UsageError for a signal or start of another
  // size or not finite, NumericalError where long delays make the potentials grow without bound.
  // It never throws for want of convergence: `converged` says it.
  EventLcaResult run(const Vector& signal, const EventLcaState* start = nullptr,
                     bool recorded = false) const;

 private:
  struct Connections;
  const PursuitProblem* problem_;
  EventLcaOptions options_;
  std::unique_ptr<const Connections> connections_;
};

}  // namespace retrograde
