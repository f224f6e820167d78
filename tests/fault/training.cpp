// Trainings that go wrong: each says what is wrong, since when, and what to do.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include <retrograde/scenarios/data/events/event_file.hpp>

#include "tests/support/command.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/study.hpp"

using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// Two neurons that one spike over a weight of 1 does not make fire (6.35 would), and what else to
// write into [train].
std::string all_silent(const std::string& train) {
  return "scenario = { duration = \"40 ms\", seed = 1 }\n"
         "population = [ { name = \"in\", size = 1, spikes = [[\"1 ms\"]] },\n"
         "               { name = \"n\", size = 2 } ]\n"
         "projection = [ { from = \"in\", to = \"n\", weight = 1.0, learn = [\"weight\", "
         "\"delay\"] } ]\n"
         "loss = { kind = \"spike_time_target\", target = [[\"10 ms\"], [\"12 ms\"]] }\n"
         "train = { batch = 1, weight_rate = 0.1, " +
         train + " }\n";
}

// The same with a weight that is enough, and a population that never hears anything beside it.
std::string half_silent(const std::string& train) {
  return "scenario = { duration = \"40 ms\", seed = 1 }\n"
         "population = [ { name = \"in\", size = 1, spikes = [[\"1 ms\"]] },\n"
         "               { name = \"n\", size = 2 }, { name = \"quiet\", size = 3 } ]\n"
         "projection = [ { from = \"in\", to = \"n\", weight = 7.0, learn = [\"weight\"] },\n"
         "               { from = \"in\", to = \"quiet\", weight = 0.5, learn = [\"weight\"] } ]\n"
         "loss = { kind = \"spike_time_target\", population = \"n\", "
         "target = [[\"10 ms\"], [\"12 ms\"]] }\n"
         "train = { batch = 1, " +
         train + " }\n";
}

// The cells of a column of metrics.csv.
std::vector<std::string> column(const std::string& csv, const std::string& name) {
  std::istringstream rows(csv);
  std::vector<std::string> cells;
  std::size_t at = 0;
  bool heading = true;
  for (std::string row; std::getline(rows, row); heading = false) {
    std::istringstream parts(row);
    std::size_t k = 0;
    for (std::string cell; std::getline(parts, cell, ','); ++k) {
      if (heading && cell == name) at = k;
      if (!heading && k == at) cells.push_back(cell);
    }
  }
  return cells;
}

}  // namespace

TEST_CASE("a training in which nothing can be learned ends after an epoch and says who is silent") {
  const ScratchFolder folder;
  put(folder / "x.toml", all_silent("epochs = 5"));
  const CommandResult result = retro("train x.toml --out run", folder.path());
  CAPTURE(result.err);
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Contains("nothing can be learned") && Contains("n (since epoch 1)") &&
                             Contains("silent_increment in [train]"));
  CHECK_THAT(result.err, Contains("epoch 1/5") && !Contains("epoch 2/5"));
  CHECK_THAT(result.err, Contains("2 silent (all of n)"));
  CHECK(column(get(folder / "run/metrics.csv"), "silent_populations") ==
        std::vector<std::string>{"n"});

  // The remedy helps.
  put(folder / "y.toml", all_silent("epochs = 40, silent_increment = 0.5"));
  const CommandResult lifted = retro("train y.toml --out lifted", folder.path());
  CAPTURE(lifted.err);
  REQUIRE(lifted.status == 0);
  const auto losses = column(get(folder / "lifted/metrics.csv"), "train_loss");
  CHECK(std::stod(losses.front()) == 842.0);
  CHECK(std::stod(losses.back()) < 50.0);
}

TEST_CASE("a population that stays silent beside others is named in every place") {
  const ScratchFolder folder;
  put(folder / "x.toml", half_silent("epochs = 3"));
  const CommandResult result = retro("train x.toml --out run", folder.path());
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  CHECK_THAT(result.err, Contains("3 silent (all of quiet)") &&
                             Contains("quiet (since epoch 1) ended the training without a spike") &&
                             Contains("silent_increment"));
  CHECK(column(get(folder / "run/metrics.csv"), "silent_populations") ==
        std::vector<std::string>{"quiet", "quiet", "quiet"});
  const std::string told = "quiet (since epoch 1) ended the training without a spike";
  CHECK_THAT(get(folder / "run/report.html"), Contains(told));
  const auto document = nlohmann::json::parse(get(folder / "run/run.json"));
  CHECK(document["silent"] ==
        nlohmann::json::parse(R"([{"population": "quiet", "since_epoch": 1}])"));
}

