#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include <retrograde/adjoint/pursuit/batch_loss.hpp>
#include <retrograde/adjoint/pursuit/implicit.hpp>
#include <retrograde/adjoint/pursuit/learned_atoms.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// Columns that a task takes at once: part of the promise of equal bits.
constexpr Eigen::Index columns_a_task = 32;

template <class Body>
void for_each_block(Eigen::Index columns, const Body& body) {
  const auto blocks = static_cast<std::size_t>((columns + columns_a_task - 1) / columns_a_task);
  for_each_trial(blocks, [&](std::size_t b) {
    const Eigen::Index begin = static_cast<Eigen::Index>(b) * columns_a_task;
    body(begin, std::min(columns_a_task, columns - begin));
  });
}

// Of each signal of a batch, a column or place each.
struct Codes {
  Matrix codes, correlations;  // a, D^T r
  Matrix features, by_scores;  // of the classifier; dCE/dscore
  Matrix p;                    // dL/da
  Vector reconstruction, cross_entropy, kkt, active;
  std::vector<std::uint8_t> right;
};

Codes sized(const PursuitClassifier& classifier, Eigen::Index signals) {
  const Eigen::Index atoms = classifier.problem.dictionary.size();
  return {Matrix(atoms, signals),
          Matrix(atoms, signals),
          Matrix(classifier.weights.cols(), signals),
          Matrix(classifier.weights.rows(), signals),
          Matrix(atoms, signals),
          Vector(signals),
          Vector(signals),
          Vector(signals),
          Vector(signals),
          std::vector<std::uint8_t>(static_cast<std::size_t>(signals))};
}

// What one signal says for itself, from its code.
void judge(const PursuitClassifier& classifier, std::uint32_t label, const PursuitLoss& loss,
           double share, const Vector& drive, double square, Eigen::Index j, Codes& all) {
  const Penalty& penalty = classifier.problem.penalty;
  const Vector code = all.codes.col(j), c = all.correlations.col(j);
  // |x - D a|^2 = |x|^2 - a.D^T x - a.D^T r
  all.reconstruction(j) = square - code.dot(drive) - code.dot(c);
  Vector by_scores;
  const CodeValue entropy = code_cross_entropy(classifier, code, label, &by_scores);
  all.cross_entropy(j) = entropy.value;
  all.by_scores.col(j) = by_scores;
  all.features.col(j) = features_of(classifier, code);
  all.p.col(j) = share * (loss.classification * entropy.p - 2.0 * loss.reconstruction * c);
  all.kkt(j) = kkt_residual(penalty, c, code);
  all.right[static_cast<std::size_t>(j)] = decision(classifier, code) == label ? 1 : 0;
  double active = 0.0;
  for (Eigen::Index g = 0; g < penalty.groups.count(); ++g)
    if (!code.segment(penalty.groups.begin(g), penalty.groups.size(g)).isZero(0.0)) active += 1.0;
  all.active(j) = active / static_cast<double>(penalty.groups.count());
}

Codes coded(const PursuitClassifier& classifier, const Matrix& gram, const Matrix& signals,
            std::span<const std::uint32_t> labels, const PursuitLoss& loss,
            std::uint32_t iterations) {
  const Dictionary& d = classifier.problem.dictionary;
  Codes all = sized(classifier, signals.cols());
  const double share = 1.0 / static_cast<double>(signals.cols());
  for_each_block(signals.cols(), [&](Eigen::Index begin, Eigen::Index count) {
    const Matrix own = signals.middleCols(begin, count);
    const Matrix drives = d.correlations_of(own);
    const Matrix codes = fista_codes(gram, classifier.problem.penalty, 1.0 / d.largest_eigenvalue(),
                                     drives, iterations);
    all.codes.middleCols(begin, count) = codes;
    all.correlations.middleCols(begin, count) = drives - gram * codes;
    for (Eigen::Index j = 0; j < count; ++j)
      judge(classifier, labels[static_cast<std::size_t>(begin + j)], loss, share, drives.col(j),
            own.col(j).squaredNorm(), begin + j, all);
  });
  return all;
}

