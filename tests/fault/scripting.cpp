// What people who script scenarios use: --set, include, --json -, --quiet, run folders for every verb,
// values for other programs, and the verbs that help with writing.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/command.hpp"

using namespace retrograde::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

// Refractory, adapting and quadratic neurons, and learning.
constexpr const char* scenario = R"([scenario]
duration = "30 ms"
[[population]]
name = "in"
size = 3
spikes = [["1 ms", "9 ms"], ["2 ms", "11 ms"], ["3 ms"]]
[[population]]
name = "lif"
size = 4
t_ref = "1.5 ms"
tau_mem = "12 ms"
learn = ["tau_mem"]
[[population]]
name = "adapting"
size = 2
model = "alif"
adaptation = 0.2
[[population]]
name = "quadratic"
size = 2
model = "qif"
[[projection]]
from = "in"
to = "lif"
weight = { distribution = "uniform", low = 1.0, high = 3.0 }
delay = "1 ms"
learn = ["weight", "delay"]
[[projection]]
from = "lif"
to = "adapting"
weight = 2.5
learn = ["weight"]
[[projection]]
from = "lif"
to = "quadratic"
weight = 2.0
[loss]
kind = "spike_time_power"
population = "adapting"
scale = "10 ms"
power = 2
[train]
epochs = 3
batch = 1
weight_rate = 0.01
delay_rate = 0.01
)";

// Decides, and goes on the chip.
constexpr const char* deciding = R"([scenario]
duration = "40 ms"
[data]
kind = "sequence_detection"
population = "in"
t_early = "2 ms"
t_late = "12 ms"
[[population]]
name = "in"
size = 2
[[population]]
name = "out"
size = 2
[[projection]]
from = "in"
to = "out"
weight = { distribution = "uniform", low = 8.0, high = 12.0 }
learn = ["weight"]
[loss]
kind = "first_spike_cross_entropy"
[train]
epochs = 2
)";

struct Place {
  ScratchFolder folder;
  explicit Place(const char* text = scenario) { put(folder / "x.toml", std::string_view(text)); }
  CommandResult run(const std::string& arguments) const {
    CommandResult result = retro(arguments, folder.path());
    UNSCOPED_INFO("retro " << arguments << "\n" << result.out << result.err);
    return result;
  }
  void refused(const std::string& arguments, const std::string& message) const {
    const CommandResult result = run(arguments);
    CHECK(result.status == 2);
    CHECK_THAT(result.err, Contains(message));
    CHECK(result.out.empty());
  }
  void done(const std::string& arguments) const { CHECK(run(arguments).status == 0); }
};

}  // namespace

TEST_CASE("the option --set goes before the scenario in every verb that takes one") {
  const Place place;
  const CommandResult info = place.run("info x.toml --set population.lif.size=7");
  CHECK(info.status == 0);
  CHECK_THAT(info.out, Contains("21 "));  // synapses from three inputs
  for (const char* verb :
       {"run x.toml", "gradient x.toml", "gradcheck x.toml --sample 5", "check x.toml",
        "export x.toml --format csv --out values.csv", "train x.toml --out trained"}) {
    const std::string call = verb;
    place.refused(call + " --set population.lif.size=none",
                  "--set population.lif.size: population[1].size: \"none\" is no whole number");
    place.refused(call + " --set population.lif.sise=3", "did you mean size?");
    place.refused(call + " --set lif.size=3", "--set lif.size: lif is no section");
    place.refused(call + " --set population.lif.size", "a value is missing");
  }
  place.refused("run x.toml --seed 3 --set scenario.seed=4", "--seed says the same");
  place.refused("train x.toml --epochs 3 --set train.epochs=4", "--epochs says the same");
  CHECK_FALSE(std::filesystem::exists(place.folder / "trained"));
}

TEST_CASE("a run folder keeps what --set said, and may be resumed without") {
  const Place place;
  place.done("train x.toml --out run --set train.epochs=1 --set 'population.lif.tau_mem=9 ms'");
  const std::string kept = get(place.folder / "run/scenario.toml");
  CHECK_THAT(kept, Contains("epochs = 1") && Contains("tau_mem = '9 ms'"));
  place.done("train --resume run --epochs 2");
  place.refused("train --resume run --set train.batch=2", "--set is for a new run");
  // Of a run, what it was trained with stays.
  place.refused("run run --set train.batch=2", "which was trained with a value of its own");
  place.refused("gradcheck run --set population.lif.size=2",
                "make a new run with it (retro train SCENARIO --set population.lif.size=VALUE)");
}

