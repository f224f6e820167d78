// Wrong input on the command line: each case ends with status 2, a message that names what is wrong
// and what to do, and no crash.
#include <catch2/catch.hpp>

#include "tests/support/command.hpp"

using namespace retrograde::test;

namespace {

const std::string library = RETROGRADE_SOURCE_DIR "/scenarios/library/";

void refused(const std::string& arguments, const std::string& message,
             const std::string& remedy = "") {
  const ScratchFolder folder;
  const CommandResult result = retro(arguments, folder.path());
  CAPTURE(arguments, result.out, result.err);
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Catch::Contains(message));
  CHECK_THAT(result.err, Catch::Contains(remedy));
  // Nothing is left behind.
  for (const std::string& name : folder.names()) CHECK((name == ".stdout" || name == ".stderr"));
}

}  // namespace

TEST_CASE("no verb shows the overview") { refused("", "usage: retro VERB"); }
TEST_CASE("a misspelt verb gets a suggestion") {
  refused("trian x.toml", "unknown verb trian", "did you mean train?");
}
TEST_CASE("a misspelt option gets a suggestion") {
  refused("run x.toml --jsno y", "unknown option --jsno", "did you mean --json?");
}
TEST_CASE("an option without its value is refused") {
  refused("run x.toml --json", "--json", "--help");
}
TEST_CASE("a word where a number belongs is refused") {
  refused("run x.toml --threads many", "many", "--help");
}
TEST_CASE("zero threads are refused") {
  refused("info " + library + "r1.toml --threads 0", "--threads 0", "1 to 1024");
}
TEST_CASE("a missing scenario argument is refused") {
  refused("run", "SCENARIO|RUN is missing", "--help");
}
TEST_CASE("one argument too many is refused") { refused("run a.toml b.toml", "too many: b.toml"); }
TEST_CASE("a scenario file that does not exist is refused") {
  refused("run nowhere.toml", "nowhere.toml");
}
TEST_CASE("a folder in place of a scenario file is refused") { refused("run .", "."); }
TEST_CASE("gradients without a loss are refused") {
  refused("gradient " + library + "hello.toml", "no [loss]");
  refused("gradcheck " + library + "hello.toml", "no [loss]");
}
TEST_CASE("training without a loss or without anything to learn is refused") {
  refused("train " + library + "hello.toml --out run", "no [loss]");
}
TEST_CASE("a tolerance or step that cannot be is refused") {
  refused("gradcheck " + library + "r1.toml --tolerance -1", "--tolerance -1");
  refused("gradcheck " + library + "r1.toml --step 1", "--step 1");
}
TEST_CASE("a trial beyond the data set, or a part that there is not, is refused with the sizes") {
  refused("run " + library + "yin_yang.toml --trial 1000", "1000 trials");
  refused("run " + library + "yin_yang.toml --part exam", "--part exam",
          "train, validation or test");
}
TEST_CASE("an option --trial for a scenario without data is refused") {
  refused("run " + library + "r1.toml --trial 1", "no [data]");
}
TEST_CASE("MNIST without its folder names the files and --data") {
  refused("train " + library + "mnist_latency.toml --out run", "--data", "train-images-idx3-ubyte");
  refused("train " + library + "mnist_latency.toml --data nowhere --out run", "nowhere",
          "train-images-idx3-ubyte");
}
TEST_CASE("an unknown chip is refused") {
  refused("check " + library + "yin_yang.toml --chip loihi9", "loihi9", "loihi2");
}
TEST_CASE("checking a folder that is no run is refused") {
  const ScratchFolder folder;
  std::filesystem::create_directory(folder / "empty");
  const CommandResult result = retro("check empty", folder.path());
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Catch::Contains("not a run folder") && Catch::Contains("retro train"));
}
TEST_CASE("resuming what is not there, or together with a scenario or another seed, is refused") {
  refused("train --resume nowhere", "not a run folder");
  refused("train " + library + "yin_yang.toml --resume nowhere", "not both");
  refused("train --resume nowhere --seed 3", "--seed");
  refused("train", "SCENARIO is missing");
}
TEST_CASE("zero epochs are refused") {
  refused("train " + library + "yin_yang.toml --epochs 0 --out run", "--epochs 0");
}
TEST_CASE("a self-check of every zeroth or of every many-th batch is refused") {
  refused("train " + library + "yin_yang.toml --self-check=0 --out run", "--self-check=0",
          "leave the option out");
  refused("train " + library + "yin_yang.toml --self-check=many --out run", "many", "--help");
}
TEST_CASE("an output file in a folder that does not exist is refused") {
  refused("run " + library + "r1.toml --json nowhere/x.json", "nowhere/x.json");
}
TEST_CASE("a network that the chip cannot hold is refused with the reason") {
  const ScratchFolder folder;
  put(folder / "x.toml", R"(
[scenario]
duration = "20 ms"
[[population]]
name = "in"
size = 1
spikes = [["1 ms"]]
[[population]]
name = "n"
size = 1
v_reset = -0.5
[[projection]]
from = "in"
to = "n"
weight = 9.0
[loss]
kind = "spike_time_power"
)");
  const CommandResult result = retro("check x.toml", folder.path());
  CAPTURE(result.err);
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Catch::Contains("v_reset"));
}
TEST_CASE("runaway activity stops with the neuron, the time and the remedy") {
  const ScratchFolder folder;
  put(folder / "x.toml", R"(
[scenario]
duration = "2 s"
[[population]]
name = "in"
size = 1
spikes = [["1 ms"]]
[[population]]
name = "n"
size = 2
[[projection]]
from = "in"
to = "n"
weight = 9.0
[[projection]]
from = "n"
to = "n"
weight = 9.0
delay = "0.1 ms"
)");
  const CommandResult result = retro("run x.toml", folder.path());
  CAPTURE(result.err);
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Catch::Contains("runaway activity: n[") && Catch::Contains(" ms") &&
                             Catch::Contains("max_rate"));
}

