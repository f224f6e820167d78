// The locally competitive algorithm in steps, against closed forms and the optimum.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/pursuit/event_lca.hpp>
#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/engine/pursuit/stepped_lca.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/drawn_problem.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

// Atoms at angles of the plane, each of length 1.
PursuitProblem plane(double lambda) {
  Matrix atoms(2, 3);
  for (int k = 0; k < 3; ++k) atoms.col(k) << std::cos(0.7 * k), std::sin(0.7 * k);
  return {Dictionary(atoms), Penalty::equal(Groups::equal(3, 1), lambda, 0.0)};
}

}  // namespace

TEST_CASE("a lone atom goes to its drive as (1 - h)^n", "[pursuit]") {
  const PursuitProblem problem{Dictionary(Matrix::Identity(1, 1)),
                               Penalty::equal(Groups::equal(1, 1), 0.1, 0.0)};
  const Vector signal = Vector::Constant(1, 2.0);
  const SteppedLcaResult result = stepped_lca(problem, signal, {.step = 0.125, .steps = 20});
  // v = x (1 - (1 - h)^n); the code sent last is that of the step before.
  CHECK(result.potential(0) == Approx(2.0 * (1.0 - std::pow(0.875, 20))).epsilon(1e-14));
  CHECK(result.code(0) == Approx(2.0 * (1.0 - std::pow(0.875, 19)) - 0.1).epsilon(1e-14));
  // The equation itself: x (1 - exp(-t)).
  CHECK(lca_flow(problem, signal, 3.0, 3000)(0) ==
        Approx(2.0 * (1.0 - std::exp(-3.0))).epsilon(1e-6));
}

