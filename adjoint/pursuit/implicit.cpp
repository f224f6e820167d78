#include <Eigen/Cholesky>
#include <Eigen/SparseCholesky>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/adjoint/pursuit/implicit.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

using Support = std::vector<Eigen::Index>;

// What is left of an atom beside those before it, sin^2 of its angle to them, below which they count
// as dependent: a solution would have lost all but a few digits.
constexpr double dependent = 1e-12;

[[noreturn]] void throw_dependent(std::size_t active) {
  throw NumericalError(
      fmt::format("the {} active atoms of a code are linearly dependent, so that the code is not "
                  "unique and has "
                  "no gradient; raise the weights of the penalty, or take out atoms that are alike",
                  active));
}

double in_order(const Vector& values, const Support& support, std::size_t i) {
  return values(support[i]);
}

// Calls visit(i, j, H_ij) for pairs of places of the support that share a group that l2 holds.
template <class Visit>
void visit_curvature(const Penalty& penalty, const Support& support, const Vector& code,
                     const Visit& visit) {
  for (std::size_t begin = 0, end = 0; begin < support.size(); begin = end) {
    const Eigen::Index g = penalty.groups.of(support[begin]);
    double square = 0.0;
    for (end = begin; end < support.size() && penalty.groups.of(support[end]) == g; ++end)
      square += in_order(code, support, end) * in_order(code, support, end);
    if (penalty.l2(g) == 0.0) continue;
    const double bend = penalty.l2(g) / std::sqrt(square);
    for (std::size_t j = begin; j < end; ++j)
      for (std::size_t i = begin; i < end; ++i) {
        const double along = in_order(code, support, i) * in_order(code, support, j) / square;
        visit(i, j, bend * ((i == j ? 1.0 : 0.0) - along));
      }
  }
}

Vector on(const Vector& values, const Support& support) {
  Vector part(static_cast<Eigen::Index>(support.size()));
  for (std::size_t i = 0; i < support.size(); ++i)
    part(static_cast<Eigen::Index>(i)) = values(support[i]);
  return part;
}

Vector spread(const Vector& part, const Support& support, Eigen::Index size) {
  Vector values = Vector::Zero(size);
  for (std::size_t i = 0; i < support.size(); ++i)
    values(support[i]) = part(static_cast<Eigen::Index>(i));
  return values;
}

// By Cholesky's method; `system` is D_S^T D_S on entry.
Vector solved_system(Matrix system, const Penalty& penalty, const Support& support,
                     const Vector& code, const Vector& p) {
  visit_curvature(penalty, support, code, [&](std::size_t i, std::size_t j, double value) {
    system(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) += value;
  });
  const Vector diagonal = system.diagonal();
  const Eigen::LLT<Eigen::Ref<Matrix>> factor(system);
  if (factor.info() != Eigen::Success) throw_dependent(support.size());
  for (Eigen::Index i = 0; i < diagonal.size(); ++i)
    if (!(system(i, i) * system(i, i) > dependent * diagonal(i))) throw_dependent(support.size());
  return factor.solve(on(p, support));
}

Vector solved(const SparseMatrix& atoms, const Penalty& penalty, const Support& support,
              const Vector& code, const Vector& p) {
  const auto size = static_cast<Eigen::Index>(support.size());
  SparseMatrix active(atoms.rows(), size);
  for (Eigen::Index i = 0; i < size; ++i) {
    active.startVec(i);
    for (SparseMatrix::InnerIterator entry(atoms, support[static_cast<std::size_t>(i)]); entry;
         ++entry)
      active.insertBack(entry.row(), i) = entry.value();
  }
  active.finalize();
  std::vector<Eigen::Triplet<double>> bends;
  bends.reserve(support.size());
  visit_curvature(penalty, support, code, [&](std::size_t i, std::size_t j, double value) {
    bends.emplace_back(static_cast<int>(i), static_cast<int>(j), value);
  });
  SparseMatrix curvature(size, size);
  curvature.setFromTriplets(bends.begin(), bends.end());
  const SparseMatrix system = SparseMatrix(active.transpose()) * active + curvature;
  const Eigen::SimplicialLDLT<SparseMatrix> factor(system);
  if (factor.info() != Eigen::Success) throw_dependent(support.size());
  const Vector pivots = factor.vectorD();
  const Vector diagonal = factor.permutationP() * Vector(system.diagonal());
  for (Eigen::Index i = 0; i < size; ++i)
    if (!(pivots(i) > dependent * diagonal(i))) throw_dependent(support.size());
  return factor.solve(on(p, support));
}

