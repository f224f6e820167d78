// The LCA in Euler steps: its fixed point against FISTA, its course against that by events.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/pursuit/euler_lca.hpp>
#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/events/error.hpp>

#include "tests/unit/engine/pursuit/drawn_problem.hpp"

using namespace retrograde;
using namespace retrograde::test;

TEST_CASE("Euler steps come to the optimum", "[pursuit]") {
  for (const bool sparse : {false, true})
    for (const bool non_negative : {false, true}) {
      const PursuitProblem problem{
          sparse ? sparse_dictionary(60, 60, 8, 1) : dense_dictionary(30, 60, 1),
          Penalty::equal(Groups::equal(60, 3), 0.1, 0.2, non_negative)};
      const Vector signal = normal_signal(problem.dictionary.dimension(), 1);
      EulerLcaOptions options;
      options.dt = 2.0;
      options.tolerance = 1e-9;
      const EulerLcaResult result = EulerLca(problem, options).run(signal);
      CHECK(result.converged);
      const PursuitSolution best = fista(problem, signal, {.tolerance = 1e-15});
      CHECK((result.code - best.code).norm() < 1e-6);
      CHECK(result.objective == Approx(best.objective).epsilon(1e-9));
    }
}

TEST_CASE("events follow the equation that Euler steps do", "[pursuit]") {
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
    EulerLcaOptions steps;
    steps.tau = 10.0;
    steps.most_steps = static_cast<std::uint32_t>(std::ceil(400.0 / fineness));
    steps.dt = by_events.time / steps.most_steps;
    steps.steps_a_look = 0;
    const EulerLcaResult by_steps = EulerLca(problem, steps).run(signal);
    CHECK(by_events.code.norm() > 0.3);
    return (by_events.state.potential - by_steps.potential).norm();
  };
  const double coarse = difference(1.0), fine = difference(0.1);
  CHECK(coarse < 0.05);
  CHECK(fine < 0.2 * coarse);
}

TEST_CASE("Euler steps that cannot converge are refused", "[pursuit]") {
  const PursuitProblem problem{dense_dictionary(30, 60, 1),
                               Penalty::equal(Groups::equal(60, 1), 0.1, 0.0)};
  const double longest = 2.0 / problem.dictionary.largest_eigenvalue();
  EulerLcaOptions options;
  options.tau = 1.0;
  options.dt = 1.01 * longest;
  CHECK_THROWS_AS(EulerLca(problem, options), UsageError);
  options.dt = 0.9 * longest;
  options.tolerance = 1e-6;
  CHECK(EulerLca(problem, options).run(normal_signal(30, 1)).converged);
  CHECK_THROWS_AS(EulerLca(problem, options).run(normal_signal(31, 1)), UsageError);
  options.dt = 0.0;
  CHECK_THROWS_AS(EulerLca(problem, options), UsageError);
}
