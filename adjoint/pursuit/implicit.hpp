// The gradient through a pursuit at rest: how the optimal code depends on signal, dictionary and
// weights. With p = dL/da, S the coefficients that can move (those that are not 0; of an
// active group without l1 all, unless they may not be negative) and H_g = l2_g / |a_g| (1 - n n^T), n
// = a_g / |a_g|, of each group on them,
//
//   (D_S^T D_S + H) lambda_S = p_S,  lambda = 0 elsewhere
//   dL/dx = D lambda     dL/dD = r lambda^T - (D lambda) a^T     r = x - D a
//   dL/dl1_g = -sum over g of lambda_i sign(a_i)      dL/dl2_g = -lambda_g . n
//
// Differentiating the optimality conditions gives it: the support does not change nearby, except
// where a silent group lies on its threshold, which is a kink. It is the gradient of the optimum, so
// the code has to be one: docs/sparse_coding.md says what follows from one that is not.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/pursuit/problem.hpp>

namespace retrograde {

struct PursuitGradient {
  Vector lambda;  // per coefficient: dL/d(D^T x)
  Vector signal;  // dL/dx
  Vector l1, l2;  // per group
  // dL/dD = residual lambda^T - signal code^T, an outer product that is seldom wanted whole.
  Matrix dictionary(const Vector& residual, const Vector& code) const;
};

// `code` is the optimum for `signal`; `p` is dL/dcode. Solved by Cholesky's method, of a sparse
// dictionary sparse; O(|S|^3) of a dense one. Throws NumericalError where the active atoms are
// linearly dependent, so that the code is not unique, and UsageError for sizes that do not fit.
PursuitGradient pursuit_gradient(const PursuitProblem& problem, const Vector& code,
                                 const Vector& p);

// lambda alone, where D^T D is there already, of many signals; `damping` is added to the diagonal.
Vector pursuit_lambda(const Matrix& gram, const Penalty& penalty, const Vector& code,
                      const Vector& p, double damping = 0.0);

// dL/dl1 and dL/dl2 of a lambda, per group.
void weight_gradients(const Penalty& penalty, const Vector& code, const Vector& lambda, Vector& l1,
                      Vector& l2);

// What a lambda says of everything else.
PursuitGradient gradient_of_lambda(const PursuitProblem& problem, const Vector& code,
                                   Vector lambda);

// Throws UsageError for a problem, code or p that do not fit or are not finite.
void require_code(const PursuitProblem& problem, const Vector& code, const Vector& p);

// S, in order.
std::vector<Eigen::Index> support_of(const Penalty& penalty, const Vector& code);

}  // namespace retrograde
