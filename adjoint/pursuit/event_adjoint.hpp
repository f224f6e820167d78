// The gradient of implicit.hpp by a network of neurons instead of a solver: the linear adjoint of the
// competition (engine/pursuit/event_lca.hpp), on the coefficients S that can move,
//
//   tau dlambda/dt = -lambda + J (p - (D^T D - 1) lambda^)      J = d shrunk / du = (1 + H)^-1
//   J_g = m 1 + (1 - m) n n^T,   m = |a_g| / (|a_g| + l2_g),   n = a_g / |a_g|
//
// from silence. Listeners know the lambda^ that was sent last, so between messages each lambda
// relaxes to a constant along an exponential, and a group sends when one of its members has moved by
// theta since: a logarithm says when. At rest lambda^ is the solution, up to theta.
#pragma once

#include <cstdint>

#include <retrograde/adjoint/pursuit/implicit.hpp>

namespace retrograde {

struct EventAdjointResult {
  PursuitGradient gradient;    // of the lambda^ that was sent
  std::uint64_t messages = 0;  // of groups
  double time = 0.0;           // until rest, in units of tau
};

// Runs until nobody expects to move by theta any more: then |lambda^ - J (p - (D^T D - 1) lambda^)| is
// at most theta in each coefficient. Deterministic. Throws UsageError for a theta that is not above 0
// and for sizes that do not fit, and NumericalError if the network does not come to rest within
// `most_messages`: each lambda takes at least |lambda| / theta of them, and it
// need not come to rest where atoms are longer than sqrt(2).
EventAdjointResult pursuit_gradient_by_events(const PursuitProblem& problem, const Vector& code,
                                              const Vector& p, double theta,
                                              std::uint64_t most_messages = 10'000'000);

}  // namespace retrograde
