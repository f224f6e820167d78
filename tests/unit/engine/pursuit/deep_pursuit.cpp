// Deep pursuit. References: FISTA on the shallow problem of the whole stack, whose duality gap bounds
// the error, for soft thresholds of every kind; FISTA layer by layer for layered pursuit; for hard
// thresholds the closed form of one coefficient, and that no coefficient alone can better the result.
#include <Eigen/SVD>
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/pursuit/deep_pursuit.hpp>
#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/engine/pursuit/group_codes.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;
using Eigen::Index;

namespace {

Matrix atoms(Index rows, Index columns, std::uint64_t seed) {
  Matrix all(rows, columns);
  for (Index j = 0; j < columns; ++j)
    all.col(j) = random_direction(rows, seed, static_cast<std::uint64_t>(j));
  return all;
}

// Three layers of 10, 12, 16 and 24 values, in groups of 2, 4 and 3.
DeepProblem stack(double l1, double l2, bool non_negative = false,
                  Threshold threshold = Threshold::soft) {
  const auto layer = [&](Index rows, Index columns, Index each, std::uint64_t seed) {
    return PursuitProblem{Dictionary(atoms(rows, columns, seed)),
                          Penalty::equal(Groups::equal(columns, each), l1, l2, non_negative)};
  };
  return {{layer(10, 12, 2, 1), layer(12, 16, 4, 2), layer(16, 24, 3, 3)}, threshold};
}

const Vector signal = 3.0 * random_direction(10, 9, 0);

double distance(const std::vector<Vector>& one, const std::vector<Vector>& other) {
  double largest = 0.0;
  for (std::size_t j = 0; j < one.size(); ++j)
    largest = std::fmax(largest, (one[j] - other[j]).norm());
  return largest;
}

}  // namespace

