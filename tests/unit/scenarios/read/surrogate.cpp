// [train] method and [train.surrogate] become what the sources of surrogate gradients are told.
// Reference: the text, with a different number in every place, and docs/scenario.md for the defaults.
#include "tests/support/surrogate.hpp"

#include <catch2/catch.hpp>
#include <string>

#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/idle_settings.hpp>

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

Scenario parse(const std::string& text) { return parse_scenario(text, "x.toml"); }

}  // namespace

TEST_CASE("every key of [train.surrogate] reaches the source of gradients") {
  const Scenario scenario = parse(surrogate_scenario_with(
      "step = \"1 ms\"\nbatch_norm = [\"hidden\"]\n",
      "step = \"2 ms\"\nsurrogate = \"superspike\"\nslope = 7\nkernel = \"triangle\"\n"
      "width = 3\nwidth_end = 0.5\nwidth_share = 0.4\nbatch_norm = [\"hidden\"]\n"
      "batch_norm_gain = 10.05\nbatch_norm_rate = 0.03\nbatch_norm_momentum = "
      "0.2\nbatch_norm_epsilon = 1e-4\n"));
  REQUIRE(scenario.surrogate);
  const SteppedSpec& spec = *scenario.surrogate;
  CHECK(spec.step == 2.0);
  CHECK(spec.surrogate.shape == SurrogateShape::superspike);
  CHECK(spec.surrogate.slope == 7.0);
  CHECK(spec.kernel.shape == KernelShape::triangle);
  CHECK(spec.kernel.begin == 3.0);
  CHECK(spec.kernel.end == 0.5);
  CHECK(spec.kernel.share == 0.4);
  CHECK(spec.kernel.epochs == 4);
  CHECK(spec.batch_norm.populations == std::vector<char>{0, 1, 0});
  CHECK(spec.batch_norm.gain == 10.05);
  CHECK(spec.batch_norm.rate == 0.03);
  CHECK(spec.batch_norm.momentum == 0.2);
  CHECK(spec.batch_norm.epsilon == 1e-4);
  CHECK(spec.dilated == std::vector<char>{1, 0});
  CHECK(spec.longest == std::vector<std::uint32_t>{5, 0});  // 10 ms
}

TEST_CASE("without its table surrogate gradients have the defaults of the manual") {
  const Scenario scenario = parse(surrogate_scenario_with(
      "[train.surrogate]\nstep = \"1 ms\"\nbatch_norm = [\"hidden\"]\n", ""));
  REQUIRE(scenario.surrogate);
  const SteppedSpec& spec = *scenario.surrogate;
  CHECK(spec.step == 1.0);
  CHECK(spec.surrogate.shape == SurrogateShape::arctangent);
  CHECK(spec.surrogate.slope == 5.0);
  CHECK(spec.kernel.shape == KernelShape::gaussian);
  CHECK(spec.kernel.width(0, 10) == 5.0);
  CHECK(spec.kernel.end == 0.23);
  CHECK(spec.kernel.share == 0.25);
  CHECK(spec.batch_norm.populations.empty());
  // Adam of what is normalised is that of the weights.
  const SteppedSpec norm = *parse(surrogate_scenario).surrogate;
  CHECK(norm.batch_norm.gain == 1.0);
  CHECK(norm.batch_norm.rate == 0.05);
  CHECK(norm.batch_norm.momentum == 0.1);
  CHECK(norm.batch_norm.epsilon == 1e-5);
  CHECK(norm.batch_norm.beta1 == 0.9);
}

