// [[event]] and the initial states of populations: what is read, and what is refused with which words.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

const std::string base = R"([scenario]
duration = "300 ms"
[[population]]
name = "in"
size = 4
spikes = { stimulus = "poisson", rate = "50 Hz" }
[[population]]
name = "listed"
size = 1
spikes = [["1 ms"]]
[[population]]
name = "e"
size = 10
[[population]]
name = "out"
size = 2
model = "cuba_li"
[[projection]]
from = "in"
to = "e"
weight = 1.0
[[projection]]
name = "rec"
from = "e"
to = "e"
weight = 0.5
delay = "1 ms"
[[projection]]
from = "e"
to = "out"
weight = 1.0
)";

Scenario with(const std::string& more) { return parse_scenario(base + more, "test.toml"); }

EventSpec event(const std::string& keys) {
  return with("[[event]]\n" + keys).timeline.events.at(0);
}

}  // namespace

TEST_CASE("events are read with their defaults") {
  const EventSpec cut = event("do = \"cut\"\nprojection = \"rec\"\nshare = 0.1\nat = \"100 ms\"\n");
  CHECK(cut.kind == EventKind::cut);
  CHECK(cut.name == "cut 1");
  CHECK(cut.at == 100.0);
  CHECK(cut.until == never);
  CHECK(cut.projections == std::vector<std::uint32_t>{1});
  CHECK(cut.share == 0.1);

  const EventSpec set = event(
      "name = \"up\"\ndo = \"set\"\npopulation = [\"e\", \"out\"]\nparameter = \"tau_mem\"\n"
      "value = \"12 ms\"\nuntil = \"200 ms\"\n");
  CHECK(set.name == "up");
  CHECK(set.populations == std::vector<std::uint32_t>{2, 3});
  CHECK(set.parameter == ParameterKind::tau_mem);
  CHECK(set.value == 12.0);
  CHECK(set.until == 200.0);

  const EventSpec silence =
      event("do = \"silence\"\npopulation = \"e\"\nneurons = [7, 2]\nat = \"5 ms\"\n");
  CHECK(silence.neurons == std::vector<std::uint32_t>{2, 7});
  const EventSpec kick = event("do = \"stimulate\"\npopulation = \"e\"\nweight = 3\nshare = 0.5\n");
  CHECK(kick.weight == 3.0);
  CHECK(kick.receptor == 0);
  const EventSpec late = event("do = \"delay\"\npopulation = \"in\"\nlate = \"2 ms\"\n");
  CHECK(late.late == 2.0);
  const EventSpec bit =
      event("do = \"stuck_bit\"\nprojection = \"rec\"\nbit = 7\nstuck_at = 1\nshare = 0.01\n");
  CHECK(bit.bit == 7);
  CHECK(bit.stuck_at);
}

TEST_CASE("events that cannot be are refused with what to do") {
  const auto refused = [](const std::string& keys, const std::string& message) {
    CAPTURE(keys);
    CHECK_THROWS_WITH(with("[[event]]\n" + keys), Contains(message));
  };
  refused("do = \"lesion\"\n", "do");
  refused("projection = \"rec\"\n", "do");
  refused("do = \"cut\"\n", "projection = ");
  refused("do = \"cut\"\nprojection = \"rek\"\n", "rec");
  refused("do = \"cut\"\npopulation = \"e\"\n", "does not apply to do = \"cut\"");
  refused("do = \"cut\"\nprojection = \"rec\"\nfactor = 2.0\n", "does not apply to do = \"cut\"");
  refused("do = \"cut\"\nprojection = \"rec\"\nat = \"300 ms\"\n", "event[0].at");
  refused("do = \"cut\"\nprojection = \"rec\"\nat = \"5 ms\"\nuntil = \"5 ms\"\n",
          "does not lie behind at");
  refused("do = \"cut\"\nprojection = \"rec\"\nshare = 1.5\n", "event[0].share");
  refused("do = \"cut\"\nprojection = [\"rec\", \"rec\"]\n", "listed twice");
  refused("do = \"cut\"\nprojection = []\n", "it is empty");
  refused("do = \"scale\"\nprojection = \"rec\"\n", "factor = 0.5");
  refused("do = \"set\"\npopulation = \"e\"\nparameter = \"bias\"\n", "write value");
  refused("do = \"set\"\npopulation = \"e\"\nparameter = \"bias\"\nvalue = 1.0\nfactor = 2.0\n",
          "write value");
  refused("do = \"set\"\npopulation = \"e\"\nparameter = \"axonal_delay\"\nvalue = \"1 ms\"\n",
          "parameter");
  refused("do = \"set\"\npopulation = \"out\"\nparameter = \"v_threshold\"\nvalue = 1.0\n",
          "has no v_threshold");
  refused("do = \"set\"\npopulation = \"in\"\nparameter = \"bias\"\nvalue = 1.0\n", "is an input");
  refused("do = \"silence\"\npopulation = \"e\"\nneurons = [10]\n", "neurons");
  refused("do = \"silence\"\npopulation = \"e\"\nneurons = [1]\nshare = 0.5\n",
          "does not go with neurons");
  refused("do = \"silence\"\npopulation = [\"e\", \"out\"]\nneurons = [1]\n",
          "goes with one population");
  refused("do = \"stimulate\"\npopulation = \"e\"\n", "weight = 3.0");
  refused("do = \"stimulate\"\npopulation = \"e\"\nweight = 1.0\nreceptor = 2\n", "receptor");
  refused("do = \"stimulus\"\npopulation = \"e\"\nfactor = 2.0\n", "is no input");
  refused("do = \"stimulus\"\npopulation = \"listed\"\nfactor = 2.0\n", "are not Poisson");
  refused("do = \"drop\"\npopulation = \"out\"\n", "never fires");
  refused("do = \"delay\"\npopulation = \"e\"\n", "late = ");
  refused("do = \"stuck_bit\"\nprojection = \"rec\"\nbit = 8\nstuck_at = 1\n", "bit");
  refused("do = \"cut\"\nprojection = \"rec\"\nname = \"\"\n", "is empty");
  refused(
      "do = \"cut\"\nprojection = \"rec\"\nname = \"x\"\n[[event]]\ndo = \"cut\"\n"
      "projection = \"rec\"\nname = \"x\"\n",
      "another event is called x");
  refused("do = \"cut\"\nprojection = \"rec\"\ntau = 1\n", "unknown key");
}

