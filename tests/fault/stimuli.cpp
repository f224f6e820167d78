// Wrong stimuli and inline trials: the error has a place, and says what to do.
#include <catch2/catch.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

// Lines 1 to 5; the test goes on with spikes, in line 6.
const std::string base =
    "[scenario]\n"
    "duration = \"40 ms\"\n"
    "[[population]]\n"
    "name = \"in\"\n"
    "size = 2\n";

struct Wrong {
  std::string text;
  std::uint32_t line;
  std::string key;
  std::vector<std::string> message;
};

std::optional<ScenarioError> error_of(const std::string& text, const ScenarioLimits& limits = {}) {
  try {
    parse_scenario(text, "wrong.toml", {}, limits);
  } catch (const ScenarioError& e) {
    return e;
  }
  return std::nullopt;
}

void check(const std::vector<Wrong>& all, const ScenarioLimits& limits = {}) {
  for (const Wrong& wrong : all) {
    CAPTURE(wrong.text);
    const auto error = error_of(wrong.text, limits);
    REQUIRE(error);
    CAPTURE(std::string(error->what()));
    CHECK(error->line == wrong.line);
    CHECK(error->key == wrong.key);
    for (const std::string& part : wrong.message) CHECK_THAT(error->what(), Contains(part));
  }
}

std::string spikes(const std::string& table) { return base + "spikes = { " + table + " }\n"; }

}  // namespace

TEST_CASE("stimuli that cannot be are refused") {
  const std::string at = "population[0].spikes";
  check({
      {spikes("rate = \"20 Hz\""), 6, at, {"stimulus = \"poisson\""}},
      {spikes("stimulus = \"poison\""), 6, at + ".stimulus", {"did you mean poisson"}},
      {spikes("stimulus = \"poisson\""), 6, at, {"rate is missing", "rates = [{"}},
      {spikes("stimulus = \"poisson\", rate = 20"), 6, at + ".rate", {"20", "\"20 Hz\""}},
      {spikes("stimulus = \"poisson\", rate = \"20\""), 6, at + ".rate", {"no unit", "20 Hz"}},
      {spikes("stimulus = \"poisson\", rate = \"20 ms\""), 6, at + ".rate", {"unknown unit"}},
      {spikes("stimulus = \"poisson\", rate = \"-1 Hz\""), 6, at + ".rate", {"at least 0"}},
      {spikes("stimulus = \"poisson\", rate = [\"1 Hz\"]"), 6, at + ".rate", {"for 2 neurons"}},
      {spikes("stimulus = \"poisson\", rate = \"1 Hz\", interval = \"1 ms\""),
       6,
       at + ".interval",
       {"does not apply", "rate, rates, start, stop"}},
      {spikes("stimulus = \"poisson\", rate = \"1 Hz\", rates = []"),
       6,
       at + ".rates",
       {"remove one"}},
      {spikes("stimulus = \"poisson\", rates = []"), 6, at + ".rates", {"empty"}},
      {spikes("stimulus = \"poisson\", rates = [{ at = \"5 ms\", rate = \"1 Hz\" }, { at = \"5 "
              "ms\", rate = \"2 Hz\" }]"),
       6,
       at + ".rates[1].at",
       {"ascending"}},
      {spikes("stimulus = \"poisson\", rates = [{ at = \"40 ms\", rate = \"1 Hz\" }]"),
       6,
       at + ".rates[0].at",
       {"below 40 ms"}},
      {spikes("stimulus = \"poisson\", rate = \"1 Hz\", start = \"9 ms\", stop = \"9 ms\""),
       6,
       at + ".stop",
       {"after start"}},
      {spikes("stimulus = \"poisson\", rate = \"1 Hz\", start = \"40 ms\""),
       6,
       at + ".start",
       {"below 40 ms"}},
      {spikes("stimulus = \"poisson\", rate = { distribution = \"uniform\", low = \"1 Hz\", high = "
              "\"0 Hz\" }"),
       6,
       at + ".rate",
       {"exchange low and high"}},
      {spikes("stimulus = \"regular\""), 6, at, {"interval is missing"}},
      {spikes("stimulus = \"regular\", interval = \"0 ms\""), 6, at + ".interval", {"above 0"}},
      {spikes("stimulus = \"regular\", interval = \"1 ms\", rate = \"1 kHz\""),
       6,
       at + ".rate",
       {"remove one"}},
      {spikes("stimulus = \"bursts\", interval = \"1 ms\""), 6, at, {"spikes = 5"}},
      {spikes("stimulus = \"bursts\", interval = \"1 ms\", spikes = 3"),
       6,
       at,
       {"every = \"100 ms\"", "rate = \"5 Hz\""}},
      {spikes("stimulus = \"bursts\", interval = \"1 ms\", spikes = 3, rate = \"1 Hz\", phase = "
              "\"1 ms\""),
       6,
       at + ".phase",
       {"random times", "remove"}},
      {spikes("stimulus = \"relay\""), 6, at, {"from = "}},
      {spikes("stimulus = \"relay\", from = \"in\""), 6, at + ".from", {"no population above in"}},
      {spikes("stimulus = \"file\""), 6, at, {"path = "}},
      {spikes("stimulus = \"file\", path = \"x.csv\", unit = \"h\""), 6, at + ".unit", {"ms"}},
      {spikes("stimulus = \"file\", path = \"x.csv\", trial = -1"), 6, at + ".trial", {"0"}},
      {spikes("stimulus = \"file\", path = \"x.csv\", group = \"a\""),
       6,
       at + ".group",
       {"unknown key"}},
      {base + "spikes = [[\"1 ms\"], []]\n[[population]]\nname = \"b\"\nsize = 3\nspikes = { "
              "stimulus = \"relay\", from = \"in\" }\n",
       10,
       "population[1].spikes.from",
       {"has 2 neurons and b has 3", "one neuron"}},
      {base + "spikes = [[\"1 ms\"], []]\n[[population]]\nname = \"b\"\nsize = 2\nspikes = { "
              "stimulus = \"relay\", from = \"i\", probability = 0.5 }\n",
       10,
       "population[1].spikes.from",
       {"did you mean in?"}},
      {base + "spikes = [[\"1 ms\"], []]\n[[population]]\nname = \"b\"\nsize = 2\nspikes = { "
              "stimulus = \"relay\", from = \"in\", probability = 1.5 }\n",
       10,
       "population[1].spikes.probability",
       {"at most 1"}},
  });
  CHECK_THROWS_AS(parse_scenario(spikes("stimulus = \"file\", path = \"none.csv\""), "wrong.toml"),
                  IoError);
}

