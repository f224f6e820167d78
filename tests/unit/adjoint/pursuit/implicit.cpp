// The gradient through a pursuit at rest: against central differences of optima that proximal
// gradients find to rounding, against an independent solve, and in closed form.
#include <Eigen/LU>
#include <Eigen/QR>
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/pursuit/implicit.hpp>
#include <retrograde/events/error.hpp>

#include "small_problem.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

struct Case {
  double l1, l2;
  bool non_negative;
};
const Case cases[] = {{0.3, 0.0, false}, {0.0, 1.2, false}, {0.15, 0.8, false},
                      {0.3, 0.0, true},  {0.0, 0.7, true},  {0.15, 0.5, true}};

// A loss that is not linear in the code: sum of w_i sin a_i.
const Vector& loss_weights() {
  static const Vector w = normal_signal(18, 7);
  return w;
}
double loss(const PursuitProblem& problem, const Vector& signal) {
  return loss_weights().dot(optimum(problem, signal).array().sin().matrix());
}
Vector loss_gradient(const Vector& code) {
  return (loss_weights().array() * code.array().cos()).matrix();
}

// Fourth order in h.
template <class Along>
double difference(const Along& value) {
  constexpr double h = 1e-3;
  return (8.0 * (value(h) - value(-h)) - (value(2.0 * h) - value(-2.0 * h))) / (12.0 * h);
}

// The same system by another method: all of it, with 1 on the diagonal of silent coefficients, by LU.
Vector by_lu(const PursuitProblem& problem, const Vector& code, const Vector& p) {
  const Matrix d = problem.dictionary.dense();
  Matrix system = d.transpose() * d;
  const Groups& groups = problem.penalty.groups;
  for (Eigen::Index g = 0; g < groups.count(); ++g) {
    const Vector part = code.segment(groups.begin(g), groups.size(g));
    if (part.norm() == 0.0) continue;
    const Vector n = part / part.norm();
    system.block(groups.begin(g), groups.begin(g), n.size(), n.size()) +=
        problem.penalty.l2(g) / part.norm() *
        (Matrix::Identity(n.size(), n.size()) - n * n.transpose());
  }
  Vector right = p;
  for (Eigen::Index i = 0; i < code.size(); ++i)
    if (code(i) == 0.0) {
      system.row(i).setZero();
      system.col(i).setZero();
      system(i, i) = 1.0;
      right(i) = 0.0;
    }
  return system.fullPivLu().solve(right);
}

}  // namespace

TEST_CASE("The gradient through a pursuit is that of central differences of its optimum") {
  const Vector signal = normal_signal(12, 18);
  for (const Case& c : cases) {
    CAPTURE(c.l1, c.l2, c.non_negative);
    const PursuitProblem problem = small_problem(c.l1, c.l2, c.non_negative);
    const Vector code = optimum(problem, signal);
    const std::size_t active = support_of(problem.penalty, code).size();
    REQUIRE(active > 3);
    REQUIRE(active < 18);
    REQUIRE(kkt_residual(problem, signal, code) < 1e-13);
    const PursuitGradient gradient = pursuit_gradient(problem, code, loss_gradient(code));
    const double scale = gradient.signal.norm();

    for (Eigen::Index i = 0; i < signal.size(); ++i) {
      const double expected = difference([&](double h) {
        Vector moved = signal;
        moved(i) += h;
        return loss(problem, moved);
      });
      REQUIRE(std::fabs(gradient.signal(i) - expected) < 1e-8 * scale);
    }
    const Vector residual = signal - problem.dictionary.signal(code);
    const Matrix by_atoms = gradient.dictionary(residual, code);
    for (const auto& [row, column] :
         {std::pair<Eigen::Index, Eigen::Index>{0, 0}, {3, 5}, {7, 11}, {11, 17}, {5, 8}}) {
      const Eigen::Index i = row, j = column;
      const double expected = difference([&](double h) {
        Matrix atoms = problem.dictionary.dense();
        atoms(i, j) += h;
        return loss({Dictionary(std::move(atoms)), problem.penalty}, signal);
      });
      REQUIRE(std::fabs(by_atoms(i, j) - expected) < 1e-8 * by_atoms.norm());
    }
    for (Eigen::Index g = 0; g < 6; ++g) {
      const auto moved = [&](Vector Penalty::*weights) {
        return difference([&](double h) {
          PursuitProblem other = problem;
          (other.penalty.*weights)(g) += h;
          return loss(other, signal);
        });
      };
      if (c.l1 > 0.0)
        REQUIRE(std::fabs(gradient.l1(g) - moved(&Penalty::l1)) < 1e-8 * gradient.l1.norm());
      if (c.l2 > 0.0)
        REQUIRE(std::fabs(gradient.l2(g) - moved(&Penalty::l2)) < 1e-8 * gradient.l2.norm());
    }
  }
}

