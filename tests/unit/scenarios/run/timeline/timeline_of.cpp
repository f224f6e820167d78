// What [[event]] comes to: shares of synapses and neurons, values over time, inputs that fall silent, and
// the same on the chip.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <string>

#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/timeline/chip_faults_of.hpp>
#include <retrograde/scenarios/run/timeline/timeline_of.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

Scenario with(const std::string& events) {
  return parse_scenario(R"([scenario]
duration = "200 ms"
[[population]]
name = "in"
size = 20
spikes = { stimulus = "poisson", rate = "200 Hz" }
[[population]]
name = "e"
size = 30
[[projection]]
name = "drive"
from = "in"
to = "e"
weight = 0.4
delay = "1 ms"
[[projection]]
name = "rec"
from = "e"
to = "e"
weight = 0.1
delay = "2 ms"
)" + events,
                        "test.toml");
}

}  // namespace

TEST_CASE("a share of synapses is a whole number of them, and a larger one holds a smaller one") {
  const auto chosen = [](const std::string& share) {
    const Scenario s = with(
        "[[event]]\ndo = \"cut\"\nprojection = \"rec\"\nname = \"x\"\nshare = " + share + "\n");
    return synapses_of(s.timeline.events[0], s.network, s.timeline.seed);
  };
  const auto tenth = chosen("0.1"), half = chosen("0.5");
  CHECK(tenth.size() == 90);
  CHECK(half.size() == 450);
  CHECK(std::ranges::includes(half, tenth));
  CHECK(chosen("0.0").empty());
  CHECK(chosen("1.0").size() == 900);
  const Scenario s = with("");
  for (const SynapseId synapse : tenth) CHECK(synapse >= s.network.projections()[1].first);
}

TEST_CASE("values change and come back, in the order of the file") {
  const Scenario s = with(R"(
[[event]]
do = "scale"
projection = "rec"
factor = 2.0
at = "50 ms"
until = "150 ms"
[[event]]
do = "cut"
projection = "rec"
share = 0.5
at = "100 ms"
[[event]]
do = "set"
population = "e"
parameter = "bias"
value = 0.25
at = "100 ms"
)");
  const auto timeline = timeline_of(s, s.network);
  REQUIRE(timeline->changes.size() == 3);
  const auto weights = [&](Time t) {
    const Network& at = timeline->network_at(s.network, t);
    const Projection& rec = at.projections()[1];
    double sum = 0.0;
    for (SynapseId k = 0; k < rec.size; ++k) sum += at.weight(rec.first + k);
    return sum;
  };
  CHECK(weights(0.0) == Approx(90.0));
  CHECK(weights(50.0) == Approx(180.0));
  CHECK(weights(100.0) == Approx(90.0));
  CHECK(weights(150.0) == Approx(45.0));
  const NeuronId first = s.network.populations()[1].first;
  CHECK(timeline->network_at(s.network, 99.0).parameter(ParameterKind::bias, first) == 0.0);
  CHECK(timeline->network_at(s.network, 100.0).parameter(ParameterKind::bias, first) == 0.25);

  // At the event that does it, with the key and the remedy; others that hold are named.
  const Scenario gone = with(
      "[[event]]\ndo = \"scale\"\nprojection = \"rec\"\nfactor = 2.0\nname = \"first\"\n"
      "[[event]]\ndo = \"set\"\npopulation = \"e\"\nparameter = \"v_threshold\"\n"
      "factor = 0.0\nname = \"gone\"\n"
      "[[event]]\ndo = \"cut\"\nprojection = \"rec\"\nname = \"last\"\n");
  try {
    timeline_of(gone, gone.network);
    FAIL("a threshold of 0");
  } catch (const ScenarioError& error) {
    CHECK(error.key == "event[1].factor");
    CHECK(error.line > 0);
    CHECK_THAT(error.what(), Contains("with first, gone at 0 ms the network cannot be") &&
                                 Contains("v_threshold is 0") && Contains("choose another value"));
  }
}

