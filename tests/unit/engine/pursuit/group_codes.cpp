// Drawn codes. References: the distribution they are drawn from, within five standard deviations;
// the definition x = D a; a filter of the same candidates made here.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/pursuit/group_codes.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;
using Eigen::Index;

namespace {

const Groups groups({1, 3, 2, 4});

Dictionary any_dictionary() {
  Matrix atoms(3, 10);
  for (Index j = 0; j < 10; ++j)
    atoms.col(j) = random_direction(3, 2, static_cast<std::uint64_t>(j));
  return Dictionary(atoms);
}

}  // namespace

TEST_CASE("codes have so many active groups, whole ones, each as often, uniform inside") {
  const GroupCodesSpec spec{
      .samples = 8000, .active = 2, .lowest = -1.0, .highest = 3.0, .seed = 5};
  const Dictionary dictionary = any_dictionary();
  const GroupCodes drawn = group_codes(dictionary, groups, spec);
  CHECK(drawn.candidates == 8000);
  CHECK((drawn.signals - dictionary.dense() * drawn.codes).norm() < 1e-10);
  Vector often = Vector::Zero(4);
  double sum = 0.0, squares = 0.0;
  Index values = 0;
  for (Index j = 0; j < spec.samples; ++j) {
    Index active = 0;
    for (Index g = 0; g < 4; ++g) {
      const Vector part = drawn.codes.col(j).segment(groups.begin(g), groups.size(g));
      const Index nonzero = (part.array() != 0.0).count();
      CHECK((nonzero == 0 || nonzero == groups.size(g)));
      if (nonzero == 0) continue;
      ++active;
      often(g) += 1.0;
      values += nonzero;
      sum += part.sum();
      squares += part.squaredNorm();
      CHECK(part.minCoeff() >= -1.0);
      CHECK(part.maxCoeff() < 3.0);
    }
    CHECK(active == 2);
  }
  // Each group is active in half of them.
  for (Index g = 0; g < 4; ++g) CHECK(often(g) == Approx(4000.0).margin(5.0 * std::sqrt(2000.0)));
  const auto n = static_cast<double>(values);
  const double mean = sum / n, variance = squares / n - mean * mean;
  CHECK(mean == Approx(1.0).margin(5.0 * std::sqrt(4.0 / 3.0 / n)));
  CHECK(variance == Approx(4.0 / 3.0).margin(5.0 * std::sqrt(64.0 / 45.0 / n)));
}

TEST_CASE("what is kept are the candidates that were asked for, in their order") {
  const GroupCodesSpec spec{.samples = 50, .active = 2, .seed = 6};
  const auto wanted = [](const Vector& code) { return code.sum() > 8.0; };
  const GroupCodes drawn = group_codes(any_dictionary(), groups, spec, wanted);
  std::uint64_t candidate = 0;
  for (Index j = 0; j < 50; ++j) {
    while (!wanted(group_code(groups, spec, candidate))) ++candidate;
    CHECK(drawn.codes.col(j) == group_code(groups, spec, candidate++));
  }
  CHECK(drawn.candidates == candidate);
  CHECK(candidate > 60);
}

TEST_CASE("a margin that nothing reaches and codes that cannot be are refused") {
  GroupCodesSpec spec{.samples = 3, .active = 2, .most_candidates_a_sample = 100};
  const Dictionary dictionary = any_dictionary();
  CHECK_THROWS_AS(group_codes(dictionary, groups, spec, [](const Vector&) { return false; }),
                  LimitError);
  // One in 40 is enough for a limit of one in 100, whenever it comes.
  int calls = 0;
  CHECK_NOTHROW(
      group_codes(dictionary, groups, spec, [&](const Vector&) { return ++calls % 40 == 0; }));
  calls = 0;
  CHECK_THROWS_AS(
      group_codes(dictionary, groups, spec, [&](const Vector&) { return ++calls % 101 == 0; }),
      LimitError);
  CHECK_THROWS_AS(group_codes(dictionary, Groups({4, 5}), spec), UsageError);
  spec.active = 5;
  CHECK_THROWS_AS(group_codes(dictionary, groups, spec), UsageError);
  spec = {.samples = 0};
  CHECK_THROWS_AS(group_codes(dictionary, groups, spec), UsageError);
  spec = {.samples = 1, .active = 1, .lowest = 2.0, .highest = 1.0};
  CHECK_THROWS_AS(group_codes(dictionary, groups, spec), UsageError);
}

TEST_CASE("random directions have length 1, and another one for each number and seed") {
  const Vector one = random_direction(300, 1, 0);
  CHECK(one.norm() == Approx(1.0).epsilon(1e-14));
  CHECK(one == random_direction(300, 1, 0));
  CHECK(std::fabs(one.dot(random_direction(300, 1, 1))) < 5.0 / std::sqrt(300.0));
  CHECK(std::fabs(one.dot(random_direction(300, 2, 0))) < 5.0 / std::sqrt(300.0));
}
