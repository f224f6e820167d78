#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/engine/pursuit/deep_pursuit.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

using Eigen::Index;

// Momentum stays below 1 where several layers move in turn (Xu and Yin 2013).
constexpr double most_momentum = 0.9999;

// Of a proximal step of one layer: its smooth part is curved by D_j, and by 1 more where another
// layer follows.
double step_of(const DeepProblem& problem, std::size_t layer) {
  const double curvature = problem.layers[layer].dictionary.largest_eigenvalue();
  return 1.0 / (layer + 1 < problem.layers.size() ? curvature + 1.0 : curvature);
}

Vector hardened(const Penalty& penalty, Vector u, double step) {
  if (penalty.non_negative) u = u.cwiseMax(0.0);
  for (Index g = 0; g < penalty.groups.count(); ++g) {
    auto part = u.segment(penalty.groups.begin(g), penalty.groups.size(g));
    for (Index i = 0; i < part.size(); ++i)
      if (std::fabs(part(i)) <= step * penalty.l1(g)) part(i) = 0.0;
    if (part.norm() <= step * penalty.l2(g)) part.setZero();
  }
  return u;
}

Vector thresholded(const DeepProblem& problem, std::size_t layer, const Vector& u, double step) {
  const Penalty& penalty = problem.layers[layer].penalty;
  return problem.threshold == Threshold::soft ? penalty.shrunk(u, step)
                                              : hardened(penalty, u, step);
}

// What the proximal step of a hard threshold takes each coefficient or group that is not 0 to cost.
double hard_value(const Penalty& penalty, const Vector& code, double step) {
  double sum = 0.0;
  for (Index g = 0; g < penalty.groups.count(); ++g) {
    const auto part = code.segment(penalty.groups.begin(g), penalty.groups.size(g));
    const auto count = static_cast<double>((part.array() != 0.0).count());
    sum += 0.5 * step * penalty.l1(g) * penalty.l1(g) * count;
    if (count > 0.0) sum += 0.5 * step * penalty.l2(g) * penalty.l2(g);
  }
  return sum;
}

void check(const DeepProblem& problem, const Vector& signal, const std::vector<Vector>& codes) {
  check(problem);
  check(problem.layers.front(), signal);
  if (codes.empty()) return;
  if (codes.size() != problem.layers.size())
    throw UsageError(fmt::format("{} codes for {} layers", codes.size(), problem.layers.size()));
  for (std::size_t j = 0; j < codes.size(); ++j)
    if (codes[j].size() != problem.layers[j].dictionary.size() || !codes[j].allFinite())
      throw UsageError(
          fmt::format("the code of layer {} has {} values for {} atoms, or is not finite", j,
                      codes[j].size(), problem.layers[j].dictionary.size()));
}

// A pass through the layers that takes the thresholded correlations for codes.
std::vector<Vector> first_codes(const DeepProblem& problem, const Vector& signal) {
  std::vector<Vector> codes;
  codes.reserve(problem.layers.size());
  for (std::size_t j = 0; j < problem.layers.size(); ++j) {
    const Vector& below = j == 0 ? signal : codes[j - 1];
    codes.push_back(thresholded(problem, j, problem.layers[j].dictionary.correlations(below), 1.0));
  }
  return codes;
}

struct Round {
  std::vector<Vector> codes;
  double moved = 0.0;  // the largest distance that a layer went, from where it was or was ahead
};

// A proximal step of each layer in turn, from where momentum has led it; it sees the new code of the
// layer below and the old one of the layer above.
Round stepped(const DeepProblem& problem, const Vector& signal, const std::vector<Vector>& codes,
              const std::vector<Vector>& before, double momentum) {
  Round next{codes};
  for (std::size_t j = 0; j < codes.size(); ++j) {
    const Dictionary& d = problem.layers[j].dictionary;
    const double step = step_of(problem, j);
    const Vector ahead = codes[j] + momentum * (codes[j] - before[j]);
    const Vector& below = j == 0 ? signal : next.codes[j - 1];
    Vector downhill = d.correlations(below - d.signal(ahead));
    if (j + 1 < codes.size())
      downhill += problem.layers[j + 1].dictionary.signal(codes[j + 1]) - ahead;
    next.codes[j] = thresholded(problem, j, ahead + step * downhill, step);
    next.moved = std::fmax(next.moved, (next.codes[j] - ahead).norm());
    next.moved = std::fmax(next.moved, (next.codes[j] - codes[j]).norm());
  }
  return next;
}

