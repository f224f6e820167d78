// Work is not lost: nothing is replaced unasked, one process at a time writes a folder, a run goes
// on with what it was started with, and what cannot be written is refused before it is computed.
// Through the built command, with real processes and signals.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <retrograde/scenarios/data/events/event_file.hpp>

#include "tests/skip.hpp"
#include "tests/support/process.hpp"
#include "tests/support/sound_file.hpp"
#include "tests/support/study.hpp"

using namespace retrograde::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

const std::string r1 = RETROGRADE_SOURCE_DIR "/scenarios/library/r1.toml";
// A refractory period that a chip has, too.
const std::string scenario_text = [] {
  std::string text = small_scenario;
  return text.replace(text.find("\"1 s\""), 5, "\"40 ms\"");
}();
const std::string study_text = scenario_text + "[study]\nseeds = [1, 2]\n";

// Every file below a folder and what is in it.
std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file())
      all[fs::relative(entry.path(), folder).string()] = get(entry.path());
  return all;
}

struct Place {
  ScratchFolder folder;
  Place() {
    put(folder / "small.toml", scenario_text);
    put(folder / "study.toml", study_text);
  }
  CommandResult retro(const std::string& arguments) const {
    CommandResult result = retrograde::test::retro(arguments, folder.path());
    UNSCOPED_INFO("retro " << arguments << "\n" << result.out << result.err);
    return result;
  }
  void done(const std::string& arguments) const { REQUIRE(retro(arguments).status == 0); }
  // The folder stays as it is, to the byte.
  void refused(const std::string& arguments, const std::string& kept, const std::string& message) {
    const auto before = contents(folder / kept);
    const CommandResult result = retro(arguments);
    CHECK(result.status == 2);
    CHECK_THAT(result.err, Contains(message) && Contains("--overwrite"));
    CHECK(contents(folder / kept) == before);
  }
  std::string fingerprint(const std::string& run) const {
    const auto document = nlohmann::json::parse(get(folder / run / "run.json"));
    return document.at("parameters_fingerprint");
  }
  std::size_t epochs(const std::string& run) const {
    const auto rows = get(folder / run / "metrics.csv");
    return static_cast<std::size_t>(std::count(rows.begin(), rows.end(), '\n')) - 1;
  }
  // A training that goes on until it is stopped, in its first epochs.
  void wait_for_epochs(const std::string& run, std::size_t count) const {
    REQUIRE(
        until([&] { return fs::exists(folder / run / "metrics.csv") && epochs(run) >= count; }));
  }
};

}  // namespace

// ---- nothing is replaced that another verb wrote -------------------------------------------------

TEST_CASE("a verb does not replace what another one wrote in its folder") {
  Place place;
  place.done("train small.toml --epochs 1 --out run");
  place.done("study study.toml --epochs 1 --out study");
  place.done("run small.toml --out simulation");
  place.refused("study study.toml --out run", "run", "run holds a training");
  place.refused("run small.toml --out run", "run", "run holds a training");
  place.refused("train small.toml --out study", "study", "study holds a study");
  place.refused("run small.toml --out study", "study", "study holds a study");
  place.refused("demo --epochs 1 --out run", "run", "run holds a training");
  place.refused("train small.toml --out simulation", "simulation", "holds a simulation");
  place.refused("study study.toml --out simulation", "simulation", "holds a simulation");
  place.refused("train small.toml --out run", "run", "retro train --resume run");
  // A run of a study is a training.
  place.refused("run small.toml --out study/runs/seed-1", "study", "holds a training");
  // Of its own kind a simulation is replaced and a study goes on.
  place.done("run small.toml --trial 1 --out simulation");
  CHECK_THAT(get(place.folder / "simulation/run.json"), Contains("test trial 1"));
  place.done("study study.toml --epochs 1 --out study");

  const CommandResult itself = place.retro("run run --overwrite --out run");
  CHECK(itself.status == 2);
  CHECK_THAT(itself.err, Contains("the run itself"));
}

