// What retro run and analyse record, end to end, and what is said of options that mean nothing there.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include <retrograde/scenarios/io/arrays/array_file.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

#include "tests/support/command.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// A neuron that fires once for every spike of its input.
const std::string relay = R"([scenario]
duration = "200 ms"
[[population]]
name = "in"
size = 2
spikes = [["10 ms", "60 ms", "110 ms", "160 ms"], ["20 ms"]]
[[population]]
name = "out"
size = 2
tau_syn = "1 ms"
t_ref = "5 ms"
[[projection]]
from = "in"
to = "out"
connect = "one_to_one"
weight = 40.0
delay = "1 ms"
)";
const std::string probe =
    "[[probe]]\npopulation = \"out\"\ntimes = [\"5 ms\", \"199 ms\"]\n"
    "record = [\"v\", \"threshold\"]\n";

const std::string with_data = R"([scenario]
duration = "20 ms"
[data]
kind = "sequence_detection"
population = "in"
t_early = "1 ms"
t_late = "5 ms"
[[population]]
name = "in"
size = 2
[[population]]
name = "out"
size = 2
[[projection]]
from = "in"
to = "out"
weight = 6.0
[loss]
kind = "first_spike_cross_entropy"
)";

struct Place {
  ScratchFolder folder;
  Place() {
    put(folder / "x.toml", relay);
    put(folder / "p.toml", relay + probe);
    put(folder / "d.toml", with_data);
  }
  CommandResult call(const std::string& arguments) const { return retro(arguments, folder.path()); }
};

void refused(const Place& place, const std::string& arguments, const std::string& message) {
  const CommandResult result = place.call(arguments);
  CAPTURE(arguments, result.out, result.err);
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Contains(message));
  CHECK(result.out.empty());
}

}  // namespace

TEST_CASE("retro run --spikes and --samples write what retro analyse and anybody reads") {
  const Place place;
  const CommandResult run =
      place.call("run p.toml --spikes s.csv --samples v.csv --json r.json --out out");
  INFO(run.out << run.err);
  REQUIRE(run.status == 0);
  CHECK_THAT(run.out, Contains("wrote s.csv") && Contains("wrote v.csv"));
  const std::string spikes = get(place.folder / "s.csv");
  CHECK_THAT(spikes,
             Contains("# size 2 out\n# duration_ms 200\npopulation,neuron,time_ms\nin,0,10\n"));
  CHECK(std::count(spikes.begin(), spikes.end(), '\n') == 4 + 10);
  CHECK(get(place.folder / "v.csv")
            .starts_with("population,neuron,time_ms,v,threshold\nout,0,5,0,1\n"));
  const auto document = nlohmann::json::parse(get(place.folder / "r.json"));
  const auto& probed = document.at("probes")[0];
  CHECK(!probed.contains("i"));
  CHECK(probed.at("threshold")[0] == std::vector<double>{1, 1});
  CHECK(probed.at("times_ms") == std::vector<double>{5, 199});

  // The same spikes by three ways give the same numbers: four spikes of one neuron, 50 ms apart, and one
  // of the other, in 200 ms.
  REQUIRE(place.call("run x.toml --spikes s.h5").status == 0);
  const auto analysed = [&](const std::string& what) {
    const CommandResult result = place.call("analyse " + what + " --json a.json --overwrite");
    INFO(what << result.out << result.err);
    REQUIRE(result.status == 0);
    CHECK_THAT(result.out,
               Contains("population") && Contains("out") && Contains("mean correlation"));
    auto a = nlohmann::json::parse(get(place.folder / "a.json"));
    CHECK(a.at("schema") == "retrograde.activity/1");
    for (const char* other : {"name", "source"}) a.erase(other);
    return a;
  };
  const auto a = analysed("s.csv");
  CHECK(a == analysed("s.h5"));
  CHECK(a == analysed("out"));
  CHECK(a == analysed("r.json"));
  CHECK(a == analysed("x.toml --activity"));
  const auto& in = a.at("populations")[0];
  CHECK(in.at("rate_hz") == 12.5);
  CHECK(in.at("rates_hz") == std::vector<double>{20, 5});
  CHECK(in.at("cv") == 0.0);
  CHECK(in.at("cvs").size() == 1);
  const auto& pair = a.at("pairs")[1];
  CHECK(pair.at("a") == "in");
  CHECK(pair.at("b") == "out");
}