TEST_CASE("training without labels has no accuracy") {
  const ScratchFolder folder;
  put(folder / "x.toml", half_silent("epochs = 2"));
  const CommandResult result = retro("train x.toml --out run", folder.path());
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  CHECK_THAT(result.err, Contains("epoch 2/2") && !Contains("train "));
  CHECK_THAT(result.out, !Contains("\n  accuracy"));
  const std::string metrics = get(folder / "run/metrics.csv");
  CHECK(column(metrics, "train_accuracy") == std::vector<std::string>{"", ""});
  const auto document = nlohmann::json::parse(get(folder / "run/run.json"));
  CHECK(document["result"]["exact"]["accuracy"].is_null());
  CHECK_THAT(get(folder / "run/report.html"), !Contains("training accuracy"));
}

TEST_CASE("learning rates that are far too large are named with the epoch") {
  const ScratchFolder folder;
  // The targets ask for earlier spikes, so a step makes the weights larger.
  std::string text = half_silent("epochs = 3, weight_rate = 1e6");
  text.replace(text.find("10 ms"), 5, "2 ms");
  text.replace(text.find("12 ms"), 5, "2 ms");
  put(folder / "x.toml", text);
  const CommandResult result = retro("train x.toml --out run", folder.path());
  CAPTURE(result.err);
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Contains("epoch 2, batch 1: n[") && Contains("runaway activity") &&
                             Contains("weight_rate is 1e+06"));
  CHECK_THAT(result.err, !Contains("weaken"));
}

TEST_CASE("fine-tuning that fails leaves the training and its evaluation, and is named") {
  const ScratchFolder folder;
  std::string text = small_scenario;
  text.replace(text.find("\"1 s\""), 5, "\"20 ms\"");  // the chip has no longer one
  put(folder / "x.toml", text + "[chip]\nfine_tune = { epochs = 1, rate = 1e308 }\n");
  const CommandResult result = retro("train x.toml --out run", folder.path());
  CAPTURE(result.out, result.err);
  CHECK(result.status == 0);
  CHECK_THAT(result.err, Contains("no fine-tuning, the network stays as it was trained: epoch 1"));
  CHECK_THAT(get(folder / "run/report.html"), Contains("is not fine-tuned for the chip: epoch 1"));
  const auto document = nlohmann::json::parse(get(folder / "run/run.json"));
  CHECK(document["result"]["chip"]["fine_tuned_epoch"].is_null());
  CHECK_FALSE(std::filesystem::exists(folder / "run/chip.bin"));
}

TEST_CASE("a run goes on with the data that it has met, and says where others are looked at") {
  const ScratchFolder folder;
  // Labelled trials of two units; `moved` puts that many of the test part into training.
  const auto make = [&](const std::string& name, std::size_t moved) {
    retrograde::EventFileWriter out((folder / name).string(), {"", 2, {"a", "b"}, {}});
    for (std::uint32_t k = 0; k < 24; ++k) {
      const bool test = k >= 16 + moved;
      out.add({{1.0 + k % 3}, {k % 2}}, static_cast<int>(k % 2), 0,
              test ? retrograde::Part::test : retrograde::Part::train);
    }
    out.finish();
  };
  make("own.h5", 0);
  make("other.h5", 4);
  put(folder / "x.toml",
      "scenario = { duration = \"20 ms\", seed = 1 }\n"
      "population = [ { name = \"in\", size = 2 }, { name = \"out\", size = 2 } ]\n"
      "projection = [ { from = \"in\", to = \"out\", weight = 9.0, learn = [\"weight\"] } ]\n"
      "data = { kind = \"events\", population = \"in\" }\n"
      "loss = { kind = \"first_spike_cross_entropy\", population = \"out\" }\n"
      "train = { epochs = 1, batch = 8 }\nchip = {}\n");
  const CommandResult first = retro("train x.toml --data own.h5 --out run", folder.path());
  CAPTURE(first.err);
  REQUIRE(first.status == 0);

  const std::string before = get(folder / "run/command.json");
  const CommandResult others =
      retro("train --resume run --data other.h5 --epochs 2", folder.path());
  CAPTURE(others.err);
  CHECK(others.status == 2);
  CHECK_THAT(others.err, Contains("was trained with other data") && Contains("--data"));
  CHECK(get(folder / "run/command.json") == before);
  CHECK_THAT(retro("check run --data other.h5", folder.path()).err,
             Contains("warning") && Contains("trained with other data"));
  CHECK_THAT(retro("check run", folder.path()).err, !Contains("other data"));

  // Where they lie says nothing.
  std::filesystem::rename(folder / "own.h5", folder / "moved.h5");
  const CommandResult moved = retro("train --resume run --data moved.h5 --epochs 2", folder.path());
  CAPTURE(moved.err);
  CHECK(moved.status == 0);
}