TEST_CASE(
    "the option overwrite never replaces what a scenario reads, or data that a run remembers") {
  Place place;
  {
    retrograde::EventFileWriter out((place.folder / "set.h5").string(), {"", 2, {"a", "b"}, {}});
    for (const int label : {0, 1, 0, 1, 0, 1})
      for (const auto part : {retrograde::Part::train, retrograde::Part::test})
        out.add({{1.0 + label}, {0}}, label, 0, part);
    out.finish();
  }
  const std::string network =
      "scenario = { duration = \"20 ms\", seed = 1 }\n"
      "population = [{ name = \"in\", size = 2 }, { name = \"out\", size = 2, model = "
      "\"cuba_li\" }]\n"
      "projection = [{ from = \"in\", to = \"out\", weight = 1, learn = [\"weight\"] }]\n"
      "loss = { kind = \"voltage_cross_entropy\", population = \"out\" }\n"
      "train = { epochs = 1, batch = 2 }\n";
  put(place.folder / "named.toml",
      network + "data = { kind = \"events\", path = \"set.h5\", population = \"in\" }\n");
  put(place.folder / "unnamed.toml",
      network + "data = { kind = \"events\", population = \"in\" }\n");
  place.done("train unnamed.toml --data set.h5 --out remembers");
  place.done("export " + r1 + " --format nir --exact --out net.nir");
  put(place.folder / "imported.toml",
      "[scenario]\nduration = \"20 ms\"\n[network]\nfile = \"net.nir\"\n");

  for (const char* words : {"run named.toml --trace set.h5", "gradient named.toml --json set.h5",
                            "gradcheck named.toml --json set.h5", "check named.toml --json set.h5",
                            "grid named.toml --svg set.h5", "run remembers --json set.h5",
                            "check remembers --json set.h5", "grid remembers --json set.h5",
                            "run imported.toml --json net.nir", "plot named.toml --out set.h5",
                            "plot remembers --out set.h5", "diff named.toml --json set.h5",
                            "diff remembers:exact named.toml:exact --json remembers/checkpoint.bin",
                            "diff named.toml:exact remembers:exact --svg named.toml",
                            "plot remembers --out remembers/metrics.csv",
                            "export named.toml --format lava --out set.h5"}) {
    const auto read = [&] {
      std::vector<std::string> all;
      for (const char* file :
           {"set.h5", "net.nir", "named.toml", "remembers/checkpoint.bin", "remembers/metrics.csv"})
        all.push_back(get(place.folder / file));
      return all;
    };
    const auto before = read();
    const CommandResult result = place.retro(std::string(words) + " --overwrite");
    CHECK(result.status == 2);
    CHECK_THAT(result.err, Contains("this command reads it"));
    CHECK(read() == before);
  }
}

TEST_CASE(
    "the option overwrite replaces what a folder holds and leaves the files of others alone") {
  Place place;
  place.done("study study.toml --epochs 1 --out place");
  put(place.folder / "place/notes.txt", "mine");
  put(place.folder / "place/runs/seed-2/notes.txt", "mine, too");
  place.done("train small.toml --epochs 1 --overwrite --out place");
  CHECK(fs::exists(place.folder / "place/checkpoint.bin"));
  CHECK_FALSE(fs::exists(place.folder / "place/study.json"));
  CHECK_FALSE(fs::exists(place.folder / "place/runs/seed-1"));
  CHECK(get(place.folder / "place/notes.txt") == "mine");
  CHECK(get(place.folder / "place/runs/seed-2/notes.txt") == "mine, too");

  // What was said about the network before goes with it.
  place.done("export place --format netx");
  put(place.folder / "place/check-loihi1.html", "as an earlier version stored it");
  put(place.folder / "place/check-loihi1.json", "{}");
  put(place.folder / "place/check-notes.md", "mine");
  place.done("train small.toml --epochs 2 --overwrite --out place");
  for (const char* name : {"network.net", "check-loihi1.html", "check-loihi1.json"})
    CHECK_FALSE(fs::exists(place.folder / "place" / name));
  CHECK(get(place.folder / "place/check-notes.md") == "mine");

  place.done("run small.toml --overwrite --out place");
  CHECK_FALSE(fs::exists(place.folder / "place/checkpoint.bin"));
  CHECK(fs::exists(place.folder / "place/raster.svg"));
  CHECK(get(place.folder / "place/notes.txt") == "mine");
}

TEST_CASE("files that nobody knows are not taken for one's own") {
  Place place;
  fs::create_directory(place.folder / "mine");
  put(place.folder / "mine/report.html", "my own report");
  place.refused("train small.toml --epochs 1 --out mine", "mine", "mine/report.html");
  place.refused("study study.toml --epochs 1 --out mine", "mine", "mine/report.html");
  place.done("run small.toml --out mine");  // it writes no report
  fs::create_directory(place.folder / "own");
  put(place.folder / "own/study.json", "my own study");
  place.refused("study study.toml --epochs 1 --out own", "own", "own/study.json");
  CHECK(get(place.folder / "own/study.json") == "my own study");
  CHECK(get(place.folder / "mine/report.html") == "my own report");
}

