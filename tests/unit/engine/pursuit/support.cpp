// Support statistics. References: counted by hand; Table 3.1 of the thesis that arXiv:2205.08955's
// experiments are in (8 of 75 groups of 4 in 100 dimensions): BP 47.6 % of groups left silent, 58.3 %
// right, never all; GBP 87.8, 98.5 and 48.8 %. It does not say gamma; 0.2 gives all of them at once,
// of coefficients that are exactly 0.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/engine/pursuit/group_codes.hpp>
#include <retrograde/engine/pursuit/packing.hpp>
#include <retrograde/engine/pursuit/support.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;
using Eigen::Index;

TEST_CASE("support statistics count groups, in the mean over codes") {
  const Groups groups({2, 1, 3});
  Matrix truths = Matrix::Zero(6, 2), codes = Matrix::Zero(6, 2);
  truths.col(0) << 1.0, 1.0, 0.0, 1.0, 1.0, 1.0;  // on, off, on
  truths.col(1) << 0.0, 0.0, 2.0, 0.0, 0.0, 0.0;  // off, on, off
  codes.col(0) << 0.0, -0.2, 0.0, 0.0, 0.0, 0.0;  // on, off, OFF
  codes.col(1) << 0.0, 0.0, 0.1, 0.0, 0.0, 0.0;   // off, on, off: all right
  const SupportStatistics found = support_statistics(truths, codes, groups);
  CHECK(found.silent == Approx(4.0 / 6.0).epsilon(1e-15));
  CHECK(found.accuracy == Approx(5.0 / 6.0).epsilon(1e-15));
  CHECK(found.exact == 0.5);
  // With a threshold between them the smaller coefficient is none.
  const SupportStatistics fewer = support_statistics(truths, codes, groups, 0.15);
  CHECK(fewer.silent == Approx(5.0 / 6.0).epsilon(1e-15));
  CHECK(fewer.exact == 0.0);
  CHECK(active_groups(codes.col(0), groups) == std::vector<bool>{true, false, false});
  CHECK_THROWS_AS(support_statistics(truths, codes.leftCols(1), groups), UsageError);
  CHECK_THROWS_AS(support_statistics(truths, codes, Groups({2, 1})), UsageError);
  CHECK_THROWS_AS(support_statistics(Matrix(6, 0), Matrix(6, 0), groups), UsageError);
}

TEST_CASE("group basis pursuit finds the published share of groups, basis pursuit does not",
          "[slow]") {
  const Groups groups = Groups::equal(300, 4);
  const Dictionary dictionary(packing({.iterations = 60}));
  const Vector w = random_direction(300, 1, 0);
  const GroupCodes drawn =
      group_codes(dictionary, groups, {.samples = 150},
                  [&](const Vector& code) { return std::fabs(w.dot(code)) >= 0.1; });
  const auto statistics = [&](double l1, double l2) {
    const PursuitProblem problem{dictionary, Penalty::equal(groups, l1, l2)};
    return support_statistics(drawn.codes, fista_codes(problem, drawn.signals, 200), groups);
  };
  // So many codes deviate by about a third of these margins, another packing by as much.
  const SupportStatistics bp = statistics(0.2, 0.0), gbp = statistics(0.0, 0.2);
  CHECK(bp.silent == Approx(0.476).margin(0.025));
  CHECK(bp.accuracy == Approx(0.583).margin(0.025));
  CHECK(bp.exact == 0.0);
  CHECK(gbp.silent == Approx(0.878).margin(0.012));
  CHECK(gbp.accuracy == Approx(0.985).margin(0.007));
  CHECK(gbp.exact == Approx(0.49).margin(0.2));
}
