// The spiking LCA on cuba_lif neurons: its rates against FISTA's optimum, whose distance falls as 1/t.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/engine/pursuit/spiking_lca.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/drawn_problem.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

// Where the slope of the logarithm is taken: ten times over more than a decade.
constexpr int times = 10;
double instant(int k) { return 100.0 * std::pow(25.0, k / (times - 1.0)); }

// The distances of the rates until then from the optimum, in squares, added to what is there.
void add_errors(const PursuitProblem& problem, const Vector& signal, double* squares) {
  const PursuitSolution best = fista(problem, signal, {.tolerance = 1e-14});
  const SpikingLca lca(problem, signal);
  const Tape tape = make_machine(lca.network())->run(lca.trial(instant(times - 1)));
  for (int k = 0; k < times; ++k) {
    const double error = (lca.code(tape, 0.0, instant(k)) - best.code).norm();
    CAPTURE(instant(k), error);
    CHECK(error * instant(k) < 100.0);  // ten quanta
    squares[k] += error * error;
  }
  CHECK(objective(problem, signal, lca.code(tape, 0.0, instant(times - 1))) <
        best.objective + 0.002);
}

}  // namespace

TEST_CASE("rates of the spiking LCA come to the optimum as 1/t", "[pursuit]") {
  for (const bool non_negative : {true, false}) {
    const PursuitProblem problem{dense_dictionary(20, 40, 3),
                                 Penalty::equal(Groups::equal(40, 1), 0.1, 0.0, non_negative)};
    // What is left over in each neuron comes and goes: the root mean square of some signals.
    double squares[times] = {};
    for (const Eigen::Index shift : {0, 1, 2, 3}) {
      Vector code = Vector::Zero(40);
      for (const Eigen::Index i : {3, 11, 20, 26, 36})
        code(i + shift) = (non_negative || i % 2 == 0 ? 0.6 : -0.6) + 0.02 * static_cast<double>(i);
      add_errors(problem, problem.dictionary.signal(code), squares);
    }
    // By least squares.
    double xx = 0.0, xy = 0.0, x_sum = 0.0, y_sum = 0.0;
    for (int k = 0; k < times; ++k) {
      const double x = std::log(instant(k)), y = 0.5 * std::log(squares[k]);
      x_sum += x;
      y_sum += y;
      xx += x * x;
      xy += x * y;
    }
    const double slope = (times * xy - x_sum * y_sum) / (times * xx - x_sum * x_sum);
    CAPTURE(non_negative);
    CHECK(slope > -1.2);
    // Of signed codes the leak is seen at the end: they are worse conditioned.
    CHECK(slope < (non_negative ? -0.8 : -0.7));
  }
}

TEST_CASE("a neuron of the spiking LCA fires once a quantum", "[pursuit]") {
  // One atom of length 2: b = 4, so a = (4 - 0.5) / 4, and 100 ms hold 100 a / 10 spikes.
  const PursuitProblem problem{Dictionary(Matrix(Matrix::Constant(1, 1, 2.0))),
                               Penalty::equal(Groups::equal(1, 1), 0.5, 0.0, true)};
  SpikingLcaOptions options;
  options.tau_mem = 1e9;
  const SpikingLca lca(problem, Vector::Constant(1, 2.0), options);
  const Tape tape = make_machine(lca.network())->run(lca.trial(100.0));
  REQUIRE(tape.spikes.size() == 8);
  for (std::size_t k = 0; k < 8; ++k)
    CHECK(tape.spikes[k].time == Approx(static_cast<double>(k + 1) * 10.0 / 0.875).epsilon(1e-6));
  CHECK(lca.code(tape, 0.0, 100.0)(0) == Approx(0.8));
}

TEST_CASE("what a spiking LCA has no network for is refused", "[pursuit]") {
  const Dictionary atoms = dense_dictionary(5, 10, 1);
  const Vector signal = normal_signal(5, 1);
  const PursuitProblem groups{atoms, Penalty::equal(Groups::equal(10, 2), 0.0, 0.1)};
  CHECK_THROWS_AS(SpikingLca(groups, signal), UsageError);
  const PursuitProblem singles{atoms, Penalty::equal(Groups::equal(10, 1), 0.0, 0.1)};
  CHECK_NOTHROW(SpikingLca(singles, signal));
  CHECK_THROWS_AS(SpikingLca(singles, normal_signal(6, 1)), UsageError);
  SpikingLcaOptions options;
  options.quantum = 0.0;
  CHECK_THROWS_AS(SpikingLca(singles, signal, options), UsageError);
  const PursuitProblem nothing{Dictionary(Matrix(Matrix::Zero(5, 1))),
                               Penalty::equal(Groups::equal(1, 1), 0.1, 0.0)};
  CHECK_THROWS_AS(SpikingLca(nothing, signal), UsageError);
}