TEST_CASE("retro check leaves a run as it is, and writes where --out says") {
  Place place;
  place.done("train small.toml --epochs 1 --out run");
  const auto before = contents(place.folder / "run");
  CHECK(place.retro("check run --chip loihi1 --out first").status < 2);
  CHECK(place.retro("check run --out second").status < 2);
  CHECK(place.retro("check run").status < 2);
  CHECK(contents(place.folder / "run") == before);
  const auto chip = [&](const char* file) {
    return nlohmann::json::parse(get(place.folder / file))["chip"]["verdict"]["profile"];
  };
  CHECK(chip("first/check.json") == "Loihi 1");
  CHECK(chip("second/check.json") == "Loihi 2");
  CHECK_THAT(get(place.folder / "second/report.html"), Contains("On the chip"));
  // A check of another kind has no page, and leaves none of another chip.
  CHECK(place.retro("check run --chip xylo_audio3 --out second").status < 2);
  CHECK_FALSE(fs::exists(place.folder / "second/report.html"));
  // A check replaces a check, and no other folder.
  CHECK(place.retro("check run --chip loihi1 --out second").status < 2);
  CHECK(chip("second/check.json") == "Loihi 1");
  const CommandResult itself = place.retro("check run --out run --overwrite");
  CHECK(itself.status == 2);
  CHECK_THAT(itself.err, Contains("that is the run itself"));
  CHECK(contents(place.folder / "run") == before);
  place.done("run small.toml --out simulated");
  place.refused("check run --out simulated", "simulated", "holds a simulation already");
  place.refused("run small.toml --out first", "first", "holds a check already");
}

TEST_CASE("a file that is there already is replaced only by --overwrite") {
  Place place;
  fs::copy(r1, place.folder / "r1.toml");
  const std::string scenario = get(place.folder / "r1.toml");
  for (const std::string command :
       {"run r1.toml --json", "run r1.toml --trace", "gradient r1.toml --json",
        "gradcheck r1.toml --json", "check r1.toml --json", "diff r1.toml --json",
        "diff r1.toml --svg", "export r1.toml --format nir --out",
        "bench --only elementary --size 0.01 --rounds 1 --seconds 0.01 --json"}) {
    CAPTURE(command);
    const CommandResult result = place.retro(command + " r1.toml");
    CHECK(result.status == 2);
    CHECK_THAT(result.err, Contains("r1.toml is there already") && Contains("--overwrite"));
    CHECK(result.out.empty());  // before anything was computed
    CHECK(get(place.folder / "r1.toml") == scenario);
    put(place.folder / "old", "old");
    CHECK(place.retro(command + " old --overwrite").status < 2);
    CHECK(get(place.folder / "old") != "old");
  }
  const CommandResult twice = place.retro("run r1.toml --json x --trace ./x");
  CHECK(twice.status == 2);
  CHECK_THAT(twice.err, Contains("another option writes there"));
  CHECK_FALSE(fs::exists(place.folder / "x"));
}

TEST_CASE("what a command reads is not replaced, even by --overwrite") {
  Place place;
  fs::copy(r1, place.folder / "r1.toml");
  fs::create_symlink("r1.toml", place.folder / "link");
  const auto kept = [&](const std::string& command, const std::string& input) {
    const std::string before = get(place.folder / input);
    const CommandResult result = place.retro(command + " --overwrite");
    CHECK(result.status == 2);
    CHECK_THAT(result.err, Contains("this command reads it") && Contains("name another file"));
    CHECK(get(place.folder / input) == before);
  };
  for (const std::string command :
       {"run r1.toml --json", "run r1.toml --trace", "gradient r1.toml --json",
        "gradcheck r1.toml --json", "check r1.toml --json", "diff r1.toml --json",
        "export r1.toml --format nir --out"}) {
    kept(command + " r1.toml", "r1.toml");
    kept(command + " ./link", "r1.toml");
  }
  // Sets of events, one file or a folder of them, and a network file that only the scenario names.
  {
    retrograde::EventFileWriter out((place.folder / "set.h5").string(), {"", 2, {"a"}, {}});
    out.add({{1.0}, {0}}, 0, 0, std::nullopt);
    out.finish();
  }
  kept("data convert set.h5 --out set.h5", "set.h5");
  kept("data info set.h5 --json set.h5", "set.h5");
  fs::create_directories(place.folder / "digits");
  for (const char* name : {"0_ann_0.wav", "1_ann_0.wav"})
    put(place.folder / "digits" / name, wav(sine(300, 0.05, 8000)));
  kept("encode digits --out digits/0_ann_0.wav", "digits/0_ann_0.wav");
  kept("encode digits/0_ann_0.wav --svg digits/0_ann_0.wav", "digits/0_ann_0.wav");
  place.done("export r1.toml --format nir --out net.nir");
  put(place.folder / "imported.toml",
      "[scenario]\nduration = \"40 ms\"\n[network]\nfile = \"net.nir\"\n");
  kept("export imported.toml --format nir --out net.nir", "net.nir");
  // What else lies in such a folder is the user's to replace.
  put(place.folder / "digits/info.h5", "old");
  place.done("encode digits --channels 4 --out digits/info.h5 --overwrite");
}

