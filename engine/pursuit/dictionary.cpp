#include <Eigen/Eigenvalues>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/engine/pursuit/dictionary.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// Of D^T D or of D D^T, whichever is smaller: they share it.
double largest_eigenvalue_of(const Matrix& gram) {
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(gram, Eigen::EigenvaluesOnly);
  return solver.eigenvalues()(solver.eigenvalues().size() - 1);
}

// Gershgorin's bound: no eigenvalue is larger than the largest sum of sizes along a row. Sums of a
// sparse matrix cost no more than its products, its eigenvalues do.
double gershgorin(const SparseMatrix& atoms) {
  const SparseMatrix gram = SparseMatrix(atoms.transpose()) * atoms;
  double largest = 0.0;
  for (Eigen::Index j = 0; j < gram.outerSize(); ++j) {
    double sum = 0.0;
    for (SparseMatrix::InnerIterator entry(gram, j); entry; ++entry)
      sum += std::fabs(entry.value());
    if (!std::isfinite(sum)) return sum;
    largest = std::fmax(largest, sum);
  }
  return largest;
}

double bound(const Matrix& atoms) {
  const double value = atoms.cols() < atoms.rows()
                           ? largest_eigenvalue_of(atoms.transpose() * atoms)
                           : largest_eigenvalue_of(atoms * atoms.transpose());
  return value * (1.0 + 1e-12);  // from above, whatever the solver rounds
}

template <class Atoms>
void require(const Atoms& atoms, bool finite) {
  if (atoms.rows() == 0 || atoms.cols() == 0)
    throw UsageError(fmt::format("a dictionary needs dimensions and atoms, this one is {} x {}",
                                 atoms.rows(), atoms.cols()));
  if (!finite)
    throw UsageError("a dictionary has a value that is not finite; look at what it was made of");
}

double finite(double eigenvalue) {
  if (!std::isfinite(eigenvalue))
    throw UsageError(
        "a dictionary has values so large that its largest eigenvalue is not finite; scale it "
        "down");
  return eigenvalue;
}

// `longest`: the largest square of the length of an atom.
void require_eigenvalue(double value, double longest) {
  if (!(value >= longest * (1.0 - 1e-12)) || !std::isfinite(value))
    throw UsageError(
        fmt::format("{} is no largest eigenvalue of a dictionary with an atom of the "
                    "square length {}",
                    value, longest));
}

}  // namespace

Dictionary::Dictionary(Matrix atoms) : atoms_(std::move(atoms)) {
  const Matrix& own = std::get<Matrix>(atoms_);
  require(own, own.allFinite());
  largest_eigenvalue_ = finite(bound(own));
}

Dictionary::Dictionary(SparseMatrix atoms) : atoms_(std::move(atoms)) {
  SparseMatrix& own = std::get<SparseMatrix>(atoms_);
  own.makeCompressed();
  require(own, own.coeffs().allFinite());
  largest_eigenvalue_ = finite(gershgorin(own));
}

Dictionary::Dictionary(Matrix atoms, double largest_eigenvalue)
    : atoms_(std::move(atoms)), largest_eigenvalue_(largest_eigenvalue) {
  const Matrix& own = std::get<Matrix>(atoms_);
  require(own, own.allFinite());
  require_eigenvalue(largest_eigenvalue, own.colwise().squaredNorm().maxCoeff());
}

Dictionary::Dictionary(SparseMatrix atoms, double largest_eigenvalue,
                       const std::optional<ConvolutionShape>& convolution)
    : atoms_(std::move(atoms)), largest_eigenvalue_(largest_eigenvalue), convolution_(convolution) {
  SparseMatrix& own = std::get<SparseMatrix>(atoms_);
  own.makeCompressed();
  require(own, own.coeffs().allFinite());
  if (convolution_ &&
      (own.rows() != convolution_->signal_size() || own.cols() != convolution_->atoms() ||
       own.nonZeros() != convolution_->atoms() * convolution_->kernel_size()))
    throw UsageError("atoms that are not those of their convolution");
  double longest = 0.0;
  for (Eigen::Index j = 0; j < own.cols(); ++j)
    longest = std::fmax(longest, own.col(j).squaredNorm());
  require_eigenvalue(largest_eigenvalue, longest);
}

Eigen::Index Dictionary::dimension() const {
  return std::visit([](const auto& atoms) { return atoms.rows(); }, atoms_);
}

Eigen::Index Dictionary::size() const {
  return std::visit([](const auto& atoms) { return atoms.cols(); }, atoms_);
}

Matrix Dictionary::dense() const {
  return std::visit([](const auto& atoms) { return Matrix(atoms); }, atoms_);
}

Vector Dictionary::signal(const Vector& code) const {
  return std::visit([&](const auto& atoms) -> Vector { return atoms * code; }, atoms_);
}

Vector Dictionary::correlations(const Vector& signal) const {
  return std::visit([&](const auto& atoms) -> Vector { return atoms.transpose() * signal; },
                    atoms_);
}

Matrix Dictionary::signals(const Matrix& codes) const {
  return std::visit([&](const auto& atoms) -> Matrix { return atoms * codes; }, atoms_);
}

Matrix Dictionary::correlations_of(const Matrix& signals) const {
  return std::visit([&](const auto& atoms) -> Matrix { return atoms.transpose() * signals; },
                    atoms_);
}

Matrix normalised(Matrix atoms) {
  for (Eigen::Index j = 0; j < atoms.cols(); ++j) {
    const double length = atoms.col(j).norm();
    if (length > 0.0) atoms.col(j) /= length;
  }
  return atoms;
}

}  // namespace retrograde
