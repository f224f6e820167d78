// The gradient through a pursuit at rest: how the optimal code depends on signal, dictionary and
// weights. With p = dL/da, S the coefficients that are not 0 and H_g = l2_g / |a_g| (1 - n n^T), n =
// a_g / |a_g|, of each group on them,
//
//   (D_S^T D_S + H) lambda_S = p_S,  lambda = 0 elsewhere
//   dL/dx = D lambda     dL/dD = r lambda^T - (D lambda) a^T     r = x - D a
//   dL/dl1_g = -sum over g of lambda_i sign(a_i)      dL/dl2_g = -lambda_g . n
//
// Differentiating the optimality conditions gives it: the support does not change nearby, except
// where a silent group lies on its threshold, which is a kink. It is the gradient of the optimum, so
// the code has to be one: docs/sparse_coding.md says what follows from one that is not.
#pragma once

#include <retrograde/engine/pursuit/problem.hpp>

namespace retrograde {

struct PursuitGradient {
  Vector lambda;  // per coefficient: dL/d(D^T x)
  Vector signal;  // dL/dx
  Vector l1, l2;  // per group
  // dL/dD = residual lambda^T - signal code^T, an outer product that is seldom wanted whole.
  Matrix dictionary(const Vector& residual, const Vector& code) const;
};

// `code` is the optimum for `signal`; `p` is dL/dcode. Solved by Cholesky's method. Throws
// NumericalError where the active atoms are linearly dependent, so that the code is not unique.
PursuitGradient pursuit_gradient(const PursuitProblem& problem, const Vector& code,
                                 const Vector& p);

// The same by the network: the linear adjoint of the competition,
//   tau dlambda/dt = -lambda + J (p - (D^T D - 1) lambda),   J = d shrunk / du at rest,
// run by events as the forward one is (send-on-delta by theta), from silence to rest.
PursuitGradient pursuit_gradient_by_events(const PursuitProblem& problem, const Vector& code,
                                           const Vector& p, double theta);

}  // namespace retrograde