TEST_CASE("retro run --trials keeps the trial of each spike") {
  const Place place;
  const CommandResult run = place.call("run d.toml --trials 0-1 --spikes s.csv");
  INFO(run.out << run.err);
  REQUIRE(run.status == 0);
  CHECK_THAT(run.out,
             Contains("test trial 0") && Contains("test trial 1") && Contains("fingerprint"));
  CHECK_THAT(get(place.folder / "s.csv"),
             Contains("population,neuron,time_ms,trial\nin,0,1,0\n") && Contains("in,1,1,1\n"));
  const CommandResult analysed = place.call("analyse s.csv");
  CHECK_THAT(analysed.out, Contains("2 trials"));
}

namespace {

// Two neurons that pass on what comes, one spike for each, into which `spikes` go.
std::string replayed(const std::string& spikes, const std::string& scenario = "") {
  return "scenario = { duration = \"200 ms\"" + scenario +
         " }\n[[population]]\nname = \"in\"\nsize = 2\nspikes = { stimulus = \"file\", " + spikes +
         " }\n[[population]]\nname = \"next\"\nsize = 2\nmodel = \"if\"\n"
         "[[projection]]\nfrom = \"in\"\nto = \"next\"\nconnect = \"one_to_one\"\n"
         "weight = 2.0\n";
}

}  // namespace

// What a run recorded goes into another as it was, from each kind of file: the fingerprint of what comes
// of it is that of the spikes written as a list.
TEST_CASE("what retro run records is replayed as a stimulus, with its populations and trials") {
  const Place place;
  const auto fingerprint = [&](const std::string& text, const std::string& more = "") {
    put(place.folder / "again.toml", text);
    const CommandResult run = place.call("run again.toml --json r.json --overwrite" + more);
    INFO(text << run.out << run.err);
    REQUIRE(run.status == 0);
    return nlohmann::json::parse(get(place.folder / "r.json")).at("fingerprint").get<std::string>();
  };
  REQUIRE(place.call("run x.toml --out one").status == 0);
  std::string listed = replayed("");
  const std::string empty = "{ stimulus = \"file\",  }";
  listed.replace(listed.find(empty), empty.size(),
                 "[[\"10 ms\", \"60 ms\", \"110 ms\", \"160 ms\"], [\"20 ms\"]]");
  const std::string expected = fingerprint(listed);
  for (const char* file : {"s.csv", "s.npz", "s.h5"})
    REQUIRE(place.call(std::string("run x.toml --spikes ") + file).status == 0);
  for (const char* file : {"s.csv", "s.npz", "s.h5", "one/run.json"}) {
    INFO(file);
    const std::string path = std::string("path = \"") + file + '"';
    CHECK(fingerprint(replayed(path)) == expected);
    CHECK(fingerprint(replayed(path + ", population = \"in\"")) == expected);
    CHECK(fingerprint(replayed(path + ", population = \"out\"")) != expected);
    put(place.folder / "wrong.toml", replayed(path + ", population = \"inn\""));
    refused(place, "run wrong.toml", "no spikes of a population inn");
  }

  for (const char* file : {"t.csv", "t.npz", "t.h5"}) {
    INFO(file);
    REQUIRE(place.call(std::string("run d.toml --trials 0-1 --spikes ") + file).status == 0);
    const std::string path = std::string("path = \"") + file + '"';
    const std::string both = replayed(path, ", trials = 2");
    const std::string first = fingerprint(both), second = fingerprint(both, " --trial 1");
    CHECK(first != second);
    CHECK(fingerprint(replayed(path + ", trial = 0")) == first);
    CHECK(fingerprint(replayed(path + ", trial = 1")) == second);
    put(place.folder / "wrong.toml", replayed(path));
    refused(place, "run wrong.toml", "of in has 2 trials, and here is 1");
    put(place.folder / "wrong.toml", replayed(path, ", trials = 3"));
    refused(place, "run wrong.toml", "trials = 2 in [scenario]");
    put(place.folder / "wrong.toml", replayed(path + ", trial = 2"));
    refused(place, "run wrong.toml", "its trials are 0 to 1");
    // The same by tables: of one for both, and of one for each.
    std::string tables = replayed(path + ", trial = 0") +
                         "[[trial]]\nrepeat = 2\n[trial.spikes]\nin = "
                         "{ stimulus = \"file\", " +
                         path + " }\n";
    CHECK(fingerprint(tables, " --trial 1") == second);
    tables = replayed(path) + "[[trial]]\n[[trial]]\nduration = \"100 ms\"\n";
    CHECK(fingerprint(tables) == first);
    put(place.folder / "wrong.toml", replayed(path) + "[[trial]]\n[[trial]]\n[[trial]]\n");
    refused(place, "run wrong.toml", "of in has 2 trials, and here are 3");
    put(place.folder / "wrong.toml", replayed(path + ", trial = 0") +
                                         "[[trial]]\nrepeat = 3\n[trial.spikes]\nin = "
                                         "{ stimulus = \"file\", " +
                                         path + " }\n");
    refused(place, "run wrong.toml", "this [[trial]] stands for 3; write repeat = 2");
  }
}

