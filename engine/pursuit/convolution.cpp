#include <Eigen/Eigenvalues>
#include <cmath>
#include <complex>
#include <fmt/format.h>
#include <numbers>
#include <utility>

#include <retrograde/engine/pursuit/convolution.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

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

namespace {

using Eigen::Index;
using ComplexMatrix = Eigen::MatrixXcd;

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
  return convolution(shape, kernels, convolution_eigenvalue(shape, kernels));
}

Dictionary convolution(const ConvolutionShape& shape, const Matrix& kernels,
                       double largest_eigenvalue) {
  check(shape, kernels);
  SparseMatrix atoms(shape.signal_size(), shape.atoms());
  atoms.reserve(Eigen::VectorXi::Constant(atoms.cols(), static_cast<int>(shape.kernel_size())));
  for (Index position = 0; position < shape.positions(); ++position)
    for (Index k = 0; k < shape.kernels; ++k)
      for_each_value(shape, position, [&](Index pixel, Index value) {
        atoms.insert(pixel, position * shape.kernels + k) = kernels(value, k);
      });
  return {std::move(atoms), largest_eigenvalue, shape};
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

Vector patch_of(const ConvolutionShape& shape, const Vector& image, Index position) {
  check(shape);
  if (image.size() != shape.signal_size() || position < 0 || position >= shape.positions())
    throw UsageError(fmt::format("position {} of {} on an image of {} values, not {}", position,
                                 shape.positions(), image.size(), shape.signal_size()));
  Vector patch(shape.kernel_size());
  for_each_value(shape, position, [&](Index pixel, Index value) { patch(value) = image(pixel); });
  return patch;
}

Groups position_groups(const ConvolutionShape& shape, Index each) {
  check(shape);
  const Index size = each == 0 ? shape.kernels : each;
  if (size < 1 || shape.kernels % size != 0)
    throw UsageError(
        fmt::format("{} kernels do not divide into groups of {}", shape.kernels, size));
  return Groups::equal(shape.atoms(), size);
}

Matrix kernels_of(const Dictionary& dictionary) {
  const auto& shape = dictionary.convolution();
  if (!shape) throw UsageError("the atoms of a dictionary that is no convolution share no kernels");
  // Those at the first position, of which every value is stored, in the order of the kernels.
  const double* const first = std::get<SparseMatrix>(dictionary.atoms()).valuePtr();
  return Eigen::Map<const Matrix>(first, shape->kernel_size(), shape->kernels);
}

Matrix folded(const ConvolutionShape& shape, const Matrix& atoms) {
  check(shape);
  if (atoms.rows() != shape.signal_size() || atoms.cols() != shape.atoms())
    throw UsageError(fmt::format("{} x {} values for the {} x {} of a convolution's atoms",
                                 atoms.rows(), atoms.cols(), shape.signal_size(), shape.atoms()));
  Matrix kernels = Matrix::Zero(shape.kernel_size(), shape.kernels);
  for (Index position = 0; position < shape.positions(); ++position)
    for_each_value(shape, position, [&](Index pixel, Index value) {
      kernels.row(value) += atoms.row(pixel).segment(position * shape.kernels, shape.kernels);
    });
  return kernels;
}

}  // namespace retrograde