TEST_CASE("more spikes than there may be are refused before they are drawn") {
  ScenarioLimits limits;
  limits.input_spikes = 100;
  const std::string at = "population[0].spikes";
  check(
      {
          {spikes("stimulus = \"poisson\", rate = \"2 kHz\""),
           6,
           at,
           {"160 spikes", "at most 100"}},
          {spikes("stimulus = \"regular\", interval = \"1 ns\""), 6, at, {"at most 100"}},
          {spikes("stimulus = \"bursts\", spikes = 1000000, interval = \"1 ns\", every = \"1 ms\""),
           6,
           at,
           {"at most 100"}},
          {spikes("stimulus = \"poisson\", rate = \"1 kHz\"") +
               "[[population]]\nname = \"b\"\nsize = 2\nspikes = { stimulus = \"relay\", from = "
               "\"in\" }\n",
           1,
           "",
           {"160 input spikes"}},
      },
      limits);
  check({{spikes("stimulus = \"poisson\", rate = \"1e300 MHz\""), 6, at, {"at most 100000000"}}});
}

TEST_CASE("signals as pulses that cannot be are refused") {
  const auto with = [](const std::string& signal) { return base + "signal = " + signal + "\n"; };
  const std::string at = "population[0].signal";
  check({
      {with("{ from = \"1 ms\", to = \"2 ms\" }"), 6, at, {"value = 1.6"}},
      {with("{ from = \"2 ms\", to = \"2 ms\", value = 1 }"), 6, at + ".to", {"exchange"}},
      {with("{ from = \"2 ms\", to = \"41 ms\", value = 1 }"), 6, at + ".to", {"at most 40 ms"}},
      {with("{ from = \"2 ms\", to = \"4 ms\", value = [1] }"),
       6,
       at + ".value",
       {"for 2 neurons"}},
      {with("[{ from = \"2 ms\", to = \"4 ms\", value = 1 }, { from = \"3 ms\", to = \"5 ms\", "
            "value "
            "= 1 }]"),
       6,
       at + "[1]",
       {"before the pulse before it ends", "sum of their values"}},
  });
}

