// Signals, codes and attacks of a small scenario of sparse coding. References: the definitions
// (engine/pursuit), and a solver for another.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <tbb/global_control.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/pursuit/coding.hpp>
#include <retrograde/scenarios/run/pursuit/pursuit_attack.hpp>

#include "tests/support/pursuit.hpp"
#include "tests/support/pursuit_arrays.hpp"
#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

Scenario scenario_of(const std::string& text) { return parse_scenario(text, "x.toml"); }

Robustness attacked(const Scenario& scenario) {
  PursuitAttackOptions options;
  options.spec = scenario.pursuit->attack;
  return attack_pursuit(*scenario.pursuit, make_pursuit(scenario, ""), options);
}

}  // namespace

TEST_CASE("sparse coding: made signals are sums of atoms, labelled by a decision with a margin") {
  const PursuitModel model = make_pursuit(scenario_of(small_pursuit), "");
  const Signals& test = model.signals.test;
  REQUIRE(test.size() == 12);
  CHECK(model.signals.train.size() == 0);
  CHECK(model.signals.judged() == Part::test);
  CHECK((model.classifier.problem.dictionary.dense() * test.codes - test.signals).norm() < 1e-12);
  for (std::size_t k = 0; k < test.size(); ++k) {
    const Vector code = test.codes.col(static_cast<Eigen::Index>(k));
    const double score = scores(model.classifier, code)(0);
    CHECK(std::abs(score) >= 0.05);
    CHECK(test.labels[k] == (score > 0.0 ? 1u : 0u));
  }
  // The classifier has length 1, and the dictionary does not depend on the scenario's seed.
  CHECK(model.classifier.weights.norm() == Approx(1.0));
  const PursuitModel other =
      make_pursuit(scenario_of(changed(small_pursuit, "seed = 3", "seed = 4")), "");
  CHECK(other.classifier.problem.dictionary.dense() == model.classifier.problem.dictionary.dense());
  CHECK(other.classifier.weights != model.classifier.weights);
  CHECK(identity_of(other.signals) != identity_of(model.signals));
}

TEST_CASE("sparse coding: events and FISTA find one code") {
  const Scenario slow = scenario_of(small_pursuit);
  const Scenario events = scenario_of(
      changed(small_pursuit, "l2 = 0.1", "l2 = 0.1\nsolver = \"events\"\ntheta = 1e-5"));
  const PursuitModel model = make_pursuit(slow, "");
  const Coding a = code_signal(*slow.pursuit, model, Part::test, 2);
  const Coding b = code_signal(*events.pursuit, model, Part::test, 2);
  CHECK((a.code - b.code).norm() < 1e-3);
  CHECK(a.iterations > 0);
  CHECK_FALSE(a.events);
  REQUIRE(b.events);
  CHECK(b.events->converged);
  CHECK(b.events->record.size() == b.events->messages);
  CHECK(b.objective == Approx(b.optimum).epsilon(1e-6));
  CHECK(b.objective >= b.optimum * (1.0 - 1e-12));
  // What is said of the code is what it is.
  CHECK(a.coefficients == (a.code.array() != 0.0).count());
  REQUIRE(a.support);
  CHECK(a.support->truly == 2);
  CHECK(a.support->found + a.support->wrong == static_cast<std::size_t>(a.groups));
  CHECK(a.label == model.signals.test.labels[2]);
  CHECK(psnr(a.signal, a.signal + Vector::Constant(a.signal.size(), 1.0)) ==
        Approx(20.0 * std::log10(a.signal.maxCoeff() - a.signal.minCoeff())));
  CHECK_THROWS_WITH(code_signal(*slow.pursuit, model, Part::test, 12), Contains("12 signals"));
}

TEST_CASE("sparse coding: an attack takes decisions, and threads do not show") {
  const Scenario scenario = scenario_of(small_pursuit);
  const Robustness r = attacked(scenario);
  REQUIRE(r.curves.size() == 2);
  const AttackCurve& curve = r.curves[0];
  CHECK(curve.name == "PGBP");
  REQUIRE(curve.radii.size() == 3);
  CHECK(r.count == 10);
  // Margins fall with the radius, and a transfer that takes more decisions is told.
  CHECK(curve.radii[2].right.part < curve.radii[0].right.part);
  CHECK(curve.radii[1].margin < curve.radii[0].margin);
  CHECK(curve.radii[2].margin < curve.radii[1].margin);
  CHECK(r.curves[1].transferred);
  CHECK(r.curves[1].radii[2].margin < r.curves[1].radii[0].margin);
  // Where nothing has moved both are the margin of the pursuit itself.
  CHECK(r.curves[1].radii[0].margin == Approx(curve.radii[0].margin).epsilon(1e-4));
  CHECK_FALSE(r.curves[1].radii[2].random);
  bool outdone = false;
  for (std::size_t k = 0; k < 3; ++k)
    outdone |= r.curves[1].radii[k].right.part < curve.radii[k].right.part;
  CHECK(r.remarks.empty() != outdone);
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  const Robustness again = attacked(scenario);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(again.curves[0].radii[k].margin == curve.radii[k].margin);
    CHECK(again.curves[0].radii[k].change == curve.radii[k].change);
  }
}

TEST_CASE("sparse coding: labels that leave a class out are refused") {
  const ScratchFolder scratch;
  put_signals(scratch.path());
  std::vector<double> labels(60, 0.0);
  labels.back() = 2.0;
  put_npy(scratch / "labels.npy", "(60,)", labels);
  const Scenario scenario =
      resolved(parse_scenario(learned_pursuit, (scratch / "x.toml").string()));
  CHECK_THROWS_WITH(make_pursuit(scenario, ""),
                    Contains("largest label is 2") && Contains("without gaps"));
}

TEST_CASE("sparse coding: methods have their names") {
  const auto name_of = [](const std::string& from, const std::string& to) {
    return pursuit_name(*scenario_of(changed(small_pursuit, from, to)).pursuit);
  };
  CHECK(name_of("seed = 3", "seed = 3") == "PGBP");
  CHECK(name_of("features = \"norms\"", "features = \"codes\"") == "GBP");
  CHECK(name_of("l2 = 0.1", "l1 = 0.1\nnon_negative = true") == "NN-pooled BP");
  CHECK(name_of("l2 = 0.1", "l1 = 0.1\nl2 = 0.1") == "sparse PGBP");
}