TEST_CASE("the paper's iteration and the shallow problem of the stack have the same optimum") {
  const DeepProblem problem = GENERATE(stack(0.05, 0.0), stack(0.0, 0.08), stack(0.02, 0.05),
                                       stack(0.03, 0.0, true), stack(0.0, 0.05, true));
  const PursuitSolution wanted =
      fista(shallow(problem), shallow_signal(problem, signal), {1e-13, 100'000});
  REQUIRE(wanted.converged);
  const DeepSolution found = deep_pursuit(problem, signal, {1e-12, 1'000'000});
  REQUIRE(found.converged);
  CHECK(found.objective == Approx(wanted.objective).epsilon(1e-12));
  CHECK(distance(found.codes, layers_of(problem, wanted.code)) < 1e-6);
  CHECK(found.codes[2].norm() > 0.1);  // the deepest layer has something to say
  CHECK((found.codes[2].array() == 0.0).count() > 2);
  // From elsewhere the same.
  const DeepSolution warm =
      deep_pursuit(problem, signal, {1e-12, 1'000'000},
                   {Vector::Ones(12), Vector::Constant(16, 0.5), Vector::Zero(24)});
  CHECK(distance(found.codes, warm.codes) < 1e-8);
  // Layers that know of each other explain better than one after another.
  CHECK(found.objective < layered_pursuit(problem, signal).objective);
}

TEST_CASE("the shallow problem costs what the stack costs, for any codes") {
  const DeepProblem problem = stack(0.05, 0.08);
  const PursuitProblem one = shallow(problem);
  const Vector any = 0.7 * random_direction(52, 4, 0);
  const std::vector<Vector> codes = layers_of(problem, any);
  CHECK(objective(one, shallow_signal(problem, signal), any) ==
        Approx(objective(problem, signal, codes)).epsilon(1e-14));
  // Written out.
  double sum = 0.0;
  Vector below = signal;
  for (std::size_t j = 0; j < 3; ++j) {
    sum += 0.5 * (below - problem.layers[j].dictionary.dense() * codes[j]).squaredNorm() +
           problem.layers[j].penalty.value(codes[j]);
    below = codes[j];
  }
  CHECK(objective(problem, signal, codes) == Approx(sum).epsilon(1e-14));
}

TEST_CASE("sparse layers make a sparse stack, whose eigenvalue is bounded from above") {
  const DeepProblem dense = stack(0.05, 0.0);
  DeepProblem problem = dense;
  problem.layers[1] = {Dictionary(SparseMatrix(dense.layers[1].dictionary.dense().sparseView())),
                       dense.layers[1].penalty};
  const PursuitProblem one = shallow(problem), other = shallow(dense);
  CHECK(one.dictionary.sparse());
  CHECK_FALSE(other.dictionary.sparse());
  CHECK(one.dictionary.dense() == other.dictionary.dense());
  const double largest = other.dictionary.largest_eigenvalue();
  CHECK(one.dictionary.largest_eigenvalue() >= largest);
  const double singular = Eigen::JacobiSVD<Matrix>(one.dictionary.dense()).singularValues()(0);
  CHECK(largest == Approx(singular * singular).epsilon(1e-10));
  CHECK(distance(deep_pursuit(problem, signal).codes, deep_pursuit(dense, signal).codes) < 1e-5);
}

TEST_CASE("layered pursuit is a pursuit of each layer's code by the next") {
  const DeepProblem problem = GENERATE(stack(0.05, 0.0), stack(0.0, 0.08));
  const DeepSolution found = layered_pursuit(problem, signal, {1e-12, 1'000'000});
  REQUIRE(found.converged);
  Vector below = signal;
  for (std::size_t j = 0; j < 3; ++j) {
    const PursuitSolution wanted = fista(problem.layers[j], below, {1e-13, 100'000});
    CHECK((found.codes[j] - wanted.code).norm() < 1e-5);
    below = found.codes[j];
  }
}

TEST_CASE("a hard threshold keeps what it keeps as it is") {
  // Orthonormal atoms: one step of length 1 is the answer.
  const Groups groups = Groups::equal(4, 2);
  const auto codes = [&](double l1, double l2, bool non_negative) {
    const PursuitProblem layer{Dictionary(Matrix::Identity(4, 4)),
                               Penalty::equal(groups, l1, l2, non_negative)};
    Vector x(4);
    x << 1.0, -0.3, 0.45, -0.4;
    const DeepSolution found = deep_pursuit({{layer}, Threshold::hard}, x);
    CHECK(found.converged);
    return found.codes.front();
  };
  CHECK((codes(0.42, 0.0, false) - Vector{{1.0, 0.0, 0.45, 0.0}}).norm() < 1e-10);
  CHECK((codes(0.0, 0.62, false) - Vector{{1.0, -0.3, 0.0, 0.0}}).norm() < 1e-10);
  CHECK((codes(0.0, 0.59, false) - Vector{{1.0, -0.3, 0.45, -0.4}}).norm() < 1e-10);
  CHECK((codes(0.0, 0.44, true) - Vector{{1.0, 0.0, 0.45, 0.0}}).norm() < 1e-10);
}

TEST_CASE("hard deep pursuit comes to rest where no coefficient alone would do better") {
  const DeepProblem problem =
      GENERATE(stack(0.3, 0.0, false, Threshold::hard), stack(0.0, 0.9, false, Threshold::hard),
               stack(0.25, 0.0, true, Threshold::hard));
  const DeepSolution found = deep_pursuit(problem, signal, {1e-11, 1'000'000});
  REQUIRE(found.converged);
  CHECK(found.objective == Approx(objective(problem, signal, found.codes)).epsilon(1e-14));
  // It went down, from the first thresholds and from nothing.
  const DeepSolution once = deep_pursuit(problem, signal, {1e-11, 1});
  CHECK(found.objective < once.objective);
  Index nonzero = 0;
  for (std::size_t j = 0; j < 3; ++j)
    for (Index i = 0; i < found.codes[j].size(); ++i) {
      nonzero += found.codes[j](i) != 0.0 ? 1 : 0;
      for (const double change : {1e-4, -1e-4}) {
        if (problem.layers[j].penalty.non_negative && found.codes[j](i) + change < 0.0) continue;
        std::vector<Vector> moved = found.codes;
        moved[j](i) += change;
        CHECK(objective(problem, signal, moved) > found.objective);
      }
    }
  CHECK(nonzero > 4);
  CHECK(nonzero < 52);
}

TEST_CASE("the objective of a deep pursuit never rises, however many rounds it is given") {
  const DeepProblem problem = GENERATE(stack(0.02, 0.05), stack(0.3, 0.0, false, Threshold::hard));
  double before =
      objective(problem, signal, {Vector::Zero(12), Vector::Zero(16), Vector::Zero(24)});
  for (std::uint32_t rounds = 1; rounds < 60; ++rounds) {
    const DeepSolution found = deep_pursuit(problem, signal, {0.0, rounds},
                                            {Vector::Zero(12), Vector::Zero(16), Vector::Zero(24)});
    CHECK(found.objective <= before + 1e-14);
    CHECK(found.iterations == rounds);
    before = found.objective;
  }
}

TEST_CASE("stacks that do not fit are refused") {
  DeepProblem problem = stack(0.1, 0.1);
  CHECK_THROWS_AS(deep_pursuit({}, signal), UsageError);
  CHECK_THROWS_AS(deep_pursuit(problem, Vector::Zero(9)), UsageError);
  CHECK_THROWS_AS(deep_pursuit(problem, signal, {}, {Vector::Zero(12)}), UsageError);
  CHECK_THROWS_AS(layers_of(problem, Vector::Zero(51)), UsageError);
  CHECK_THROWS_WITH(deep_pursuit(stack(0.1, 0.1, false, Threshold::hard), signal),
                    Contains("layer 0 has hard thresholds of coefficients and of groups"));
  CHECK_THROWS_WITH(shallow(stack(0.1, 0.0, false, Threshold::hard)), Contains("use soft ones"));
  problem.layers[1].penalty.non_negative = true;
  CHECK_THROWS_AS(shallow(problem), UsageError);
  std::swap(problem.layers[0], problem.layers[1]);
  CHECK_THROWS_WITH(check(problem), Contains("layer 1 has 10 dimensions for the 16 atoms before"));
}
