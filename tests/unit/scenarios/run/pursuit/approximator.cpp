// Networks that have learned what a pursuit answers, in its place. References: the pursuit itself on
// signals that the networks have not seen; counting.
#include <catch2/catch.hpp>
#include <string>

#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/pursuit/approximator.hpp>
#include <retrograde/scenarios/run/pursuit/pursuit_attack.hpp>
#include <retrograde/scenarios/run/pursuit/pursuit_training.hpp>

#include "tests/support/pursuit.hpp"
#include "tests/support/pursuit_arrays.hpp"
#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

const std::string approximated = "[approximator]\nkind = \"dense\"\nepochs = 3000\n";

// The dictionary and classifier of learned_pursuit, after its training.
PursuitModel learned_model(const Scenario& scenario) {
  PursuitModel model = make_pursuit(scenario, "");
  PursuitCourse course = pursuit_course(model.classifier);
  train_pursuit(course, *scenario.pursuit->train, model.signals.train, model.signals.validation);
  model.classifier = course.best;
  return model;
}

}  // namespace

TEST_CASE("approximator: of data it learns the training part, and answers like the pursuit") {
  const ScratchFolder scratch;
  put_signals(scratch.path());
  const Scenario scenario =
      resolved(parse_scenario(learned_pursuit + approximated, (scratch / "x.toml").string()));
  const PursuitModel model = learned_model(scenario);
  const PursuitProblem& problem = model.classifier.problem;
  const auto network = make_approximator(*scenario.pursuit, model);
  const Signals& test = model.signals.test;
  const Matrix codes = approximated_codes(*network, test.signals, problem.penalty.groups);

  // An answer that is always the mean leaves all of the spread.
  Matrix norms(problem.penalty.groups.count(), codes.cols()), answers = norms;
  for (Eigen::Index k = 0; k < codes.cols(); ++k) {
    norms.col(k) = problem.penalty.groups.norms(fista(problem, test.signals.col(k)).code);
    answers.col(k) = problem.penalty.groups.norms(codes.col(k));
  }
  CHECK(answers == network->codes(test.signals));
  const double spread = (norms.colwise() - norms.rowwise().mean()).squaredNorm();
  CHECK((answers - norms).squaredNorm() < 0.5 * spread);

  std::size_t right = 0;
  for (std::size_t k = 0; k < test.size(); ++k)
    right += code_margin(model.classifier, codes.col(static_cast<Eigen::Index>(k)), test.labels[k])
                 .value > 0.0;
  CHECK(approximated_accuracy(model.classifier, *network, test) ==
        static_cast<double>(right) / 20.0);
  CHECK(right >= 16);  // by chance 10, and 16 or more once in 170 times
}

TEST_CASE("approximator: what is found on the pursuit is shown to it") {
  const ScratchFolder scratch;
  put_signals(scratch.path());
  // It has learned too little to decide as the pursuit does.
  const Scenario scenario = resolved(parse_scenario(
      learned_pursuit + changed(approximated, "3000", "300"), (scratch / "x.toml").string()));
  const PursuitModel model = learned_model(scenario);
  PursuitAttackOptions options;
  options.spec = scenario.pursuit->attack;
  options.spec.attack.epsilons = {0.0, 0.5, 3.0};
  options.spec.trials = 20;
  const Robustness attacked = attack_pursuit(*scenario.pursuit, model, options);
  REQUIRE(attacked.curves.size() >= 2);
  const AttackCurve &network = attacked.curves[0], &pursuit = attacked.curves[1];
  CHECK(network.name == "dense for PGBP");
  CHECK(network.transferred);
  CHECK_FALSE(pursuit.transferred);
  const double whole = approximated_accuracy(
      model.classifier, *make_approximator(*scenario.pursuit, model), model.signals.test);
  CHECK(network.radii[0].right.value() == whole);
  CHECK(pursuit.radii[0].right.value() != whole);
  CHECK(pursuit.radii[2].right.value() < pursuit.radii[0].right.value());
  CHECK(network.radii[2].margin != network.radii[0].margin);
}

TEST_CASE("approximator: of made signals it is one for all classifiers") {
  const auto made = [](const std::string& text) {
    const Scenario scenario = resolved(parse_scenario(text, "x.toml"));
    return make_approximator(*scenario.pursuit, make_pursuit(scenario, ""));
  };
  const std::string text =
      small_pursuit + "[approximator]\nkind = \"dense\"\nsignals = 100\nepochs = 2\n";
  const auto first = made(text);
  CHECK(made(changed(text, "features = \"norms\"", "features = \"norms\"\nseed = 9")) == first);
  CHECK(made(changed(text, "margin = 0.05", "margin = 0.1")) == first);
  for (const auto& [from, to] : {std::pair{"epochs = 2", "epochs = 3"},
                                 {"signals = 100", "signals = 101"},
                                 {"l2 = 0.1", "l2 = 0.2"},
                                 {"seed = 7", "seed = 8"},
                                 {"active = 2", "active = 3"},
                                 {"\"dense\"", "\"dense_deep\""},
                                 {"\"dense\"", "\"linear_transformer\""}}) {
    CAPTURE(from, to);
    CHECK(made(changed(text, from, to)) != first);
  }
}

TEST_CASE("approximator: a classifier of codes has none") {
  CHECK_THROWS_WITH(
      parse_scenario(changed(small_pursuit, "features = \"norms\"", "features = \"codes\"") +
                         "[approximator]\nkind = \"dense\"\n",
                     "x.toml"),
      Contains("answers with the norms of groups"));
}
