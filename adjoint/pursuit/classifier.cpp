#include <cmath>
#include <fmt/format.h>

#include <retrograde/adjoint/pursuit/classifier.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

void require_class(const PursuitClassifier& classifier, std::uint32_t label) {
  if (label >= classifier.classes())
    throw UsageError(fmt::format("label {} for a classifier of {} classes, they count from 0",
                                 label, classifier.classes()));
}

// The best score besides that of `label`; the lowest class of equal ones.
Eigen::Index best_other(const Vector& scores, Eigen::Index label) {
  Eigen::Index best = label == 0 ? 1 : 0;
  for (Eigen::Index k = best + 1; k < scores.size(); ++k)
    if (k != label && scores(k) > scores(best)) best = k;
  return best;
}

}  // namespace

Eigen::Index feature_count(const PursuitProblem& problem, CodeFeatures features) {
  return features == CodeFeatures::codes ? problem.dictionary.size()
                                         : problem.penalty.groups.count();
}

void check(const PursuitClassifier& classifier) {
  check(classifier.problem);
  const Eigen::Index wanted = feature_count(classifier.problem, classifier.features);
  if (classifier.weights.rows() < 1 || classifier.weights.cols() != wanted)
    throw UsageError(
        fmt::format("a classifier of {} x {} weights sees {} features, it needs a row per class of "
                    "as many weights",
                    classifier.weights.rows(), classifier.weights.cols(), wanted));
  if (classifier.bias.size() != classifier.weights.rows())
    throw UsageError(fmt::format("{} biases for {} rows of weights", classifier.bias.size(),
                                 classifier.weights.rows()));
  if (!classifier.weights.allFinite() || !classifier.bias.allFinite())
    throw UsageError("a weight or bias of a classifier is not finite");
}

void check_learned(const PursuitClassifier& classifier) {
  if (classifier.decides())
    check(classifier);
  else
    check(classifier.problem);
}

Vector features_of(const PursuitClassifier& classifier, const Vector& code) {
  return classifier.features == CodeFeatures::codes ? code
                                                    : classifier.problem.penalty.groups.norms(code);
}

Vector scores(const PursuitClassifier& classifier, const Vector& code) {
  return classifier.weights * features_of(classifier, code) + classifier.bias;
}

std::uint32_t decision(const PursuitClassifier& classifier, const Vector& code) {
  const Vector s = scores(classifier, code);
  if (s.size() == 1) return s(0) > 0.0 ? 1 : 0;
  Eigen::Index best = 0;
  for (Eigen::Index k = 1; k < s.size(); ++k)
    if (s(k) > s(best)) best = k;
  return static_cast<std::uint32_t>(best);
}

Vector code_gradient(const PursuitClassifier& classifier, const Vector& code,
                     const Vector& by_scores) {
  Vector by_features = classifier.weights.transpose() * by_scores;
  if (classifier.features == CodeFeatures::codes) return by_features;
  const Groups& groups = classifier.problem.penalty.groups;
  Vector p = Vector::Zero(code.size());
  for (Eigen::Index g = 0; g < groups.count(); ++g) {
    const auto part = code.segment(groups.begin(g), groups.size(g));
    const double norm = part.norm();
    if (norm > 0.0) p.segment(groups.begin(g), groups.size(g)) = by_features(g) / norm * part;
  }
  return p;
}

CodeValue code_margin(const PursuitClassifier& classifier, const Vector& code,
                      std::uint32_t label) {
  require_class(classifier, label);
  const Vector s = scores(classifier, code);
  Vector by_scores = Vector::Zero(s.size());
  if (s.size() == 1) {
    by_scores(0) = label == 1 ? 1.0 : -1.0;
    return {by_scores(0) * s(0), code_gradient(classifier, code, by_scores)};
  }
  const auto own = static_cast<Eigen::Index>(label);
  const Eigen::Index other = best_other(s, own);
  by_scores(own) = 1.0;
  by_scores(other) = -1.0;
  return {s(own) - s(other), code_gradient(classifier, code, by_scores)};
}

CodeValue code_cross_entropy(const PursuitClassifier& classifier, const Vector& code,
                             std::uint32_t label, Vector* by_scores) {
  require_class(classifier, label);
  const Vector s = scores(classifier, code);
  Vector by = Vector::Zero(s.size());
  double value = 0.0;
  if (s.size() == 1) {
    // log(1 + e^-m) of the margin m, without an exponential that overflows.
    const double sign = label == 1 ? 1.0 : -1.0, margin = sign * s(0);
    value = std::fmax(-margin, 0.0) + std::log1p(std::exp(-std::fabs(margin)));
    by(0) = -sign / (1.0 + std::exp(margin));
  } else {
    const auto own = static_cast<Eigen::Index>(label);
    const double highest = s.maxCoeff();
    double sum = 0.0;
    for (Eigen::Index k = 0; k < s.size(); ++k) sum += by(k) = std::exp(s(k) - highest);
    by /= sum;
    by(own) -= 1.0;
    value = std::log(sum) - (s(own) - highest);
  }
  if (by_scores != nullptr) *by_scores = by;
  return {value, code_gradient(classifier, code, by)};
}

}  // namespace retrograde