TEST_CASE("all forms of stepped LCA come to rest at the optimum", "[pursuit]") {
  Vector signal(2);
  signal << 1.3, 0.4;
  for (const double l2 : {0.0, 0.2}) {
    PursuitProblem problem = plane(0.05);
    problem.penalty.l2.setConstant(l2);
    const PursuitSolution best = fista(problem, signal);
    REQUIRE(best.converged);
    for (const bool two_layers : {false, true})
      for (const bool delayed : {false, true}) {
        const SteppedLcaResult result = stepped_lca(
            problem, signal,
            {.step = 1.0 / 64, .steps = 20'000, .two_layers = two_layers, .delayed = delayed});
        INFO(two_layers << delayed);
        CHECK((result.code - best.code).norm() < 1e-6);
        CHECK(kkt_residual(problem, signal, result.code) < 1e-6);
      }
    CHECK((problem.penalty.shrunk(lca_flow(problem, signal, 300.0, 30'000)) - best.code).norm() <
          1e-6);
  }
}

TEST_CASE("the flow is what ever smaller steps without delay tend to", "[pursuit]") {
  const PursuitProblem problem = plane(0.05);
  Vector signal(2);
  signal << 1.3, -0.4;
  const Vector flow = lca_flow(problem, signal, 2.0, 4096);
  double before = 1.0;
  for (const int steps : {64, 256, 1024}) {
    const SteppedLcaResult result = stepped_lca(
        problem, signal,
        {.step = 2.0 / steps, .steps = static_cast<std::uint32_t>(steps), .delayed = false});
    const double off = (result.potential - flow).norm();
    CHECK(off < 0.35 * before);  // of first order: a quarter each time
    before = off;
  }
  CHECK(before < 1e-3);
}

TEST_CASE("a delay changes the first step in which competition is felt", "[pursuit]") {
  // Two equal atoms: v_n = h x sum (1 - h)^k until the code of one, once heard, holds the other back.
  const PursuitProblem problem{Dictionary(Matrix(Matrix::Ones(1, 2))),
                               Penalty::equal(Groups::equal(2, 1), 0.0, 0.0)};
  const Vector signal = Vector::Constant(1, 1.0);
  const SteppedLcaOptions late{.step = 0.5, .steps = 3};
  // v: 0.5, then 0.75, of which 0.5 was sent in step 1 and heard in step 2: 0.375 + 0.5 - 0.25.
  CHECK(stepped_lca(problem, signal, late).potential(0) == 0.625);
  SteppedLcaOptions at_once = late;
  at_once.delayed = false;
  // 0.5; 0.25 + 0.5 - 0.25; 0.25 + 0.5 - 0.25
  CHECK(stepped_lca(problem, signal, at_once).potential(0) == 0.5);
  at_once.two_layers = true;
  at_once.steps = 1;
  CHECK(stepped_lca(problem, signal, at_once).potential(0) == 0.5);
  // Of two layers the way there and back is two messages: 0, 0.5, then r = 1 heard again.
  SteppedLcaOptions two = late;
  two.two_layers = true;
  CHECK(stepped_lca(problem, signal, two).potential(0) == 0.25 + 0.5 + 0.25);
}

TEST_CASE("a residual that stays below the spike height says nothing", "[pursuit]") {
  const PursuitProblem problem = plane(0.0);
  Vector signal(2);
  signal << 0.1, 0.0;
  SteppedLcaOptions options{.step = 0.5, .steps = 4, .two_layers = true, .spike_height = 0.35};
  // r: 0.1, 0.2, 0.3 and 0.4, which is sent in step 3 and heard in step 4.
  CHECK(stepped_lca(problem, signal, options).potential.isZero());
  options.steps = 5;
  CHECK(stepped_lca(problem, signal, options).potential(0) == Approx(0.2).epsilon(1e-15));
}

TEST_CASE("stepped LCA is watched step by step, and sparse dictionaries do the same", "[pursuit]") {
  const PursuitProblem problem = plane(0.05);
  Vector signal(2);
  signal << 1.3, 0.4;
  std::uint32_t seen = 0;
  Vector last;
  const SteppedLcaResult dense =
      stepped_lca(problem, signal, {.steps = 50}, [&](std::uint32_t step, const Vector& code) {
        CHECK(step == seen++);
        last = code;
      });
  CHECK(seen == 50);
  CHECK(last == dense.code);
  const PursuitProblem sparse{Dictionary(SparseMatrix(problem.dictionary.dense().sparseView())),
                              problem.penalty};
  CHECK((stepped_lca(sparse, signal, {.steps = 50}).code - dense.code).norm() < 1e-14);
}

TEST_CASE("stepped LCA refuses what it cannot run", "[pursuit]") {
  const PursuitProblem problem = plane(0.05);
  const Vector signal = Vector::Ones(2);
  CHECK_THROWS_AS(stepped_lca(problem, Vector::Ones(3)), UsageError);
  CHECK_THROWS_AS(stepped_lca(problem, signal, {.step = 0.0}), UsageError);
  CHECK_THROWS_AS(stepped_lca(problem, signal, {.step = 1.5}), UsageError);
  CHECK_THROWS_AS(stepped_lca(problem, signal, {.spike_height = -1.0}), UsageError);
  CHECK_THROWS_AS(stepped_lca(problem, Vector::Constant(2, NAN)), UsageError);
  CHECK_THROWS_AS(lca_flow(problem, signal, -1.0, 10), UsageError);
  CHECK_THROWS_AS(lca_flow(problem, signal, 1.0, 0), UsageError);
  CHECK(stepped_lca(problem, signal, {.steps = 0}).code.isZero());
}

TEST_CASE("steps without delay come to the optimum of any penalty, by a Gram matrix and without",
          "[pursuit]") {
  for (const bool sparse : {false, true})
    for (const bool non_negative : {false, true}) {
      const PursuitProblem problem{
          sparse ? sparse_dictionary(60, 60, 8, 1) : dense_dictionary(30, 60, 1),
          Penalty::equal(Groups::equal(60, 3), 0.1, 0.2, non_negative)};
      const Vector signal = normal_signal(problem.dictionary.dimension(), 1);
      const SteppedLcaResult result =
          stepped_lca(problem, signal, {.step = 0.2, .steps = 20'000, .delayed = false});
      CHECK(kkt_residual(problem, signal, result.code) < 1e-9);
      const PursuitSolution best = fista(problem, signal, {.tolerance = 1e-15});
      CHECK((result.code - best.code).norm() < 1e-6);
    }
}

TEST_CASE("events follow the equation that steps do", "[pursuit]") {
  // The potentials at the same time on the way, long before rest. Steps of h are wrong by O(h),
  // events by O(theta): both are made ten times smaller, and the difference with them.
  const PursuitProblem problem{dense_dictionary(30, 60, 2),
                               Penalty::equal(Groups::equal(60, 3), 0.1, 0.2)};
  const Vector signal = normal_signal(30, 2);
  const auto difference = [&](double fineness) {
    EventLcaOptions events;
    events.theta = 0.02 * fineness;
    events.refining = false;
    events.tau = 10.0;
    events.most_time = 8.0;
    const EventLcaResult by_events = EventLca(problem, events).run(signal);
    const auto steps = static_cast<std::uint32_t>(std::ceil(400.0 / fineness));
    const SteppedLcaResult by_steps = stepped_lca(
        problem, signal,
        {.step = by_events.time / events.tau / steps, .steps = steps, .delayed = false});
    CHECK(by_events.code.norm() > 0.3);
    return (by_events.state.potential - by_steps.potential).norm();
  };
  const double coarse = difference(1.0), fine = difference(0.1);
  CHECK(coarse < 0.05);
  CHECK(fine < 0.2 * coarse);
}
