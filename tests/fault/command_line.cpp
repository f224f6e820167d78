// Wrong input on the command line: each case ends with status 2, a message that names what is wrong
// and what to do, and no crash.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/command.hpp"

using namespace retrograde::test;

namespace {

const std::string library = RETROGRADE_SOURCE_DIR "/scenarios/library/";
// What is added goes on with the table of n.
const std::string one_synapse = R"(
[scenario]
duration = "20 ms"
[[projection]]
from = "in"
to = "n"
weight = 9.0
[[population]]
name = "in"
size = 1
spikes = [["1 ms"]]
[[population]]
name = "n"
size = 1
)";

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
TEST_CASE(
    "help for what is no verb is refused; for what has no help of its own it is the overview") {
  refused("help trian", "unknown verb trian", "did you mean train?");
  const ScratchFolder folder;
  CHECK_THAT(retro("help test", folder.path()).out, Catch::Contains("usage: retro VERB"));
}
TEST_CASE("an option without its value is refused, and so is an empty one") {
  refused("run x.toml --json", "--json", "--help");
  refused("run x.toml --out ''", "--out: nothing is named", "--help");
  refused("check ''", "RUN is empty", "--help");
}
TEST_CASE("a word where a number belongs is refused") {
  refused("run x.toml --threads many", "many", "--help");
}
TEST_CASE("zero threads are refused") {
  refused("info " + library + "r1.toml --threads 0", "--threads 0", "1 to 1024");
}
TEST_CASE("a scenario that is not there is looked for, not made") {
  const ScratchFolder folder;
  const CommandResult here = retro("run nothere.toml", folder.path());
  CHECK_THAT(here.err, Catch::Contains("nothere.toml: cannot read: No such file or directory; "
                                       "check the spelling: the folder ") &&
                           !Catch::Contains("create"));
  const CommandResult below = retro("run nowhere/x.toml", folder.path());
  CHECK_THAT(below.err, Catch::Contains("there is no folder nowhere"));
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
// Each flag of every verb that takes a number, with the numbers that it takes.
TEST_CASE("a number that is none, is too small or too large is refused with the numbers that go") {
  struct Flag {
    std::string command, name, range;
    bool whole = true;
  };
  const std::string whole64 = "0 to 18446744073709551615", r1 = library + "r1.toml";
  const std::vector<Flag> flags = {
      {"train " + r1 + " --out run", "--epochs", "1 to 4294967295"},
      {"train " + r1 + " --out run", "--seed", whole64},
      {"train " + r1 + " --out run", "--self-check", "1 to 4294967295"},
      {"train " + r1 + " --out run", "--threads", "1 to 1024"},
      {"study " + library + "yin_yang_study.toml --out run", "--epochs", "1 to 4294967295"},
      {"study " + library + "yin_yang_study.toml --out run", "--seed", whole64},
      {"demo --out run", "--epochs", "1 to 4294967295"},
      {"run " + r1, "--seed", whole64},
      {"run " + library + "yin_yang.toml", "--trial", whole64},
      {"info " + r1, "--seed", whole64},
      {"gradient " + r1, "--seed", whole64},
      {"gradient " + library + "yin_yang.toml", "--trial", whole64},
      {"gradcheck " + r1, "--sample", "1 to 18446744073709551615"},
      {"gradcheck " + r1, "--worst", whole64},
      {"gradcheck " + r1, "--seed", whole64},
      {"export " + r1 + " --format lava --out x", "--trial", whole64},
      {"diff " + r1, "--trial", whole64},
      {"grid " + r1, "--trials", "1 to 18446744073709551615"},
      {"plot " + r1 + " --out x.svg", "--trial", whole64},
      {"bench", "--rounds", "1 to 1000"},
      {"gradcheck " + r1, "--tolerance", "above 0 and up to 1", false},
      {"gradcheck " + r1, "--step", "above 0 and below 0.1", false},
      {"bench", "--size", "above 0 and up to 1", false},
      {"bench", "--seconds", "above 0 and up to 1000000", false},
  };
  for (const Flag& flag : flags) {
    std::vector<std::string> wrong = {"-1",
                                      "-0.5",
                                      "x",
                                      "0x10",
                                      "1e400",
                                      "nan",
                                      "inf",
                                      "' 1'",
                                      "1,5",
                                      "+1",
                                      "99999999999999999999"};
    if (flag.whole) wrong.insert(wrong.end(), {"1e3", "1.5", "1.0", "18446744073709551616"});
    if (flag.range.starts_with("1 ") || !flag.whole) wrong.push_back("0");
    for (const std::string& value : wrong) {
      const std::string plain = value == "' 1'" ? " 1" : value;
      refused(flag.command + " " + flag.name + "=" + value,
              flag.name + " " + plain + ": a " + (flag.whole ? "whole number from " : "number ") +
                  flag.range + " is needed",
              "--help");
    }
    // As a word of its own, too: -1 is no option.
    if (flag.name != "--self-check")
      refused(flag.command + " " + flag.name + " -1", flag.name + " -1: a ", flag.range);
  }
}
TEST_CASE("the largest seed is one") {
  const ScratchFolder folder;
  const CommandResult result =
      retro("info " + library + "r1.toml --seed 18446744073709551615", folder.path());
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Catch::Contains("seed 18446744073709551615"));
}
TEST_CASE("a dash for --json and --trace means: standard output, which then holds nothing else") {
  const ScratchFolder folder;
  for (const std::string verb : {"run", "gradient", "gradcheck", "check"}) {
    CAPTURE(verb);
    const CommandResult result = retro(verb + " " + library + "r1.toml --json -", folder.path());
    CHECK(result.status < 2);
    const auto document = nlohmann::json::parse(result.out);
    CHECK(document["schema"] == "retrograde." + verb + "/1");
    CHECK_THAT(result.err, Catch::Contains("r1"));
  }
  const CommandResult piped =
      retro("run " + library + "r1.toml --trace - 2>/dev/null | head -n 1", folder.path());
  CHECK(piped.out == "# Retrograde, exact network\n");
  const CommandResult two = retro("run " + library + "r1.toml --trace - --json -", folder.path());
  CHECK(two.status == 2);
  CHECK(two.out.empty());
  CHECK_FALSE(std::filesystem::exists(folder / "-"));
  CHECK(retro("run " + library + "r1.toml --json ./-", folder.path()).status == 0);
  CHECK(std::filesystem::exists(folder / "-"));
}
TEST_CASE("a trace of populations that are not there is refused before the trial is run") {
  const ScratchFolder folder;
  const CommandResult result =
      retro("run " + library + "r1.toml --trace t.csv --population hiden", folder.path());
  CHECK(result.status == 2);
  CHECK(result.out.empty());
  CHECK_THAT(result.err,
             Catch::Contains("--population hiden: there is none (did you mean hidden?)"));
}
TEST_CASE("tracing the chip says what was clipped on the way there") {
  const ScratchFolder folder;
  std::string text = one_synapse;
  text.replace(text.find("20 ms"), 5, "200 ms");
  put(folder / "late.toml",
      text.replace(text.find("weight = 9.0"), 12, "weight = 9.0\ndelay = \"90 ms\""));
  for (const char* trace : {" --trace t.csv", ""}) {
    const CommandResult result = retro(
        std::string("run late.toml --chip --overwrite --json late.json") + trace, folder.path());
    CHECK(result.status == 0);
    CHECK_THAT(result.err,
               Catch::Contains("warning: ") &&
                   Catch::Contains("longer than 62 steps of 1 ms and are cut to that") &&
                   Catch::Contains("a longer chip.step, of 1.46 ms at least"));
    // Its first spike comes 28 steps early.
    CHECK_THAT(
        result.err,
        Catch::Contains(
            "the first spikes of 1 of 1 neuron that fire in a trial are more than 10 steps off"));
    CHECK_THAT(result.out,
               Catch::Contains("on the emulated chip") && Catch::Contains("spikes/trial n"));
  }
}
TEST_CASE("info shows the values of a trained run") {
  const ScratchFolder folder;
  REQUIRE(
      retro("train " + library + "temporal_xor.toml --epochs 2 --out run", folder.path()).status ==
      0);
  const CommandResult before = retro("info " + library + "temporal_xor.toml", folder.path()),
                      after = retro("info run", folder.path());
  CHECK(after.status == 0);
  CHECK_THAT(after.out, Catch::Contains("projection"));
  CHECK(before.out != after.out);
}
TEST_CASE("what a message quotes from a binary file is written out") {
  const ScratchFolder folder;
  std::string bytes = "\x01\x02\x1b[31m\x80\xff,\x07\n\x00\x01,\n";
  for (int k = 0; k < 5000; ++k) bytes += static_cast<char>(k * 31 % 251 + (k % 97 == 0));
  put(folder / "binary.csv", bytes);
  put(folder / "binary.toml", bytes);
  for (const std::string& arguments : std::vector<std::string>{
           "diff binary.csv binary.csv", "run binary.toml", "train --resume binary.csv",
           "check " + library + "r1.toml --chip binary.toml"}) {
    const CommandResult result = retro(arguments, folder.path());
    CAPTURE(arguments, result.err);
    CHECK(result.status == 2);
    CHECK(result.err.size() < 4000);
    for (const char c : result.err)
      CHECK((c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f)));
  }
}
TEST_CASE("one is not many") {
  const ScratchFolder folder;
  put(folder / "x.toml", one_synapse);
  const CommandResult result = retro("info x.toml", folder.path());
  CHECK_THAT(result.out, Catch::Contains("inline trial with 1 input spike\n") &&
                             Catch::Contains("\n2 neurons, 1 synapse, 0 learned parameters\n"));
}
TEST_CASE("every help fits a terminal, has an example and says what the exit statuses mean") {
  const ScratchFolder folder;
  const CommandResult overview = retro("--help", folder.path());
  std::istringstream lines(overview.out);
  std::vector<std::string> verbs;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("  ") && line[2] != ' ')
      verbs.push_back(line.substr(2, line.find(' ', 2) - 2));
  REQUIRE(verbs.size() > 10);
  std::string words = overview.out;
  std::replace(words.begin(), words.end(), '\n', ' ');  // however the lines fall
  CHECK_THAT(words, Catch::Contains("Exit status: 0 done, 1 ") && Catch::Contains(" 2 wrong") &&
                        Catch::Contains(" 70 a bug") && Catch::Contains(" 130 interrupted"));
  for (const std::string& verb : verbs) {
    CAPTURE(verb);
    const CommandResult help = retro(verb + " --help", folder.path());
    CHECK(help.status == 0);
    CHECK(help.err.empty());
    CHECK(retro("help " + verb, folder.path()).out == help.out);
    CHECK_THAT(help.out, Catch::StartsWith("usage: retro " + verb) &&
                             Catch::Contains("\nExamples:\n  retro " + verb) &&
                             Catch::Contains("\nExit status: 0 done") &&
                             Catch::Contains("--threads N"));
    std::istringstream text(help.out + overview.out);
    for (std::string line; std::getline(text, line);) {
      CAPTURE(line);
      CHECK(line.size() <= 100);
    }
  }
}
TEST_CASE("an output file in a folder that does not exist is refused") {
  refused("run " + library + "r1.toml --json nowhere/x.json", "nowhere/x.json");
}
TEST_CASE("a network that the chip cannot hold is refused with the reason") {
  const ScratchFolder folder;
  put(folder / "x.toml", one_synapse + "v_reset = -0.5\n[loss]\nkind = \"spike_time_power\"\n");
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
                             Catch::Contains("or raise max_rate. In x.toml that is: weight or ") &&
                             Catch::Contains("max_rate of [scenario]"));
}

TEST_CASE("an event that makes the network impossible is named with its place and the remedy") {
  const ScratchFolder folder;
  put(folder / "x.toml", R"([scenario]
duration = "20 ms"
[[population]]
name = "n"
size = 2
[[event]]
at = "10 ms"
do = "set"
population = "n"
parameter = "tau_mem"
factor = -1.0
)");
  for (const std::string call : {"run x.toml", "check x.toml"}) {
    const CommandResult result = retro(call, folder.path());
    CAPTURE(call, result.err);
    CHECK(result.status == 2);
    CHECK_THAT(result.err,
               Catch::Contains("error: x.toml:11:1: event[0].factor: with set 1 at 10 ms") &&
                   Catch::Contains("tau_mem is -20") &&
                   Catch::Contains("choose another value or factor"));
  }
  // The place is that of the file, whatever --set says.
  CHECK_THAT(retro("run x.toml --set scenario.seed=3", folder.path()).err,
             Catch::Contains("x.toml:11:1: event[0].factor"));
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