TEST_CASE("a run whose files of spikes or synapses have changed says so") {
  const ScratchFolder folder;
  put(folder / "spikes.csv", "neuron,time_ms\n0,3\n");
  put(folder / "synapses.csv", "source,target\n0,0\n");
  put(folder / "x.toml",
      "scenario = { duration = \"20 ms\" }\n"
      "population = [ { name = \"in\", size = 2, spikes = { stimulus = \"file\", path = "
      "\"spikes.csv\" } }, { name = \"out\", size = 2 } ]\n"
      "projection = [ { from = \"in\", to = \"out\", connect = \"list\", file = \"synapses.csv\", "
      "weight = 9.0, learn = [\"weight\"] } ]\n"
      "loss = { kind = \"first_spike_cross_entropy\", population = \"out\", label = 0 }\n"
      "train = { epochs = 1 }\n");
  const CommandResult first = retro("train x.toml --out run", folder.path());
  CAPTURE(first.err);
  REQUIRE(first.status == 0);
  const auto says = [&](const std::string& arguments, bool changed) {
    const CommandResult result = retro(arguments, folder.path());
    CAPTURE(arguments, result.out, result.err);
    CHECK((result.status == 2) == changed);
    if (changed)
      CHECK_THAT(result.err, Contains("a file that it names") && Contains("spikes.csv") &&
                                 Contains("synapses.csv") && Contains("restore"));
  };
  says("run run", false);
  // As many spikes and synapses as before: only their content tells.
  for (const auto& [file, other] : {std::pair("spikes.csv", "neuron,time_ms\n0,4\n"),
                                    {"synapses.csv", "source,target\n1,0\n"}}) {
    const std::string before = get(folder / file);
    put(folder / file, other);
    says("run run", true);
    says("train --resume run --epochs 2", true);
    put(folder / file, before);
  }
  says("train --resume run --epochs 2", false);
}

TEST_CASE("settings without effect are warned of before a training, and refused nowhere") {
  ScratchFolder folder;
  put(folder / "idle.toml", small_scenario + "delay_rate = 0.5\n");
  const std::string warning = "warning: idle.toml: delay_rate = 0.5 in [train] has no effect";
  const CommandResult told = retro("train idle.toml --out run --epochs 1", folder.path());
  CHECK(told.status == 0);
  CHECK_THAT(told.err, Contains(warning));
  CHECK_THAT(retro("info idle.toml", folder.path()).err, Contains(warning));

  // Fewer epochs on the command line may leave a schedule behind.
  put(folder / "plateau.toml", small_scenario.substr(0, small_scenario.find("epochs = 3")) +
                                   "epochs = 4\nschedule = { kind = \"plateau\", epochs = 1 }\n");
  CHECK_THAT(retro("info plateau.toml", folder.path()).err, !Contains("no effect"));
  const CommandResult shorter = retro("train plateau.toml --out short --epochs 2", folder.path());
  CHECK(shorter.status == 0);
  CHECK_THAT(shorter.err, Contains("warning: plateau.toml: a plateau with epochs = 1"));
  CHECK_THAT(retro("train --resume short --epochs 4", folder.path()).err, !Contains("no effect"));
}