TEST_CASE("the name of a scenario does not lead out of runs and studies") {
  Place place;
  for (const std::string name : {"../../evil", "..", ".", "a/b"}) {
    CAPTURE(name);
    fs::create_directory(place.folder / "below");
    std::string text = study_text;
    text.insert(text.find('\n') + 1, "name = \"" + name + "\"\n");
    put(place.folder / "below/evil.toml", text);
    for (const std::string verb : {"train", "study"}) {
      const CommandResult result = retro(verb + " evil.toml --epochs 1", place.folder / "below");
      CHECK(result.status == 2);
      CHECK_THAT(result.err, Contains(name));
    }
    fs::remove(place.folder / "below/.stdout");
    fs::remove(place.folder / "below/.stderr");
    CHECK(fs::remove(place.folder / "below/evil.toml"));
    CHECK(fs::is_empty(place.folder / "below"));
    CHECK_FALSE(fs::exists(place.folder / "evil"));
  }
}

// ---- one process at a time -----------------------------------------------------------------------

TEST_CASE("a folder that a training writes is refused to everybody else until it ends") {
  Place place;
  RunningRetro first({"train", "small.toml", "--epochs", "1000000", "--out", "race"},
                     place.folder.path());
  place.wait_for_epochs("race", 1);
  for (const std::string command :
       {"train small.toml --epochs 1 --overwrite --out race", "train --resume race",
        "study study.toml --epochs 1 --overwrite --out race",
        "run small.toml --overwrite --out race", "demo --epochs 1 --overwrite --out race"}) {
    CAPTURE(command);
    const CommandResult second = place.retro(command);
    CHECK(second.status == 2);
    CHECK_THAT(second.err, Contains("race is in use by process " + std::to_string(first.pid())) &&
                               Contains("retro train small.toml --epochs 1000000 --out race") &&
                               Contains(" since "));
  }
  CHECK(first.running());
  // Reading is no writing.
  CHECK(place.retro("info race/scenario.toml").status == 0);
  CHECK(place.retro("check race").status < 2);

  // A killed process holds nothing.
  first.signal(SIGKILL);
  CHECK(first.wait().status == 128 + SIGKILL);
  CHECK(fs::exists(place.folder / "race/.lock"));
  place.done("train small.toml --epochs 1 --overwrite --out race");
  CHECK(place.epochs("race") == 1);
  CHECK_FALSE(fs::exists(place.folder / "race/.lock"));
}

TEST_CASE("of two that resume a run one goes on") {
  Place place;
  place.done("train small.toml --epochs 1 --out run");
  RunningRetro first({"train", "--resume", "run", "--epochs", "1000000"}, place.folder.path());
  place.wait_for_epochs("run", 2);
  const CommandResult second = place.retro("train --resume run --epochs 1000000");
  CHECK(second.status == 2);
  CHECK_THAT(second.err, Contains("run is in use by process " + std::to_string(first.pid())));
  first.signal(SIGINT);
  CHECK(first.wait().status == 130);
}

TEST_CASE("of two studies in one folder one goes on, and its runs are held as well") {
  Place place;
  RunningRetro first({"study", "study.toml", "--epochs", "1000000", "--out", "both"},
                     place.folder.path());
  REQUIRE(until([&] { return fs::exists(place.folder / "both/runs/seed-1/checkpoint.bin"); }));
  const std::string holder = "is in use by process " + std::to_string(first.pid());
  const CommandResult second = place.retro("study study.toml --epochs 1000000 --out both");
  CHECK(second.status == 2);
  CHECK_THAT(second.err, Contains("both " + holder));
  const CommandResult run = place.retro("train --resume both/runs/seed-1 --epochs 1000000");
  CHECK(run.status == 2);
  CHECK_THAT(run.err, Contains("both/runs/seed-1 " + holder));
  first.signal(SIGTERM);
  CHECK(first.wait().status == 130);

  // The other way round: a run that somebody trains is not taken by the study.
  RunningRetro other({"train", "--resume", "both/runs/seed-1", "--epochs", "1000000"},
                     place.folder.path());
  REQUIRE(until([&] { return fs::exists(place.folder / "both/runs/seed-1/.lock"); }));
  const CommandResult study = place.retro("study study.toml --epochs 1000000 --out both");
  CHECK(study.status == 2);
  CHECK_THAT(study.err, Contains("is in use by process " + std::to_string(other.pid())));
}