TEST_CASE("what is drawn in a trial goes by its number among those of all parts") {
  const Scenario s = with(
      "[[event]]\ndo = \"drop\"\npopulation = \"in\"\nshare = 0.5\n"
      "[[event]]\ndo = \"silence\"\npopulation = \"in\"\nneurons = [3]\n");
  const TrialList list({s.trial, s.trial});
  CHECK(EventfulTrials(list, s, s.network).trial(1).timeline->draw == 1);
  CHECK(EventfulTrials(list, s, s.network, 5).trial(1).timeline->draw == 6);
  struct Parts {
    std::size_t size(Part part) const { return part == Part::train ? 7 : 2; }
  };
  CHECK(trials_before(Parts{}, Part::train) == 0);
  CHECK(trials_before(Parts{}, Part::validation) == 7);
  CHECK(trials_before(Parts{}, Part::test) == 9);
}

TEST_CASE("inputs fall silent, and rates fall in the trials themselves") {
  const Scenario plain = with("");
  const Scenario s = with(
      "[[event]]\ndo = \"silence\"\npopulation = \"in\"\nneurons = [3]\nat = \"50 ms\"\n"
      "[[event]]\ndo = \"stimulus\"\npopulation = \"in\"\nfactor = 0.25\nat = \"100 ms\"\n");
  const Trial a = eventful(s.trial, 0, s, s.network);
  const auto count = [](const Trial& t, double from, double to) {
    return static_cast<double>(std::ranges::count_if(
        t.inputs, [&](const Spike& spike) { return spike.time >= from && spike.time < to; }));
  };
  for (const Spike& spike : a.inputs) CHECK((spike.neuron != 3 || spike.time < 50.0));
  CHECK(count(a, 0, 50) == count(plain.trial, 0, 50));
  CHECK(count(s.trial, 0, 100) == count(plain.trial, 0, 100));
  // A quarter of about 400, five standard errors.
  CHECK(std::fabs(count(s.trial, 100, 200) - 0.25 * count(plain.trial, 100, 200)) < 45.0);
  CHECK(std::ranges::is_sorted(a.inputs));
}

TEST_CASE("on the chip the same synapses are cut, the same neurons dead, the same spikes lost") {
  const Scenario s = with(R"(
[[event]]
name = "cut"
do = "cut"
projection = "rec"
share = 0.3
at = "10 ms"
[[event]]
name = "dead"
do = "silence"
population = "e"
share = 0.2
at = "20.5 ms"
until = "40 ms"
[[event]]
name = "lost"
do = "drop"
population = "in"
share = 0.5
[[event]]
name = "bit"
do = "stuck_bit"
projection = "drive"
share = 0.1
bit = 0
stuck_at = 1
)");
  const loihi2::ChipNetwork chip = loihi2::quantize(s.network, {.step = 1.0}).chip;
  const loihi2::ChipFaults faults = chip_faults_of(s.timeline, s.network, chip);
  const auto cut = synapses_of(s.timeline.events[0], s.network, s.timeline.seed);
  const auto dead = neurons_of(s.timeline.events[1], s.network, s.timeline.seed);
  const std::uint32_t lag = chip.populations[1].lag;
  REQUIRE(faults.dead.size() == dead.size());
  for (std::size_t k = 0; k < dead.size(); ++k) {
    CHECK(faults.dead[k].neuron == dead[k]);
    CHECK(faults.dead[k].from == 21 + lag);
    CHECK(faults.dead[k].until == 40 + lag);
  }
  REQUIRE(faults.lost.size() == 1);
  CHECK(faults.lost[0].purpose == "event/lost");
  REQUIRE(faults.weights.size() == 2);  // the bit from the first step on, the cut later
  CHECK(faults.weights[0].from == chip.populations[0].lag);
  CHECK(faults.weights[1].from == 10 + lag);
  std::size_t zero = 0;
  for (const auto& synapse : faults.weights[1].network.projections[1].synapses)
    zero += synapse.weight == 0;
  CHECK(zero == cut.size());
  for (std::size_t k = 0; k < chip.projections[1].synapses.size(); ++k)
    CHECK(faults.weights[0].network.projections[1].synapses[k] == chip.projections[1].synapses[k]);
  CHECK_NOTHROW(loihi2::Emulator(chip, {}, faults).run(eventful(s.trial, 0, s, s.network)));

  for (const char* keys : {"do = \"set\"\npopulation = \"e\"\nparameter = \"bias\"\nvalue = 0.1\n",
                           "do = \"stimulate\"\npopulation = \"e\"\nweight = 1.0\n",
                           "do = \"delay\"\npopulation = \"e\"\nlate = \"1 ms\"\n"}) {
    const Scenario other = with(std::string("[[event]]\n") + keys);
    CHECK_THROWS_WITH(chip_faults_of(other.timeline, other.network, chip),
                      Contains("leave it out for the chip"));
  }
}

