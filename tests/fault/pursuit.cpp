// Sparse coding at the command line: verbs that take it, verbs that do not, and what is wrong with
// files and options, each with its remedy.
#include "tests/support/pursuit.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/support/command.hpp"
#include "tests/support/pursuit_arrays.hpp"

using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

CommandResult call(const std::string& words, const ScratchFolder& folder) {
  const CommandResult result = retro(words, folder.path());
  UNSCOPED_INFO(words << "\n" << result.out << result.err);
  return result;
}

void refused(const std::string& words, const std::string& text, const std::string& message) {
  const ScratchFolder folder;
  put(folder / "x.toml", text);
  const CommandResult result = call(words, folder);
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Contains(message));
  CHECK(result.out.empty());
}

// What the epochs of a run came to, without their seconds, the last column.
std::string learned_by(const std::filesystem::path& run) {
  std::istringstream lines(get(run / "metrics.csv"));
  std::string learned;
  for (std::string line; std::getline(lines, line);)
    learned += line.substr(0, line.rfind(',')) + "\n";
  return learned;
}

}  // namespace

TEST_CASE("pursuit: run, info and attack end with what they say") {
  const ScratchFolder folder;
  put(folder / "x.toml",
      changed(small_pursuit, "l2 = 0.1", "l2 = 0.1\nsolver = \"events\"\ntheta = 0.001"));
  const CommandResult ran = call("run x.toml --trial 1 --json r.json --out code", folder);
  CHECK(ran.status == 0);
  CHECK_THAT(ran.out,
             Contains("KKT residual") && Contains("messages") && Contains("code/run.json"));
  const auto document = nlohmann::json::parse(get(folder / "r.json"));
  CHECK(document["schema"] == "retrograde.pursuit_run/1");
  CHECK(document["code"].size() == 24);
  CHECK(document["events"]["record"]["time"].size() == document["events"]["messages"]);
  CHECK_THAT(get(folder / "code/raster.svg"), Contains("<svg"));

  CHECK_THAT(call("info x.toml", folder).out, Contains("24 atoms") && Contains("PGBP"));
  const CommandResult attacked = call(
      "attack x.toml --epsilons '0.1, 0.5' --steps 2 --trials 5 --json a.json --svg a.svg", folder);
  CHECK(attacked.status == 0);
  const auto curve = nlohmann::json::parse(get(folder / "a.json"));
  CHECK(curve["curves"][0]["radii"].size() == 3);
  CHECK(curve["steps"] == 2);
  CHECK(curve["count"] == 5);
}

TEST_CASE("pursuit: a study ends with tables, goes on where it was, and repeats nothing") {
  const ScratchFolder folder;
  put(folder / "x.toml", small_pursuit +
                             "[study]\nseeds = [1, 2]\n[[study.axis]]\nname = \"method\"\n"
                             "labels = [\"GBP\", \"PGBP\"]\n"
                             "\"classifier.features\" = [\"codes\", \"norms\"]\n");
  const CommandResult first = call("study x.toml --out s", folder);
  CHECK(first.status == 0);
  CHECK_THAT(first.out, Contains("radius 2") && Contains("exact support"));
  const std::string table = get(folder / "s/results.csv");
  CHECK_THAT(table, Contains("method,seed,test_accuracy") && Contains("PGBP,2,"));
  CHECK(std::count(table.begin(), table.end(), '\n') == 1 + 4 * 3);
  CHECK(nlohmann::json::parse(get(folder / "s/study.json"))["combinations"].size() == 2);
  CHECK_THAT(get(folder / "s/report.html"), Contains("Accuracy against the size of the attack"));
  // One result is lost: it is made again, with the same numbers, and the others are not.
  std::filesystem::remove(folder / "s/runs/PGBP_seed-2/result.json");
  const CommandResult again = call("study x.toml --out s", folder);
  CHECK(again.status == 0);
  CHECK_THAT(again.err, Contains("3 of them done before"));
  CHECK(get(folder / "s/results.csv") == table);
  CHECK(call("study x.toml --out s --threads 1 --overwrite", folder).status == 0);
  CHECK(get(folder / "s/results.csv") == table);
}

TEST_CASE("pursuit: a training is stopped and resumed, attacked, and refuses what is not its own") {
  const ScratchFolder folder;
  put_signals(folder.path());
  put(folder / "x.toml", learned_pursuit);
  const CommandResult trained = call("train x.toml --out r --epochs 3", folder);
  CHECK(trained.status == 0);
  CHECK_THAT(trained.out, Contains("accuracy on 20 test signals"));
  CHECK_THAT(trained.err, Contains("epoch 3/3"));
  CHECK_THAT(get(folder / "r/report.html"), Contains("Atoms") && Contains("Learning"));
  CHECK(nlohmann::json::parse(get(folder / "r/run.json"))["schema"] ==
        "retrograde.pursuit_train/1");
  // Three epochs more, and the same at once.
  CHECK(call("train --resume r --epochs 6", folder).status == 0);
  CHECK(call("train x.toml --out whole --epochs 6", folder).status == 0);
  const auto accuracy = [&](const char* run) {
    return nlohmann::json::parse(get(folder / run / "run.json"))["accuracy"]["accuracy"]
        .get<double>();
  };
  CHECK(learned_by(folder / "r") == learned_by(folder / "whole"));
  CHECK(accuracy("r") == accuracy("whole"));
  CHECK(accuracy("r") > 0.7);
  CHECK(call("train --resume r --epochs 2", folder).status == 2);
  CHECK(call("attack r --trials 20 --json a.json", folder).status == 0);
  // What is attacked is what was trained: without an attack it decides as the report says.
  const auto curve = nlohmann::json::parse(get(folder / "a.json"))["curves"][0];
  CHECK(curve["name"] == "PGBP");
  CHECK(curve["radii"][0]["attacked"]["of"] == 20);
  CHECK(curve["radii"][0]["attacked"]["accuracy"].get<double>() ==
        Approx(accuracy("r")).margin(0.051));
  CHECK(call("run r --trial 3", folder).status == 0);
  const CommandResult again = call("train x.toml --out r", folder);
  CHECK(again.status == 2);
  CHECK_THAT(again.err, Contains("--overwrite"));
  CHECK(call("train x.toml --out other --tensorboard", folder).status == 2);
}