TEST_CASE("a folder that was claimed for nothing is not left behind") {
  Place place;
  put(place.folder / "file", "in the way");
  for (const std::string arguments : {"train small.toml --out file", "run small.toml --out file",
                                      "study study.toml --out file/below"}) {
    const CommandResult result = place.retro(arguments);
    CHECK(result.status == 2);
    CHECK_THAT(result.err, Contains("file"));
  }
  CHECK(get(place.folder / "file") == "in the way");
}

TEST_CASE("a start that fails leaves nothing behind, and the next one is not in its way") {
  Place place;
  std::string wild = study_text;
  for (std::size_t at = 0; (at = wild.find("mean = ", at)) != std::string::npos; at += 7)
    wild.replace(at + 7, 3, "1e7");
  put(place.folder / "wild.toml", wild);
  put(place.folder / "leaps.toml", [] {
    std::string text = scenario_text;
    return text.replace(text.find("0.02"), 4, "1e7 ");
  }());
  for (const std::string command : {"train wild.toml", "train leaps.toml", "run wild.toml"}) {
    const CommandResult failed = place.retro(command + " --out runs/new");
    CHECK(failed.status == 2);
    CHECK_THAT(failed.err, Contains("runaway activity"));
    CHECK_FALSE(fs::exists(place.folder / "runs"));
  }
  // Nor does it touch an older simulation, or what that was made by.
  place.done("run small.toml --out simulation");
  const auto before = contents(place.folder / "simulation");
  CHECK(place.retro("run wild.toml --out simulation").status == 2);
  CHECK(contents(place.folder / "simulation") == before);
  place.done("run small.toml --trial 1 --out simulation");
  CHECK_THAT(get(place.folder / "simulation/command.json"), Contains("--trial"));
  // What was there before stays.
  fs::create_directory(place.folder / "mine");
  put(place.folder / "mine/notes.txt", "mine");
  fs::create_directory(place.folder / "own");
  for (const char* name : {"scenario.toml", "imported.nir"})
    put(place.folder / "own" / name, "own");
  CHECK(place.retro("run wild.toml --out own").status == 2);
  for (const char* name : {"scenario.toml", "imported.nir"})
    CHECK(get(place.folder / "own" / name) == "own");
  CHECK(place.retro("train wild.toml --out mine").status == 2);
  CHECK(contents(place.folder / "mine") ==
        std::map<std::string, std::string>{{"notes.txt", "mine"}});
  place.done("train small.toml --epochs 1 --out mine");
  // A run of a study that failed is one of its results.
  CHECK(place.retro("study wild.toml --out study").status == 1);
  CHECK_THAT(get(place.folder / "study/runs/seed-1/result.json"), Contains("runaway activity"));
  CHECK(place.retro("study wild.toml --out study").status == 1);
}

// ---- a run goes on with what it was started with -------------------------------------------------

TEST_CASE("a killed run goes on with the options of its first call, to the same bits") {
  Place place;
  place.done("train small.toml --epochs 40 --seed 5 --self-check=2 --out whole");
  {
    RunningRetro first({"train", "small.toml", "--epochs", "40", "--seed", "5", "--self-check=2",
                        "--out", "killed"},
                       place.folder.path());
    place.wait_for_epochs("killed", 2);
    first.signal(SIGKILL);
    REQUIRE(first.wait().status == 128 + SIGKILL);
  }
  REQUIRE(place.epochs("killed") < 40);
  const CommandResult resumed = place.retro("train --resume killed");
  REQUIRE(resumed.status == 0);
  CHECK_THAT(resumed.err, Contains("self-check: "));
  CHECK(place.epochs("killed") == 40);
  CHECK(place.fingerprint("killed") == place.fingerprint("whole"));
}

TEST_CASE("what a resumed run was told goes before what it was told first") {
  Place place;
  place.done("train small.toml --epochs 2 --out run");
  {
    RunningRetro more({"train", "--resume", "run", "--epochs", "30"}, place.folder.path());
    place.wait_for_epochs("run", 3);
    more.signal(SIGKILL);
    more.wait();
  }
  REQUIRE(place.epochs("run") < 30);
  place.done("train --resume run");
  CHECK(place.epochs("run") == 30);

  const CommandResult fewer = place.retro("train --resume run --epochs 3");
  CHECK(fewer.status == 2);
  CHECK_THAT(fewer.err, Contains("run has 30 epochs already") && Contains("larger number"));
  const CommandResult again = place.retro("train --resume run");
  CHECK(again.status == 0);
  CHECK_THAT(again.err, Contains("has its 30 epochs already"));

  // A call that says nothing new is kept once.
  const auto calls = nlohmann::json::parse(get(place.folder / "run/command.json"))["calls"];
  REQUIRE(calls.size() == 3);
  CHECK(calls[0]["words"] ==
        nlohmann::json{"train", "small.toml", "--epochs", "2", "--out", "run"});
  CHECK(calls[1]["words"] == nlohmann::json{"train", "--resume", "run", "--epochs", "30"});
  CHECK(calls[2]["words"] == nlohmann::json{"train", "--resume", "run"});
}