TEST_CASE("of a run --set changes the chip that it goes on") {
  const Place place(deciding);
  place.done("train x.toml --out run");
  const auto step = [&](const std::string& options) {
    const CommandResult result = place.run("check run --json - --quiet " + options);
    CHECK(result.err.empty());
    return nlohmann::json::parse(result.out)["chip"]["step_ms"].get<double>();
  };
  CHECK(step("") == 1.0);
  CHECK(step("--set 'chip.step=0.5 ms'") == 0.5);
  place.refused("check run --set chip.step=2", "--set chip.step: chip.step: 2 has no unit");
  place.refused("check run --set chip.fine_tune={epochs=3}", "fine-tuning is part of the training");
}

TEST_CASE("a scenario that includes others is trained as one text") {
  const Place place;
  put(place.folder / "more.toml", std::string_view("[chip]\nstep = \"0.5 ms\"\n"));
  put(place.folder / "y.toml", "include = [\"x.toml\", \"more.toml\"]\n");
  place.done("train y.toml --out run --set train.epochs=1");
  CHECK_THAT(get(place.folder / "run/scenario.toml"), !Contains("include"));
  CHECK_THAT(get(place.folder / "run/scenario.toml"), Contains("name = 'y'"));
  std::filesystem::remove(place.folder / "more.toml");
  place.done("gradcheck run --sample 5");
  place.refused("run y.toml", "y.toml:1:22: include[1]: more.toml: ");
}

TEST_CASE("documents go to standard output alone") {
  const Place place(deciding);
  place.done("train x.toml --out run");
  for (const char* call :
       {"run x.toml", "run run", "run run --chip", "gradient x.toml", "gradient run",
        "gradcheck x.toml", "gradcheck run", "check run", "grid run --steps \"1 ms\" --trials 2",
        "margins run --trials 2", "attack run --trials 2 --epsilons \"0.1 ms\" --steps 1",
        "analyse run --permutations 9", "analyse x.toml --activity", "diff run", "info --devices",
        "info x.toml", "info run", "data"}) {
    if (std::string(call) == "data") continue;  // has no set here
    const CommandResult loud = place.run(std::string(call) + " --json -");
    CHECK(loud.status <= 1);
    CHECK(nlohmann::json::accept(loud.out));
    const CommandResult quiet = place.run(std::string(call) + " --json - --quiet");
    CHECK(quiet.status == loud.status);
    CHECK(nlohmann::json::accept(quiet.out));
    CHECK(quiet.err.empty());
  }
}

TEST_CASE("info as a document says what its text says") {
  const Place place;
  put(place.folder / "y.toml",
      "include = [\"x.toml\"]\n[[event]]\nname = \"lesion\"\ndo = \"silence\"\n"
      "population = \"lif\"\nat = \"10 ms\"\n");
  const auto d = nlohmann::json::parse(place.run("info y.toml --json -").out);
  CHECK(d["schema"] == "retrograde.info/1");
  CHECK(d["neurons"] == 11);
  CHECK(d["synapses"] == 12 + 8 + 8);
  CHECK(d["learned_parameters"] == 4 + 24 + 8);
  CHECK(d["populations"][1]["name"] == "lif");
  CHECK(d["populations"][1]["model"] == "cuba_lif");
  CHECK(d["populations"][1]["parameters"]["tau_mem"] ==
        nlohmann::json({{"low", 12.0}, {"high", 12.0}}));
  CHECK(d["populations"][1]["learned"] == nlohmann::json({"tau_mem"}));
  CHECK(d["projections"][0]["learned"] == nlohmann::json({"weight", "delay"}));
  CHECK(d["projections"][0]["delay"] == nlohmann::json({{"low", 1.0}, {"high", 1.0}}));
  CHECK(d["graph"]["max_delay_ms"] == 1.0);
  CHECK(d["graph"]["lookahead_ms"].is_null());
  CHECK(d["scheduler"] == "sequential");
  CHECK(d["events"] ==
        nlohmann::json::parse(
            R"([{"name": "lesion", "do": "silence", "at_ms": 10.0, "until_ms": null}])"));
  CHECK(d["trials"]["train"] == 1);
  place.done("info x.toml --json info.json");
  place.refused("info x.toml --json info.json", "is there already");
  place.refused("info x.toml --json x.toml --overwrite", "this command reads it");
}