TEST_CASE("a study warns of what changes nothing in any of its runs") {
  ScratchFolder folder;
  const std::string study = small_scenario +
                            "delay_rate = 0.5\nneuron_rate = 0.5\n[study]\n[[study.axis]]\n"
                            "labels = [\"none\", \"learned\"]\n"
                            "\"projection.in->hidden.learn\" = [[\"weight\"], [\"weight\", "
                            "\"delay\"]]\n";
  put(folder / "study.toml", study);
  const CommandResult told = retro("study study.toml --out s --epochs 1", folder.path());
  CAPTURE(told.err);
  CHECK(told.status == 0);
  CHECK_THAT(told.err, Contains("warning: study.toml: neuron_rate = 0.5 in [train] has no effect"));
  CHECK_THAT(told.err, !Contains("delay_rate"));

  // An axis over a key that changes nothing makes its sentences differ, not what they say.
  put(folder / "axis.toml",
      small_scenario + "[study]\n[[study.axis]]\n\"train.neuron_rate\" = [0.5, 0.6]\n");
  const CommandResult axis = retro("study axis.toml --out axis --epochs 1", folder.path());
  CAPTURE(axis.err);
  CHECK_THAT(axis.err, Contains("neuron_rate = 0.5 in [train] has no effect"));
}

TEST_CASE("a study takes one plateau that changes nothing for no other") {
  ScratchFolder folder;
  put(folder / "two.toml",
      small_scenario.substr(0, small_scenario.find("epochs = 3")) +
          "epochs = 4\nschedule = [{ kind = \"plateau\", epochs = 50 }, { kind = \"plateau\", "
          "epochs = 3 }]\n[study]\n[[study.axis]]\n\"train.epochs\" = [4, 8]\n");
  const CommandResult told = retro("study two.toml --out two", folder.path());
  CAPTURE(told.err);
  CHECK(told.status == 0);
  CHECK_THAT(told.err,
             Contains("a plateau with epochs = 50") && !Contains("a plateau with epochs = 3 "));
}

TEST_CASE("a study warns of classes that the data of any of its combinations lack") {
  const ScratchFolder folder;
  {
    retrograde::EventFileWriter out((folder / "set.h5").string(),
                                    {"", 2, {"a", "b"}, {"ann", "bob", "cid"}});
    for (const auto& [label, speaker] : {std::pair(0, 0), {1, 0}, {0, 1}, {1, 1}, {0, 2}})
      for (const double t : {1.0, 2.0, 3.0})
        out.add({{t}, {0}}, label, speaker, retrograde::Part::train);
    out.finish();
  }
  put(folder / "x.toml",
      "scenario = { duration = \"20 ms\", seed = 1 }\n"
      "population = [{ name = \"in\", size = 2 }, { name = \"out\", size = 2, model = \"cuba_li\" "
      "}]\n"
      "projection = [{ from = \"in\", to = \"out\", weight = 1, learn = [\"weight\"] }]\n"
      "loss = { kind = \"voltage_cross_entropy\", population = \"out\" }\n"
      "data = { kind = \"events\", path = \"set.h5\", population = \"in\", validation_share = 0.4, "
      "test_speakers = \"ann\" }\n"
      "train = { epochs = 1, batch = 2 }\n"
      "[study]\n[[study.axis]]\n\"data.test_speakers\" = [\"ann\", \"cid\", \"bob\"]\n");
  const CommandResult told = retro("study x.toml --out s", folder.path());
  CAPTURE(told.err);
  CHECK(told.status == 0);
  CHECK_THAT(told.err, Contains("in the runs of the study with data.test_speakers cid)") &&
                           Contains("all of ann") && Contains("all of cid"));
  CHECK(told.err.find("has no trial of") ==
        told.err.rfind("has no trial of"));  // the data of ann's run do not

  CHECK_THAT(told.out, Contains("3 to 6 test trials"));

  // Which run has data that are wrong is told before any of them begins.
  const std::string text = get(folder / "x.toml");
  const auto refused = [&](const std::string& axis, const std::string& options = "",
                           const std::string& without = "") {
    std::string scenario = text.substr(0, text.find("[study]")) + "[study]\n" + axis;
    if (!without.empty()) scenario.erase(scenario.find(without), without.size());
    put(folder / "wrong.toml", scenario);
    const CommandResult wrong = retro("study wrong.toml --out wrong" + options, folder.path());
    CAPTURE(axis);
    CHECK(wrong.status == 2);
    CHECK_THAT(wrong.err, !Contains("seed 1:"));
    return wrong.err;
  };
  for (const char* speakers : {"[\"ann\", \"zed\"]", "[\"zed\", \"ann\"]"})
    CHECK_THAT(refused(std::string("[[study.axis]]\n\"data.test_speakers\" = ") + speakers),
               Contains("nobody is called \"zed\"") &&
                   Contains("in the run of the study with data.test_speakers zed"));
  CHECK_THAT(refused("[[study.axis]]\n\"population.out.size\" = [2, 3]\n"),
             Contains("out has 3 neurons") && Contains("with population.out.size 3"));
  CHECK_THAT(refused("[[study.axis]]\n\"data.path\" = [\"set.h5\", \"x.h5\"]\n", " --data set.h5"),
             Contains("--data goes before path") && Contains("with data.path x.h5"));
  // Of a set with parts of its own, and of one without a test part: two kinds of number in one table.
  for (const auto& [file, parts] :
       {std::pair("whole.h5", std::vector{retrograde::Part::train, retrograde::Part::validation,
                                          retrograde::Part::test}),
        {"part.h5", {retrograde::Part::train, retrograde::Part::validation}}}) {
    retrograde::EventFileWriter out((folder / file).string(), {"", 2, {"a", "b"}, {}});
    for (const auto part : parts)
      for (const int label : {0, 1}) out.add({{1.0}, {0}}, label, 0, part);
    out.finish();
  }
  const std::string own = ", validation_share = 0.4, test_speakers = \"ann\"";
  put(folder / "x.toml", text);
  CHECK_THAT(refused("[[study.axis]]\n\"data.path\" = [\"whole.h5\", \"part.h5\"]\n", "", own),
             Contains("do not both have a test part") && Contains("with data.path part.h5"));

  // All combinations that have the data with the gap are named.
  put(folder / "two.toml", text + "[[study.axis]]\n\"train.epochs\" = [1, 2]\n");
  CHECK_THAT(retro("study two.toml --out two", folder.path()).err,
             Contains("(in the runs of the study with data.test_speakers cid, train.epochs 1; "
                      "data.test_speakers cid, train.epochs 2)"));
}

