// A dictionary: atoms, the columns of D, of which a signal is a sum, x = D a. Dense, or sparse where
// an atom covers a small part of the signal, as those of a convolution do (convolution.hpp).
//
// Atoms need not be of length 1, though learned and drawn ones are; a stack of layers
// (deep_pursuit.hpp) is a dictionary of longer ones. Immutable: many threads share it.
#pragma once

#include <Eigen/Core>
#include <Eigen/SparseCore>
#include <cstdint>
#include <optional>
#include <variant>

#include <retrograde/engine/pursuit/convolution_shape.hpp>

namespace retrograde {

using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;
using SparseMatrix = Eigen::SparseMatrix<double>;  // compressed columns

class Dictionary {
 public:
  // Throws UsageError for one without atoms or dimensions, and for values that are not finite or so
  // large that the largest eigenvalue is not.
  explicit Dictionary(Matrix atoms);
  explicit Dictionary(SparseMatrix atoms);
  // Those of which the largest eigenvalue is known, from above, which costs the others milliseconds;
  // training, which makes a dictionary per batch, gives an estimate. Throws UsageError also for a
  // value that some atom alone is longer than.
  Dictionary(Matrix atoms, double largest_eigenvalue);
  Dictionary(SparseMatrix atoms, double largest_eigenvalue,
             const std::optional<ConvolutionShape>& convolution = {});

  Eigen::Index dimension() const;  // of a signal
  Eigen::Index size() const;       // atoms
  bool sparse() const { return std::holds_alternative<SparseMatrix>(atoms_); }
  // The atoms as columns; of a sparse dictionary a dense copy.
  Matrix dense() const;
  const std::variant<Matrix, SparseMatrix>& atoms() const { return atoms_; }
  // How atoms share kernels, of a dictionary that is a convolution.
  const std::optional<ConvolutionShape>& convolution() const { return convolution_; }

  Vector signal(const Vector& code) const;          // D a
  Vector correlations(const Vector& signal) const;  // D^T x
  Matrix signals(const Matrix& codes) const;        // the same of many, a column each
  Matrix correlations_of(const Matrix& signals) const;

  // The largest eigenvalue of D^T D, from above, or its maker's estimate: what a step of a gradient
  // method is measured by. Of sparse atoms without either, Gershgorin's bound, maybe far above.
  double largest_eigenvalue() const { return largest_eigenvalue_; }

 private:
  std::variant<Matrix, SparseMatrix> atoms_;
  double largest_eigenvalue_ = 0.0;
  std::optional<ConvolutionShape> convolution_;
};

// With atoms of length 1; those of length 0 stay.
Matrix normalised(Matrix atoms);

}  // namespace retrograde