TEST_CASE(
    "an interrupted run remembers its data from its first moment on, wherever it is resumed") {
  Place place;
  Bytes images, labels;
  for (std::uint8_t k = 0; k < 60; ++k) {
    // A stripe, at the left or at the right.
    for (int pixel = 0; pixel < 28 * 28; ++pixel)
      images.push_back(pixel % 28 == (k % 2 ? 3 : 20) ? 250 : 0);
    labels.push_back(k % 2);
  }
  fs::create_directory(place.folder / "digits");
  for (const char* part : {"train", "t10k"}) {
    const fs::path base = place.folder / "digits" / part;
    put(base.string() + "-images-idx3-ubyte", idx({60, 28, 28}, images));
    put(base.string() + "-labels-idx1-ubyte", idx({60}, labels));
  }
  std::string text = scenario_text;
  const std::size_t from = text.find("[data]"), to = text.find("[loss]");
  text.replace(from, to - from,
               "[data]\nkind = \"mnist\"\npopulation = \"in\"\nt_early = \"1 ms\"\n"
               "t_late = \"20 ms\"\nvalidation = 10\n");
  text.replace(text.find("size = 4"), 8, "size = 784");
  text.replace(text.find("size = 3"), 8, "size = 10");
  put(place.folder / "digits.toml", text);
  {
    RunningRetro first(
        {"train", "digits.toml", "--data", "digits", "--epochs", "30", "--out", "run"},
        place.folder.path());
    place.wait_for_epochs("run", 1);
    first.signal(SIGKILL);
    first.wait();
  }
  REQUIRE(place.epochs("run") < 30);
  fs::create_directory(place.folder / "elsewhere");
  const CommandResult resumed = retro("train --resume ../run", place.folder / "elsewhere");
  CAPTURE(resumed.err);
  CHECK(resumed.status == 0);
  CHECK(place.epochs("run") == 30);
  CHECK(place.retro("check run").status < 2);
  CHECK(place.retro("diff run --trial 1").status < 2);
}

TEST_CASE("a damaged command.json is named, with what to do") {
  Place place;
  place.done("train small.toml --epochs 1 --out run");
  for (const std::string damage : {"{ half", "[]", "{\"calls\": []}", "{\"calls\": [{}]}"}) {
    put(place.folder / "run/command.json", damage);
    const CommandResult result = place.retro("train --resume run");
    CHECK(result.status == 2);
    CHECK_THAT(result.err,
               Contains("command.json") && Contains("remove it") && !Contains("byte 0"));
  }
  fs::remove(place.folder / "run/command.json");
  place.done("train --resume run --epochs 2");
}

TEST_CASE("a study takes --epochs and --seed, and its folder says so") {
  Place place;
  place.done("study study.toml --epochs 1 --seed 7 --out s");
  CHECK(place.epochs("s/runs/seed-7") == 1);
  CHECK_FALSE(fs::exists(place.folder / "s/runs/seed-1"));
  const std::string kept = get(place.folder / "s/scenario.toml");
  CHECK_THAT(kept, Contains("epochs = 1") && Contains("seeds = [7]"));
  CHECK_THAT(get(place.folder / "s/report.html"),
             Contains("\nretro study study.toml --epochs 1 --seed 7 --out s\n</pre>") &&
                 Contains(">chosen by the validation accuracy<"));
  // What is kept is the study that was made.
  place.done("study s/scenario.toml --out again");
  const auto result = [&](const char* folder) {
    auto document = nlohmann::json::parse(get(place.folder / folder / "runs/seed-7/result.json"));
    document.erase("seconds");
    return document;
  };
  CHECK(result("s") == result("again"));
  // Other epochs are another study.
  place.refused("study study.toml --seed 7 --out s", "s", "with another scenario");
}

// ---- signals -------------------------------------------------------------------------------------