TEST_CASE(
    "pursuit: a dictionary without a classifier is learned, and what needs decisions says so") {
  const ScratchFolder folder;
  put_signals(folder.path());
  std::string text = changed(learned_pursuit, "labels = \"labels.npy\"\n", "");
  text = changed(text, "[classifier]\nfeatures = \"norms\"\nweights = \"learned\"\n", "");
  text = changed(text, "classifier_rate = 0.1\n", "");
  text = text.substr(0, text.find("[attack]"));
  put(folder / "x.toml", text);
  const CommandResult trained = call("train x.toml --out r", folder);
  CHECK(trained.status == 0);
  CHECK_THAT(trained.out, Contains("mean objective on 20 test signals") && !Contains("accuracy"));
  CHECK_THAT(trained.err, Contains("validation objective") && Contains("(best)"));
  CHECK_THAT(get(folder / "r/report.html"),
             Contains("What a code costs") && Contains("Atoms") && !Contains("Accuracy"));
  CHECK_THAT(get(folder / "r/metrics.csv"), Contains(",,,"));  // neither accuracy
  const auto document = nlohmann::json::parse(get(folder / "r/run.json"));
  CHECK(document["accuracy"].is_null());
  CHECK(document["validation_accuracy"].is_null());
  CHECK(document["validation_objective"].get<double>() > 0.0);
  CHECK(call("run r --trial 3", folder).status == 0);
  CHECK(call("info r", folder).status == 0);
  const CommandResult attacked = call("attack r", folder);
  CHECK(attacked.status == 2);
  CHECK_THAT(attacked.err, Contains("[classifier]"));
}

TEST_CASE("pursuit: check puts signals on the chip, and says what cannot go there") {
  const ScratchFolder folder;
  const std::string bp = changed(changed(small_pursuit, "l2 = 0.1", "l1 = 0.1"),
                                 "features = \"norms\"", "features = \"codes\"");
  put(folder / "x.toml", bp + "[chip]\nsteps = 200\n");
  const CommandResult checked = call("check x.toml --trials 3 --json c.json --out c", folder);
  CHECK(checked.status == 0);
  CHECK_THAT(checked.out, Contains("zeros") && Contains("the same decision") && Contains("cores"));
  const auto document = nlohmann::json::parse(get(folder / "c.json"));
  CHECK(document["schema"] == "retrograde.pursuit_check/1");
  CHECK(document["signals"].size() == 3);
  CHECK(document["trace"]["messages"].size() == 200);
  CHECK(document["fits"] == true);
  CHECK(document == nlohmann::json::parse(get(folder / "c/check.json")));
  CHECK_THAT(get(folder / "c/report.html"), Contains("Graded messages"));

  // Groups: no neuron of the chip has their norm.
  put(folder / "groups.toml", small_pursuit);
  const CommandResult groups = call("check groups.toml --json g.json", folder);
  CHECK(groups.status == 1);
  CHECK_THAT(groups.out, Contains("cannot go on") && Contains("l1 weights"));
  CHECK(nlohmann::json::parse(get(folder / "g.json"))["fits"] == false);

  refused("check x.toml --trials 0", bp, "--trials 0");
  refused("check x.toml --last", bp, "--last");
  refused("check x.toml --chip xylo_audio3", bp, "graded messages");
  refused("check x.toml", bp + "[chip]\nstep = \"1 ms\"\n", "time constant");
}

TEST_CASE("pursuit: verbs of spiking networks refuse it by name") {
  for (const char* words : {"gradcheck x.toml", "gradient x.toml", "margins x.toml", "grid x.toml",
                            "plot x.toml", "export x.toml --format nir --out x.nir"})
    refused(words, small_pursuit, "sparse coding");
}

TEST_CASE("pursuit: what is wrong with a call says what to do") {
  refused("run x.toml --trial 99", small_pursuit, "12 signals");
  refused("run x.toml --chip", small_pursuit, "--chip");
  refused("attack x.toml --epsilons '1 ms'", small_pursuit, "no unit");
  refused("attack x.toml --norm l3", small_pursuit, "linf (each value");
  refused("run x.toml --part train", small_pursuit, "0 signals");
  refused("study x.toml", small_pursuit, "[study]");
  refused("run x.toml", changed(small_pursuit, "margin = 0.05", "margin = 1000"), "margin");
  // A box that the signals leave.
  refused("attack x.toml", changed(small_pursuit, "steps = 3", "steps = 3\nlowest = 0.0"), "box");
  const std::string arrays =
      changed(changed(small_pursuit,
                      "kind = \"packing\"\ndimension = 16\ngroups = 8\ngroup_size = 3\niterations "
                      "= 50\nseed = 7",
                      "kind = \"npy\"\npath = \"atoms.npy\"\ngroup_size = 3"),
              "active = 2", "active = 2");
  refused("run x.toml", arrays, "atoms.npy");
}