TEST_CASE("weights that an event scales beyond the chip are counted, and no sign is turned") {
  const Scenario s = with(
      "[[event]]\nname = \"gain\"\ndo = \"scale\"\nprojection = \"rec\"\nfactor = 3.0\n"
      "share = 0.5\nat = \"10 ms\"\nuntil = \"20 ms\"\n");
  const loihi2::ChipNetwork chip = loihi2::quantize(s.network, {.step = 1.0}).chip;
  const auto chosen = synapses_of(s.timeline.events[0], s.network, s.timeline.seed);
  const SynapseId first = s.network.projections()[1].first;
  std::size_t expected = 0;  // by hand: 8 bits of one sign hold 255
  for (const SynapseId k : chosen)
    expected += std::abs(3 * chip.projections[1].synapses[k - first].weight) > 255;
  REQUIRE(chip.projections[1].format.sign == loihi2::SignMode::excitatory);
  std::vector<Finding> findings;
  add_clipped(s.timeline, s.network, chip, findings);
  REQUIRE(expected > 0);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].severity == Finding::Severity::warning);
  CHECK(findings[0].where == "rec");
  CHECK(findings[0].wanted == static_cast<double>(expected));
  CHECK(findings[0].limit == static_cast<double>(chosen.size()));
  CHECK_THAT(findings[0].message, Contains("event gain: ") && Contains("are clipped to 8 bits"));

  findings.clear();
  const Scenario smaller = with("[[event]]\ndo = \"scale\"\nprojection = \"rec\"\nfactor = 0.5\n");
  add_clipped(smaller.timeline, smaller.network, chip, findings);
  CHECK(findings.empty());
  const Scenario turned = with("[[event]]\ndo = \"scale\"\nprojection = \"rec\"\nfactor = -1.0\n");
  CHECK_THROWS_WITH(chip_faults_of(turned.timeline, turned.network, chip),
                    Contains("turns the sign of rec") && Contains("0 or above"));
}

TEST_CASE("a cut in the middle of a trial is the network before, and the cut one after (case S9)") {
  const Scenario s =
      with("[[event]]\ndo = \"cut\"\nprojection = \"rec\"\nshare = 0.1\nat = \"100 ms\"\n");
  const Trial trial = eventful(s.trial, 0, s, s.network);
  const Tape whole = run_sequential(s.network, s.trial), cut = run_sequential(s.network, trial);
  std::size_t same = 0;
  while (same < whole.spikes.size() && whole.spikes[same].time < 100.0) {
    CHECK(whole.spikes[same].time == cut.spikes[same].time);
    ++same;
  }
  REQUIRE(same > 100);
  const auto later = [&](const Tape& tape) {
    std::vector<Time> times;
    for (std::size_t k = same; k < tape.spikes.size(); ++k) times.push_back(tape.spikes[k].time);
    return times;
  };
  CHECK(later(whole) != later(cut));
}
