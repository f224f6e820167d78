// Wrong studies: each mistake is reported where it stands, before anything is trained.
#include "tests/support/study.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/study/runner.hpp>

#include "tests/support/command.hpp"
#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// The study begins after the scenario.
const auto first_line =
    static_cast<std::uint32_t>(1 + std::count(small_scenario.begin(), small_scenario.end(), '\n'));

struct Wrong {
  std::string study;
  std::uint32_t line;  // of the study: 1 is [study]
  std::string key;
  std::vector<std::string> message;
};

template <typename Action>
std::optional<ScenarioError> error_of(const Action& action) {
  try {
    action();
  } catch (const ScenarioError& error) {
    return error;
  }
  return std::nullopt;
}

void check(const Wrong& wrong, const std::optional<ScenarioError>& error) {
  CAPTURE(wrong.study);
  REQUIRE(error);
  INFO(error->what());
  CHECK(error->file == "wrong.toml");
  CHECK(error->line == first_line + wrong.line - 1);
  CHECK(error->column >= 1);
  CHECK(error->key == wrong.key);
  for (const std::string& part : wrong.message) CHECK_THAT(error->what(), Contains(part));
}

const std::string axis = "[study]\n[[study.axis]]\n";

// 1, 2, 3, ...
std::string numbers(int count) {
  std::string list;
  for (int k = 1; k <= count; ++k) list += (k > 1 ? ", " : "") + std::to_string(k);
  return list;
}

}  // namespace

