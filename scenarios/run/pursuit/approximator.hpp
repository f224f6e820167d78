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

// Trained on signals of drawn codes that are nobody's test, whatever a classifier says of them. The
// same for all classifiers on one dictionary and pursuit, and made once for them. `spec` has an
// approximator. Throws Interrupted where `progress` says no, and what the solver throws.
std::shared_ptr<const Approximator> make_approximator(const PursuitSpec& spec,
                                                      const PursuitModel& model,
                                                      const EvaluationProgress& progress = {});

// The margin of a classifier of norms (code_margin) on what the network takes for them.
double approximated_margin(const PursuitClassifier& classifier, const Approximator& network,
                           const Vector& signal, std::uint32_t label);

// Codes that have the support which the network answers with: of each group whose norm is above 0 one
// coefficient, which is that norm. A column per signal.
Matrix approximated_support(const Approximator& network, const Matrix& signals,
                            const Groups& groups);

}  // namespace retrograde