TEST_CASE(
    "a set without a test part says so wherever its numbers stand, and which classes are missing") {
  const ScratchFolder folder;
  {
    // Of two samples of a class a fifth is none: no test part.
    retrograde::EventFileWriter out((folder / "set.h5").string(), {"", 2, {"a", "b"}, {}});
    out.add({{1.0}, {0}}, 0, 0, retrograde::Part::train);
    out.add({{2.0}, {0}}, 0, 0, retrograde::Part::validation);
    out.add({{1.0}, {1}}, 1, 0, retrograde::Part::train);
    out.add({{2.0}, {1}}, 1, 0, retrograde::Part::train);
    out.finish();
  }
  put(folder / "x.toml",
      "scenario = { duration = \"20 ms\", seed = 1 }\n"
      "population = [ { name = \"in\", size = 2 }, { name = \"out\", size = 2 } ]\n"
      "projection = [ { from = \"in\", to = \"out\", weight = 9.0, learn = [\"weight\"] } ]\n"
      "data = { kind = \"events\", population = \"in\" }\n"
      "loss = { kind = \"first_spike_cross_entropy\", population = \"out\" }\n"
      "train = { epochs = 1, batch = 8 }\nchip = {}\n"
      "study = { seeds = [1] }\n");
  const CommandResult result = retro("train x.toml --data set.h5 --out run", folder.path());
  CAPTURE(result.out, result.err);
  REQUIRE(result.status == 0);
  const std::string told = "the data set has no test part";
  CHECK_THAT(result.err, Contains("warning: " + told));
  CHECK_THAT(result.err, Contains("warning: the validation part has no trial of 1 class (b)"));
  CHECK_THAT(result.out, Contains("3 train trials") &&
                             Contains(told + ": these numbers are of the training part"));
  CHECK_THAT(get(folder / "run/report.html"),
             Contains("The data set has no test part: these numbers are of the training part"));
  const auto document = nlohmann::json::parse(get(folder / "run/run.json"));
  CHECK(document["result"]["part"] == "train");
  CHECK(document["result"]["has_test_part"] == false);
  CHECK_THAT(retro("check run", folder.path()).out, Contains(told));
  CHECK_THAT(retro("grid run --steps \"1 ms\"", folder.path()).out, Contains(told));
  CHECK_THAT(retro("export run --format netx", folder.path()).err, Contains("warning: " + told));
  const CommandResult study = retro("study x.toml --data set.h5 --out study", folder.path());
  CAPTURE(study.out, study.err);
  CHECK_THAT(study.out, Contains(told));
  CHECK_THAT(study.err, Contains("warning: the validation part has no trial of 1 class (b)"));
  CHECK_THAT(get(folder / "study/report.html"), Contains("The data set has no test part"));
}