TEST_CASE("a wrong [study] is refused when the scenario is read") {
  const std::vector<Wrong> all = {
      {axis + "\"train.weigth_rate\" = [{ absent = true }]\n",
       3,
       "study.axis[0].train.weigth_rate",
       {"every value takes the key away"}},
      {"[study]\nseed = [1]\n", 2, "study.seed", {"did you mean seeds?"}},
      {"[study]\nruns = \"both\"\n", 2, "study.runs", {"none of", "simulations"}},
      {"[study]\nfrom = \"60 ms\"\n", 2, "study.from", {"out of range", "below 60 ms"}},
      {"[study]\nfrom = 5\n", 2, "study.from", {"no unit"}},
      {"[study]\nordinate = []\n", 2, "study.ordinate", {"empty", "name a metric"}},
      {"[study]\nordinate = 3\n", 2, "study.ordinate", {"3 is no string"}},
      {"[study]\nordinate = [\"rate\",\n\"rate\"]\n", 3, "study.ordinate[1]", {"listed twice"}},
      {"[study]\nruns = \"simulations\"\n[[study.axis]]\n\"train.batch\" = [1, 2]\n",
       4,
       "study.axis[0].train.batch",
       {"changes no result", "trainings"}},
      {"[study]\nruns = \"simulations\"\n[[study.axis]]\n"
       "\"projection.in->hidden.learn\" = [[], [\"delay\"]]\n",
       4,
       "study.axis[0].projection.in->hidden.learn",
       {"changes no result"}},
      {axis + "\"train.batch\" = { from = 2, to = 1, step = 1 }\n",
       3,
       "study.axis[0].train.batch.to",
       {"1 is out of range"}},
      {axis + "\"train.batch\" = { from = 2, to = 4, step = 0 }\n",
       3,
       "study.axis[0].train.batch.step",
       {"0 is out of range"}},
      {axis + "\"train.batch\" = { from = 2, to = 4 }\n",
       3,
       "study.axis[0].train.batch",
       {"step is missing", "step = 0.1"}},
      {axis + "\"train.batch\" = { from = 2, to = 4, steps = 3 }\n",
       3,
       "study.axis[0].train.batch.steps",
       {"did you mean step?"}},
      {axis + "\"train.weight_rate\" = { from = 0, to = 1, step = 1e-9 }\n",
       3,
       "study.axis[0].train.weight_rate",
       {"10000 runs is the limit", "larger step"}},
      {axis + "\"population.hidden.name\" = [\"a\", \"b\"]\n",
       3,
       "study.axis[0].population.hidden.name",
       {"by its name it is found"}},
      {axis + "\"event.cut.share\" = [0.1]\n", 3, "study.axis[0].event.cut.share", {"no section"}},
      {axis + "\"projection.*.weight_scale\" = [1, 2]\n[[study.axis]]\n"
              "\"projection.in->hidden.weight_scale\" = [3]\n",
       5,
       "study.axis[1].projection.in->hidden.weight_scale",
       {"another axis sets it"}},
      {"[study]\nseeds = 3\n", 2, "study.seeds", {"3 is no list"}},
      {"[study]\nseeds = []\n", 2, "study.seeds", {"empty", "[1, 2, 3]"}},
      {"[study]\nseeds = [1, -2]\n", 2, "study.seeds[1]", {"-2 is out of range"}},
      {"[study]\nseeds = [1.5]\n", 2, "study.seeds[0]", {"1.5 is no whole number"}},
      {"[study]\nseeds = [\"x\"]\n", 2, "study.seeds[0]", {"no seed"}},
      {"[study]\nseeds = [1,\n2, 1]\n", 3, "study.seeds[2]", {"1 is listed twice"}},
      {"[study]\naxis = 3\n", 2, "study.axis", {"[[axis]]"}},
      {"[[study]]\nseeds = [1]\n", 1, "study", {"[study]", "single brackets"}},
      {axis, 2, "study.axis[0]", {"changes nothing"}},
      {axis + "name = \"x\"\n", 2, "study.axis[0]", {"changes nothing"}},
      {axis + "\"train.epochs\" = 3\n", 3, "study.axis[0].train.epochs", {"3 is no list"}},
      {axis + "\"train.epochs\" = []\n", 3, "study.axis[0].train.epochs", {"empty"}},
      {axis + "\"train.epochs\" = [1, 2]\n\"train.batch\" = [1]\n",
       4,
       "study.axis[0].train.batch",
       {"1 value beside 2 of train.epochs"}},
      {axis + "labels = [\"a\"]\n\"train.epochs\" = [1, 2]\n",
       3,
       "study.axis[0].labels",
       {"1 labels for 2 values"}},
      {axis + "labels = [\"a b\", \"a/b\"]\n\"train.epochs\" = [1, 2]\n",
       3,
       "study.axis[0].labels[1]",
       {"too much like \"a b\""}},
      {axis + "labels = [1, 2]\n\"train.epochs\" = [1, 2]\n",
       3,
       "study.axis[0].labels[0]",
       {"1 is no string"}},
      {axis + "\"train.epochs\" = [1, 2, 1]\n",
       3,
       "study.axis[0].train.epochs[2]",
       {"listed before", "labels"}},
      {axis + "\"trian.epochs\" = [1]\n", 3, "study.axis[0].trian.epochs", {"did you mean train?"}},
      {axis + "epochs = [1]\n", 3, "study.axis[0].epochs", {"epochs is no section"}},
      {axis + "\"scenario.name\" = [\"a\", \"b\"]\n",
       3,
       "study.axis[0].scenario.name",
       {"changes no result"}},
      {axis + "\"scenario.title\" = [\"a\", \"b\"]\n",
       3,
       "study.axis[0].scenario.title",
       {"changes no result", "labels"}},
      {axis + "\"train.weight_rate\" = [0.5, 5e-1]\n",
       3,
       "study.axis[0].train.weight_rate[1]",
       {"listed before"}},
      {axis + "train = [1]\n", 3, "study.axis[0].train", {"a key of train is missing"}},
      {axis + "\"train..epochs\" = [1]\n", 3, "study.axis[0].train..epochs", {"two of its dots"}},
      {axis + "\"train.weight_rate\" = [" + numbers(10'001) + "]\n",
       3,
       "study.axis[0].train.weight_rate",
       {"10001 values", "10000 runs is the limit"}},
      {"[study]\nseeds = [" + numbers(10'001) + "]\n", 2, "study.seeds", {"10001 seeds"}},
      {axis + "\"train.\" = [1]\n", 3, "study.axis[0].train.", {"a key of train is missing"}},
      {axis + "\"population.size\" = [1]\n",
       3,
       "study.axis[0].population.size",
       {"which population?", "population.NAME.size"}},
      {axis + "\"population.hiden.size\" = [1]\n",
       3,
       "study.axis[0].population.hiden.size",
       {"no population hiden", "did you mean hidden?"}},
      {axis + "\"projection.in->out.weight\" = [1]\n",
       3,
       "study.axis[0].projection.in->out.weight",
       {"no projection in->out"}},
      {axis + "\"chip.step\" = [\"1 ms\"]\n",
       3,
       "study.axis[0].chip.step",
       {"no [chip]", "add it"}},
      {axis + "\"train.regulariser.target\" = [1]\n",
       3,
       "study.axis[0].train.regulariser.target",
       {"no [train.regulariser]"}},
      {axis + "\"scenario.seed\" = [1]\n", 3, "study.axis[0].scenario.seed", {"seeds"}},
      {axis + "\"train.epochs\" = [1]\n[[study.axis]]\nname = \"y\"\n\"train.epochs\" = [2]\n",
       6,
       "study.axis[1].train.epochs",
       {"another axis sets it"}},
      {axis + "name = \"x\"\n\"train.epochs\" = [1]\n[[study.axis]]\nname = \"x\"\n"
              "\"train.batch\" = [2]\n",
       1,
       "study",
       {"two axes are called x"}},
  };
  for (const Wrong& wrong : all)
    check(wrong, error_of([&] { parse_scenario(small_scenario + wrong.study, "wrong.toml"); }));
}

TEST_CASE("a study of too many runs is refused") {
  std::string values;
  for (int k = 1; k <= 110; ++k) values += fmt::format("{}, ", k);
  const std::string study = axis + "\"train.epochs\" = [" + values + "]\n[[study.axis]]\n" +
                            "\"train.batch\" = [" + values + "]\n";
  check({study, 4, "study.axis[1]", {"12100 runs", "10000"}},
        error_of([&] { parse_scenario(small_scenario + study, "wrong.toml"); }));
}

TEST_CASE("a value that does not fit its place is reported where the study lists it") {
  const std::vector<Wrong> all = {
      {axis + "\"train.epochs\" = [1,\n0]\n",
       4,
       "train.epochs",
       {"0 is out of range", "train.epochs 0"}},
      {axis + "\"train.epochs\" = [\"one\"]\n", 3, "train.epochs", {"\"one\" is no whole number"}},
      {axis + "\"train.epoch\" = [1]\n", 3, "train.epoch", {"did you mean epochs?"}},
      {axis + "\"population.hidden.tau_mem\" = [10]\n",
       3,
       "population[1].tau_mem",
       {"10 has no unit"}},
      {axis + "\"loss.kind\" = [\"first_spike_margin\", \"nothing\"]\n",
       3,
       "loss.kind",
       {"\"nothing\" is none of", "loss.kind nothing"}},
      {axis + "\"projection.in->hidden.weight\" = [\n{ distribution = \"normal\", sdt = 2 }]\n",
       4,
       "projection[0].weight.sdt",
       {"did you mean std?"}},
      // Only what says so with nothing beside it is absent.
      {axis + "\"train.epochs\" = [3, { absent = false }]\n",
       3,
       "train.epochs",
       {"no whole number"}},
      {axis + "\"train.epochs\" = [3, { absent = true, epochs = 2 }]\n",
       3,
       "train.epochs",
       {"no whole number"}},
  };
  for (const Wrong& wrong : all) {
    const Scenario scenario = parse_scenario(small_scenario + wrong.study, "wrong.toml");
    check(wrong, error_of([&] { plan_study(scenario, ""); }));
  }
  // Where a value breaks something else, the message still says which value it was.
  const Scenario clash = parse_scenario(
      small_scenario + axis + "name = \"inputs\"\n\"population.in.size\" = [4, 5]\n", "wrong.toml");
  const auto error = error_of([&] { plan_study(clash, ""); });
  REQUIRE(error);
  CHECK_THAT(error->what(), Contains("yin_yang") && Contains("inputs 5"));
}

TEST_CASE("a metric that a study does not have is answered with those that it has") {
  const Wrong wrong{
      "[study]\nordinate = [\"test_loss\",\n\"rate.hiden\"]\n",
      3,
      "study.ordinate[1]",
      {"rate.hiden is no metric", "did you mean rate.hidden?", "test_accuracy", "synchrony.out"}};
  const Scenario scenario = parse_scenario(small_scenario + wrong.study, "wrong.toml");
  check(wrong, error_of([&] { plan_study(scenario, ""); }));
  // What only trainings have is none of a simulation.
  const Wrong other{"[study]\nruns = \"simulations\"\nordinate = \"test_loss\"\n",
                    3,
                    "study.ordinate",
                    {"test_loss is no metric", "there are accuracy, loss, rate"}};
  const Scenario simulated = parse_scenario(small_scenario + other.study, "wrong.toml");
  check(other, error_of([&] { plan_study(simulated, ""); }));
}

TEST_CASE("a study of simulations does not take what only trainings have") {
  const Scenario tuned = parse_scenario(
      small_scenario + "[chip]\nfine_tune = { epochs = 1 }\n[study]\nruns = \"simulations\"\n",
      "wrong.toml");
  CHECK_THROWS_WITH(plan_study(tuned, ""), Contains("chip.fine_tune") && Contains("trainings"));
  const Scenario late =
      parse_scenario(small_scenario +
                         "[study]\nruns = \"simulations\"\nfrom = \"50 ms\"\n"
                         "[[study.axis]]\n\"scenario.duration\" = [\"60 ms\", \"40 ms\"]\n",
                     "wrong.toml");
  CHECK_THROWS_WITH(plan_study(late, ""),
                    Contains("study.from") && Contains("scenario.duration 40 ms"));
  CHECK_THROWS_WITH(
      parse_scenario(small_scenario + "[study]\nruns = \"simulations\"\n", "x.toml", {.epochs = 3}),
      Contains("study.runs") && Contains("--epochs"));
}

TEST_CASE("a wrong shard, metric or merge is refused before anything is run") {
  const ScratchFolder folder;
  put(folder / "s.toml", small_scenario + "[study]\nruns = \"simulations\"\nseeds = [1, 2, 3]\n");
  put(folder / "t.toml", small_scenario + "[study]\nruns = \"simulations\"\nseeds = [4]\n");
  const auto refused = [&](const std::string& arguments, const std::string& message) {
    const CommandResult result = retro("study " + arguments, folder.path());
    CAPTURE(arguments, result.out, result.err);
    CHECK(result.status == 2);
    CHECK_THAT(result.err, Contains(message));
  };
  for (const char* shard :
       {"0/3", "4/3", "1", "1/", "/3", "a/b", "1/3x", "-1/3", "1/10001", "1.5/3"})
    refused(std::string("s.toml --shard ") + shard, "write K/N");
  refused("s.toml --show rate.hiden", "did you mean rate.hidden?");
  refused("s.toml --epochs 3", "--epochs is of trainings");
  refused("s.toml t.toml", "one scenario is studied at a time");
  refused("merge", "which folders?");
  refused("merge nowhere", "holds no study");
  CHECK_FALSE(std::filesystem::exists(folder / "studies"));

  // Two of three shards: a table of what is there, and what is missing.
  const CommandResult first = retro("study s.toml --shard 1/3 --out s", folder.path());
  CHECK(first.status == 0);
  CHECK_THAT(first.err, Contains("shard 1 of 3, 1 of 3 runs") && Contains("retro study merge s"));
  CHECK_FALSE(std::filesystem::exists(folder / "s/results.csv"));
  REQUIRE(retro("study s.toml --shard 2/3 --out s", folder.path()).status == 0);
  REQUIRE(retro("study t.toml --out t", folder.path()).status == 0);
  const CommandResult lacking = retro("study merge s", folder.path());
  CAPTURE(lacking.out, lacking.err);
  CHECK(lacking.status == 1);
  CHECK_THAT(lacking.err, Contains("1 run is missing: seed-3") && Contains("--out s"));
  CHECK_THAT(get(folder / "s/report.html"), Contains("1 of 3 runs are missing"));
  refused("merge s t", "t is another study than s");
  refused("merge s --epochs 3", "--epochs: retro study merge runs nothing");
  refused("merge s --shard 1/2", "--shard: retro study merge runs nothing");
  refused("merge s --out s.toml", "not a folder");

  // The third one in a folder of its own, and all of them in another.
  REQUIRE(retro("study s.toml --shard 3/3 --out third", folder.path()).status == 0);
  const CommandResult merged = retro("study merge s third --out all", folder.path());
  CAPTURE(merged.err);
  CHECK(merged.status == 0);
  CHECK_THAT(merged.err, Contains("3 of 3 runs are there, 3 of them copied"));
  CHECK(std::filesystem::exists(folder / "all/runs/seed-3/result.json"));
  // The study itself finds nothing left to do in it.
  const CommandResult whole = retro("study s.toml --out all --show loss", folder.path());
  CHECK(whole.status == 0);
  CHECK_THAT(whole.err, Contains("3 of them done before"));
  CHECK_THAT(whole.out, Contains("loss"));
}

TEST_CASE("retro study refuses a scenario without a study, and one that learns nothing") {
  const ScratchFolder folder;
  put(folder / "plain.toml", small_scenario);
  CommandResult result = retro("study plain.toml", folder.path());
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Contains("no [study]") && Contains("docs/scenario.md"));
  put(folder / "still.toml", small_scenario + axis +
                                 "\"projection.in->hidden.learn\" = [[]]\n"
                                 "\"projection.hidden->out.learn\" = [[]]\n");
  result = retro("study still.toml", folder.path());
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Contains("learns nothing"));
  CHECK_FALSE(std::filesystem::exists(folder / "studies"));
  CHECK(retro("study", folder.path()).status == 2);
  CHECK(retro("study plain.toml --sedes 3", folder.path()).status == 2);
}

TEST_CASE("a study does not take up runs of another scenario, and notices damage") {
  const ScratchFolder folder;
  const std::string study = "[study]\nseeds = [1, 2]\n";
  put(folder / "s.toml", small_scenario + study);
  const auto run = [&](const std::string& more) {
    return retro("study s.toml --out s" + more, folder.path());
  };
  REQUIRE(run("").status == 0);
  const auto csv = get(folder / "s" / "results.csv");

  // The finished runs are not repeated: their files are as they were.
  const auto written = std::filesystem::last_write_time(folder / "s/runs/seed-1/result.json");
  const CommandResult again = run("");
  CHECK(again.status == 0);
  CHECK_THAT(again.err, Contains("2 of them done before"));
  CHECK(std::filesystem::last_write_time(folder / "s/runs/seed-1/result.json") == written);

  // A third seed finds the first two done.
  put(folder / "s.toml", small_scenario + "[study]\nseeds = [1, 2, 3]\n");
  const CommandResult more = run("");
  CHECK(more.status == 0);
  CHECK_THAT(more.err, Contains("2 of them done before"));
  CHECK_THAT(get(folder / "s" / "results.csv"), Catch::StartsWith(csv));

  std::string other = small_scenario;
  other.replace(other.find("epochs = 3"), 10, "epochs = 2");
  put(folder / "s.toml", other + study);
  const CommandResult refused = run("");
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err, Contains("seed-1") && Contains("--overwrite"));
  CHECK(run(" --overwrite").status == 0);
  CHECK(get(folder / "s" / "results.csv") != csv);

  put(folder / "s/runs/seed-1/result.json", std::string("{ half"));
  const CommandResult damaged = run("");
  CHECK(damaged.status == 2);
  CHECK_THAT(damaged.err, Contains("result.json") && Contains("remove it"));
  std::filesystem::remove(folder / "s/runs/seed-1/result.json");
  put(folder / "s/runs/seed-1/checkpoint.bin", std::string("RETROCKP"));
  const CommandResult cut = run("");
  CHECK(cut.status == 2);
  CHECK_THAT(cut.err, Contains("checkpoint.bin"));

  put(folder / "file", std::string("x"));
  const CommandResult in_the_way = retro("study s.toml --out file", folder.path());
  CHECK(in_the_way.status == 2);
  CHECK_THAT(in_the_way.err, Contains("not a folder"));
}

TEST_CASE("a run that gets out of hand is a failed one, and the study goes on") {
  const ScratchFolder folder;
  std::string text = small_scenario;
  text.replace(text.find("t_ref = \"1 s\""), 13, "t_ref = \"0 ms\"");
  text +=
      "[[projection]]\nfrom = \"hidden\"\nto = \"hidden\"\nweight = 0.0\ndelay = \"0.01 ms\"\n"
      "[study]\n[[study.axis]]\nname = \"loop\"\n"
      "\"projection.hidden->hidden.weight\" = [0.0, 100.0]\n";
  put(folder / "s.toml", text);
  const CommandResult result = retro("study s.toml --out s", folder.path());
  CAPTURE(result.out, result.err);
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains("runaway activity"));
  CHECK_THAT(result.out, Contains("0, 1 failed"));
  CHECK_THAT(get(folder / "s" / "results.csv"), Contains("runaway activity"));
  CHECK_THAT(get(folder / "s" / "report.html"), Contains("1 run failed"));
  // It is deterministic, so it is not tried again.
  const CommandResult again = retro("study s.toml --out s", folder.path());
  CHECK(again.status == 1);
  CHECK_THAT(again.err, Contains("2 of them done before"));
}