Vector solved(const Matrix& atoms, const Penalty& penalty, const Support& support,
              const Vector& code, const Vector& p) {
  Matrix active(atoms.rows(), static_cast<Eigen::Index>(support.size()));
  for (std::size_t i = 0; i < support.size(); ++i)
    active.col(static_cast<Eigen::Index>(i)) = atoms.col(support[i]);
  return solved_system(active.transpose() * active, penalty, support, code, p);
}

}  // namespace

void require_code(const PursuitProblem& problem, const Vector& code, const Vector& p) {
  check(problem);
  for (const Vector* values : {&code, &p}) {
    const char* const name = values == &code ? "code" : "gradient with respect to a code";
    if (values->size() != problem.dictionary.size())
      throw UsageError(fmt::format("a {} of {} values for a dictionary of {} atoms", name,
                                   values->size(), problem.dictionary.size()));
    if (!values->allFinite())
      throw UsageError(fmt::format("a {} has a value that is not finite", name));
  }
}

std::vector<Eigen::Index> support_of(const Penalty& penalty, const Vector& code) {
  const Groups& groups = penalty.groups;
  std::vector<Eigen::Index> support;
  support.reserve(static_cast<std::size_t>(code.size()));
  for (Eigen::Index g = 0; g < groups.count(); ++g) {
    const Eigen::Index begin = groups.begin(g), size = groups.size(g);
    // Nothing holds a single coefficient at 0 where the group is free to move as a whole.
    const bool free = penalty.l1(g) == 0.0 && !penalty.non_negative &&
                      (penalty.l2(g) == 0.0 || !code.segment(begin, size).isZero(0.0));
    for (Eigen::Index i = begin; i < begin + size; ++i)
      if (free || code(i) != 0.0) support.push_back(i);
  }
  return support;
}

void weight_gradients(const Penalty& penalty, const Vector& code, const Vector& lambda, Vector& l1,
                      Vector& l2) {
  const Groups& groups = penalty.groups;
  l1 = Vector::Zero(groups.count());
  l2 = Vector::Zero(groups.count());
  for (Eigen::Index g = 0; g < groups.count(); ++g) {
    double square = 0.0, along = 0.0, signs = 0.0;
    for (Eigen::Index i = groups.begin(g); i < groups.begin(g) + groups.size(g); ++i) {
      if (code(i) == 0.0) continue;
      square += code(i) * code(i);
      along += lambda(i) * code(i);
      signs += code(i) > 0.0 ? lambda(i) : -lambda(i);
    }
    l1(g) = -signs;
    if (square > 0.0) l2(g) = -along / std::sqrt(square);
  }
}

Matrix PursuitGradient::dictionary(const Vector& residual, const Vector& code) const {
  return residual * lambda.transpose() - signal * code.transpose();
}

PursuitGradient gradient_of_lambda(const PursuitProblem& problem, const Vector& code,
                                   Vector lambda) {
  PursuitGradient gradient;
  gradient.signal = problem.dictionary.signal(lambda);
  weight_gradients(problem.penalty, code, lambda, gradient.l1, gradient.l2);
  gradient.lambda = std::move(lambda);
  return gradient;
}

PursuitGradient pursuit_gradient(const PursuitProblem& problem, const Vector& code,
                                 const Vector& p) {
  require_code(problem, code, p);
  const Support support = support_of(problem.penalty, code);
  if (support.empty()) return gradient_of_lambda(problem, code, Vector::Zero(code.size()));
  const Vector part = std::visit(
      [&](const auto& atoms) { return solved(atoms, problem.penalty, support, code, p); },
      problem.dictionary.atoms());
  return gradient_of_lambda(problem, code, spread(part, support, code.size()));
}

Vector pursuit_lambda(const Matrix& gram, const Penalty& penalty, const Vector& code,
                      const Vector& p, double damping) {
  const Support support = support_of(penalty, code);
  if (support.empty()) return Vector::Zero(code.size());
  const auto size = static_cast<Eigen::Index>(support.size());
  Matrix system(size, size);
  for (Eigen::Index j = 0; j < size; ++j)
    for (Eigen::Index i = 0; i < size; ++i)
      system(i, j) =
          gram(support[static_cast<std::size_t>(i)], support[static_cast<std::size_t>(j)]);
  system.diagonal().array() += damping;
  return spread(solved_system(std::move(system), penalty, support, code, p), support, code.size());
}

}  // namespace retrograde
