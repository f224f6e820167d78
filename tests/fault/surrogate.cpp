// Surrogate gradients that are asked for wrongly: where, why, and what to write instead.
#include "tests/support/surrogate.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

#include "tests/support/command.hpp"
#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

struct Wrong {
  std::string what, instead;  // in the scenario
  std::string key;
  std::vector<std::string> says;
};

const std::string step = "step = \"1 ms\"\n", method = "method = \"surrogate\"\n",
                  loss = "kind = \"voltage_cross_entropy\"\ngain = 20\n",
                  readout = "size = 3\nmodel = \"cuba_li\"\n";

}  // namespace

TEST_CASE("what is wrong with [train.surrogate] is said with its place and the remedy") {
  const std::vector<Wrong> all = {
      {method, "method = \"surogate\"\n", "train.method", {"none of exact, surrogate"}},
      {method, "", "train.surrogate", {"method = \"surrogate\"", "remove"}},
      {step, "stepp = \"1 ms\"\n", "train.surrogate.stepp", {"step"}},
      {step, "step = \"0 ms\"\n", "train.surrogate.step", {"above 0 ms"}},
      {step, "step = \"61 ms\"\n", "train.surrogate.step", {"at most 60 ms"}},
      {step, "slope = 0\n", "train.surrogate.slope", {"above 0"}},
      {step, "slope = 1e30\n", "train.surrogate.slope", {"at most 1000000"}},
      {step, "surrogate = \"sigmoid\"\n", "train.surrogate.surrogate", {"none of arctangent"}},
      {step, "kernel = \"box\"\n", "train.surrogate.kernel", {"none of gaussian", "bilinear"}},
      {step, "kernel = \"bilinear\"\nwidth = 3\n", "train.surrogate.width", {"no width", "remove"}},
      {step, "width_share = 1.5\n", "train.surrogate.width_share", {"at most 1"}},
      {"batch_norm = [\"hidden\"]",
       "batch_norm = [\"hiden\"]",
       "train.surrogate.batch_norm",
       {"hidden"}},
      {"batch_norm = [\"hidden\"]",
       "batch_norm = [\"in\"]",
       "train.surrogate.batch_norm",
       {"is an input"}},
      {"batch_norm = [\"hidden\"]",
       "batch_norm = [\"hidden\", \"hidden\"]",
       "train.surrogate.batch_norm",
       {"listed twice"}},
      {"batch_norm = [\"hidden\"]",
       "batch_norm_rate = 0.1",
       "train.surrogate.batch_norm_rate",
       {"batch_norm = [\"hidden\"]"}},
      {loss,
       "kind = \"spike_time_power\"\nintegral = 1\n",
       "train.method",
       {"spike_time_power", "no form in steps", "voltage_cross_entropy"}},
      {loss,
       loss + "silence = { strength = 1 }\n",
       "train.method",
       {"no form in steps", "silence"}},
      {readout, "size = 3\n", "train.method", {"out, which fires", "cuba_li"}},
      {"name = \"hidden\"\n",
       "name = \"hidden\"\nlearn = [\"tau_mem\"]\n",
       "train.method",
       {"tau_mem is learned", "\"exact\""}},
      {"name = \"hidden\"\n",
       "name = \"hidden\"\nmodel = \"qif\"\n",
       "train.method",
       {"qif", "cuba_lif", "\"exact\""}},
      {"delay = { distribution = \"uniform\", low = \"0 ms\", high = \"10 ms\" }\ndelay_max = "
       "\"10 ms\"\n",
       "",
       "train.method",
       {"in->hidden", "delay_max = \"25 ms\""}},
  };
  for (const Wrong& wrong : all) {
    CAPTURE(wrong.instead);
    try {
      parse_scenario(surrogate_scenario_with(wrong.what, wrong.instead), "x.toml");
      FAIL_CHECK("nothing was refused");
    } catch (const ScenarioError& error) {
      CAPTURE(error.what());
      CHECK(error.file == "x.toml");
      CHECK(error.line > 0);
      CHECK_THAT(error.key, Catch::StartsWith(wrong.key));
      for (const std::string& says : wrong.says) CHECK_THAT(error.message, Contains(says));
    }
  }
}

TEST_CASE(
    "batch normalisation of a population that reaches itself is refused where it is asked for") {
  try {
    parse_scenario(surrogate_scenario_with("[data]",
                                           "[[projection]]\nfrom = \"hidden\"\nto = \"hidden\"\n"
                                           "weight = 0.1\ndelay = \"2 ms\"\n[data]"),
                   "x.toml");
    FAIL("nothing was refused");
  } catch (const ScenarioError& error) {
    CHECK(error.key == "train.method");
    CHECK_THAT(error.message, Contains("hidden"));
  }
}

TEST_CASE("identities of exact gradients are not checked of surrogate ones") {
  const ScratchFolder folder;
  put(folder / "x.toml", surrogate_scenario);
  const CommandResult result = retro("train x.toml --out run --self-check", folder.path());
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Contains("--self-check") && Contains("method = \"surrogate\""));
}

TEST_CASE("retro gradient compares with surrogate gradients and nothing else") {
  const ScratchFolder folder;
  put(folder / "x.toml", surrogate_scenario);
  const CommandResult other = retro("gradient x.toml --against chip", folder.path());
  CHECK(other.status == 2);
  CHECK_THAT(other.err, Contains("--against surrogate"));
  const CommandResult trial = retro("gradient x.toml --against surrogate --trial 3", folder.path());
  CHECK(trial.status == 2);
  CHECK_THAT(trial.err, Contains("first batch") && Contains("remove"));
  // What stands in the way is said of the option: this file has no method.
  std::string exact = surrogate_scenario_with(loss, "kind = \"spike_time_power\"\nintegral = 1\n");
  exact.erase(exact.find(method));
  put(folder / "exact.toml", exact);
  const CommandResult refused = retro("gradient exact.toml --against surrogate", folder.path());
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err, Contains("--against surrogate: exact.toml has no surrogate gradient") &&
                              Contains("no form in steps") && !Contains("train.method"));
}

TEST_CASE("what a network came to in steps is said where exact time ends it") {
  // In steps a neuron fires once in each; in exact time these weights make it fire without end.
  const ScratchFolder folder;
  std::string text = surrogate_scenario_with("mean = 4.0, std = 3.0", "mean = 1e7, std = 3.0");
  text.erase(text.find("batch_norm"));
  put(folder / "x.toml", text);
  const CommandResult result = retro("train x.toml --out run --epochs 1", folder.path());
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Contains("runaway activity: hidden[") &&
                             Contains("In steps of 1 ms, in which it was trained") &&
                             Contains("its accuracy") && Contains("over 60 trials"));
}