TEST_CASE("The gradient through a pursuit is the same by LU, sparse, and with D^T D at hand") {
  const Vector signal = normal_signal(12, 18), p = normal_signal(18, 13);
  for (const Case& c : cases) {
    CAPTURE(c.l1, c.l2, c.non_negative);
    const PursuitProblem problem = small_problem(c.l1, c.l2, c.non_negative);
    const Vector code = optimum(problem, signal);
    const Vector expected = by_lu(problem, code, p);
    const PursuitGradient gradient = pursuit_gradient(problem, code, p);
    REQUIRE((gradient.lambda - expected).norm() < 1e-12 * expected.norm());

    const Matrix d = problem.dictionary.dense();
    const PursuitProblem sparse{Dictionary(SparseMatrix(d.sparseView())), problem.penalty};
    const PursuitGradient other = pursuit_gradient(sparse, code, p);
    REQUIRE((other.lambda - expected).norm() < 1e-12 * expected.norm());
    REQUIRE((other.signal - d * expected).norm() < 1e-12 * expected.norm());

    const Vector lambda = pursuit_lambda(d.transpose() * d, problem.penalty, code, p);
    REQUIRE((lambda - expected).norm() < 1e-12 * expected.norm());
  }
}

TEST_CASE("Of orthonormal atoms the gradient through a pursuit has a closed form") {
  // D^T D = 1: each group is alone, a_g = (1 - l2 / |c_g|) c_g, lambda_g = da_g/dc_g p_g: 1 along c_g
  // and 1 - l2 / |c_g| across.
  const Matrix basis = normal_matrix(6, 6, 5).householderQr().householderQ();
  const PursuitProblem problem{Dictionary(basis), Penalty::equal(Groups::equal(6, 2), 0.0, 0.8)};
  Vector c(6);
  c << 3.0, -4.0, 0.3, 0.2, 0.0, 2.0;
  const Vector code = problem.penalty.shrunk(c);
  const Vector p = normal_signal(6, 9);
  Vector expected = Vector::Zero(6);
  for (const Eigen::Index g : {0, 2}) {
    const Vector part = c.segment(2 * g, 2), n = part / part.norm();
    const Vector along = n.dot(p.segment(2 * g, 2)) * n;
    expected.segment(2 * g, 2) = along + (1.0 - 0.8 / part.norm()) * (p.segment(2 * g, 2) - along);
  }
  const PursuitGradient gradient = pursuit_gradient(problem, code, p);
  REQUIRE((gradient.lambda - expected).norm() < 1e-14);
  REQUIRE((gradient.signal - basis * expected).norm() < 1e-14);
  // a_g is shorter by dl2 along n.
  REQUIRE(gradient.l2(0) == Approx(-(0.6 * p(0) - 0.8 * p(1))).epsilon(1e-13));
  REQUIRE(gradient.l2(1) == 0.0);
  REQUIRE(gradient.l2(2) == Approx(-p(5)).epsilon(1e-13));
}

TEST_CASE("A silent code has no gradient, and dependent active atoms are told") {
  const PursuitProblem problem = small_problem(0.3, 0.0);
  const PursuitGradient none = pursuit_gradient(problem, Vector::Zero(18), normal_signal(18, 2));
  REQUIRE(none.signal.isZero(0.0));
  REQUIRE(none.l1.isZero(0.0));

  Matrix atoms = problem.dictionary.dense();
  atoms.col(4) = -atoms.col(9);
  Vector code = Vector::Zero(18);
  code(4) = code(9) = 1.0;
  for (const Dictionary& d : {Dictionary(atoms), Dictionary(SparseMatrix(atoms.sparseView()))})
    REQUIRE_THROWS_WITH(pursuit_gradient({d, problem.penalty}, code, code),
                        Contains("linearly dependent") && Contains("raise the weights"));
  REQUIRE_THROWS_AS(pursuit_gradient({Dictionary(atoms), problem.penalty}, code, code),
                    NumericalError);
  REQUIRE_THROWS_AS(pursuit_gradient(problem, Vector::Zero(17), code), UsageError);
  code(0) = std::nan("");
  REQUIRE_THROWS_WITH(pursuit_gradient(problem, code, code), Contains("not finite"));
}
