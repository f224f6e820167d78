#include <Eigen/Eigenvalues>
#include <cmath>
#include <complex>
#include <fmt/format.h>
#include <numbers>
#include <vector>

#include <retrograde/engine/pursuit/convolution.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

using Eigen::Index;
using ComplexMatrix = Eigen::MatrixXcd;

void check(const ConvolutionShape& shape) {
  if (shape.channels < 1 || shape.kernels < 1 || shape.stride < 1 || shape.kernel_height < 1 ||
      shape.kernel_width < 1)
    throw UsageError(fmt::format(
        "{} kernels of {} x {} values and {} channels at a stride of {}: each has to be 1 or more",
        shape.kernels, shape.kernel_height, shape.kernel_width, shape.channels, shape.stride));
  if (shape.kernel_height > shape.height || shape.kernel_width > shape.width)
    throw UsageError(fmt::format("kernels of {} x {} do not fit into images of {} x {}",
                                 shape.kernel_height, shape.kernel_width, shape.height,
                                 shape.width));
}

void check(const ConvolutionShape& shape, const Matrix& kernels) {
  check(shape);
  if (kernels.rows() != shape.kernel_size() || kernels.cols() != shape.kernels)
    throw UsageError(fmt::format("{} x {} values for {} kernels of {}", kernels.rows(),
                                 kernels.cols(), shape.kernels, shape.kernel_size()));
  if (!kernels.allFinite()) throw UsageError("a kernel has a value that is not finite");
}

// Calls body(value of the image, value of the kernel) for all of a patch, both ascending.
template <class Body>
void for_each_value(const ConvolutionShape& shape, Index position, const Body& body) {
  const Index top = position / shape.columns() * shape.stride,
              left = position % shape.columns() * shape.stride;
  Index value = 0;
  for (Index c = 0; c < shape.channels; ++c)
    for (Index y = 0; y < shape.kernel_height; ++y) {
      const Index row = (c * shape.height + top + y) * shape.width + left;
      for (Index x = 0; x < shape.kernel_width; ++x) body(row + x, value++);
    }
}

// The kernels at one frequency of the torus of `rows` x `columns` strides: for each channel and each
// place inside of a stride, what the values a whole number of strides apart sum to.
ComplexMatrix at_frequency(const ConvolutionShape& shape, const Matrix& kernels, double by_row,
                           double by_column) {
  const Index s = shape.stride;
  ComplexMatrix symbol = ComplexMatrix::Zero(shape.channels * s * s, shape.kernels);
  Index value = 0;
  for (Index c = 0; c < shape.channels; ++c)
    for (Index y = 0; y < shape.kernel_height; ++y)
      for (Index x = 0; x < shape.kernel_width; ++x, ++value) {
        const Index down = y / s, along = x / s;  // strides
        const double phase =
            by_row * static_cast<double>(down) + by_column * static_cast<double>(along);
        symbol.row((c * s + y % s) * s + x % s) += std::polar(1.0, -phase) * kernels.row(value);
      }
  return symbol;
}

double largest_eigenvalue(const ComplexMatrix& symbol) {
  const ComplexMatrix gram = symbol.rows() < symbol.cols()
                                 ? ComplexMatrix(symbol * symbol.adjoint())
                                 : ComplexMatrix(symbol.adjoint() * symbol);
  const Eigen::SelfAdjointEigenSolver<ComplexMatrix> solver(gram, Eigen::EigenvaluesOnly);
  return solver.eigenvalues()(solver.eigenvalues().size() - 1);
}

}  // namespace

Dictionary convolution(const ConvolutionShape& shape, const Matrix& kernels) {
  check(shape, kernels);
  SparseMatrix atoms(shape.signal_size(), shape.positions() * shape.kernels);
  atoms.reserve(Eigen::VectorXi::Constant(atoms.cols(), static_cast<int>(shape.kernel_size())));
  for (Index position = 0; position < shape.positions(); ++position)
    for (Index k = 0; k < shape.kernels; ++k)
      for_each_value(shape, position, [&](Index pixel, Index value) {
        atoms.insert(pixel, position * shape.kernels + k) = kernels(value, k);
      });
  return {atoms, convolution_eigenvalue(shape, kernels)};
}

double convolution_eigenvalue(const ConvolutionShape& shape, const Matrix& kernels) {
  check(shape, kernels);
  const Index rows = (shape.height + shape.stride - 1) / shape.stride,
              columns = (shape.width + shape.stride - 1) / shape.stride;
  double largest = 0.0;
  // Of frequencies that are each other's negative one: their matrices are conjugate.
  for (Index i = 0; i <= rows / 2; ++i)
    for (Index j = 0; j < columns; ++j) {
      const double turn = 2.0 * std::numbers::pi;
      const ComplexMatrix symbol =
          at_frequency(shape, kernels, turn * static_cast<double>(i) / static_cast<double>(rows),
                       turn * static_cast<double>(j) / static_cast<double>(columns));
      largest = std::fmax(largest, largest_eigenvalue(symbol));
    }
  return largest * (1.0 + 1e-12);  // from above, whatever the solver rounds
}

Groups position_groups(const ConvolutionShape& shape, Index each) {
  check(shape);
  const Index size = each == 0 ? shape.kernels : each;
  if (size < 1 || shape.kernels % size != 0)
    throw UsageError(
        fmt::format("{} kernels do not divide into groups of {}", shape.kernels, size));
  return Groups::equal(shape.positions() * shape.kernels, size);
}

Matrix folded(const ConvolutionShape& shape, const Vector& image, const Vector& code) {
  check(shape);
  if (image.size() != shape.signal_size() || code.size() != shape.positions() * shape.kernels)
    throw UsageError(fmt::format(
        "an image of {} values and a code of {} for a convolution of {} "
        "and {}",
        image.size(), code.size(), shape.signal_size(), shape.positions() * shape.kernels));
  Matrix kernels = Matrix::Zero(shape.kernel_size(), shape.kernels);
  Vector patch(shape.kernel_size());
  for (Index position = 0; position < shape.positions(); ++position) {
    const auto here = code.segment(position * shape.kernels, shape.kernels);
    if ((here.array() == 0.0).all()) continue;  // as most places of a sparse code
    for_each_value(shape, position, [&](Index pixel, Index value) { patch(value) = image(pixel); });
    kernels += patch * here.transpose();
  }
  return kernels;
}

}  // namespace retrograde
