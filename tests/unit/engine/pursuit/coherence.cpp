// Coherence and the promise made by it. References: the definitions, by the SVD of each block; for
// orthonormal dictionaries the closed form of the code, which moves by exactly the promised delta; for
// others solving: no random disturbance may break the promise.
#include <Eigen/SVD>
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/pursuit/coherence.hpp>
#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/engine/pursuit/packing.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

using namespace retrograde;
using Eigen::Index;

namespace {

Matrix normal_matrix(Index rows, Index columns, std::uint64_t seed) {
  Random random(seed, "test of coherence");
  Matrix values(rows, columns);
  for (Index j = 0; j < columns; ++j)
    for (Index i = 0; i < rows; ++i) values(i, j) = random.normal();
  return values;
}

}  // namespace

TEST_CASE("coherence is what its definition says, block by block") {
  const Matrix atoms = normal_matrix(7, 9, 3);
  const Groups groups({2, 4, 3});
  Coherence wanted;
  for (Index i = 0; i < 9; ++i)
    for (Index j = 0; j < 9; ++j) {
      if (i == j) continue;
      const double cosine =
          std::fabs(atoms.col(i).dot(atoms.col(j))) / (atoms.col(i).norm() * atoms.col(j).norm());
      wanted.mutual = std::fmax(wanted.mutual, cosine);
      if (groups.of(i) != groups.of(j)) wanted.between = std::fmax(wanted.between, cosine);
    }
  for (Index g = 0; g < 3; ++g)
    for (Index h = 0; h < 3; ++h) {
      Matrix block = atoms.middleCols(groups.begin(g), groups.size(g)).transpose() *
                     atoms.middleCols(groups.begin(h), groups.size(h));
      if (g == h) block -= Matrix::Identity(block.rows(), block.cols());
      double& largest = g == h ? wanted.defect : wanted.block;
      largest = std::fmax(largest, Eigen::JacobiSVD<Matrix>(block).singularValues()(0));
    }
  const Coherence found = coherence(atoms, groups);
  CHECK(found.mutual == Approx(wanted.mutual).epsilon(1e-13));
  CHECK(found.between == Approx(wanted.between).epsilon(1e-13));
  CHECK(found.block == Approx(wanted.block).epsilon(1e-13));
  CHECK(found.defect == Approx(wanted.defect).epsilon(1e-13));
  CHECK_THROWS_AS(coherence(atoms, Groups({2, 4})), UsageError);
}

TEST_CASE("an orthonormal dictionary moves its code by the promised delta, and by no less") {
  const Matrix atoms = Eigen::HouseholderQR<Matrix>(normal_matrix(12, 12, 5)).householderQ();
  const Groups groups = Groups::equal(12, 3);
  const double e = 0.05, weight = 0.06;
  const PursuitProblem problem{Dictionary(atoms), Penalty::equal(groups, 0.0, weight)};
  const GroupGuarantee promise = group_guarantee(0.0, 2, e, problem.penalty.l2);
  REQUIRE(promise.holds);
  CHECK(promise.delta == Approx(0.11).epsilon(1e-14));

  // Against the code: it loses the weight and the disturbance, in the direction of the code.
  Vector code = Vector::Zero(12);
  code.segment(3, 3) << 0.3, -0.4, 1.2;
  const Vector unit = code / code.norm();
  const PursuitSolution found = fista(problem, atoms * (code - e * unit), {1e-15, 1000});
  CHECK((found.code - code * (1.0 - promise.delta / code.norm())).norm() < 1e-9);
  // A group that is barely larger than delta is found, one of that size may be lost.
  for (const double size : {0.1101, 0.1099})
    CHECK(fista(problem, atoms * ((size - e) * unit), {1e-15, 1000}).code.norm() ==
          Approx(std::fmax(size - 0.11, 0.0)).margin(1e-8));
  // A disturbance as strong as the weight may wake a silent group.
  CHECK_FALSE(group_guarantee(0.0, 2, 0.06, problem.penalty.l2).holds);
}