TEST_CASE("retro analyse reads what a stimulus reads: NEST, SONATA, columns in any unit") {
  const Place place;
  put(place.folder / "nest.dat",
      "# NEST version: 3.4.0\n# RecordBackendASCII version: 2\nsender\ttime_ms\n"
      "102\t35.0\n101\t10.0\n104\t20.0\n");
  put(place.folder / "nest.gdf", "102\t35.0\t\n101 10.0\n104\t20.0\n");
  put(place.folder / "s.csv", "time;id\n35;1\n10;0\n20;3\n");
  write_arrays(place.folder / "s.npz", ArrayFormat::npz,
               std::vector<NamedArray>{{"senders", {{3}, {102, 101, 104}, true}},
                                       {"times", {{3}, {35, 10, 20}}}});
  const auto analysed = [&](const std::string& what) {
    const CommandResult result = place.call("analyse " + what + " --json a.json --overwrite");
    INFO(what << result.out << result.err);
    REQUIRE(result.status == 0);
    auto a = nlohmann::json::parse(get(place.folder / "a.json"));
    CHECK(a.at("populations")[0].at("population") == "spikes");
    CHECK(a.at("populations")[0].at("silent") == 0.25);
    CHECK(a.at("populations")[0].at("rates_hz").size() == 4);
    return a.at("notes").dump();
  };
  // NEST counts through all of its network.
  for (const char* file : {"nest.dat", "nest.gdf", "s.npz"})
    CHECK_THAT(analysed(file), Contains("Neuron 0 of spikes is sender 101."));
  CHECK_THAT(analysed("s.csv --unit ms"), !Contains("sender"));
  refused(place, "analyse s.csv", "--unit ms of retro analyse");
  refused(place, "analyse s.csv --unit h", "--unit h: ns, us, ms or s");
  refused(place, "analyse nest.dat --unit ms", "remove unit");
  refused(place, "analyse x.toml --activity --unit ms", "it is of a file of spikes");
}

TEST_CASE("retro analyse of a run counts neither readouts nor signals among what fires") {
  const Place place;
  put(place.folder / "r.toml",
      relay +
          "[[population]]\nname = \"readout\"\nsize = 3\nmodel = \"cuba_li\"\n"
          "receptors = [\"exponential\", \"step\"]\n"
          "[[population]]\nname = \"current\"\nsize = 1\n"
          "signal = { from = \"5 ms\", to = \"9 ms\", value = 1.0 }\n"
          "[[projection]]\nfrom = \"current\"\nto = \"readout\"\nreceptor = 2\nweight = 1.0\n");
  REQUIRE(place.call("run r.toml --out ran").status == 0);
  const auto document = nlohmann::json::parse(get(place.folder / "ran/run.json"));
  CHECK(document.at("without_spikes") == std::vector<std::string>{"readout", "current"});
  const CommandResult result = place.call("analyse ran --json a.json");
  INFO(result.out << result.err);
  REQUIRE(result.status == 0);
  std::vector<std::string> names;
  const auto analysed = nlohmann::json::parse(get(place.folder / "a.json"));
  for (const auto& p : analysed.at("populations")) names.push_back(p.at("population"));
  CHECK(names == std::vector<std::string>{"in", "out"});
}

TEST_CASE(
    "retro analyse of activity draws a picture and a page, of the stretch that is asked for") {
  const Place place;
  const CommandResult result =
      place.call("analyse x.toml --activity --from \"50 ms\" --svg a.svg --out found");
  INFO(result.out << result.err);
  REQUIRE(result.status == 0);
  CHECK_THAT(result.out, Contains("50 to 200 ms"));
  CHECK_THAT(get(place.folder / "a.svg"), Contains("Rate over time") &&
                                              Contains("in[0] at 60 ms") &&
                                              !Contains("in[0] at 10 ms"));
  CHECK_THAT(get(place.folder / "found/report.html"), Contains("analysis of activity"));
  const CommandResult drawn = place.call("run x.toml --out drawn --from \"50 ms\" --to \"100 ms\"");
  REQUIRE(drawn.status == 0);
  CHECK_THAT(get(place.folder / "drawn/raster.svg"),
             Contains("in[0] at 60 ms") && !Contains("in[0] at 110 ms"));
}