// |D| of the stack is at most that of the matrix of the norms of its blocks, |D_j| and 1.
double stacked_eigenvalue(const DeepProblem& problem) {
  const auto layers = static_cast<Index>(problem.layers.size());
  Matrix norms = Matrix::Zero(layers, layers);
  for (Index j = 0; j < layers; ++j) {
    const Dictionary& d = problem.layers[static_cast<std::size_t>(j)].dictionary;
    norms(j, j) = std::sqrt(d.largest_eigenvalue());
    if (j > 0) norms(j, j - 1) = 1.0;
  }
  const double norm = Eigen::JacobiSVD<Matrix>(norms).singularValues()(0);
  return norm * norm * (1.0 + 1e-12);
}

Dictionary stacked(const DeepProblem& problem) {
  Index rows = 0, columns = 0;
  bool sparse = false;
  for (const PursuitProblem& layer : problem.layers) {
    rows += layer.dictionary.dimension();
    columns += layer.dictionary.size();
    sparse = sparse || layer.dictionary.sparse();
  }
  std::vector<Eigen::Triplet<double>> entries;
  Index row = 0, column = 0;
  for (const PursuitProblem& layer : problem.layers) {
    const Index dimension = layer.dictionary.dimension(), size = layer.dictionary.size();
    const SparseMatrix own =
        layer.dictionary.sparse()
            ? std::get<SparseMatrix>(layer.dictionary.atoms())
            : SparseMatrix(std::get<Matrix>(layer.dictionary.atoms()).sparseView(0.0, 0.0));
    entries.reserve(entries.size() + static_cast<std::size_t>(own.nonZeros() + dimension));
    for (Index j = 0; j < size; ++j)
      for (SparseMatrix::InnerIterator entry(own, j); entry; ++entry)
        entries.emplace_back(row + entry.row(), column + j, entry.value());
    if (row > 0)
      for (Index i = 0; i < dimension; ++i)
        entries.emplace_back(row + i, column - dimension + i, -1.0);
    row += dimension;
    column += size;
  }
  SparseMatrix all(rows, columns);
  all.setFromTriplets(entries.begin(), entries.end());
  if (!sparse) return Dictionary(Matrix(all));
  return Dictionary(all, stacked_eigenvalue(problem));
}

}  // namespace

void check(const DeepProblem& problem) {
  if (problem.layers.empty()) throw UsageError("a deep pursuit needs at least one layer");
  for (std::size_t j = 0; j < problem.layers.size(); ++j) {
    const PursuitProblem& layer = problem.layers[j];
    check(layer);
    if (j > 0 && layer.dictionary.dimension() != problem.layers[j - 1].dictionary.size())
      throw UsageError(fmt::format("layer {} has {} dimensions for the {} atoms before it", j,
                                   layer.dictionary.dimension(),
                                   problem.layers[j - 1].dictionary.size()));
    if (problem.threshold == Threshold::hard && layer.penalty.l1.maxCoeff() > 0.0 &&
        layer.penalty.l2.maxCoeff() > 0.0)
      throw UsageError(fmt::format(
          "layer {} has hard thresholds of coefficients and of groups; give l1 or l2", j));
  }
}

double objective(const DeepProblem& problem, const Vector& signal,
                 const std::vector<Vector>& codes) {
  check(problem, signal, codes);
  double sum = 0.0;
  for (std::size_t j = 0; j < codes.size(); ++j) {
    const PursuitProblem& layer = problem.layers[j];
    const Vector& below = j == 0 ? signal : codes[j - 1];
    sum += 0.5 * (below - layer.dictionary.signal(codes[j])).squaredNorm();
    sum += problem.threshold == Threshold::soft
               ? layer.penalty.value(codes[j])
               : hard_value(layer.penalty, codes[j], step_of(problem, j));
  }
  return sum;
}