TEST_CASE(
    "a run folder is not overwritten unless that is asked for, and an interrupted run goes on") {
  const ScratchFolder folder;
  std::string text = get(library + "yin_yang.toml");
  text.replace(text.find("bias_spike = \"5 ms\""), 19,
               "bias_spike = \"5 ms\"\ntrain = 200\ntest = 100");
  put(folder / "small.toml", text);
  const auto train = [&](const std::string& more) { return retro("train " + more, folder.path()); };
  const CommandResult first = train("small.toml --epochs 1 --out run");
  CAPTURE(first.err);
  REQUIRE(first.status == 0);
  CHECK_THAT(first.out, Catch::Contains("Loihi 2") && Catch::Contains("report.html"));
  for (const char* name :
       {"scenario.toml", "metrics.csv", "checkpoint.bin", "run.json", "report.html"})
    CHECK(std::filesystem::exists(folder / "run" / name));

  const CommandResult again = train("small.toml --epochs 1 --out run");
  CHECK(again.status == 2);
  CHECK_THAT(again.err, Catch::Contains("--resume") && Catch::Contains("--overwrite"));

  // One epoch and then two more is the same as three at once.
  CHECK(train("--resume run --epochs 3").status == 0);
  CHECK(train("small.toml --epochs 3 --out whole").status == 0);
  const std::string resumed = get(folder / "run" / "run.json"),
                    whole = get(folder / "whole" / "run.json");
  const auto fingerprint = [](const std::string& json) {
    const auto at = json.find("parameters_fingerprint");
    return json.substr(at, json.find('\n', at) - at);
  };
  CHECK(fingerprint(resumed) == fingerprint(whole));
  CHECK(retro("check run --json check.json", folder.path()).status == 0);
  CHECK_THAT(get(folder / "check.json"), Catch::Contains("retrograde.check/1"));

  // Damage is noticed.
  const std::string checkpoint = get(folder / "run" / "checkpoint.bin");
  put(folder / "run" / "checkpoint.bin", checkpoint.substr(0, checkpoint.size() / 2));
  for (const char* verb : {"check run", "train --resume run"}) {
    const CommandResult damaged = retro(verb, folder.path());
    CAPTURE(damaged.err);
    CHECK(damaged.status == 2);
    CHECK_THAT(damaged.err,
               Catch::Contains("checkpoint.bin: byte") && Catch::Contains("truncated"));
  }
  put(folder / "run" / "checkpoint.bin", checkpoint);
  put(folder / "run" / "scenario.toml", get(folder / "run" / "scenario.toml") + "\n# another\n");
  const CommandResult other = train("--resume run --epochs 5");
  CHECK(other.status == 2);
  CHECK_THAT(other.err, Catch::Contains("another scenario"));
}

namespace {

// Two epochs of one batch, on the inline trial: an input drives a neuron that drives a readout.
std::string inline_training(const std::string& train) {
  return R"(
[scenario]
duration = "40 ms"
[[population]]
name = "in"
size = 1
spikes = [["1 ms", "9 ms"]]
[[population]]
name = "n"
size = 2
bias = [0.0, 0.1]
[[population]]
name = "out"
size = 2
model = "cuba_li"
[[projection]]
from = "in"
to = "n"
weight = [[9.0], [8.0]]
delay = "1 ms"
learn = ["weight", "delay"]
[[projection]]
from = "n"
to = "out"
weight = [[1.0, 0.5], [0.3, 1.0]]
learn = ["weight"]
[loss]
kind = "voltage_cross_entropy"
label = 0
tau_weight = "duration"
[train]
epochs = 2
)" + train;
}

}  // namespace

TEST_CASE("training with the grazing policy error stops with neuron, time, slope and remedy") {
  const ScratchFolder folder;
  put(folder / "x.toml", inline_training("grazing = { policy = \"error\", slope_min = 10 }\n"));
  const CommandResult result = retro("train x.toml --out run", folder.path());
  CAPTURE(result.err);
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Catch::Contains("neuron ") && Catch::Contains(" ms: ") &&
                             Catch::Contains("slope of ") && Catch::Contains("keep or clip"));
}

TEST_CASE(
    "grazing spikes are counted in metrics.csv, and the self-check reports its worst residual") {
  const ScratchFolder folder;
  put(folder / "x.toml", inline_training("grazing = { policy = \"keep\", slope_min = 10 }\n"));
  const CommandResult result = retro("train x.toml --out run --self-check=1", folder.path());
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  CHECK_THAT(result.err, Catch::Contains("grazing") && Catch::Contains("identities") &&
                             Catch::Contains("self-check: 2 trials, every identity holds"));
  const std::string metrics = get(folder / "run" / "metrics.csv");
  CHECK_THAT(metrics, Catch::Contains("silent_per_batch") &&
                          Catch::Contains("grazing_spikes,spike_ties,arrival_ties"));
  CHECK_THAT(get(folder / "run" / "report.html"), Catch::Contains("Grazing spikes and ties"));

  // Clipped slopes leave nothing that an identity would say something about.
  put(folder / "y.toml", inline_training("grazing = { policy = \"clip\", slope_min = 10 }\n"));
  const CommandResult clipped = retro("train y.toml --out clipped --self-check", folder.path());
  CAPTURE(clipped.err);
  CHECK(clipped.status == 0);
  CHECK_THAT(clipped.err, Catch::Contains("nothing could be checked"));
}