TEST_CASE("what is promised is kept: support, error of the code, groups found, decisions") {
  const Groups groups = Groups::equal(24, 2);
  const Matrix atoms = packing({16, 12, 2, PackingDistance::spectral, 0.0, 200, 2});
  const double mu = coherence(atoms, groups).block;
  const PursuitProblem shape{Dictionary(atoms), Penalty::equal(groups, 0.0, 1.0)};
  int asked = 0, decided = 0;
  double closest = 0.0;
  for (std::uint64_t trial = 0; trial < 400; ++trial) {
    Random random(trial, "test of the promise");
    // Up to three groups, each of its own size, and weights of two kinds.
    std::vector<Index> all(12);
    for (Index g = 0; g < 12; ++g) all[static_cast<std::size_t>(g)] = g;
    random.shuffle(all);
    const std::vector<Index> active(all.begin(), all.begin() + 1 + static_cast<long>(trial % 3));
    Vector code = Vector::Zero(24);
    for (const Index g : active)
      for (Index i = 0; i < 2; ++i) code(2 * g + i) = random.normal(0.0, 1.0);
    Vector disturbance(16);
    for (Index i = 0; i < 16; ++i) disturbance(i) = random.normal();
    const double e = groups.norms(atoms.transpose() * disturbance).maxCoeff();
    PursuitProblem problem = shape;
    for (Index g = 0; g < 12; ++g) problem.penalty.l2(g) = e * random.uniform(3.0, 4.5);
    const GroupGuarantee promise = group_guarantee(mu, active, e, problem.penalty.l2);
    if (!promise.holds) continue;
    ++asked;
    disturbance *= 0.1;  // of the signal's order and below
    problem.penalty.l2 *= 0.1;
    const double delta = 0.1 * promise.delta;
    const PursuitSolution found = fista(problem, atoms * code + disturbance, {1e-14, 100'000});
    REQUIRE(found.converged);
    const Vector off = groups.norms(found.code - code), sizes = groups.norms(code),
                 norms = groups.norms(found.code);
    for (Index g = 0; g < 12; ++g) {
      if (sizes(g) == 0.0) CHECK(norms(g) == 0.0);
      CHECK(off(g) <= delta + 1e-7);
      if (sizes(g) > delta + 1e-7) CHECK(norms(g) > 0.0);
      closest = std::fmax(closest, off(g) / delta);
    }
    // Linear and pooled decisions.
    Vector w(24), v(12);
    for (Index i = 0; i < 24; ++i) w(i) = random.normal();
    for (Index g = 0; g < 12; ++g) v(g) = random.normal();
    const auto k = static_cast<Index>(active.size());
    const GroupGuarantee scaled{true, delta};
    const auto keeps = [&](double before, double after, const Vector& lengths) {
      if (std::fabs(before) <= guaranteed_margin(scaled, k, lengths)) return;
      ++decided;
      CHECK(before * after > 0.0);
    };
    keeps(w.dot(code), w.dot(found.code), groups.norms(w));
    keeps(v.dot(sizes), v.dot(norms), v);
  }
  CHECK(asked > 80);     // the promise is made often enough to be broken,
  CHECK(decided > 20);   // of decisions too,
  CHECK(closest > 0.7);  // and is not far from what happens
}

TEST_CASE("a promise ends where its conditions do") {
  const Vector weights = Vector::Constant(10, 0.5);
  const double mu = 0.2;
  // One weight, k groups: gamma > e (1 + mu) / (1 - (2 k - 1) mu); never from k = (1 + 1 / mu) / 2 on.
  for (const Index k : {1, 2}) {
    const double most = 0.5 * (1.0 - (2.0 * static_cast<double>(k) - 1.0) * mu) / (1.0 + mu);
    CHECK(group_guarantee(mu, k, most * (1.0 - 1e-12), weights).holds);
    CHECK_FALSE(group_guarantee(mu, k, most * (1.0 + 1e-12), weights).holds);
  }
  CHECK_FALSE(group_guarantee(mu, 3, 0.0, weights).holds);
  CHECK(std::isinf(group_guarantee(mu, 3, 0.0, weights).delta));
  CHECK(group_guarantee(mu, 2, 0.1, weights).delta == Approx(0.6 / 0.8).epsilon(1e-14));
  // Weights that are known to lie on the support promise more than the worst they could be.
  Vector uneven = weights;
  uneven(3) = 0.1;
  CHECK_FALSE(group_guarantee(mu, 1, 0.1, uneven).holds);
  CHECK(group_guarantee(mu, std::vector<Index>{3}, 0.1, uneven).holds);
  CHECK_THROWS_AS(group_guarantee(mu, 0, 0.1, weights), UsageError);
  CHECK_THROWS_AS(group_guarantee(-mu, 1, 0.1, weights), UsageError);
  CHECK_THROWS_AS(group_guarantee(mu, 1, -0.1, weights), UsageError);
  CHECK_THROWS_AS(group_guarantee(mu, std::vector<Index>{3, 3}, 0.1, weights), UsageError);
  CHECK_THROWS_AS(group_guarantee(mu, std::vector<Index>{10}, 0.1, weights), UsageError);
  CHECK_THROWS_AS(group_guarantee(mu, 1, 0.1, Vector::Zero(10)), UsageError);
  CHECK_THROWS_WITH(group_guarantee(mu, 1, 0.1, Vector::Zero(10)), Catch::Contains("above 0"));
}