TEST_CASE("what happens in a trial is marked wherever its time is drawn") {
  const Place place(deciding);
  const std::string events =
      "[[event]]\nname = \"deaf\"\ndo = \"drop\"\npopulation = \"in\"\nat = \"20 ms\"\n";
  put(place.folder / "x.toml", deciding + events);
  place.done("train x.toml --out run");
  place.done("run x.toml --out simulated");
  place.done("analyse run --activity --svg activity.svg --out analysis");
  place.done("plot run --what raster --out raster.svg");
  for (const char* file : {"activity.svg", "analysis/report.html", "raster.svg", "run/report.html",
                           "simulated/raster.svg"}) {
    CAPTURE(file);
    CHECK_THAT(get(place.folder / file), Contains("deaf"));
  }
  // In the raster and in the rate over time.
  const std::string picture = get(place.folder / "activity.svg");
  CHECK(picture.find("deaf", picture.find("Rate over time")) != std::string::npos);
}

TEST_CASE("the option --quiet leaves errors, files and what a verb is there to tell") {
  const Place place;
  CommandResult result = place.run("train x.toml --out run --quiet");
  CHECK(result.status == 0);
  CHECK((result.out + result.err).empty());
  CHECK(std::filesystem::exists(place.folder / "run/run.json"));
  result = place.run("run x.toml --json run.json --quiet");
  CHECK((result.out + result.err).empty());
  CHECK(nlohmann::json::accept(get(place.folder / "run.json")));
  CHECK_THAT(place.run("info x.toml --quiet").out, Contains("duration 30 ms"));
  result = place.run("run none.toml --quiet");
  CHECK(result.status == 2);
  CHECK_THAT(result.err, StartsWith("error: none.toml"));
}

TEST_CASE("trained runs of every kind of neuron are looked at as scenarios are") {
  const Place place;
  place.done("train x.toml --out run");
  CommandResult result = place.run("gradcheck run --json check.json");
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("passed"));
  // At what was trained, and not at what it began with.
  const auto loss = [&](const std::string& call) {
    return nlohmann::json::parse(place.run(call + " --json -").out)["loss"]["value"].get<double>();
  };
  const double before = loss("gradient x.toml"), after = loss("gradient run");
  CHECK(after < before);
  CHECK(loss("gradient run --last") <= before);
  CHECK_THAT(place.run("info run").out, Contains("t_ref 1.5") && Contains("qif"));
  place.refused("gradient run --seed 3", "--seed: run is a run");
}

TEST_CASE("values of a run are written for other programs, and replace nothing") {
  const Place place;
  place.done("train x.toml --out run");
  place.done("export run --format csv");
  place.done("export run --format npz");
  const std::string table = get(place.folder / "run/parameters.csv");
  CHECK_THAT(table, StartsWith("kind,name,parameter,source,target,value,unit\n") &&
                        Contains("\npopulation,lif,t_ref,,0,1.5,ms\n"));
  CHECK(std::count(table.begin(), table.end(), '\n') >
        2 * (12 + 8 + 8));  // two values for each synapse
  place.refused("export run --format npz", "is there already");
  place.refused("export run --format npy", "it is none of");
  CHECK(place.run("export run --format csv --out -").out == table);
  place.done("export x.toml --format csv --out initial.csv");
  CHECK(get(place.folder / "initial.csv") != table);
}

TEST_CASE("check says what was decided in every trial") {
  const Place place(deciding);
  place.done("train x.toml --out run");
  const auto document = nlohmann::json::parse(place.run("check run --json - --quiet").out);
  const auto& decisions = document["decisions"];
  REQUIRE(decisions.size() == 2);
  std::size_t right = 0, agreed = 0;
  for (std::size_t k = 0; k < 2; ++k) {
    CHECK(decisions[k]["trial"] == k);
    CHECK(decisions[k]["label"] == k);
    right += decisions[k]["exact"] == decisions[k]["label"];
    agreed += decisions[k]["exact"] == decisions[k]["chip"];
  }
  CHECK(document["exact"]["accuracy"] == static_cast<double>(right) / 2);
  CHECK(document["chip"]["agreement"] == static_cast<double>(agreed) / 2);
}

TEST_CASE("retro explain tells what the manual says, and suggests") {
  const Place place;
  CHECK_THAT(place.run("explain projection.delay").out,
             Contains("delay of [[projection]]") && Contains("default     \"0 ms\""));
  CHECK_THAT(place.run("explain").out, Contains("[train.surrogate]"));
  CHECK_THAT(place.run("explain train").out, Contains("weight_rate"));
  CHECK_THAT(place.run("explain --list x.toml").out, Contains("\npopulation.lif.tau_mem\n"));
  place.refused("explain tau_men", "did you mean tau_mem?");
  const CommandResult schema = place.run("schema");
  CHECK(nlohmann::json::accept(schema.out));
}