TEST_CASE("retro run: options of recorders that mean nothing are refused, and nothing is written") {
  const Place place;
  refused(place, "run x.toml --spikes s.txt", "--spikes s.txt: the ending of the name");
  refused(place, "run x.toml --samples v.csv", "has no [[probe]]");
  refused(place, "run p.toml --samples v", "the ending of the name");
  refused(place, "run x.toml --from \"1 ms\"", "add --out DIR");
  refused(place, "run x.toml --from 1 --out o", "--from \"10 ms\"");
  refused(place, "run x.toml --from \"300 ms\" --out o", "the trial ends at 200 ms");
  refused(place, "run x.toml --from \"3 ms\" --to \"2 ms\" --out o", "after --from");
  refused(place, "run x.toml --trials 0-1 --spikes s.csv", "only trial is the inline one");
  refused(place, "run d.toml --trials 0-1", "add --spikes FILE");
  refused(place, "run d.toml --trials 1-0 --spikes s.csv", "such as 0-49");
  refused(place, "run d.toml --trials 3 --spikes s.csv", "such as 0-49");
  refused(place, "run d.toml --trials 0-7 --spikes s.csv", "numbered from 0");
  refused(place, "run d.toml --trials 0-1 --trial 1 --spikes s.csv", "leave one out");
  refused(place, "run d.toml --trials 0-1 --spikes s.csv --json x.json", "it is of one trial");
  refused(place, "run x.toml --spikes s.csv --json s.csv", "s.csv");
  CHECK(place.folder.names().size() == 3 + 2);  // and what the calls said
}

TEST_CASE("retro analyse: options of activity and of synapses are not mixed, files are checked") {
  const Place place;
  put(place.folder / "bad.csv", "neuron,time_ms\n1,x\n");
  put(place.folder / "good.csv", "neuron,time_ms\n1,2\n");
  refused(place, "analyse bad.csv", "bad.csv");
  refused(place, "analyse good.csv --projection a", "it is of synapses");
  refused(place, "analyse good.csv --trial 1", "recorded already");
  refused(place, "analyse good.csv --activity", "recorded already");
  refused(place, "analyse good.csv --bin 5", "--bin 5");
  refused(place, "analyse good.csv --bin \"0 ms\"", "above 0");
  refused(place, "analyse good.csv --from \"3 ms\"", "--from 3 ms");
  refused(place, "analyse good.csv --population b", "--population b");
  refused(place, "analyse x.toml --bin \"1 ms\"", "add --activity");
  refused(place, "analyse missing.csv --activity", "missing.csv");
}

TEST_CASE(
    "retro train --values-every keeps what is learned, the same of a run that was taken up again") {
  const Place place;
  std::string learning = with_data;
  learning.replace(learning.find("weight = 6.0"), 12,
                   "weight = { distribution = \"uniform\", low = 4.0, high = 8.0 }\nlearn = "
                   "[\"weight\"]");
  put(place.folder / "t.toml", learning + "[train]\nbatch = 1\nweight_rate = 0.1\n");
  const auto trained = [&](const std::string& arguments) {
    const CommandResult result = place.call("train " + arguments);
    INFO(result.out << result.err);
    REQUIRE(result.status == 0);
  };
  trained("t.toml --epochs 4 --values-every 2 --out whole");
  trained("t.toml --epochs 3 --values-every 2 --out parts");
  CHECK(!std::filesystem::exists(place.folder / "parts/values/000004.npz"));
  trained("--resume parts --epochs 4");  // it remembers that values are kept
  for (const char* file : {"000000.npz", "000002.npz", "000004.npz"}) {
    const std::string at = std::string("/values/") + file;
    CHECK(get(place.folder / ("whole" + at)) == get(place.folder / ("parts" + at)));
  }
  CHECK(!std::filesystem::exists(place.folder / "whole/values/000001.npz"));

  const ArrayFile first((place.folder / "whole/values/000000.npz").string());
  CHECK(first.names() ==
        std::vector<std::string>{"in->out/weight", "in->out/source", "in->out/target"});
  const auto network = retrograde::parse_scenario(get(place.folder / "t.toml"), "t.toml").network;
  const auto begin = network.parameters().begin() +
                     static_cast<std::ptrdiff_t>(network.layout().offset(ParameterKind::weight));
  CHECK(first.read("in->out/weight").values == std::vector<double>(begin, begin + 4));
  const ArrayFile last((place.folder / "whole/values/000004.npz").string());
  CHECK(last.names() == std::vector<std::string>{"in->out/weight"});
  CHECK(last.read("in->out/weight").values != first.read("in->out/weight").values);

  // What replaces a run replaces them, and nothing else that lies there.
  put(place.folder / "whole/values/mine.txt", "mine");
  trained("t.toml --epochs 1 --out whole --overwrite");
  CHECK(!std::filesystem::exists(place.folder / "whole/values/000000.npz"));
  CHECK(get(place.folder / "whole/values/mine.txt") == "mine");
  refused(place, "train t.toml --values-every 0", "values-every");
}