TEST_CASE("a value of mel frames is a step, unless another is written") {
  const auto of = [](const std::string& keys) {
    return parse(
               "scenario = { name = \"x\", duration = \"800 ms\" }\n"
               "population = [ { name = \"in\", size = 40 },\n"
               "  { name = \"hidden\", size = 2, receptors = [\"step\"] "
               "},\n"
               "  { name = \"out\", size = 10, model = \"cuba_li\" } ]\n"
               "projection = [ { from = \"in\", to = \"hidden\", weight = 1.0, "
               "learn = [\"weight\"] },\n"
               "  { from = \"hidden\", to = \"out\", weight = 1.0, learn = [\"weight\"] } ]\n"
               "loss = { kind = \"softmax_sum_cross_entropy\" }\n"
               "data = { kind = \"mel_frames\", population = \"in\", path = \".\" }\n"
               "train = { method = \"surrogate\"" +
               keys + " }\n")
        .surrogate->step;
  };
  CHECK(of("") == 10.0);
  CHECK(of(", surrogate = { step = \"5 ms\" }") == 5.0);
}

TEST_CASE("learned delays stay within the longest tap") {
  const auto bounds = [](const std::string& what, const std::string& instead) {
    const Scenario s = parse(surrogate_scenario_with(what, instead));
    const std::size_t delays = s.network.layout().offset(ParameterKind::delay);
    return std::pair(s.surrogate->longest[0], s.learning.upper[delays]);
  };
  CHECK(bounds("delay_max = \"10 ms\"", "delay_max = \"12.5 ms\"") == std::pair(13u, 12.5));
  // Longer than a trial is what somebody wrote.
  CHECK(bounds("delay_max = \"10 ms\"", "delay_max = \"80 ms\"") == std::pair(80u, 80.0));
  // Nobody wrote a bound: the longest delay at the start.
  const auto [longest, upper] = bounds("delay_max = \"10 ms\"\n", "");
  CHECK(longest >= 9);
  CHECK(longest <= 10);
  CHECK(upper == longest);
  // Exact training keeps what is written, or the duration.
  const Scenario exact =
      parse(surrogate_scenario_with("method = \"surrogate\"", "method = \"exact\""));
  CHECK_FALSE(exact.surrogate);
  CHECK(exact.learning.upper[exact.network.layout().offset(ParameterKind::delay)] == 10.0);
}

TEST_CASE("settings of the other method have no effect, and are warned of") {
  const auto warned = [](const std::string& text) {
    const Scenario s = parse(text);
    std::string all;
    for (const IdleSetting& idle : idle_settings(s, s.train.epochs)) all += idle.text + "\n";
    return all;
  };
  CHECK(warned(surrogate_scenario) == "");
  CHECK_THAT(warned(surrogate_scenario_with("method = \"surrogate\"", "method = \"exact\"")),
             Contains("[train.surrogate] has no effect") && Contains("method = \"surrogate\""));
  CHECK_THAT(warned(surrogate_scenario_with(
                 "method", "grazing = { policy = \"clip\", slope_min = 0.1 }\nmethod")),
             Contains("[train.grazing] has no effect") && Contains("method = \"exact\""));
  CHECK_THAT(warned(surrogate_scenario_with("method", "batch_groups = 4\nmethod")),
             Contains("batch_groups in [train] has no effect"));
  // Keys of its table: of kernels where no delay is learned, or none is ever wide; of no population.
  std::string fixed = surrogate_scenario_with("\"weight\", \"delay\"", "\"weight\"");
  fixed.replace(fixed.find("step = "), 0, "kernel = \"triangle\"\nwidth_share = 0.5\n");
  CHECK_THAT(warned(fixed), Contains("kernel in [train.surrogate] has no effect: no delay is") &&
                                Contains("width_share in [train.surrogate] has no effect"));
  const std::string step = "step = \"1 ms\"\n";
  CHECK_THAT(warned(surrogate_scenario_with(step, "width = 3\nwidth_share = 0.2\n")),
             Contains("width in [train.surrogate] has no effect: width_share = 0.2 of 4 epochs"));
  CHECK(warned(surrogate_scenario_with(step, "width = 3\nwidth_share = 0.25\n")) == "");
  CHECK_THAT(warned(surrogate_scenario_with("batch_norm = [\"hidden\"]",
                                            "batch_norm = []\nbatch_norm_gain = 2")),
             Contains("batch_norm_gain in [train.surrogate] has no effect: batch_norm lists no"));
}