TEST_CASE("a rate that is raised has more spikes where it is, and the same ones elsewhere") {
  const Scenario plain = with("");
  const Scenario raised = with(
      "[[event]]\ndo = \"stimulus\"\npopulation = \"in\"\nfactor = 40.0\nat = \"100 ms\"\n"
      "until = \"200 ms\"\n");
  const auto count = [](const Scenario& s, double from, double to) {
    std::size_t n = 0;
    for (const Spike& spike : s.trial.inputs)
      n += spike.neuron < 4 && spike.time >= from && spike.time < to;
    return static_cast<double>(n);
  };
  CHECK(count(raised, 0, 100) == count(plain, 0, 100));
  CHECK(count(raised, 200, 300) == count(plain, 200, 300));
  // 4 neurons x 2 kHz x 100 ms = 800, five standard errors.
  CHECK(std::fabs(count(raised, 100, 200) - 800.0) < 142.0);
}

TEST_CASE("v_init and i_init: values, lists, draws anew in each trial, and what is refused") {
  const auto scenario = [](const std::string& keys, const std::string& more = "") {
    return parse_scenario("[scenario]\nduration = \"30 ms\"\n" + more +
                              "[[population]]\nname = \"n\"\nsize = 3\n" + keys,
                          "test.toml");
  };
  const Scenario one = scenario("v_init = 0.5\ni_init = [1, 2, 3]\n");
  REQUIRE(one.trial.initial);
  CHECK(one.trial.initial->v == std::vector<double>{0.5, 0.5, 0.5});
  CHECK(one.trial.initial->i[0] == std::vector<double>{1, 2, 3});
  CHECK(!scenario("").trial.initial);

  const Scenario drawn =
      scenario("v_init = { distribution = \"uniform\", low = 0.0, high = 3.0 }\n", "trials = 40\n");
  double sum = 0.0;
  for (std::size_t k = 0; k < 40; ++k) {
    const Trial trial = drawn.trials->trial(Part::train, k);
    for (const double v : trial.initial->v) {
      CHECK(v >= 0.0);
      CHECK(v < 1.0);
      sum += v;
    }
  }
  // Uniform below the threshold: three standard errors of 0.289 / sqrt(120).
  CHECK(std::fabs(sum / 120.0 - 0.5) < 0.08);
  CHECK(drawn.trials->trial(Part::train, 0).initial->v !=
        drawn.trials->trial(Part::train, 1).initial->v);

  CHECK_THROWS_WITH(scenario("v_init = 1.0\n"), Contains("begin below"));
  // A draw that cannot come to lie below shows when the scenario is read, with its place.
  for (const char* hopeless : {"v_init = { distribution = \"uniform\", low = 5.0, high = 6.0 }\n",
                               "v_init = { distribution = \"normal\", mean = 50.0, std = 0.1 }\n"})
    CHECK_THROWS_WITH(scenario(hopeless),
                      Contains("population[") && Contains("v_init") && Contains(":") &&
                          Contains("of neuron 0 no draw comes to lie below 1, its v_threshold") &&
                          Contains("choose another distribution"));
  CHECK_THROWS_WITH(scenario("v_init = [0.1, 0.2]\n"), Contains("one per neuron"));
  CHECK_THROWS_WITH(scenario("v_init = \"-65 mV\"\n"), Contains("v_init"));
  CHECK_THROWS_WITH(scenario("i_init_2 = 1.0\n"), Contains("list one more shape"));
  CHECK_THROWS_WITH(scenario("model = \"lif\"\ni_init = 1.0\n"), Contains("has no current"));
  CHECK_THROWS_WITH(scenario("receptors = [\"alpha\"]\ni_init = 1.0\n"), Contains("begins at 0"));
  CHECK_THROWS_WITH(scenario("model = \"input\"\nv_init = 0.1\n"),
                    Contains("does not apply to an input"));
}
