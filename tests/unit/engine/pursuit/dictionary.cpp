// Dictionaries: products by hand, and eigenvalues of matrices that are made with them.
#include <Eigen/QR>
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/pursuit/dictionary.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/drawn_problem.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// Orthonormal columns.
Matrix basis(Eigen::Index size, std::uint64_t seed) {
  return normal_matrix(size, size, seed).householderQr().householderQ();
}

// Atoms (1, 0, 0), (0.6, -0.8, 0), (0, 0.6, 0.8): products 0.6, -0.48 and 0.
Matrix three_atoms() {
  Matrix atoms(3, 3);
  atoms << 1.0, 0.6, 0.0, 0.0, -0.8, 0.6, 0.0, 0.0, 0.8;
  return atoms;
}

}  // namespace

TEST_CASE("the largest eigenvalue is the square of the largest singular value", "[pursuit]") {
  // D = U S V^T with S given: more dimensions than atoms, as many, and fewer.
  for (const auto& [rows, columns] :
       {std::pair<Eigen::Index, Eigen::Index>{9, 5}, {6, 6}, {4, 11}}) {
    CAPTURE(rows, columns);
    const Eigen::Index rank = std::min(rows, columns);
    Vector sizes = Vector::LinSpaced(rank, 0.3, 1.7);
    const Matrix atoms = basis(rows, 1).leftCols(rank) * sizes.asDiagonal() *
                         basis(columns, 2).leftCols(rank).transpose();
    const double value = Dictionary(atoms).largest_eigenvalue();
    CHECK(value >= 1.7 * 1.7 * (1.0 - 1e-14));
    CHECK(value <= 1.7 * 1.7 * (1.0 + 1e-11));
  }
}

TEST_CASE("of sparse atoms the largest eigenvalue is bounded by sums along rows", "[pursuit]") {
  // Rows of D^T D: 1 + 0.6, 0.6 + 1 + 0.48, 0.48 + 1; its largest eigenvalue is 1 + |(0.6, 0.48)|.
  const double bound = Dictionary(SparseMatrix(three_atoms().sparseView())).largest_eigenvalue();
  CHECK(bound == Approx(2.08).epsilon(1e-14));
  const double exact = Dictionary(three_atoms()).largest_eigenvalue();
  CHECK(exact == Approx(1.0 + std::hypot(0.6, 0.48)).epsilon(1e-11));
  CHECK(bound > exact);
}

TEST_CASE("an eigenvalue that is given is kept, unless an atom alone is longer", "[pursuit]") {
  const SparseMatrix sparse = (2.0 * three_atoms()).sparseView();
  CHECK(Dictionary(Matrix(2.0 * three_atoms()), 7.5).largest_eigenvalue() == 7.5);
  CHECK(Dictionary(sparse, 7.5).largest_eigenvalue() == 7.5);
  CHECK_THROWS_WITH(Dictionary(Matrix(2.0 * three_atoms()), 3.9), Contains("3.9 is no largest"));
  CHECK_THROWS_WITH(Dictionary(sparse, 3.9), Contains("square length 4"));
  CHECK_THROWS_AS(Dictionary(three_atoms(), std::nan("")), UsageError);
}

TEST_CASE("products with a dictionary, dense and sparse: worked values", "[pursuit]") {
  Vector code(3), signal(3), correlations(3);
  code << 2.0, 5.0, -1.0;
  signal << 5.0, -4.6, -0.8;  // 2 a1 + 5 a2 - a3
  correlations << 5.0, 3.0 + 3.68, -2.76 - 0.64;
  for (const Dictionary& d :
       {Dictionary(three_atoms()), Dictionary(SparseMatrix(three_atoms().sparseView()))}) {
    CHECK(d.dense() == three_atoms());
    CHECK((d.signal(code) - signal).norm() < 1e-14);
    CHECK((d.signals(code.replicate(1, 2)).col(1) - signal).norm() < 1e-14);
    CHECK((d.correlations(signal) - correlations).norm() < 1e-14);
    CHECK((d.correlations_of(signal.replicate(1, 2)).col(1) - correlations).norm() < 1e-14);
  }
}

TEST_CASE("normalised atoms have length 1 and their direction; one of length 0 stays",
          "[pursuit]") {
  Matrix atoms(2, 3), expected(2, 3);
  atoms << 3.0, 0.0, -0.5, -4.0, 0.0, 0.0;
  expected << 0.6, 0.0, -1.0, -0.8, 0.0, 0.0;
  CHECK((normalised(atoms) - expected).norm() < 1e-15);
}

TEST_CASE("dictionaries of nothing, and of values that are not finite, are refused", "[pursuit]") {
  CHECK_THROWS_WITH(Dictionary(Matrix(0, 3)), Contains("0 x 3"));
  CHECK_THROWS_WITH(Dictionary(SparseMatrix(3, 0)), Contains("3 x 0"));
  Matrix atoms = three_atoms();
  atoms(1, 2) = std::nan("");
  CHECK_THROWS_WITH(Dictionary(atoms), Contains("not finite"));
  CHECK_THROWS_WITH(Dictionary(SparseMatrix(atoms.sparseView())), Contains("not finite"));
}
