// Convolutional dictionaries. References: the double loop of the definition; eigenvalues of the dense
// matrix; gradients of kernels by the dense matrix's and by central differences; images that known
// kernels made.
#include <Eigen/Eigenvalues>
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/pursuit/convolution.hpp>
#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/engine/pursuit/group_codes.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;
using Eigen::Index;

namespace {

Matrix random_kernels(const ConvolutionShape& shape, std::uint64_t seed) {
  Matrix kernels(shape.kernel_size(), shape.kernels);
  for (Index k = 0; k < shape.kernels; ++k)
    kernels.col(k) = random_direction(shape.kernel_size(), seed, static_cast<std::uint64_t>(k));
  return kernels;
}

// Two channels, stride 2 with a row that no kernel reaches, kernels that are not square.
const ConvolutionShape small{8, 9, 2, 3, 5, 2, 4};

// The definition, a sum per pixel.
Vector image_of(const ConvolutionShape& s, const Matrix& kernels, const Vector& code) {
  Vector image = Vector::Zero(s.signal_size());
  for (Index c = 0; c < s.channels; ++c)
    for (Index y = 0; y < s.height; ++y)
      for (Index x = 0; x < s.width; ++x)
        for (Index p = 0; p < s.rows(); ++p)
          for (Index q = 0; q < s.columns(); ++q)
            for (Index k = 0; k < s.kernels; ++k) {
              const Index v = y - s.stride * p, u = x - s.stride * q;
              if (v < 0 || v >= s.kernel_height || u < 0 || u >= s.kernel_width) continue;
              image((c * s.height + y) * s.width + x) +=
                  code((p * s.columns() + q) * s.kernels + k) *
                  kernels((c * s.kernel_height + v) * s.kernel_width + u, k);
            }
  return image;
}

}  // namespace

TEST_CASE("a convolution is the sum over positions and kernels of its definition") {
  for (const ConvolutionShape& shape :
       {small, ConvolutionShape{6, 6, 1, 2, 3, 1, 3}, ConvolutionShape{5, 7, 3, 5, 7, 4, 2}}) {
    const Matrix kernels = random_kernels(shape, 1);
    const Dictionary atoms = convolution(shape, kernels);
    CHECK(atoms.sparse());
    REQUIRE(atoms.size() == shape.positions() * shape.kernels);
    const Vector code = random_direction(atoms.size(), 2, 0);
    CHECK((atoms.signal(code) - image_of(shape, kernels, code)).norm() < 1e-14);
  }
  CHECK(small.rows() == 3);
  CHECK(small.columns() == 3);
  CHECK(convolution(small, random_kernels(small, 1)).dense().row(7 * 9).norm() == 0.0);
}

TEST_CASE("a convolution gives back its kernels, zeros too, and patches of an image") {
  Matrix kernels = random_kernels(small, 21);
  kernels(0, 0) = kernels(7, 2) = 0.0;
  const Dictionary atoms = convolution(small, kernels);
  CHECK(kernels_of(atoms) == kernels);
  CHECK(convolution(small, kernels, 50.0).largest_eigenvalue() == 50.0);
  CHECK_THROWS_AS(convolution(small, kernels, 0.5), UsageError);
  CHECK_THROWS_WITH(kernels_of(Dictionary(atoms.dense())), Contains("share no kernels"));
  CHECK_THROWS_WITH(Dictionary(SparseMatrix(atoms.dense().sparseView()), 50.0, small),
                    Contains("not those of their convolution"));

  const Vector image = random_direction(small.signal_size(), 22, 0);
  for (Index position = 0; position < small.positions(); ++position)
    for (Index k = 0; k < small.kernels; ++k)
      CHECK(patch_of(small, image, position).dot(kernels.col(k)) ==
            Approx(atoms.correlations(image)(position * small.kernels + k)).margin(1e-14));
  CHECK_THROWS_AS(patch_of(small, image, 9), UsageError);
}

TEST_CASE("its eigenvalue is bounded from above, and closely") {
  for (const ConvolutionShape& shape :
       {small, ConvolutionShape{20, 20, 1, 5, 5, 1, 6}, ConvolutionShape{21, 16, 1, 6, 4, 3, 8}}) {
    const Matrix kernels = random_kernels(shape, 3);
    const Matrix dense = convolution(shape, kernels).dense();
    const double bound = convolution_eigenvalue(shape, kernels);
    const Eigen::SelfAdjointEigenSolver<Matrix> solver(dense * dense.transpose(),
                                                       Eigen::EigenvaluesOnly);
    const double largest = solver.eigenvalues()(dense.rows() - 1);
    CHECK(bound >= largest);
    CHECK(bound < 1.5 * largest);
    CHECK(bound < Dictionary(SparseMatrix(dense.sparseView())).largest_eigenvalue());
  }
  // On a torus of one stride, where nothing is cut off, it is exact.
  const ConvolutionShape whole{4, 4, 2, 4, 4, 4, 3};
  const Matrix kernels = random_kernels(whole, 4);
  const Eigen::SelfAdjointEigenSolver<Matrix> exact(kernels.transpose() * kernels);
  CHECK(convolution_eigenvalue(whole, kernels) == Approx(exact.eigenvalues()(2)).epsilon(1e-11));
  // One kernel of one value per pixel: an orthonormal dictionary.
  CHECK(convolution_eigenvalue({5, 5, 1, 1, 1, 1, 1}, Matrix::Ones(1, 1)) ==
        Approx(1.0).epsilon(1e-11));
}

