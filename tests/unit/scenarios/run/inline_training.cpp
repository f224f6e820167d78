// Training, gradients and the two schedulers on inline trials of different durations.
#include <catch2/catch.hpp>
#include <string>

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/evaluate.hpp>
#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/training.hpp>

using namespace retrograde;

namespace {

const std::string two_classes = R"(
[scenario]
duration = "40 ms"
[[population]]
name = "in"
size = 2
[[population]]
name = "hidden"
size = 8
[[population]]
name = "out"
size = 2
model = "cuba_li"
[[projection]]
from = "in"
to = "hidden"
weight = { distribution = "normal", mean = 1.5, std = 1.0 }
learn = ["weight"]
[[projection]]
from = "hidden"
to = "out"
weight = { distribution = "normal", mean = 0.0, std = 0.5 }
learn = ["weight"]
[loss]
kind = "voltage_cross_entropy"
gain = 20
[train]
batch = 6
weight_rate = 0.05
[[trial]]
label = 0
repeat = 12
[trial.spikes]
in = { stimulus = "poisson", rate = ["400 Hz", "20 Hz"] }
[[trial]]
label = 1
repeat = 12
duration = "60 ms"
[trial.spikes]
in = { stimulus = "poisson", rate = ["20 Hz", "400 Hz"] }
[[trial]]
label = 1
repeat = 20
part = "test"
[trial.spikes]
in = { stimulus = "poisson", rate = ["20 Hz", "400 Hz"] }
)";

}  // namespace

TEST_CASE("inline trials of two durations are learned, and those of the test part told apart") {
  const Scenario scenario = parse_scenario(two_classes, "two.toml");
  const Dataset data = load_dataset(scenario, "");
  Trainer trainer(scenario.network, scenario.learning, data.part(Part::train), *scenario.loss,
                  trainer_options(scenario, 0));
  for (int epoch = 0; epoch < 30; ++epoch) REQUIRE(trainer.run_epoch());
  CHECK(trainer.last_epoch().trials == 24);
  CHECK(trainer.last_epoch().correct >= 23);
  const SetResult test = evaluate(*scenario.machine(trainer.network()), data.part(Part::test),
                                  *scenario.loss, scenario.run_options());
  CHECK(test.trials == 20);
  CHECK(test.labelled == 20);
  CHECK(test.correct >= 19);
}

TEST_CASE("gradients of trials of either duration are exact, and the schedulers agree on them") {
  const Scenario scenario = parse_scenario(two_classes, "two.toml");
  const Dataset data = load_dataset(scenario, "");
  for (const std::size_t k : {0, 13}) {
    const Trial trial = data.trial(Part::train, k);
    const int label = data.label(Part::train, k);
    CAPTURE(k, trial.duration, label);
    CHECK(check_gradient(scenario.network, trial, *scenario.loss, label).passed());
    const LossGradient a = gradient_of(*make_machine(scenario.network, Scheduler::sequential, {}),
                                       trial, *scenario.loss, label);
    const LossGradient b = gradient_of(*make_machine(scenario.network, Scheduler::windowed, {}),
                                       trial, *scenario.loss, label);
    CHECK(a.loss == Approx(b.loss).epsilon(1e-12));
    CHECK(a.tape.duration == trial.duration);
    for (std::size_t i = 0; i < a.gradient.parameters.size(); ++i)
      CHECK(a.gradient.parameters[i] ==
            Approx(b.gradient.parameters[i]).epsilon(1e-9).margin(1e-12));
  }
}