TEST_CASE("every signal that asks to stop saves first, for a training and a study") {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    CAPTURE(number);
    Place place;
    RunningRetro training({"train", "small.toml", "--epochs", "1000000", "--out", "run"},
                          place.folder.path(), "training");
    RunningRetro study({"study", "study.toml", "--epochs", "1000000", "--out", "study"},
                       place.folder.path(), "study");
    place.wait_for_epochs("run", 2);
    REQUIRE(until([&] { return fs::exists(place.folder / "study/runs/seed-1/checkpoint.bin"); }));
    training.signal(number);
    study.signal(number);
    const CommandResult stopped = training.wait(), stopped_study = study.wait();
    CHECK(stopped.status == 130);
    CHECK_THAT(stopped.err,
               Contains("everything is saved") && Contains("retro train --resume run"));
    CHECK(stopped_study.status == 130);
    CHECK_THAT(stopped_study.err,
               Contains("Go on with: retro study study.toml --epochs 1000000 --out study"));
    const std::size_t before = place.epochs("run");
    place.done("train --resume run --epochs " + std::to_string(before + 1));
    CHECK(place.epochs("run") == before + 1);
  }
}

TEST_CASE("a verb that has nothing to save stops within a trial") {
  Place place;
  // 10^8 spikes.
  put(place.folder / "long.toml", R"([scenario]
duration = "1e9 ms"
[[population]]
name = "n"
size = 1
bias = 2.0
[loss]
kind = "spike_time_power"
population = "n"
coefficient = [1.0]
scale = "1 s"
power = 1
)");
  for (const std::string verb : {"run", "gradient", "gradcheck", "check", "diff"}) {
    CAPTURE(verb);
    RunningRetro command({verb, "long.toml"}, place.folder.path());
    // It is no longer this test, which catches SIGINT as well (asked first: what it catches may be
    // read before it changes), and catches it by itself.
    const std::string process = "/proc/" + std::to_string(command.pid());
    REQUIRE(until([&] {
      std::error_code error;
      if (fs::read_symlink(process + "/exe", error).filename() != "retro") return false;
      const std::string text = get(process + "/status");
      const std::size_t mask = text.find("SigCgt:\t");
      return mask != std::string::npos &&
             (std::stoull(text.substr(mask + 8, 16), nullptr, 16) & 2) != 0;
    }));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    command.signal(SIGINT);
    const CommandResult stopped = command.wait();
    CAPTURE(stopped.err);
    CHECK(stopped.status == 130);
    CHECK_THAT(stopped.err, Contains("interrupted: "));
  }
}

TEST_CASE("an evaluation that is stopped says how the training goes on") {
  Place place;
  std::string many = scenario_text;
  put(place.folder / "many.toml", many.replace(many.find("test = 60"), 9, "test = 1000000"));
  RunningRetro training({"train", "many.toml", "--epochs", "1", "--out", "run"},
                        place.folder.path());
  place.wait_for_epochs("run", 1);
  training.signal(SIGINT);
  const CommandResult stopped = training.wait();
  CHECK(stopped.status == 130);
  CHECK_THAT(stopped.err, Contains("interrupted after 1 epoch, in the evaluation") &&
                              Contains("retro train --resume run"));
}

TEST_CASE("a training survives the terminal that it was started from") {
  Place place;
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0 || ::grantpt(terminal) != 0 || ::unlockpt(terminal) != 0)
    RETROGRADE_SKIP("there are no pseudo-terminals here");
  const std::string name = ::ptsname(terminal);
  RunningRetro training({"train", "small.toml", "--epochs", "1000000", "--out", "run"},
                        place.folder.path(), "training", [&] {
                          ::close(terminal);
                          ::setsid();
                          const int side = ::open(name.c_str(), O_RDWR);
                          ::dup2(side, STDIN_FILENO);
                          ::dup2(side, STDOUT_FILENO);
                          ::dup2(side, STDERR_FILENO);
                        });
  place.wait_for_epochs("run", 2);
  ::close(terminal);  // SIGHUP, and nothing can be written any more
  CHECK(training.wait().status == 130);
  const std::size_t before = place.epochs("run");
  place.done("train --resume run --epochs " + std::to_string(before + 1));
}

TEST_CASE("a training that was told not to mind the terminal goes on") {
  Place place;
  RunningRetro training({"train", "small.toml", "--epochs", "1000000", "--out", "run"},
                        place.folder.path(), "training", [] { ::signal(SIGHUP, SIG_IGN); });
  place.wait_for_epochs("run", 1);
  training.signal(SIGHUP);
  const std::size_t then = place.epochs("run");
  place.wait_for_epochs("run", then + 3);
  training.signal(SIGTERM);
  CHECK(training.wait().status == 130);
}

