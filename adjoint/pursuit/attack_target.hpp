// A classifier on codes as the target of an attack: the margin at a signal is that of its code, and
// its gradient goes through the pursuit at rest (implicit.hpp), white box.
#pragma once

#include <functional>

#include <retrograde/adjoint/attack/attack.hpp>
#include <retrograde/adjoint/pursuit/classifier.hpp>
#include <retrograde/engine/pursuit/fista.hpp>

namespace retrograde {

// From a signal to its optimal code. It may remember where it came to rest and start there when asked
// again: points of one attack lie close to each other.
using PursuitSolver = std::function<Vector(const Vector& signal)>;

// Proximal gradients, each signal from the code of the one before. The problem outlives it. The
// solver throws NumericalError where the tolerance is not reached. One solver serves one attack at a
// time: what it gives depends, within the tolerance, on what it was asked before.
PursuitSolver warm_fista(const PursuitProblem& problem, const FistaOptions& options = {});

// What an attack on a signal of this class looks at. The classifier outlives it.
AttackTarget attack_target(const PursuitClassifier& classifier, std::uint32_t label,
                           PursuitSolver solver);

// The classifier on what one threshold leaves of the correlations, shrunk(D^T x): a layer without
// competition, in which more groups are awake, and whose gradient D J p (J: event_adjoint.hpp) takes no
// solution. What misleads it is tried on the pursuit, whose own gradient silent groups mask.
AttackTarget threshold_target(const PursuitClassifier& classifier, std::uint32_t label);

}  // namespace retrograde