TEST_CASE("gradients of atoms fold back to kernels") {
  const Matrix kernels = random_kernels(small, 5);
  const Vector image = random_direction(small.signal_size(), 6, 0),
               code = random_direction(small.positions() * small.kernels, 7, 0);
  const Matrix found = folded(small, image * code.transpose());
  // d / d kernel of image . (D code), which is linear: by its value at each unit kernel.
  for (Index k = 0; k < small.kernels; ++k)
    for (Index v = 0; v < small.kernel_size(); ++v) {
      Matrix unit = Matrix::Zero(small.kernel_size(), small.kernels);
      unit(v, k) = 1.0;
      CHECK(found(v, k) == Approx(image.dot(image_of(small, unit, code))).margin(1e-14));
    }
  CHECK(image.dot(image_of(small, kernels, code)) ==
        Approx(found.cwiseProduct(kernels).sum()).margin(1e-14));
  CHECK_THROWS_AS(folded(small, Matrix::Ones(image.size(), 3)), UsageError);
  CHECK_THROWS_AS(folded(small, Matrix::Ones(3, code.size())), UsageError);
}

TEST_CASE(
    "kernels that are learned explain images better with each step, and as those that made them") {
  const ConvolutionShape shape{12, 12, 1, 4, 4, 2, 4};
  const Groups groups = position_groups(shape, 1);
  const Matrix truth = random_kernels(shape, 8);
  const GroupCodes made =
      group_codes(convolution(shape, truth), groups, {.samples = 30, .active = 6, .seed = 9});
  // The cost of all images, and its gradient: at the optimum the code's own part of it is 0.
  const auto cost = [&](const Matrix& kernels, Matrix* gradient) {
    const PursuitProblem problem{convolution(shape, kernels), Penalty::equal(groups, 0.05, 0.0)};
    double sum = 0.0;
    if (gradient != nullptr) gradient->setZero(kernels.rows(), kernels.cols());
    for (Index j = 0; j < made.signals.cols(); ++j) {
      const Vector image = made.signals.col(j);
      const PursuitSolution found = fista(problem, image, {1e-6, 5000});
      sum += found.objective;
      if (gradient != nullptr)
        *gradient -=
            folded(shape, (image - problem.dictionary.signal(found.code)) * found.code.transpose());
    }
    return sum;
  };
  Matrix kernels = normalised(truth + 0.5 * random_kernels(shape, 10)), gradient;
  const double first = cost(kernels, &gradient);
  // By central differences along a direction, kernels not of length 1.
  const Matrix along = random_kernels(shape, 11);
  const double h = 1e-4;
  CHECK((cost(kernels + h * along, nullptr) - cost(kernels - h * along, nullptr)) / (2.0 * h) ==
        Approx(gradient.cwiseProduct(along).sum()).epsilon(1e-3));
  double before = first;
  for (int step = 0; step < 25; ++step) {
    kernels = normalised(kernels - 0.004 * gradient);
    const double now = cost(kernels, &gradient);
    CHECK(now < before);
    before = now;
  }
  CHECK(before < 0.6 * first);
  CHECK(before < 1.1 * cost(truth, nullptr));
}

TEST_CASE("a layer of convolution explains an image of 28 x 28 by few coefficients") {
  const ConvolutionShape shape{28, 28, 1, 8, 8, 2, 32};
  const Groups groups = position_groups(shape, 8);
  CHECK(groups.count() == 11 * 11 * 4);
  CHECK(position_groups(shape).size(3) == 32);
  const Dictionary atoms = convolution(shape, random_kernels(shape, 12));
  const GroupCodes made = group_codes(atoms, groups, {.samples = 1, .active = 5, .seed = 13});
  const PursuitProblem problem{atoms, Penalty::equal(groups, 0.0, 0.1)};
  const PursuitSolution found = fista(problem, made.signals.col(0), {1e-6, 5000});
  REQUIRE(found.converged);
  CHECK((made.signals.col(0) - atoms.signal(found.code)).norm() <
        0.05 * made.signals.col(0).norm());
  CHECK((groups.norms(found.code).array() > 0.1).count() < 60);
}

TEST_CASE("convolutions that cannot be are refused") {
  ConvolutionShape shape = small;
  CHECK_THROWS_WITH(convolution(shape, Matrix::Ones(29, 4)), Contains("29 x 4 values for 4"));
  shape.kernel_height = 9;
  CHECK_THROWS_WITH(convolution(shape, Matrix::Ones(90, 4)), Contains("do not fit into images"));
  shape = small;
  shape.stride = 0;
  CHECK_THROWS_WITH(position_groups(shape), Contains("at a stride of 0"));
  CHECK_THROWS_AS(position_groups(small, 3), UsageError);
}