TEST_CASE("retro new writes scenarios that are read and run, and replaces nothing") {
  const Place place;
  std::istringstream lines(place.run("new").out);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    std::string name, word;
    std::istringstream words(line);
    words >> name >> word;
    CAPTURE(name);
    CHECK_FALSE(word.empty());  // says what it is
    place.done("new " + name + " " + name + ".toml");
    place.done("info " + name + ".toml");
    place.done("run " + name + ".toml");
  }
  CHECK(count >= 4);
  // The first epoch of what is trained, on a few trials.
  for (const char* name : {"classifier", "delays", "chip"})
    place.done(
        fmt::format("train {0}.toml --out {0} --epochs 1 --quiet --set data.train=20 --set "
                    "data.test=10{1}",
                    name, std::string(name) == "chip" ? " --set chip.fine_tune.epochs=1" : ""));
  // Own data come with the scenario, and are all that it reads.
  CHECK(get(place.folder / "own_data.csv").starts_with("sample,label,time_ms,unit\n0,rising,"));
  CHECK_THAT(get(place.folder / "own_data.toml"),
             Contains("path = \"own_data.csv\"") && !Contains("library"));
  place.done("train own_data.toml --out own --epochs 10 --quiet");
  CHECK_THAT(place.run("check own").out, Contains("verdict: fits Loihi 2"));
  place.refused("new own_data own_data.toml", "own_data.toml is there already");
  std::filesystem::remove(place.folder / "own_data.toml");
  place.refused("new own_data own_data.toml", "own_data.csv is there already");
  CHECK_FALSE(std::filesystem::exists(place.folder / "own_data.toml"));
  place.refused("new own_data -", "a file of spikes");
  place.refused("new hello x.toml", "x.toml is there already");
  place.refused("new hullo y.toml", "did you mean hello?");
  place.refused("new hello y", "has to end in .toml");
  place.refused("new hello", "name the file to write");
}

TEST_CASE("bash completes verbs, options, files and keys") {
  const Place place;
  const auto complete = [&](const std::string& line, const std::string& words, int word) {
    put(place.folder / "complete.sh",
        fmt::format("source <('{0}' completion bash)\nCOMP_LINE=\"{1}\"\n"
                    "COMP_POINT=${{#COMP_LINE}}\nCOMP_WORDS=('{0}' {2})\nCOMP_CWORD={3}\n"
                    "_retro\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
                    RETROGRADE_CLI, line, words, word));
    const std::string command =
        "cd '" + place.folder.path().string() + "' && bash --norc complete.sh >completed 2>errors";
    CHECK(std::system(command.c_str()) == 0);
    CHECK(get(place.folder / "errors").empty());
    return "\n" + get(place.folder / "completed");
  };
  CHECK_THAT(complete("retro gr", "gr", 1),
             Contains("\ngradient\n") && Contains("\ngradcheck\n") && !Contains("\ntrain\n"));
  CHECK_THAT(complete("retro run --se", "run --se", 2),
             Contains("\n--set\n") && Contains("\n--seed\n") && !Contains("\n--sample\n"));
  CHECK_THAT(complete("retro run x.to", "run x.to", 2), Contains("\nx.toml\n"));
  CHECK_THAT(complete("retro run x.toml --part t", "run x.toml --part t", 4),
             Contains("\ntrain\n") && Contains("\ntest\n") && !Contains("validation"));
  CHECK_THAT(complete("retro run x.toml --set population.li", "run x.toml --set population.li", 4),
             Contains("\npopulation.lif.tau_mem=\n") && !Contains("adapting"));
  // Bash takes what has > or is after it for words of their own, unless it is in quotes.
  CHECK_THAT(complete("retro run x.toml --set 'projection.in->lif.d",
                      "run x.toml --set \"'projection.in->lif.d\"", 4),
             Contains("projection.in->lif.delay=\n"));
  place.refused("completion fsih", "did you mean fish?");
  for (const char* shell : {"zsh", "fish"}) {
    const CommandResult script = place.run(std::string("completion ") + shell);
    CHECK(script.status == 0);
    CHECK_THAT(script.out, Contains("gradcheck") && Contains("explain --list"));
  }
}
