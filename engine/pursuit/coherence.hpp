// How alike atoms are, and what a group basis pursuit promises for it.
//
// The promise, for blocks D_g that are orthonormal, of block coherence mu = max |D_g^T D_h|_2 over g
// != h: let a signal be x = sum over A of D_g a_g, of k = |A| groups, disturbed to x + e with |D_g^T e|
// <= eta for every g (that |e|_2 <= eta suffices), and let l2_g be the weights. If (k - 1) mu < 1 and
//
//   eta (1 + mu) + k mu max over A of l2_g  <  (1 - (k - 1) mu) min off A of l2_h
//
// then the optimal code a* of x + e is unique, its active groups lie in A, |a*_g - a_g| <= delta in
// every group, delta = (eta + max over A of l2_g) / (1 - (k - 1) mu), and each group of |a_g| > delta is
// active. With groups of one atom it speaks of basis pursuit, and mu is the mutual coherence.
// Proof: docs/sparse_coding.md. It is a worst case; pursuits do well far beyond it.
#pragma once

#include <vector>

#include <retrograde/engine/pursuit/penalty.hpp>

namespace retrograde {

struct Coherence {
  double mutual = 0.0;   // max |d_i . d_j| over i != j, of atoms scaled to length 1
  double between = 0.0;  // the same over atoms of different groups
  double block = 0.0;    // max |D_g^T D_h|_2 over groups g != h, of the atoms as they are
  double defect = 0.0;   // max |D_g^T D_g - 1|_2: 0 where blocks are orthonormal
};

// Throws UsageError where groups and atoms do not fit.
Coherence coherence(const Matrix& atoms, const Groups& groups);

struct GroupGuarantee {
  bool holds = false;
  double delta = 0.0;  // of the code, per group; infinite where it does not hold
};

// Of signals of any k groups: the heaviest weights may lie on them, the lightest off them.
// `disturbance` is eta above. Throws UsageError for values out of range.
GroupGuarantee group_guarantee(double block_coherence, Eigen::Index k, double disturbance,
                               const Vector& weights);
// Of signals of these groups.
GroupGuarantee group_guarantee(double block_coherence, const std::vector<Eigen::Index>& active,
                               double disturbance, const Vector& weights);

// A linear decision sign(w . a) of a signal of k groups cannot change if |w . a| is larger than
// this, `lengths` being |w_g| per group; a pooled one, sign(v . |a_g|), with |v_g| for them.
double guaranteed_margin(const GroupGuarantee& guarantee, Eigen::Index k, const Vector& lengths);

}  // namespace retrograde