TEST_CASE("a training goes on when nobody reads what it says") {
  Place place;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  RunningRetro training({"train", "small.toml", "--epochs", "3", "--out", "run"},
                        place.folder.path(), "training", [&] {
                          ::dup2(ends[1], STDOUT_FILENO);
                          ::dup2(ends[1], STDERR_FILENO);
                        });
  CHECK(training.wait().status == 128 + SIGPIPE);  // of the result that it could not print
  ::close(ends[1]);
  CHECK(place.epochs("run") == 3);
  CHECK(fs::exists(place.folder / "run/report.html"));
}

// ---- where nothing can be written ----------------------------------------------------------------

TEST_CASE("a place where nothing can be written is refused before anything is computed") {
  Place place;
  fs::copy(r1, place.folder / "r1.toml");
  put(place.folder / "file", "in the way");
  std::vector<std::string> commands;
  for (const std::string target : {"/proc/x", "file/x", "/proc/self/x/y"}) {
    for (const std::string command :
         {"run r1.toml --out ", "run r1.toml --json ", "run r1.toml --trace ",
          "gradient r1.toml --json ", "gradcheck r1.toml --json ", "check r1.toml --json ",
          "diff r1.toml --svg ", "export r1.toml --format nir --out ",
          "train small.toml --epochs 1000000 --out ", "study study.toml --epochs 1000000 --out "})
      commands.push_back(command + target);
  }
  for (const std::string& command : commands) {
    const CommandResult result = place.retro(command);
    CAPTURE(command);
    CHECK(result.status == 2);
    CHECK(result.out.empty());
    CHECK_THAT(result.err, Contains("error: ") && (Contains("cannot") || Contains("folder")));
    // Nothing was trained or announced.
    CHECK_THAT(result.err, !Contains("synapses"));
  }
}

// A disk without room is a limit on how large files may be: the first bytes are already too many.
TEST_CASE("a full disk is noticed before anything is computed") {
  Place place;
  fs::copy(r1, place.folder / "r1.toml");
  const std::string full = "(trap '' XFSZ; ulimit -f 0; '" RETROGRADE_CLI "' ";
  const auto on_full_disk = [&](const std::string& arguments) {
    const std::string command = "cd '" + place.folder.path().string() + "' && " + full + arguments +
                                " 2>&1; echo \"status $?\") | cat >said";
    REQUIRE(std::system(command.c_str()) == 0);
    return get(place.folder / "said");
  };
  for (const std::string arguments :
       {"run r1.toml --json x.json", "run r1.toml --out x", "gradcheck r1.toml --json x.json",
        "train small.toml --out x", "study study.toml --out x"}) {
    CAPTURE(arguments);
    const std::string said = on_full_disk(arguments);
    CHECK_THAT(said, Contains("status 2") && Contains("cannot write") && Contains("ulimit"));
    CHECK_THAT(said, !Contains("fingerprint") && !Contains("checked") && !Contains("synapses"));
    CHECK_FALSE(fs::exists(place.folder / "x"));
    CHECK_FALSE(fs::exists(place.folder / "x.json"));
  }
}

TEST_CASE("a run that cannot be written can be checked") {
  Place place;
  place.done("train small.toml --epochs 1 --out run");
  const CommandResult usual = place.retro("check run");
  if (std::system("unshare -m true 2>/dev/null") != 0)
    RETROGRADE_SKIP("only root can make a folder read-only for root");
  const std::string command = "cd '" + place.folder.path().string() +
                              "' && unshare -m sh -c \"mount --bind run run && mount -o "
                              "remount,ro,bind run && '" RETROGRADE_CLI
                              "' check run --json x.json --out page >out 2>err\"";
  const int raw = std::system(command.c_str());
  const std::string out = get(place.folder / "out"), err = get(place.folder / "err");
  CAPTURE(out, err);
  CHECK(WEXITSTATUS(raw) == usual.status);
  CHECK_THAT(out, Contains("verdict: ") && Contains("page/report.html"));
  CHECK_THAT(err, !Contains("Read-only"));
  CHECK_THAT(get(place.folder / "x.json"), Contains("retrograde.check/1"));
  CHECK(get(place.folder / "x.json") == get(place.folder / "page/check.json"));
}

TEST_CASE("a result that standard output has no room for is an error") {
  if (!fs::exists("/dev/full")) RETROGRADE_SKIP("there is no /dev/full here");
  Place place;
  const std::string command = "cd '" + place.folder.path().string() +
                              "' && '" RETROGRADE_CLI "' info small.toml >/dev/full 2>err";
  const int raw = std::system(command.c_str());
  CHECK(WEXITSTATUS(raw) == 2);
  CHECK_THAT(get(place.folder / "err"), Contains("standard output"));
}