DeepSolution deep_pursuit(const DeepProblem& problem, const Vector& signal,
                          const DeepOptions& options, const std::vector<Vector>& start) {
  check(problem, signal, start);
  const double wanted = options.tolerance * signal.norm();
  DeepSolution solution;
  solution.codes = start.empty() ? first_codes(problem, signal) : start;
  solution.objective = objective(problem, signal, solution.codes);
  std::vector<Vector> before = solution.codes;
  double time = 1.0;
  while (!solution.converged && solution.iterations < options.most_iterations) {
    ++solution.iterations;
    const double later = 0.5 * (1.0 + std::sqrt(1.0 + 4.0 * time * time));
    Round next = stepped(problem, signal, solution.codes, before,
                         std::fmin((time - 1.0) / later, most_momentum));
    double reached = objective(problem, signal, next.codes);
    time = later;
    if (!(reached <= solution.objective)) {  // uphill: without momentum no step is
      next = stepped(problem, signal, solution.codes, before, 0.0);
      reached = objective(problem, signal, next.codes);
      time = 1.0;
    }
    if (!std::isfinite(reached))
      throw NumericalError(fmt::format(
          "a deep pursuit has the objective {} after {} iterations; scale its signal or "
          "dictionaries down",
          reached, solution.iterations));
    before = std::move(solution.codes);
    solution.codes = std::move(next.codes);
    solution.objective = reached;
    solution.converged = next.moved <= wanted;
  }
  return solution;
}

DeepSolution layered_pursuit(const DeepProblem& problem, const Vector& signal,
                             const DeepOptions& options) {
  check(problem, signal, {});
  DeepSolution solution;
  solution.converged = true;
  solution.codes.reserve(problem.layers.size());
  for (std::size_t j = 0; j < problem.layers.size(); ++j) {
    // A stack of one layer.
    DeepSolution layer = deep_pursuit({{problem.layers[j]}, problem.threshold},
                                      j == 0 ? signal : solution.codes[j - 1], options);
    solution.codes.push_back(std::move(layer.codes.front()));
    solution.iterations += layer.iterations;
    solution.converged = solution.converged && layer.converged;
  }
  solution.objective = objective(problem, signal, solution.codes);
  return solution;
}

PursuitProblem shallow(const DeepProblem& problem) {
  check(problem);
  if (problem.threshold == Threshold::hard)
    throw UsageError(
        "hard thresholds have no shallow problem: their weights depend on the layers' "
        "steps; use soft ones");
  Index count = 0;
  for (const PursuitProblem& layer : problem.layers) count += layer.penalty.groups.count();
  std::vector<Index> sizes;
  sizes.reserve(static_cast<std::size_t>(count));
  Vector l1(count), l2(count);
  const bool non_negative = problem.layers.front().penalty.non_negative;
  for (const PursuitProblem& layer : problem.layers) {
    const Penalty& penalty = layer.penalty;
    if (penalty.non_negative != non_negative)
      throw UsageError(
          "some layers are non-negative and some not; a shallow problem is one or the "
          "other");
    l1.segment(static_cast<Index>(sizes.size()), penalty.groups.count()) = penalty.l1;
    l2.segment(static_cast<Index>(sizes.size()), penalty.groups.count()) = penalty.l2;
    for (Index g = 0; g < penalty.groups.count(); ++g) sizes.push_back(penalty.groups.size(g));
  }
  return {stacked(problem), {Groups(std::move(sizes)), l1, l2, non_negative}};
}

Vector shallow_signal(const DeepProblem& problem, const Vector& signal) {
  check(problem, signal, {});
  Index rows = 0;
  for (const PursuitProblem& layer : problem.layers) rows += layer.dictionary.dimension();
  Vector all = Vector::Zero(rows);
  all.head(signal.size()) = signal;
  return all;
}

std::vector<Vector> layers_of(const DeepProblem& problem, const Vector& shallow_code) {
  Index size = 0;
  for (const PursuitProblem& layer : problem.layers) size += layer.dictionary.size();
  if (shallow_code.size() != size)
    throw UsageError(fmt::format("a code of {} values for layers of {} atoms together",
                                 shallow_code.size(), size));
  std::vector<Vector> codes;
  codes.reserve(problem.layers.size());
  Index first = 0;
  for (const PursuitProblem& layer : problem.layers) {
    codes.emplace_back(shallow_code.segment(first, layer.dictionary.size()));
    first += layer.dictionary.size();
  }
  return codes;
}

}  // namespace retrograde
