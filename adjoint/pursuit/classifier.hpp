// A classifier on the code of a signal: linear scores of features, which are the coefficients, or the
// norms of the groups ("pooled", PGBP: as many features as there are groups).
//
//   score_k = weights_k . features + bias_k       the highest wins, the lowest class of equal ones
//
// With a single row there are two classes, decided by the sign: class 1 where score_0 > 0. This is a
// score of 0 for class 0 against score_0 for class 1, and everything below follows from that.
// The gradient p of whatever is asked is with respect to the code: of codes p = sum_k dk weights_k; of
// norms q_g = |a_g|, p_g = dL/dq_g a_g / |a_g|, and 0 in silent groups, which stay silent nearby.
// Source: arXiv:2205.08955.
#pragma once

#include <cstdint>

#include <retrograde/engine/pursuit/problem.hpp>

namespace retrograde {

enum class CodeFeatures : std::uint8_t { codes, norms };

struct PursuitClassifier {
  PursuitProblem problem;
  CodeFeatures features = CodeFeatures::codes;
  Matrix weights;  // classes x features; one row: two classes by sign; none: codes, and no decision
  Vector bias;     // per row

  bool decides() const { return weights.rows() > 0; }

  std::uint32_t classes() const {
    return weights.rows() == 1 ? 2 : static_cast<std::uint32_t>(weights.rows());
  }
};

// How many features a classifier of this problem sees.
Eigen::Index feature_count(const PursuitProblem& problem, CodeFeatures features);

// Throws UsageError for weights and biases that do not fit the features or are not finite.
void check(const PursuitClassifier& classifier);
// The same of what is learned, a classifier or a dictionary alone.
void check_learned(const PursuitClassifier& classifier);

// Something that depends on a code, and its gradient with respect to it.
struct CodeValue {
  double value = 0.0;
  Vector p;  // d value / d code
};

Vector features_of(const PursuitClassifier& classifier, const Vector& code);
Vector scores(const PursuitClassifier& classifier, const Vector& code);  // a row each
std::uint32_t decision(const PursuitClassifier& classifier, const Vector& code);

// From d value / d score, a row each, to d value / d code.
Vector code_gradient(const PursuitClassifier& classifier, const Vector& code,
                     const Vector& by_scores);

// The score of `label` less the best other one: above 0 where the decision is right. Throws
// UsageError for a label that is no class.
CodeValue code_margin(const PursuitClassifier& classifier, const Vector& code, std::uint32_t label);

// -log of the probability of `label` under softmax of the scores (one row: the logistic function).
// `by_scores`, where given, becomes d value / d score.
CodeValue code_cross_entropy(const PursuitClassifier& classifier, const Vector& code,
                             std::uint32_t label, Vector* by_scores = nullptr);

}  // namespace retrograde
