// [approximator]: a feed-forward network that has learned what a group pursuit answers, the norms of
// groups (adjoint/pursuit/approximator.hpp), and how it takes an attack that was made on the pursuit: what was
// found there is shown to it, it is not looked into itself. Source: arXiv:2205.08955.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <retrograde/adjoint/pursuit/approximator.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/pursuit/model.hpp>

namespace retrograde {

std::string_view name(ApproximatorKind kind);

// What progress is called with while it is found out what to learn; then epochs follow.
inline constexpr std::string_view codes_to_approximate = "codes to approximate";

// Trained on signals of the training part, or, where signals are made, on ones of drawn codes that are
// nobody's test, whatever a classifier says of them. The same for all classifiers on one dictionary and
// pursuit, and made once for them. `spec` has an
// approximator. Throws Interrupted where `progress` says no, and what the solver throws.
std::shared_ptr<const Approximator> make_approximator(const PursuitSpec& spec,
                                                      const PursuitModel& model,
                                                      const EvaluationProgress& progress = {});

// Codes whose groups have the norms that the network answers with, in one coefficient each: what a
// classifier of norms takes for those of the pursuit. A column per signal.
Matrix approximated_codes(const Approximator& network, const Matrix& signals, const Groups& groups);

// The share of right decisions of a classifier of norms on them.
double approximated_accuracy(const PursuitClassifier& classifier, const Approximator& network,
                             const LabelledSignals& signals);

}  // namespace retrograde