// The gap of one signal, and d gap / du; none where all groups are active, or none is.
struct Gap {
  double value = std::numeric_limits<double>::infinity();
  Eigen::Index active = -1, silent = -1;
};

Gap gap_of(const Groups& groups, const Vector& code, const Vector& u) {
  Gap gap;
  double smallest = std::numeric_limits<double>::infinity(), largest = -1.0;
  for (Eigen::Index g = 0; g < groups.count(); ++g) {
    const double size = u.segment(groups.begin(g), groups.size(g)).norm();
    const bool active = !code.segment(groups.begin(g), groups.size(g)).isZero(0.0);
    if (active && size < smallest) {
      smallest = size;
      gap.active = g;
    } else if (!active && size > largest) {
      largest = size;
      gap.silent = g;
    }
  }
  if (gap.active >= 0 && gap.silent >= 0) gap.value = smallest - largest;
  return gap;
}

// Finds the signal with the smallest gap, the first of equal ones, and adds its term: to p what goes
// through the code, u = a + D^T (x - D a); returns what the dictionary gets besides, as a lambda of
// that signal.
struct GapTerm {
  double value = 0.0;
  Eigen::Index signal = -1;
  Vector lambda;
};

GapTerm gap_term(const Groups& groups, const Matrix& gram, double weight, Codes& all) {
  GapTerm term;
  Gap least;
  for (Eigen::Index j = 0; j < all.codes.cols(); ++j) {
    const Gap gap = gap_of(groups, all.codes.col(j), all.codes.col(j) + all.correlations.col(j));
    if (gap.value < least.value) {
      least = gap;
      term.signal = j;
    }
  }
  if (term.signal < 0) return term;
  term.value = -least.value;
  const Vector u = all.codes.col(term.signal) + all.correlations.col(term.signal);
  Vector by_u = Vector::Zero(u.size());
  for (const auto& [group, sign] : {std::pair{least.active, -1.0}, {least.silent, 1.0}}) {
    const auto part = u.segment(groups.begin(group), groups.size(group));
    if (part.norm() > 0.0)
      by_u.segment(groups.begin(group), groups.size(group)) = sign * weight / part.norm() * part;
  }
  all.p.col(term.signal) += by_u - gram * by_u;
  term.lambda = std::move(by_u);
  return term;
}

// Sum over pairs of different groups of G_ij^2; `masked` becomes G there and 0 elsewhere.
double coherence_term(const Groups& groups, const Matrix& gram, Matrix& masked) {
  masked = gram;
  for (Eigen::Index g = 0; g < groups.count(); ++g)
    masked.block(groups.begin(g), groups.begin(g), groups.size(g), groups.size(g)).setZero();
  return 0.5 * masked.squaredNorm();
}

// The adjoint of each signal: lambda, and from it what the penalty's weights get.
Matrix adjoint(const Penalty& penalty, const Matrix& gram, const Codes& all, double damping,
               PursuitBatch& batch) {
  const Eigen::Index signals = all.codes.cols(), groups = penalty.groups.count();
  Matrix lambdas(all.codes.rows(), signals), l1(groups, signals), l2(groups, signals);
  for_each_block(signals, [&](Eigen::Index begin, Eigen::Index count) {
    for (Eigen::Index j = begin; j < begin + count; ++j) {
      const Vector code = all.codes.col(j);
      const Vector lambda = pursuit_lambda(gram, penalty, code, all.p.col(j), damping);
      lambdas.col(j) = lambda;
      Vector by_l1, by_l2;
      weight_gradients(penalty, code, lambda, by_l1, by_l2);
      l1.col(j) = by_l1;
      l2.col(j) = by_l2;
    }
  });
  batch.l1 = l1.rowwise().sum();
  batch.l2 = l2.rowwise().sum();
  return lambdas;
}

