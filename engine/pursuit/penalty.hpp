// What a code costs: weights per group of coefficients, of the l1 norm, of the Euclidean norm, or of
// both.
//
//   penalty(a) = sum over groups g of l1_g |a_g|_1 + l2_g |a_g|_2        (a >= 0, where that is asked)
//
// Basis pursuit (BP) is l1 alone, or groups of one coefficient; group basis pursuit (GBP) is l2
// alone; both are the sparse group lasso. Groups are a partition of the coefficients into
// consecutive ranges. Source: arXiv:2205.08955, section 1; the mixed norm is that of Simon, Friedman,
// Hastie and Tibshirani 2013 (doi 10.1080/10618600.2012.681250).
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/pursuit/dictionary.hpp>

namespace retrograde {

class Groups {
 public:
  // Of these sizes, in order. Throws UsageError for none and for empty ones.
  explicit Groups(const std::vector<Eigen::Index>& sizes);
  // `size` coefficients in groups of `each`. Throws UsageError where that does not divide.
  static Groups equal(Eigen::Index size, Eigen::Index each);

  Eigen::Index count() const { return static_cast<Eigen::Index>(first_.size()) - 1; }
  Eigen::Index coefficients() const { return first_.back(); }
  Eigen::Index begin(Eigen::Index group) const { return first_[static_cast<std::size_t>(group)]; }
  Eigen::Index size(Eigen::Index group) const { return begin(group + 1) - begin(group); }
  Eigen::Index of(Eigen::Index coefficient) const {
    return of_[static_cast<std::size_t>(coefficient)];
  }
  // The Euclidean norm of each group of a code: what pooled classifiers see.
  Vector norms(const Vector& code) const;

 private:
  std::vector<Eigen::Index> first_;  // of each group, and the end
  std::vector<Eigen::Index> of_;     // the group of each coefficient
};

struct Penalty {
  Groups groups;
  Vector l1, l2;              // per group, at least 0
  bool non_negative = false;  // the code has no coefficient below 0

  // The same weights for all groups.
  static Penalty equal(Groups groups, double l1, double l2, bool non_negative = false);

  double value(const Vector& code) const;
  // argmin over a of 1/2 |a - u|^2 + step * penalty(a): the soft threshold of each coefficient, then
  // the shrinkage of each group; of negative coefficients 0 where they may not be.
  Vector shrunk(const Vector& u, double step = 1.0) const;
  // The same of one group, in place; `u` points at its coefficients.
  void shrink(Eigen::Index group, double* u, double step = 1.0) const;
};

}  // namespace retrograde
