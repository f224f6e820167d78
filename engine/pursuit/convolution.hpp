// Convolutional dictionaries: kernels that are shared by all patches of an image. Each kernel at each
// position is an atom, so that the code of an image has a map of coefficients per kernel.
//
//   x(c, y, x) = sum over positions (p, q) and kernels k of a(p, q, k) kernel_k(c, y - s p, x - s q)
//
// Images are channel by channel, row by row: value (c, y, x) is at (c height + y) width + x; kernels
// are columns in the same order. There is no padding: every atom lies inside of the image, and what
// lies behind the last position, where the stride s does not divide, is in none. Coefficients go
// position by position, all kernels of one together, so that groups of a code are kernels that compete
// or act together at a place.
#pragma once

#include <retrograde/engine/pursuit/convolution_shape.hpp>
#include <retrograde/engine/pursuit/penalty.hpp>

namespace retrograde {

// Throws UsageError for shapes that cannot be.
void check(const ConvolutionShape& shape);

// The atoms, sparse, with convolution_eigenvalue() for the bound. Throws UsageError for shapes that
// cannot be, and for kernels (a column each) that do not fit them.
Dictionary convolution(const ConvolutionShape& shape, const Matrix& kernels);
// The same where a bound is known.
Dictionary convolution(const ConvolutionShape& shape, const Matrix& kernels,
                       double largest_eigenvalue);

// The kernels of a dictionary that convolution() made.
Matrix kernels_of(const Dictionary& dictionary);

// The largest eigenvalue of D^T D from above: that of the same kernels on the smallest torus of whole
// strides that holds the image. D is a part of its matrix, which Fourier's transform takes apart into
// small ones, a frequency each.
double convolution_eigenvalue(const ConvolutionShape& shape, const Matrix& kernels);

// What of an image lies under the kernels at a position, in their order.
Vector patch_of(const ConvolutionShape& shape, const Vector& image, Eigen::Index position);

// `each` kernels at a position to a group; all of them, by default. Throws UsageError where `each` does
// not divide the kernels.
Groups position_groups(const ConvolutionShape& shape, Eigen::Index each = 0);

// What kernels get of a gradient of all atoms: the sum over positions of what lies there.
Matrix folded(const ConvolutionShape& shape, const Matrix& atoms);

}  // namespace retrograde