// dL/dD = sum over signals of r lambda^T - (D lambda) a^T - 2 reconstruction / signals r a^T, with r
// = x - D a: X M^T - D (A M^T + Lambda A^T), M = Lambda - 2 reconstruction / signals A.
Matrix by_atoms(const Matrix& atoms, const Matrix& signals, const Matrix& codes,
                const Matrix& lambdas, double reconstruction, const Matrix& coherences) {
  const Matrix m = lambdas - 2.0 * reconstruction / static_cast<double>(signals.cols()) * codes;
  Matrix gradient(atoms.rows(), atoms.cols());
  for_each_block(atoms.cols(), [&](Eigen::Index begin, Eigen::Index count) {
    const Matrix mt = m.middleRows(begin, count).transpose();
    const Matrix at = codes.middleRows(begin, count).transpose();
    const Matrix mixed = codes * mt + lambdas * at - coherences.middleCols(begin, count);
    gradient.middleCols(begin, count) = signals * mt - atoms * mixed;
  });
  return gradient;
}

void require(const PursuitClassifier& classifier, const Matrix& gram, const Matrix& signals,
             std::span<const std::uint32_t> labels) {
  check(classifier);
  const Dictionary& d = classifier.problem.dictionary;
  if (d.sparse() && !d.convolution())
    throw UsageError("of sparse dictionaries only a convolution is learned; give a dense one");
  if (signals.cols() < 1 || labels.size() != static_cast<std::size_t>(signals.cols()))
    throw UsageError(fmt::format("{} labels for {} signals", labels.size(), signals.cols()));
  if (signals.rows() != d.dimension() || gram.rows() != d.size() || gram.cols() != d.size())
    throw UsageError(
        fmt::format("signals of {} values and {} x {} products for a dictionary of {} "
                    "dimensions and {} atoms",
                    signals.rows(), gram.rows(), gram.cols(), d.dimension(), d.size()));
}

}  // namespace

Matrix gram_of(const Matrix& atoms) {
  Matrix gram(atoms.cols(), atoms.cols());
  for_each_block(atoms.cols(), [&](Eigen::Index begin, Eigen::Index count) {
    gram.middleCols(begin, count) = atoms.transpose() * atoms.middleCols(begin, count);
  });
  return gram;
}

Matrix gram_of(const Dictionary& dictionary) {
  if (const auto* atoms = std::get_if<Matrix>(&dictionary.atoms())) return gram_of(*atoms);
  const auto& atoms = std::get<SparseMatrix>(dictionary.atoms());
  return Matrix(SparseMatrix(SparseMatrix(atoms.transpose()) * atoms));
}

PursuitBatch pursuit_batch(const PursuitClassifier& classifier, const Matrix& gram,
                           const Matrix& signals, std::span<const std::uint32_t> labels,
                           const PursuitLoss& loss, const PursuitBatchOptions& options) {
  require(classifier, gram, signals, labels);
  const Penalty& penalty = classifier.problem.penalty;
  const Dictionary& d = classifier.problem.dictionary;
  const double share = 1.0 / static_cast<double>(signals.cols());

  Codes all = coded(classifier, gram, signals, labels, loss, options.iterations);
  PursuitBatch batch;
  batch.reconstruction = share * all.reconstruction.sum();
  batch.cross_entropy = share * all.cross_entropy.sum();
  batch.kkt = share * all.kkt.sum();
  batch.active = share * all.active.sum();
  for (const std::uint8_t right : all.right) batch.right += right;

  GapTerm gap;
  if (loss.gap != 0.0) gap = gap_term(penalty.groups, gram, loss.gap, all);
  batch.gap = gap.value;
  Matrix coherences;
  batch.coherence = coherence_term(penalty.groups, gram, coherences);
  batch.loss = loss.reconstruction * batch.reconstruction +
               loss.classification * batch.cross_entropy + loss.coherence * batch.coherence +
               loss.gap * batch.gap;
  if (!std::isfinite(batch.loss))
    throw NumericalError(
        "the loss of a batch of codes is not finite; lower the learning rates, or "
        "look at the scale of the signals");

  Matrix lambdas = adjoint(penalty, gram, all, options.damping, batch);
  if (gap.signal >= 0) lambdas.col(gap.signal) += gap.lambda;
  batch.dictionary =
      to_learned(d, by_atoms(d.dense(), signals, all.codes, lambdas, loss.reconstruction,
                             2.0 * loss.coherence * coherences));
  batch.weights = share * loss.classification * all.by_scores * all.features.transpose();
  batch.bias = share * loss.classification * all.by_scores.rowwise().sum();
  return batch;
}

}  // namespace retrograde
