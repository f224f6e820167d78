// Basis pursuit, with groups: the code of a signal is the cheapest one that explains it.
//
//   F(a) = 1/2 |x - D a|^2 + penalty(a)  ->  min over a                             (penalty.hpp)
//
// At the optimum the correlations c = D^T (x - D a) of what is left lie in the subdifferential of the
// penalty: of an active group without l1, c_g = l2_g a_g / |a_g|; of a silent one |c_g| <= l2_g.
#pragma once

#include <retrograde/engine/pursuit/dictionary.hpp>
#include <retrograde/engine/pursuit/penalty.hpp>

namespace retrograde {

struct PursuitProblem {
  Dictionary dictionary;
  Penalty penalty;  // of as many coefficients as there are atoms
};

// Throws UsageError for weights below 0 or not finite, and for sizes that do not fit.
void check(const PursuitProblem& problem);
// And for a signal that does not fit, is not finite, or so large that its square is not.
void check(const PursuitProblem& problem, const Vector& signal);

double objective(const PursuitProblem& problem, const Vector& signal, const Vector& code);

// How far a code is from being optimal, the largest over groups of the Euclidean norm: of an active
// group the distance of c_g from what the penalty's gradient is there, of a silent one that of c_g
// from what the penalty holds back. 0 at the optimum and nowhere else; NaN of a code that is not finite,
// or whose correlations are not.
double kkt_residual(const PursuitProblem& problem, const Vector& signal, const Vector& code);
// The same, where the correlations D^T (x - D a) are there already.
double kkt_residual(const Penalty& penalty, const Vector& correlations, const Vector& code);

// F(a) less a lower bound of the optimum: that of the residual x - D a, scaled into the dual's
// constraints (Fenchel duality: max over r of x.r - |r|^2 / 2 with D^T r in the domain of the
// penalty's conjugate). At least 0, 0 at the optimum; not finite where numbers overflow. Where a group
// has neither weight, any correlation of it makes that bound useless: of such a problem it is 0 at the
// exact optimum alone.
double duality_gap(const PursuitProblem& problem, const Vector& signal, const Vector& code);

}  // namespace retrograde
