// The loss of a batch of labelled signals through a pursuit, and its gradient with respect to
// everything that is learned. With a the code of a signal x, r = x - D a, G = D^T D, means over the
// batch:
//
//   reconstruction   mean |r|^2
//   classification   mean cross entropy of the label                                (classifier.hpp)
//   coherence        sum of G_ij^2 over pairs of atoms i < j of different groups
//   gap              -min over the batch of (smallest |u_g| of an active group - largest of a silent
//                    one), u = a + D^T r before the threshold: how clear it is who is active
//
// Source of the terms: arXiv:2205.08955; that coherences enter by their squares, is our choice.
//
// Codes come of a fixed number of iterations and the gradient is that of the optimum (implicit.hpp).
// Of a code that is not quite there, optimality holds up to its KKT residual e, so that it is the
// optimum of a signal off by about e, and the gradient that of a loss there: wrong by O(e), with the
// direction of the mean lost only where e rivals the weights of the penalty. Its mean is part of the
// result, so look at it.
#pragma once

#include <cstdint>
#include <span>

#include <retrograde/adjoint/pursuit/classifier.hpp>

namespace retrograde {

struct PursuitLoss {
  double reconstruction = 0.0, classification = 1.0, coherence = 0.0, gap = 0.0;  // weights
};

struct PursuitBatchOptions {
  std::uint32_t iterations = 50;  // of FISTA, from 0
  // On the diagonal of the adjoint system, so that atoms which have grown alike during training do not
  // stop it. 0 would be the exact gradient.
  double damping = 1e-6;
};

// Sums in a fixed order: the same bits for any number of threads.
struct PursuitBatch {
  double loss = 0.0;  // weighted sum of the terms
  double reconstruction = 0.0, cross_entropy = 0.0, coherence = 0.0, gap = 0.0;  // without weights
  double kkt = 0.0;         // mean residual of the codes
  double active = 0.0;      // mean share of active groups
  std::uint64_t right = 0;  // decisions
  // dL/dD, of a convolution with respect to its kernels; dL/dweights.
  Matrix dictionary, weights;
  Vector bias, l1, l2;  // dL/dbias; per group
};

// `gram` is D^T D of the classifier's dictionary. Throws UsageError for one that is not learned
// (learned_atoms.hpp), for a classifier that does not fit (classifier.hpp), for labels that are no class
// and sizes that do not fit, NumericalError for a loss that is not finite. Memory: D and D^T D as dense
// matrices and a handful of matrices of atoms x signals.
PursuitBatch pursuit_batch(const PursuitClassifier& classifier, const Matrix& gram,
                           const Matrix& signals, std::span<const std::uint32_t> labels,
                           const PursuitLoss& loss, const PursuitBatchOptions& options);

// D^T D, on threads.
Matrix gram_of(const Matrix& atoms);
Matrix gram_of(const Dictionary& dictionary);

}  // namespace retrograde
