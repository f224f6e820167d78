// Gradients through deep pursuit: those of its shallow problem. Reference: central differences of
// what the iteration over layers finds, which knows nothing of the shallow problem.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/pursuit/implicit.hpp>
#include <retrograde/engine/pursuit/deep_pursuit.hpp>
#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/engine/pursuit/group_codes.hpp>

using namespace retrograde;
using Eigen::Index;

namespace {

Matrix atoms(Index rows, Index columns, std::uint64_t seed) {
  Matrix all(rows, columns);
  for (Index j = 0; j < columns; ++j)
    all.col(j) = random_direction(rows, seed, static_cast<std::uint64_t>(j));
  return all;
}

DeepProblem stack(const Matrix& second, double l1, double l2, double last_scale = 1.0) {
  const auto layer = [&](const Matrix& own, Index each, double scale) {
    return PursuitProblem{Dictionary(own),
                          Penalty::equal(Groups::equal(own.cols(), each), scale * l1, scale * l2)};
  };
  return {{layer(atoms(10, 8, 1), 2, 1.0), layer(second, 4, 1.0),
           layer(atoms(12, 9, 3), 3, last_scale)}};
}

const Vector signal = 3.0 * random_direction(10, 9, 0);
const Vector weights = random_direction(9, 5, 0);

// Of the deepest code, which only deep pursuit lets the signal reach.
double loss(const DeepProblem& problem, const Vector& x) {
  const DeepSolution found = deep_pursuit(problem, x, {1e-14, 1'000'000});
  return weights.dot(found.codes.back().array().sin().matrix());
}

template <class Along>
double difference(const Along& value) {
  constexpr double h = 1e-4;
  return (value(h) - value(-h)) / (2.0 * h);
}

}  // namespace

TEST_CASE(
    "the gradient of a deep code with respect to signal, dictionary and weights is the shallow "
    "one's") {
  const double l1 = GENERATE(0.05, 0.0), l2 = l1 > 0.0 ? 0.0 : 0.05;
  const Matrix second = atoms(8, 12, 2);
  const DeepProblem problem = stack(second, l1, l2);
  const PursuitProblem one = shallow(problem);
  const DeepSolution found = deep_pursuit(problem, signal, {1e-14, 1'000'000});
  REQUIRE(found.codes.back().norm() > 0.05);
  Vector code(29), p = Vector::Zero(29);
  code << found.codes[0], found.codes[1], found.codes[2];
  p.tail(9) = weights.cwiseProduct(found.codes[2].array().cos().matrix());
  const PursuitGradient gradient = pursuit_gradient(one, code, p);
  REQUIRE(gradient.signal.head(10).norm() > 1e-3);

  for (std::uint64_t k = 0; k < 3; ++k) {
    const Vector along = random_direction(10, 11, k);
    CHECK(gradient.signal.head(10).dot(along) ==
          Approx(difference([&](double h) { return loss(problem, signal + h * along); }))
              .epsilon(1e-6)
              .margin(1e-8));
    const Matrix turn = atoms(8, 12, 20 + k);
    const Matrix all =
        gradient.dictionary(shallow_signal(problem, signal) - one.dictionary.signal(code), code);
    CHECK(
        all.block(10, 8, 8, 12).cwiseProduct(turn).sum() ==
        Approx(difference([&](double h) { return loss(stack(second + h * turn, l1, l2), signal); }))
            .epsilon(1e-6)
            .margin(1e-8));
  }
  // The weights of the last layer's groups, together.
  const Vector& by_weights = l1 > 0.0 ? gradient.l1 : gradient.l2;
  CHECK((l1 + l2) * by_weights.tail(3).sum() ==
        Approx(difference([&](double h) { return loss(stack(second, l1, l2, 1.0 + h), signal); }))
            .epsilon(1e-6)
            .margin(1e-8));
}