TEST_CASE("inline trials that cannot be are refused") {
  const std::string drawn = "spikes = { stimulus = \"poisson\", rate = \"20 Hz\" }\n";
  const std::string listed = "spikes = [[\"30 ms\"], []]\n";
  const auto trials = [](const std::string& text, const std::string& n) {
    std::string with = text;
    return with.insert(with.find("duration"), "trials = " + n + "\n");
  };
  const std::string li =
      "[[population]]\nname = \"out\"\nsize = 2\nmodel = \"cuba_li\"\n";  // 7 to 10
  const std::string loss = "[loss]\nkind = \"voltage_cross_entropy\"\n";
  check({
      {trials(base + drawn, "0"), 2, "scenario.trials", {"between 1", "0"}},
      {trials(base + listed, "2"), 2, "scenario.trials", {"all trials would be the same"}},
      {trials(base + drawn, "2") + "[[trial]]\n", 2, "scenario.trials", {"repeat", "remove"}},
      {base + drawn + "[[trial]]\nlenght = 3\n", 8, "trial[0].lenght", {"unknown key"}},
      {base + drawn + "[[trial]]\nlabel = 0\n", 8, "trial[0].label", {"no loss tells classes"}},
      {base + listed + "[[trial]]\nrepeat = 2\n", 8, "trial[0].repeat", {"all of them would be"}},
      {base + drawn + "[[trial]]\npart = \"exam\"\n", 8, "trial[0].part", {"validation"}},
      {base + drawn + "[[trial]]\npart = \"test\"\n", 7, "trial[0]", {"training part"}},
      {base + listed + "[[trial]]\nduration = \"20 ms\"\n",
       7,
       "trial[0]",
       {"neuron 0 of in fires at 30 ms", "lasts 20 ms", "[trial.spikes]"}},
      {base + drawn + li + "[[trial]]\n[trial.spikes]\nout = [[], []]\n",
       13,
       "trial[0].spikes.out",
       {"is no input"}},
      {base + drawn + li + "[[trial]]\n[trial.spikes]\ninn = [[], []]\n",
       13,
       "trial[0].spikes.inn",
       {"did you mean in?"}},
      {base + drawn + "[[trial]]\n[trial.spikes]\nin = [[]]\n",
       9,
       "trial[0].spikes.in",
       {"for 2 neurons"}},
      {base + drawn + "[[trial]]\n[trial.signal]\nin = [[], []]\n",
       9,
       "trial[0].signal.in",
       {"two populations"}},
      {base + drawn + li + loss + "[[trial]]\nlabel = 2\n", 14, "trial[0].label", {"2", "1"}},
      {base + drawn + li + loss + "label = 0\n[[trial]]\nlabel = 1\n",
       13,
       "loss.label",
       {"every [[trial]] has a label", "remove"}},
      {base + drawn + li + loss + "[[trial]]\n[[trial]]\nlabel = 1\n",
       11,
       "loss",
       {"label is missing"}},
  });
  ScenarioLimits limits;
  limits.trials = 10;
  check({{base + drawn + "[[trial]]\nrepeat = 6\n[[trial]]\nrepeat = 6\n", 9, "trial[1]", {"12"}},
         {trials(base + drawn, "11"), 2, "scenario.trials", {"between 1 and 10"}}},
        limits);
  const std::string set =
      "[scenario]\nduration = \"90 ms\"\ntrials = 2\n[[population]]\nname = \"in\"\nsize = "
      "2\n[data]\n"
      "kind = \"sequence_detection\"\nt_early = \"1 ms\"\nt_late = \"5 ms\"\n";
  check({{set, 3, "scenario.trials", {"[data] says how many"}}});
  std::string tables = set;
  tables.erase(tables.find("trials = 2\n"), 11);
  check({{tables + "[[trial]]\n", 10, "trial", {"all there are"}}});
  check(
      {{"[scenario]\nduration = \"90 ms\"\nfolder = \"x\"\n[[population]]\nname = \"in\"\nsize = "
        "2\n",
        3,
        "scenario.folder",
        {"names a file", "remove"}}});
}
