// Wrong scenario files: the error has a type and a place, and says what to do.
#include <catch2/catch.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// Two inputs (lines 3 to 7), three neurons (8 to 10), then what the test adds, from line 11 on.
const std::string base =
    "[scenario]\n"
    "duration = \"40 ms\"\n"
    "[[population]]\n"
    "name = \"in\"\n"
    "size = 2\n"
    "spikes = [[\"1 ms\"], []]\n"
    "[[population]]\n"
    "name = \"hidden\"\n"
    "size = 3\n"
    "\n";
// Beside [data].
const std::string without_spikes = [] {
  std::string text = base;
  const std::size_t spikes = text.find("spikes");
  return text.erase(spikes, text.find('\n', spikes) + 1 - spikes);
}();
const std::string feed = "[[projection]]\nfrom = \"in\"\nto = \"hidden\"\n";      // 11 to 13
const std::string loop = "[[projection]]\nfrom = \"hidden\"\nto = \"hidden\"\n";  // 11 to 13

struct Wrong {
  std::string text;
  std::uint32_t line;
  std::string key;                   // dotted, as in the error
  std::vector<std::string> message;  // what it has to contain
};

std::optional<ScenarioError> error_of(const std::string& text) {
  try {
    parse_scenario(text, "wrong.toml");
  } catch (const ScenarioError& e) {
    return e;
  }
  return std::nullopt;
}

void check(const std::vector<Wrong>& all) {
  for (const Wrong& wrong : all) {
    CAPTURE(wrong.text.substr(0, 2000));
    const auto error = error_of(wrong.text);
    REQUIRE(error);
    INFO(error->what());
    CHECK(error->file == "wrong.toml");
    CHECK(error->line == wrong.line);
    CHECK(error->column >= 1);
    CHECK(error->key == wrong.key);
    CHECK_THAT(error->what(), Contains("wrong.toml:" + std::to_string(wrong.line) + ":"));
    for (const std::string& part : wrong.message) CHECK_THAT(error->what(), Contains(part));
  }
}

std::string scenario(const std::string& lines) {
  return "[scenario]\n" + lines + "\n[[population]]\nname = \"a\"\nsize = 1\n";
}

std::string data(const std::string& lines) {
  return "[scenario]\nduration = \"40 ms\"\n[[population]]\nname = \"in\"\nsize = 4\n"
         "[[population]]\nname = \"out\"\nsize = 3\n[data]\npopulation = \"in\"\n" +
         lines;
}

}  // namespace

TEST_CASE("the base of the wrong scenarios is right") {
  CHECK_NOTHROW(parse_scenario(base, "right.toml"));
  CHECK_NOTHROW(parse_scenario(base + feed + "weight = 1\n", "right.toml"));
  CHECK_NOTHROW(parse_scenario(data("kind = \"yin_yang\"\nt_early = \"1 ms\"\nt_late = \"2 ms\"\n"),
                               "right.toml"));
}

TEST_CASE("misspelt and unknown keys are refused with a suggestion") {
  check({
      {base + "tau_men = \"10 ms\"\n", 11, "population[1].tau_men", {"did you mean tau_mem?"}},
      {scenario("duraton = \"40 ms\""), 2, "scenario.duraton", {"did you mean duration?"}},
      {base + "colour = 3\n",
       11,
       "population[1].colour",
       {"unknown key", "known here: name, size"}},
      {base + feed + "wieght = 1.0\n", 14, "projection[0].wieght", {"did you mean weight?"}},
      {base + "[optimizer]\nrate = 1\n", 11, "optimizer", {"unknown key", "known here: scenario"}},
      {base + "[[probes]]\npopulation = \"hidden\"\n", 11, "probes", {"did you mean probe?"}},
      {base + "[train]\nepoch = 3\n", 12, "train.epoch", {"did you mean epochs?"}},
      {base + "[train.regulariser]\nstrenght = 3\n",
       12,
       "train.regulariser.strenght",
       {"did you mean strength?"}},
      {base + "[train.grazing]\npolicy = \"keep\"\nslope = 1e-3\n",
       13,
       "train.grazing.slope",
       {"unknown key", "known here: policy, slope_min"}},
      {base + feed + "weight = { distribution = \"normal\", mean = 1, sdt = 2 }\n",
       14,
       "projection[0].weight.sdt",
       {"did you mean std?"}},
      // The first wrong key of a table in the file, not in the alphabet.
      {base + "zeta = 1\nalpha = 1\n", 11, "population[1].zeta", {"unknown key"}},
      {base + "\"a\\u001bb\" = 1\n", 11, "population[1].a?b", {"unknown key"}},
  });
}

TEST_CASE("values of the wrong type name what was found and what to write") {
  check({
      {base + "tau_mem = 10\n", 11, "population[1].tau_mem", {"10 has no unit", "\"10 ms\""}},
      {base + "tau_mem = 0\n", 11, "population[1].tau_mem", {"0 has no unit", "\"0 ms\""}},
      {base + "tau_mem = true\n", 11, "population[1].tau_mem", {"true is no time", "\"10 ms\""}},
      {base + "tau_mem = 10:00:00\n",
       11,
       "population[1].tau_mem",
       {"a date or time of day is no time"}},
      {base + "v_threshold = \"1.0\"\n", 11, "population[1].v_threshold", {"without quotes"}},
      {base + "v_threshold = true\n", 11, "population[1].v_threshold", {"true is no number"}},
      {base + "model = 3\n", 11, "population[1].model", {"3 is no string", "quotes"}},
      {base + "model = \"cuba_lff\"\n", 11, "population[1].model", {"did you mean cuba_lif?"}},
      {base + "learn = \"bias\"\n", 11, "population[1].learn", {"\"bias\" is no list", "brackets"}},
      {base + "learn = [\"biass\"]\n", 11, "population[1].learn[0]", {"did you mean bias?"}},
      {base + "learn = [\"bias\",\n\"bias\"]\n", 12, "population[1].learn[1]", {"listed twice"}},
      {base + feed + "weight = 1\nself = 1\n", 15, "projection[0].self", {"true nor false"}},
      {base + "[train]\nepochs = 2.5\n", 12, "train.epochs", {"2.5 is no whole number"}},
      {base + "[train]\ndelay_rate = \"0.1 ms\"\n", 12, "train.delay_rate", {"plain number"}},
      {base + "[[train]]\nepochs = 2\n", 11, "train", {"[train]", "single brackets"}},
      {"scenario = 3\n", 1, "scenario", {"[scenario]"}},
      {"[scenario]\nduration = \"1 s\"\n[population]\nname = \"a\"\n",
       3,
       "population",
       {"[[population]]", "double brackets"}},
      {"population = [1]\n[scenario]\nduration = \"1 s\"\n", 1, "population[0]", {"1 is no table"}},
  });
}

TEST_CASE("wrong units and values out of range are refused where they stand") {
  check({
      {base + "tau_mem = \"10\"\n", 11, "population[1].tau_mem", {"has no unit", "\"10 ms\""}},
      {base + "tau_mem = \"10 sec\"\n",
       11,
       "population[1].tau_mem",
       {"unknown unit", "ns, us, ms, s"}},
      {base + "tau_mem = \"-10 ms\"\n", 11, "population[1].tau_mem", {"out of range", "at least"}},
      {base + "tau_mem = \"0 ms\"\n", 11, "population[1].tau_mem", {"out of range"}},
      {base + "tau_mem = \"inf ms\"\n", 11, "population[1].tau_mem", {"is no time"}},
      {base + "tau_mem = [\"1 ms\", \"2 ms\"]\n",
       11,
       "population[1].tau_mem",
       {"a list of 2 for 3 neurons", "one per neuron"}},
      {base + "tau_mem = [\"1 ms\",\n\"2 ms\",\n3]\n", 13, "population[1].tau_mem[2]", {"no unit"}},
      {base + "bias = nan\n", 11, "population[1].bias", {"nan", "finite"}},
      {base + "bias = inf\n", 11, "population[1].bias", {"inf", "finite"}},
      {base + "v_threshold = -1\n", 11, "population[1].v_threshold", {"above 0"}},
      {base + "v_reset = 1\n", 11, "population[1].v_reset", {"v_reset must lie below v_threshold"}},
      {base + "t_ref = \"-1 ms\"\n", 11, "population[1].t_ref", {"at least 0 ms"}},
      {base + "tau_mem = { distribution = \"normal\", mean = \"-1 ms\", std = \"0 ms\" }\n",
       11,
       "population[1].tau_mem",
       {"draws", "uniform"}},
      {base + "bias = { distribution = \"uniform\", low = 1, high = 0 }\n",
       11,
       "population[1].bias.high",
       {"exchange low and high"}},
      {base + "bias = { distribution = \"uniform\", mean = 1, high = 0 }\n",
       11,
       "population[1].bias",
       {"low is missing"}},
      {base + "bias = { distribution = \"normal\", mean = 1, std = 0, low = 3 }\n",
       11,
       "population[1].bias.low",
       {"normal distribution", "mean and std"}},
      {base + "bias = { distribution = \"cauchy\" }\n",
       11,
       "population[1].bias.distribution",
       {"none of uniform, normal"}},
      {base + "bias = {}\n", 11, "population[1].bias", {"distribution is missing"}},
      {scenario("duration = \"-1 s\""), 2, "scenario.duration", {"out of range"}},
      {scenario("duration = 40"), 2, "scenario.duration", {"\"40 ms\""}},
      {scenario("seed = 1"), 1, "scenario", {"duration is missing", "\"40 ms\""}},
      {scenario("duration = \"1 s\"\nseed = -1"), 3, "scenario.seed", {"between 0"}},
      {scenario("duration = \"1 s\"\nseed = \"abc\""), 3, "scenario.seed", {"whole number"}},
      {scenario("duration = \"1 s\"\nseed = \"18446744073709551616\""),
       3,
       "scenario.seed",
       {"2^64"}},
      {scenario("duration = \"1 s\"\nmax_rate = 0"), 3, "scenario.max_rate", {"above 0"}},
      {scenario("duration = \"1 s\"\nscheduler = \"window\""),
       3,
       "scenario.scheduler",
       {"automatic, sequential, windowed", "did you mean windowed"}},
      {scenario("duration = \"1 s\"\nscheduler = \"windowed\"") + "model = \"alif\"\n",
       3,
       "scenario.scheduler",
       {"a is a population of alif", "choose \"automatic\""}},
      {base + "[train]\nbeta1 = 1.0\n", 12, "train.beta1", {"below 1"}},
      {base + "[train]\nbatch = 0\n", 12, "train.batch", {"between 1"}},
      {base + "[train]\nweight_rate = -1e-3\n", 12, "train.weight_rate", {"at least 0"}},
      {base + "[train.grazing]\nslope_min = 1e-3\n", 11, "train.grazing", {"policy is missing"}},
      {base + "[train.grazing]\npolicy = \"cilp\"\n",
       12,
       "train.grazing.policy",
       {"keep, clip, error", "did you mean clip?"}},
      {base + "[train]\ngrazing = { policy = \"clip\", slope_min = 0 }\n",
       12,
       "train.grazing.slope_min",
       {"above 0"}},
      {base + "[train]\ngrazing = { policy = \"clip\", slope_min = \"1 ms\" }\n",
       12,
       "train.grazing.slope_min",
       {"a string", "plain number"}},
      {base + "[train]\ngrazing = \"clip\"\n", 12, "train.grazing", {"write [train.grazing]"}},
      {base + "[train.regulariser]\ntarget = 1\n",
       11,
       "train.regulariser",
       {"strength is missing"}},
      {base + "[chip]\nstep = \"0 ms\"\n", 12, "chip.step", {"above 0 ms"}},
      {base + "[chip]\nclip_percentile = 101\n", 12, "chip.clip_percentile", {"at most 100"}},
      {base + "[chip]\ncalibrate = \"threshold\"\n",
       12,
       "chip.calibrate",
       {"none, clip, thresholds, all", "did you mean thresholds?"}},
      {base + "[chip]\nclip_percentile = 99\ncalibrate = \"all\"\n",
       13,
       "chip.calibrate",
       {"given as 99", "remove clip_percentile", "calibrate = \"thresholds\""}},
      {base + "[chip]\ncalibrate = \"clip\"\nclip_percentile = 99\n",
       12,
       "chip.calibrate",
       {"calibrate = \"none\""}},
      {base + "[chip]\noverflow = { u = \"keep\" }\n",
       12,
       "chip.overflow.u",
       {"lava_wrap", "twos_complement", "saturate"}},
      {base + "[chip]\noverflow.w = \"keep\"\n", 12, "chip.overflow.w", {}},
      {base + "[chip]\nspike_register = \"128\"\n",
       12,
       "chip.spike_register",
       {"refractory_counter"}},
      {base + "[chip]\nkind = \"loihi\"\n", 12, "chip.kind", {"did you mean loihi2?"}},
  });
}

TEST_CASE("sizes beyond reason are refused before memory is asked for") {
  const auto size = [](const std::string& n) {
    return "[scenario]\nduration = \"1 s\"\n[[population]]\nname = \"a\"\nsize = " + n + "\n";
  };
  check({
      {size("1000000000000"), 5, "population[0].size", {"between 1 and 10000000"}},
      {size("0"), 5, "population[0].size", {"between 1"}},
      {size("-5"), 5, "population[0].size", {"between 1"}},
      {size("99999999999999999999999"), 5, "", {"not valid TOML"}},
      {size("9000000") + "[[population]]\nname = \"b\"\nsize = 9000000\n",
       8,
       "population[1].size",
       {"more than 10000000 neurons", "smaller"}},
      {size("1000000") + "[[projection]]\nfrom = \"a\"\nto = \"a\"\nweight = 1\ndelay = \"1 ms\"\n",
       6,
       "projection[0]",
       {"1000000000000 pairs", "density"}},
      {size("40000") + "[[projection]]\nfrom = \"a\"\nto = \"a\"\nweight = 1\ndelay = \"1 ms\"\n",
       6,
       "projection[0]",
       {"1600000000 pairs", "density"}},
      {base + "[[probe]]\npopulation = \"hidden\"\ninterval = \"1e-9 ms\"\n",
       13,
       "probe[0].interval",
       {"longer interval"}},
  });
}

TEST_CASE("names with control characters, which would garble a terminal, are refused") {
  check({{base + feed + "name = \"a\\u001b[2J\"\nweight = 1.0\n",
          14,
          "projection[0].name",
          {"control characters"}}});
}

TEST_CASE("limits that a caller chooses are kept, over all projections together") {
  const auto refused = [](const std::string& text, const ScenarioLimits& limits) -> std::string {
    try {
      parse_scenario(text, "wrong.toml", {}, limits);
    } catch (const ScenarioError& error) {
      return error.what();
    }
    return "";
  };
  const std::string loops = base + loop + "weight = 1.0\ndelay = \"1 ms\"\n" + loop +
                            "name = \"more\"\nweight = 1.0\ndelay = \"1 ms\"\n";
  CHECK(refused(loops, {.pairs = 18}) == "");
  CHECK_THAT(refused(loops, {.pairs = 17}), Contains("9 pairs") && Contains("all projections"));
  CHECK_THAT(refused(loops, {.synapses = 17}), Contains("17 synapses"));
  // Of pairs that are not looked at, what is to be expected counts: 4.5 synapses each.
  const std::string sparse = base + loop + "weight = 1.0\ndelay = \"1 ms\"\ndensity = 0.5\n" +
                             loop + "name = \"more\"\nweight = 1.0\ndelay = \"1 ms\"\n" +
                             "density = 0.5\n";
  CHECK(refused(sparse, {.synapses = 9, .pairs = 8}) == "");
  CHECK_THAT(refused(sparse, {.synapses = 8, .pairs = 8}),
             Contains("projection[1].density") && Contains("at most 8 synapses"));
  CHECK_THAT(refused(loops, {.projections = 1}),
             Contains("projection[1]") && Contains("at most 1"));
  CHECK_THAT(refused(loops, {.populations = 1}),
             Contains("population[1]") && Contains("at most 1"));
  CHECK_THAT(refused(loops, {.neurons = 4}), Contains("more than 4 neurons"));
  CHECK_THAT(refused(base + "[[probe]]\npopulation = \"hidden\"\n", {.samples = 100}),
             Contains("more than 100 samples"));
}

TEST_CASE("a suggestion for an endless word is not looked for") {
  // Comparing two words takes the product of their lengths: 10^12 steps here.
  const std::string name(1'000'000, 'a');
  check({{base + "[[population]]\nname = \"" + name + "\"\nsize = 1\n[[projection]]\nfrom = \"" +
              name + "b\"\nto = \"hidden\"\n",
          15,
          "projection[0].from",
          {"there is no population"}}});
}

TEST_CASE("populations and spikes that cannot be are refused") {
  check({
      {"", 1, "", {"[scenario] is missing", "duration = \"40 ms\""}},
      {"# nothing but a comment\n", 1, "", {"[scenario] is missing"}},
      {"[scenario]\nduration = \"1 s\"\n", 1, "", {"no population", "[[population]]"}},
      {base + "[[population]]\nname = \"in\"\nsize = 1\n", 11, "population[2]", {"name already"}},
      {base + "[[population]]\nsize = 1\n", 11, "population[2]", {"name is missing"}},
      {base + "[[population]]\nname = \"\"\nsize = 1\n",
       12,
       "population[2].name",
       {"give the population a name"}},
      {base + "[[population]]\nname = \"x\"\n", 11, "population[2]", {"size is missing"}},
      {base + "spikes = [[], [], []]\nmodel = \"cuba_lif\"\n",
       12,
       "population[1].model",
       {"\"input\""}},
      {base + "spikes = [[], []]\n",
       11,
       "population[1].spikes",
       {"3 neurons", "one list of times per neuron"}},
      {base + "spikes = [\"1 ms\", [], []]\n",
       11,
       "population[1].spikes[0]",
       {"one list of times per neuron"}},
      {base + "spikes = [[1], [], []]\n", 11, "population[1].spikes[0][0]", {"\"1 ms\""}},
      {base + "spikes = [[],\n[\"40 ms\"], []]\n",
       12,
       "population[1].spikes[1][0]",
       {"below 40 ms"}},
      {base + "spikes = [[], [], [\"-1 ms\"]]\n",
       11,
       "population[1].spikes[2][0]",
       {"at least 0 ms"}},
      {base + "spikes = [[\"1 ms\", \"2 ms\",\n\"1000 us\"], [], []]\n",
       12,
       "population[1].spikes[0][2]",
       {"given twice for neuron 0", "remove"}},
      {base + "spikes = [[], [], []]\ntau_mem = \"1 ms\"\n",
       12,
       "population[1].tau_mem",
       {"does not apply to an input", "remove"}},
      {base + "model = \"input\"\nlearn = [\"bias\"]\n",
       12,
       "population[1].learn[0]",
       {"axonal_delay"}},
      {base + "model = \"cuba_li\"\nv_threshold = 2\n",
       12,
       "population[1].v_threshold",
       {"never fires", "remove"}},
      {base + "model = \"cuba_li\"\nlearn = [\"t_ref\"]\n",
       12,
       "population[1].learn[0]",
       {"none of tau_mem, tau_syn, bias, dendritic_delay"}},
      {base + "receptors = []\n", 11, "population[1].receptors", {"1 to 4 shapes"}},
      {base + "receptors = [\"alpha\", \"box\"]\n",
       11,
       "population[1].receptors[1]",
       {"none of exponential, alpha"}},
      {base + "model = \"qif\"\nreceptors = [\"alpha\"]\n",
       12,
       "population[1].receptors[0]",
       {"one exponential receptor"}},
      {base + "tau_syn_2 = \"3 ms\"\n", 11, "population[1].tau_syn_2", {"one more shape"}},
      {base + "model = \"cuba_li\"\ntau_syn_2 = \"3 ms\"\n",
       12,
       "population[1].tau_syn_2",
       {"one more shape"}},
      {base + "model = \"qif\"\ntau_syn_2 = \"3 ms\"\n",
       12,
       "population[1].tau_syn_2",
       {"does not apply to model = \"qif\"", "another model"}},
      {base + "adaptation = 0.1\n", 11, "population[1].adaptation", {"choose another model"}},
      {base + "model = \"alif\"\nadaptation = -0.1\n",
       12,
       "population[1].adaptation",
       {"at least 0"}},
      {base + "model = \"qif\"\nv_threshold = 2\n",
       12,
       "population[1].v_threshold",
       {"\"qif\"", "another model"}},
      {base + "dendritic_delay = \"-1 ms\"\n", 11, "population[1].dendritic_delay", {"at least 0"}},
      {base + "tau_mem = \"0.05 ms\"\nlearn = [\"tau_mem\"]\n",
       12,
       "population[1].learn",
       {"between 0.1"}},
  });
}

TEST_CASE("projections that cannot be are refused") {
  check({
      {base + "[[projection]]\nfrom = \"inn\"\nto = \"hidden\"\nweight = 1\n",
       12,
       "projection[0].from",
       {"no population \"inn\"", "did you mean in?"}},
      {base + "[[projection]]\nfrom = \"in\"\nweight = 1\n",
       11,
       "projection[0]",
       {"to is missing"}},
      {base + "[[projection]]\nfrom = \"hidden\"\nto = \"in\"\nweight = 1\n",
       13,
       "projection[0].to",
       {"receives nothing"}},
      {base + "model = \"cuba_li\"\n" + loop + "weight = 1\n",
       13,
       "projection[0].from",
       {"never fires"}},
      {base + feed, 11, "projection[0]", {"weight is missing", "weight = 1.0"}},
      {base + feed + "weight = 1\nreceptor = 2\n",
       15,
       "projection[0].receptor",
       {"between 1 and 1"}},
      {base + feed + "weight = nan\n", 14, "projection[0].weight", {"finite"}},
      {base + feed + "weight = [1, 2, 3]\n",
       14,
       "projection[0].weight[0]",
       {"no row",
        "3 rows, one per neuron of hidden (target), of 2 weights, one per neuron of in (source)"}},
      {base + feed + "weight = [[1, 2, 3], [4, 5, 6]]\n",
       14,
       "projection[0].weight",
       {"a list of 2", "3 rows"}},
      {base + feed + "weight = [[1, 2], [3, 4],\n[5]]\n",
       15,
       "projection[0].weight[2]",
       {"a list of one", "of 2 weights"}},
      {base + feed + "weight = [[1, 2], [3, \"4\"], [5, 6]]\n",
       14,
       "projection[0].weight[1][1]",
       {"without quotes"}},
      {base + feed + "weight = [[1, 2], [3, inf], [5, 6]]\n",
       14,
       "projection[0].weight[1][1]",
       {"finite"}},
      {base + feed + "weight = 1\ndelay = 1\n", 15, "projection[0].delay", {"\"1 ms\""}},
      {base + feed + "weight = 1\ndelay = \"-1 ms\"\n",
       15,
       "projection[0].delay",
       {"at least 0 ms"}},
      {base + feed + "weight = 1\ndelay = [[\"1 ms\"]]\n",
       15,
       "projection[0].delay",
       {"3 rows", "2 delays"}},
      {base + feed +
           "weight = 1\ndelay = { distribution = \"uniform\", low = 0, high = \"1 ms\" }\n",
       15,
       "projection[0].delay.low",
       {"\"0 ms\""}},
      {base + feed +
           "weight = 1\ndelay = { distribution = \"uniform\", low = \"-1 ms\", high = \"1 ms\" }\n",
       15,
       "projection[0].delay.low",
       {"at least 0 ms"}},
      {base + feed + "weight = 1\ndensity = 1.5\n", 15, "projection[0].density", {"at most 1"}},
      {base + feed + "weight = [[1, 1], [1, 1], [1, 1]]\ndensity = 0.5\n",
       15,
       "projection[0].density",
       {"nan"}},
      {base + feed + "weight = 1\nself = false\n",
       15,
       "projection[0].self",
       {"different populations", "remove"}},
      {base + feed + "weight = 1\nconnect = \"one_to_one\"\n",
       15,
       "projection[0].connect",
       {"equal size"}},
      {base + loop + "weight = [1, 2]\nconnect = \"one_to_one\"\ndelay = \"1 ms\"\n",
       14,
       "projection[0].weight",
       {"a list of 3"}},
      {base + loop + "weight = 1\nconnect = \"one_to_one\"\ndelay = \"1 ms\"\nself = false\n",
       17,
       "projection[0].self",
       {"remove one of the two"}},
      {base + loop + "weight = 1\nconnect = \"one_to_one\"\ndelay = \"1 ms\"\ndensity = 0.1\n",
       17,
       "projection[0].density",
       {"remove"}},
      {base + feed + "weight = 1\n" + feed + "weight = 2\n",
       15,
       "projection[1]",
       {"name already", "of its own"}},
      {base + feed + "weight = 1\nname = \"\"\n", 15, "projection[0].name", {"empty"}},
      {base + feed + "weight = 1\nlearn = [\"bias\"]\n",
       15,
       "projection[0].learn[0]",
       {"none of weight, delay"}},
      {base + feed + "weight = 2\nweight_max = 1\n", 14, "projection[0].weight", {"at most 1"}},
      {base + feed + "weight = 2\nweight_min = 3\nweight_max = 1\n",
       16,
       "projection[0].weight_max",
       {"weight_min"}},
      {base + feed + "weight = 1\ndelay = \"41 ms\"\nlearn = [\"delay\"]\n",
       15,
       "projection[0].delay",
       {"at most 40 ms"}},
      {base + feed + "weight = 1\ndelay_min = \"1 ms\"\n",
       15,
       "projection[0].delay_min",
       {"delay = \"1 ms\""}},
      {base + feed + "weight = 1\ndelay_min = 0\n", 15, "projection[0].delay_min", {"\"0 ms\""}},
  });
}

TEST_CASE("cycles without delay are refused, now and while delays are learned") {
  check({
      {base + loop + "weight = 1\n", 7, "population[1]", {"delays are all zero", "delay above 0"}},
      {base + loop + "weight = 1\ndelay = \"1 ms\"\nlearn = [\"delay\"]\n",
       16,
       "projection[0].learn",
       {"cycle", "delay_min must be above 0", "delay_min = \"0.1 ms\""}},
      {base + loop + "weight = 1\ndelay = \"1 ms\"\nlearn = [\"delay\"]\ndelay_min = \"0 ms\"\n",
       17,
       "projection[0].delay_min",
       {"delay_min must be above 0"}},
      // A cycle through two populations.
      {base + "[[population]]\nname = \"b\"\nsize = 1\n[[projection]]\nfrom = \"hidden\"\nto = "
              "\"b\"\nweight = 1\ndelay = \"1 ms\"\n"
              "[[projection]]\nfrom = \"b\"\nto = \"hidden\"\nweight = 1\ndelay = \"1 ms\"\nlearn "
              "= [\"weight\", \"delay\"]\n",
       24,
       "projection[1].learn",
       {"delay_min must be above 0"}},
  });
  // Neurons that only point forward are no cycle, whatever their populations.
  CHECK_NOTHROW(parse_scenario(
      base + loop + "weight = [[nan, nan, nan], [1, nan, nan], [1, 1, nan]]\nlearn = [\"delay\"]\n",
      "x"));
}

TEST_CASE(
    "delays of neurons that may shrink to nothing on a cycle are refused, with a bound as remedy") {
  // Lines 11 to 14; hidden is 7 to 10.
  const auto learned = [](const std::string& line) {
    return base.substr(0, base.size() - 1) + line + loop;
  };
  const std::string remedy = "weight = 1\n";
  for (const std::string kind : {"axonal_delay", "dendritic_delay"}) {
    const std::string start = kind + " = \"1 ms\"\nlearn = [\"" + kind + "\"]\n";
    check({
        {learned(start) + remedy,
         11,
         "population[1].learn",
         {"lies on a cycle", kind + "_min must be above 0", kind + "_min = \"0.1 ms\""}},
        {learned(start + kind + "_min = \"0 ms\"\n") + remedy,
         12,
         "population[1]." + kind + "_min",
         {"must be above 0"}},
    });
    // The remedy works: the bound of learning is the one that was written.
    const Scenario s = parse_scenario(learned(start + kind + "_min = \"0.1 ms\"\n") + remedy, "x");
    const ParameterKind parameter =
        kind == "axonal_delay" ? ParameterKind::axonal_delay : ParameterKind::dendritic_delay;
    CHECK(s.learning.lower[s.network.layout().offset(parameter) + 2] == 0.1);
    // As does any other delay on the way that stays.
    CHECK_NOTHROW(parse_scenario(learned(start) + remedy + "delay = \"0.5 ms\"\n", "x"));
    CHECK_THROWS_AS(
        parse_scenario(learned(start) + remedy + "delay = \"0.5 ms\"\nlearn = [\"delay\"]\n", "x"),
        ScenarioError);
    CHECK_NOTHROW(parse_scenario(learned(start) + remedy +
                                     "delay = \"0.5 ms\"\nlearn = [\"delay\"]\n"
                                     "delay_min = \"0.1 ms\"\n",
                                 "x"));
  }
  // Without a cycle nothing is asked for.
  CHECK_NOTHROW(parse_scenario(base.substr(0, base.size() - 1) +
                                   "learn = [\"axonal_delay\", \"dendritic_delay\"]\n" + feed +
                                   remedy,
                               "x"));
}

TEST_CASE("windows that learning may make impossible are refused where they are asked for") {
  const auto with = [](const std::string& scheduler, const std::string& bound) {
    std::string text = base + loop +
                       "weight = 1\ndelay = \"1 ms\"\nlearn = [\"delay\"]\ndelay_min = " + bound +
                       "\n";
    return text.insert(text.find("[[population]]"), "scheduler = \"" + scheduler + "\"\n");
  };
  check({{with("windowed", "\"1 ns\""),
          3,
          "scenario.scheduler",
          {"as short as they may become", "delay_min", "automatic"}}});
  CHECK_NOTHROW(parse_scenario(with("windowed", "\"0.5 ms\""), "x"));
  CHECK_NOTHROW(parse_scenario(with("automatic", "\"1 ns\""), "x"));
  CHECK_NOTHROW(parse_scenario(with("sequential", "\"1 ns\""), "x"));
}

TEST_CASE("values beyond what sums can hold are refused where they are written") {
  // The engine's bound, largest_amplitude.
  check({
      {base + feed + "weight = 1.7e308\n",
       14,
       "projection[0].weight",
       {"1.7e+308 is out of range", "at most 1e+100"}},
      {base + feed + "weight = [[1, 2], [3, -2e100],\n[5, 6]]\n",
       14,
       "projection[0].weight[1][1]",
       {"-2e+100 is out of range", "at least -1e+100"}},
      {base + feed + "weight = { distribution = \"uniform\", low = 0, high = 1e101 }\n",
       14,
       "projection[0].weight.high",
       {"1e+101 is out of range"}},
      {base + feed + "weight = 1\nweight_max = 1e200\n",
       15,
       "projection[0].weight_max",
       {"1e+200 is out of range"}},
      {base + "bias = [0, 1e101, 0]\n", 11, "population[1].bias[1]", {"at most 1e+100"}},
      {base + "v_reset = -1e300\n", 11, "population[1].v_reset", {"at least -1e+100"}},
  });
  CHECK_NOTHROW(parse_scenario(base + feed + "weight = 1e100\n", "x"));
}

TEST_CASE("bounds of neuron parameters hold initial values, and are checked themselves") {
  const auto with = [](const std::string& lines) {
    return base.substr(0, base.size() - 1) + lines;
  };
  check({
      {with("tau_mem = \"10 ms\"\ntau_mem_min = \"12 ms\"\n"),
       10,
       "population[1].tau_mem",
       {"10 ms", "out of range", "at least 12 ms"}},
      {with("tau_mem = [\"10 ms\", \"20 ms\", \"10 ms\"]\ntau_mem_max = \"12 ms\"\n"),
       10,
       "population[1].tau_mem[1]",
       {"at most 12 ms"}},
      // The default, 20 ms.
      {with("tau_mem_max = \"12 ms\"\nlearn = [\"tau_mem\"]\n"),
       10,
       "population[1].tau_mem_max",
       {"neuron 0 starts with tau_mem 20", "tau_mem_min"}},
      {with("tau_mem_min = \"3 ms\"\ntau_mem_max = \"2 ms\"\n"),
       11,
       "population[1].tau_mem_max",
       {"tau_mem_min 3 lies above tau_mem_max 2"}},
      {with("tau_mem_min = 3\n"), 10, "population[1].tau_mem_min", {"no unit"}},
      {with("v_threshold_min = 0\n"), 10, "population[1].v_threshold_min", {"above 0"}},
      {with("model = \"cuba_li\"\nv_threshold_min = 0.1\n"),
       11,
       "population[1].v_threshold_min",
       {"does not apply to a readout"}},
      {with("tau_men_min = \"1 ms\"\n"), 10, "population[1].tau_men_min", {"tau_mem_min?"}},
  });
  // A normal distribution is moved into them.
  const Scenario s = parse_scenario(
      with("tau_mem = { distribution = \"normal\", mean = \"10 ms\", std = \"50 ms\" }\n"
           "tau_mem_min = \"8 ms\"\ntau_mem_max = \"9 ms\"\nlearn = [\"tau_mem\"]\n"),
      "x");
  for (NeuronId n = 2; n < 5; ++n) {
    const double tau = s.network.parameter(ParameterKind::tau_mem, n);
    CHECK(tau >= 8.0);
    CHECK(tau <= 9.0);
    const std::size_t k = s.network.layout().offset(ParameterKind::tau_mem) + n;
    CHECK(s.learning.lower[k] == 8.0);
    CHECK(s.learning.upper[k] == 9.0);
  }
}

TEST_CASE("a scenario is called like a folder below runs, and like no other") {
  const std::string line = "duration = \"40 ms\"\nname = ";
  check({
      {scenario(line + "\"../../evil\""), 3, "scenario.name", {"\"../../evil\"", "--out"}},
      {scenario(line + "\"a/b\""), 3, "scenario.name", {"folder of that name"}},
      {scenario(line + "\"/tmp/evil\""), 3, "scenario.name", {"folder of that name"}},
      {scenario(line + "\"..\""), 3, "scenario.name", {"name of another folder", "short name"}},
      {scenario(line + "\".\""), 3, "scenario.name", {"name of another folder"}},
      {scenario(line + "\"\""), 3, "scenario.name", {"empty", "short name"}},
      {scenario(line + "\"a\\u0000b\""), 3, "scenario.name", {"control characters"}},
      {scenario(line + "\"" + std::string(201, 'x') + "\""), 3, "scenario.name", {"201 bytes"}},
  });
  CHECK(parse_scenario(scenario(line + "\"..a b..\""), "x").name == "..a b..");
  // The name of the file stands for it; that may be no name either.
  CHECK(parse_scenario(scenario("duration = \"40 ms\""), "some/../where.toml").name == "where");
  for (const char* file : {"..toml", "some/..", ""}) {
    CAPTURE(file);
    CHECK_THROWS_WITH(parse_scenario(scenario("duration = \"40 ms\""), file),
                      Contains("name is missing") && Contains("1:1"));
  }
}

TEST_CASE("epochs from the command line do not hide that [train] is no table") {
  const std::pair<const char*, const char*> cases[] = {
      {"[[train]]\nepochs = 2\n", "single brackets"}, {"train = 5\n", "[train]"}};
  for (const auto& [train, message] : cases) {
    ScenarioOverrides overrides;
    overrides.epochs = 3;
    const std::string text = train[0] == '[' ? base + train : train + base;
    CHECK_THROWS_WITH(parse_scenario(text, "wrong.toml", overrides), Contains(message));
  }
}

TEST_CASE("signals that cannot be are refused") {
  // Lines 8 to 11: a population of two that has room for a signal in line 11.
  const auto with = [](const std::string& signal, const std::string& rest = "") {
    return "[scenario]\nduration = \"40 ms\"\n\n[[population]]\nname = \"cell\"\nsize = 1\n"
           "receptors = [\"exponential\", \"step\"]\n[[population]]\nname = \"in\"\nsize = 2\n" +
           signal + rest;
  };
  const std::string fine = "signal = [[{ at = \"1 ms\", value = 2 }], []]\n";
  const std::string to_cell = "[[projection]]\nfrom = \"in\"\nto = \"cell\"\nweight = 1.0\n";
  check({
      {with("signal = [[]]\n"), 11, "population[1].signal", {"for 2 neurons", "value = 1.6"}},
      {with("signal = [3, []]\n"), 11, "population[1].signal[0]", {"no list"}},
      {with("signal = [[3], []]\n"), 11, "population[1].signal[0][0]", {"no table"}},
      {with("signal = [[{ at = \"1 ms\" }], []]\n"), 11, "population[1].signal[0][0]", {"value"}},
      {with("signal = [[{ at = 1, value = 2 }], []]\n"),
       11,
       "population[1].signal[0][0].at",
       {"ms"}},
      {with("signal = [[{ at = \"40 ms\", value = 2 }], []]\n"),
       11,
       "population[1].signal[0][0].at",
       {"below 40 ms"}},
      {with("signal = [[{ at = \"1 ms\", value = 1e30 }], []]\n"),
       11,
       "population[1].signal[0][0].value",
       {"at most 5e+29"}},
      {with("signal = [[{ at = \"1 ms\", value = nan }], []]\n"),
       11,
       "population[1].signal[0][0].value",
       {"nan"}},
      {with("signal = [[{ at = \"1 ms\", value = 2, until = 3 }], []]\n"),
       11,
       "population[1].signal[0][0].until",
       {"unknown key"}},
      {with("signal = [[{ at = \"1 ms\", value = 2 }, { at = \"1000 us\", value = 3 }], []]\n"),
       11,
       "population[1].signal[0][1].at",
       {"given twice for neuron 0", "remove"}},
      {with(fine, "spikes = [[], []]\n"), 11, "population[1].signal", {"two populations"}},
      {with(fine, "model = \"cuba_lif\"\n"), 12, "population[1].model", {"receives a signal"}},
      {with(fine, to_cell), 12, "projection[0]", {"shape \"exponential\"", "\"step\""}},
      {with(fine +
            "[data]\nkind = \"sequence_detection\"\nt_early = \"1 ms\"\nt_late = \"2 ms\"\n"),
       11,
       "population[1].signal",
       {"[data] bring all input", "remove"}},
      // A step has no time constant to give or to learn.
      {base + "receptors = [\"step\"]\ntau_syn = \"5 ms\"\n",
       12,
       "population[1].tau_syn",
       {"receptor 1 is a step", "remove"}},
      {base + "receptors = [\"exponential\", \"step\"]\nlearn = [\"tau_syn_2\"]\n",
       12,
       "population[1].learn[0]",
       {"none of tau_mem, tau_syn,"}},
      {"[scenario]\nduration = \"40 ms\"\nscheduler = \"windowed\"\n[[population]]\nname = "
       "\"cell\"\nsize = 1\nreceptors = [\"step\"]\n",
       3,
       "scenario.scheduler",
       {"with one step receptor", "automatic"}},
  });
}

TEST_CASE("what would be ignored beside [data] is refused") {
  const std::string data =
      "[[population]]\nname = \"out\"\nsize = 2\nmodel = \"cuba_li\"\n[data]\nkind = "
      "\"sequence_detection\"\npopulation = \"a\"\nt_early = \"1 ms\"\nt_late = \"2 ms\"\n";
  const std::string a =
      "[scenario]\nduration = \"40 ms\"\n[[population]]\nname = \"a\"\nsize = 2\n";
  check({
      {a + "[[population]]\nname = \"b\"\nsize = 1\nspikes = [[\"1 ms\"]]\n" + data,
       9,
       "population[1].spikes",
       {"[data] bring all input spikes", "remove"}},
      // The data go to the only input, which need not be named.
      {a + "spikes = [[\"1 ms\"], []]\n[data]\nkind = \"sequence_detection\"\nt_early = \"1 "
           "ms\"\nt_late "
           "= \"2 ms\"\n",
       6,
       "population[0].spikes",
       {"[data] bring all input spikes", "remove"}},
      {a + data + "[loss]\nkind = \"voltage_cross_entropy\"\npopulation = \"out\"\nlabel = 0\n",
       18,
       "loss.label",
       {"[data] brings the label", "remove"}},
      {a + "[data]\nkind = \"sequence_detection\"\npopulation = \"a\"\nt_early = \"2 ms\"\nt_late "
           "= "
           "\"2 ms\"\n",
       10,
       "data.t_late",
       {"one trial", "later"}},
  });
}

TEST_CASE("data that nobody receives says what to write") {
  const std::string tail = "kind = \"sequence_detection\"\nt_early = \"1 ms\"\nt_late = \"2 ms\"\n";
  const auto with = [&](const char* model) {
    return "[scenario]\nduration = \"40 ms\"\n[[population]]\nname = \"in\"\nsize = 2\n" +
           std::string(model) + "[[population]]\nname = \"two\"\nsize = 2\n" + model + "[data]\n" +
           tail;
  };
  check({
      {with(""), 9, "data", {"population = \"in\"", "becomes an input", "in, two"}},
      {with("model = \"input\"\n"), 11, "data", {"2 inputs to choose from", "in, two"}},
  });
}

TEST_CASE("ways of learning that have no effect or no sense are refused") {
  const std::string learned = base + feed + "weight = 1\n";               // up to 14
  const std::string train = learned + "learn = [\"weight\"]\n[train]\n";  // up to 16
  check({
      {learned + "weight_rate = 0.1\n",
       15,
       "projection[0].weight_rate",
       {"add \"weight\" to learn"}},
      {learned + "learn = [\"weight\"]\ndelay_l1 = 1\n",
       16,
       "projection[0].delay_l1",
       {"no effect"}},
      {learned + "learn = [\"delay\"]\ndelay_share = 0\n",
       16,
       "projection[0].delay_share",
       {"above 0"}},
      {learned + "learn = [\"delay\"]\ndelay_share = 1.5\n",
       16,
       "projection[0].delay_share",
       {"at most 1"}},
      {learned + "learn = [\"delay\"]\ndelay_choice = \"random\"\n",
       16,
       "projection[0].delay_choice",
       {"delay_share is missing"}},
      {learned + "learn = [\"weight\"]\nweight_share = 0.5\n",
       16,
       "projection[0].weight_share",
       {"weight"}},
      {base + "dropout = 0.5\n", 11, "population[1].dropout", {"no projection leaves hidden"}},
      {base + "dropout = 1\n", 11, "population[1].dropout", {"below 1"}},
      {base + "[[population]]\nname = \"read\"\nsize = 2\nmodel = \"cuba_li\"\ndropout = 0.5\n",
       15,
       "population[2].dropout",
       {"does not apply to a readout"}},
      {learned + "learn = [\"delay\"]\ndelay_share = 0.01\n",
       16,
       "projection[0].delay_share",
       {"less than one"}},
      {train + "weight_rate = 0.5\nweight_decay = 2\n",
       18,
       "train.weight_decay",
       {"turns its sign"}},
      {learned + "learn = [\"weight\"]\nweight_rate = 5\n[train]\nweight_decay = 0.2\n",
       18,
       "train.weight_decay",
       {"in a projection"}},
      {train + "delay_l1 = 0.1\n", 17, "train.delay_l1", {"no delay is learned"}},
      {train + "patience = -1\n", 17, "train.patience", {"patience"}},
      {train + "schedule = \"cosine\"\n", 17, "train.schedule", {"table"}},
      {train + "schedule = { kind = \"cosin\" }\n",
       17,
       "train.schedule.kind",
       {"did you mean cosine?"}},
      {train + "schedule = { end = 0.1 }\n", 17, "train.schedule", {"kind is missing"}},
      {train + "schedule = { kind = \"cosine\", growth = 2 }\n",
       17,
       "train.schedule.growth",
       {"does not apply to kind = \"cosine\""}},
      {train + "schedule = { kind = \"ease_in\", growth = 1 }\n",
       17,
       "train.schedule.growth",
       {"above 1"}},
      {train + "schedule = { kind = \"one_cycle\", momentum = [0.9] }\n",
       17,
       "train.schedule.momentum",
       {"momentum = [0.85, 0.95]"}},
      {train + "schedule = { kind = \"one_cycle\", momentum = [0.95, 0.85] }\n",
       17,
       "train.schedule.momentum",
       {"0.95, at the peak of the rate, does not lie below 0.85"}},
      {train + "schedule = { kind = \"one_cycle\", momentum = [0.85, 1] }\n",
       17,
       "train.schedule.momentum[1]",
       {"below 1"}},
      {train + "schedule = [{ kind = \"one_cycle\", momentum = [0.85, 0.95] }, { kind = "
               "\"one_cycle\", momentum = [0.5, 0.95] }]\n",
       17,
       "train.schedule[1]",
       {"two schedules move the momentum of weight"}},
      {train + "schedule = { kind = \"plateau\", fast = 0.9 }\n",
       17,
       "train.schedule.fast",
       {"slow"}},
      {train + "schedule = [{ kind = \"cosine\", rates = [\"delay\"] }]\n",
       17,
       "train.schedule[0].rates[0]",
       {"nothing is learned whose rate is delay_rate"}},
      {train + "schedule = { kind = \"cosine\", rates = [] }\n",
       17,
       "train.schedule.rates",
       {"empty"}},
  });
}

TEST_CASE("losses that do not fit are refused") {
  const std::string out =
      base + "[[population]]\nname = \"read\"\nsize = 2\nmodel = \"cuba_li\"\n";  // up to 14
  check({
      {base + "[loss]\npopulation = \"hidden\"\n", 11, "loss", {"kind is missing"}},
      {base + "[loss]\nkind = \"cross_entropy\"\n",
       12,
       "loss.kind",
       {"none of first_spike_cross_entropy"}},
      {base + "[loss]\nkind = \"voltage_cross_entrpy\"\n",
       12,
       "loss.kind",
       {"did you mean voltage_cross_entropy?"}},
      {base + "[loss]\nkind = \"spike_time_power\"\npopulation = \"hiden\"\n",
       13,
       "loss.population",
       {"did you mean hidden?"}},
      {base + "[loss]\nkind = \"spike_time_power\"\npopulation = \"in\"\n",
       13,
       "loss.population",
       {"is an input"}},
      {base + "[loss]\nkind = \"first_spike_margin\"\n",
       11,
       "loss",
       {"label is missing", "label = 0, up to 2"}},
      {base + "[loss]\nkind = \"first_spike_margin\"\nlabel = 3\n",
       13,
       "loss.label",
       {"between 0 and 2"}},
      {base + "[loss]\nkind = \"first_spike_margin\"\nlabel = -1\n",
       13,
       "loss.label",
       {"between 0 and 2"}},
      {base + "[loss]\nkind = \"spike_time_power\"\nlabel = 1\n",
       13,
       "loss.label",
       {"does not apply to kind = \"spike_time_power\""}},
      {base + "[loss]\nkind = \"first_spike_margin\"\nlabel = 0\ntau0 = \"1 ms\"\n",
       14,
       "loss.tau0",
       {"does not apply"}},
      {base + "[loss]\nkind = \"first_spike_margin\"\nlabel = 0\n[loss.silence]\nlevel = 0.8\n",
       14,
       "loss.silence",
       {"strength is missing", "strength = 1"}},
      {base + "[loss]\nkind = \"first_spike_margin\"\nlabel = 0\nsilence = { strength = -1 }\n",
       14,
       "loss.silence.strength",
       {"at least 0"}},
      {base + "[loss]\nkind = \"first_spike_margin\"\nlabel = 0\n"
              "silence = { strength = 1, levle = 0.8 }\n",
       14,
       "loss.silence.levle",
       {"did you mean level?"}},
      {base + "[loss]\nkind = \"first_spike_margin\"\nlabel = 0\nmargin = 2\n",
       14,
       "loss.margin",
       {"\"2 ms\""}},
      {out + "[loss]\nkind = \"first_spike_cross_entropy\"\nlabel = 0\n",
       16,
       "loss.kind",
       {"never fires", "voltage_cross_entropy"}},
      {out + "[loss]\nkind = \"spike_time_power\"\n", 16, "loss.kind", {"never fires"}},
      {out + "[loss]\nkind = \"spike_time_target\"\npopulation = \"read\"\ntarget = [[], []]\n",
       17,
       "loss.population",
       {"never fires"}},
      {out + "[loss]\nkind = \"spike_time_power\"\nintegral = [1, 2, 3]\n",
       17,
       "loss.integral",
       {"one per neuron"}},
      {out + "[loss]\nkind = \"spike_time_power\"\nintegral = 1\npower = 3\n",
       18,
       "loss.power",
       {"write coefficient"}},
      {base + "[loss]\nkind = \"spike_time_power\"\ntau_weight = \"1 ms\"\n",
       13,
       "loss.tau_weight",
       {"write integral"}},
      {base + "[loss]\nkind = \"spike_time_power\"\nscale = \"0 ms\"\n",
       13,
       "loss.scale",
       {"above 0 ms"}},
      {base + "[loss]\nkind = \"voltage_cross_entropy\"\nlabel = 0\ntau_weight = \"forever\"\n",
       14,
       "loss.tau_weight",
       {"\"10 ms\""}},
      {base + "[loss]\nkind = \"voltage_cross_entropy\"\nlabel = 0\nweighting = \"linar\"\n",
       14,
       "loss.weighting",
       {"did you mean linear?"}},
      {base + "[loss]\nkind = \"voltage_cross_entropy\"\nlabel = 0\nweighting = "
              "\"sigmoid\"\ntau_weight = \"5 ms\"\n",
       15,
       "loss.tau_weight",
       {"belongs to weighting = \"exponential\"", "\"sigmoid\"", "remove one"}},
      {out + "[loss]\nkind = \"voltage_maximum_cross_entropy\"\nlabel = 0\nweighting = "
             "\"linear\"\n",
       18,
       "loss.weighting",
       {"does not apply"}},
      {base + "[loss]\nkind = \"spike_time_power\"\nweighting = \"linear\"\n",
       13,
       "loss.weighting",
       {"write integral"}},
      {base + "[loss]\nkind = \"voltage_maximum_cross_entropy\"\nlabel = 0\n",
       12,
       "loss.kind",
       {"fires and is reset", "model = \"cuba_li\""}},
      {base + "[loss]\nkind = \"voltage_over_time_cross_entropy\"\npopulation = "
              "\"hidden\"\nlabel = 0\n",
       13,
       "loss.population",
       {"hidden fires and is reset", "model = \"cuba_li\""}},
      {out + "[loss]\nkind = \"voltage_maximum_cross_entropy\"\n",
       15,
       "loss",
       {"label is missing", "label = 0, up to 1"}},
      {out + "[loss]\nkind = \"voltage_over_time_cross_entropy\"\nlabel = 0\ngain = 0\n",
       18,
       "loss.gain",
       {"above 0"}},
      {out + "[loss]\nkind = \"van_rossum_distance\"\ntarget = [[], []]\n",
       16,
       "loss.kind",
       {"never fires"}},
      {base + "[loss]\nkind = \"van_rossum_distance\"\n", 11, "loss", {"target is missing"}},
      {base + "[loss]\nkind = \"van_rossum_distance\"\ntarget = [[], [], []]\ntau = \"0 ms\"\n",
       14,
       "loss.tau",
       {"above 0 ms"}},
      {base + "[loss]\nkind = \"van_rossum_distance\"\ntarget = [[], [], []]\nscale = \"1 ms\"\n",
       14,
       "loss.scale",
       {"does not apply"}},
      {base + "[loss]\nkind = \"spike_time_target\"\n", 11, "loss", {"target is missing"}},
      {base + "[loss]\nkind = \"spike_time_target\"\ntarget = [[]]\n",
       13,
       "loss.target",
       {"one list of times per neuron"}},
      {base + "[loss]\nkind = \"spike_time_target\"\ntarget = [[], [\"2 ms\", \"1 ms\"], []]\n",
       13,
       "loss.target[1][1]",
       {"ascending"}},
      {base + "[loss]\nkind = \"first_spike_cross_entropy\"\nlabel = 0\nalpha = 1\ntau1 = \"0.01 "
              "ms\"\n",
       15,
       "loss.tau1",
       {"choose a tau1"}},
      {data("kind = \"yin_yang\"\nt_early = \"1 ms\"\nt_late = \"2 ms\"\n[[population]]\nname = "
            "\"x\"\nsize = 4\n[loss]\n"
            "kind = \"first_spike_margin\"\n"),
       18,
       "loss.kind",
       {"3 classes", "size = 3"}},
  });
}

TEST_CASE("data that does not fit is refused") {
  check({
      {data("kind = \"mnst\"\n"), 11, "data.kind", {"did you mean mnist?"}},
      {data("kind = \"yin_yang\"\n"), 9, "data", {"t_early is missing"}},
      {data("kind = \"yin_yang\"\nt_early = \"5 ms\"\nt_late = \"4 ms\"\n"),
       13,
       "data.t_late",
       {"at least 5 ms"}},
      {data("kind = \"yin_yang\"\nt_early = \"5 ms\"\nt_late = \"40 ms\"\n"),
       13,
       "data.t_late",
       {"below 40 ms"}},
      {data("kind = \"yin_yang\"\nt_early = \"5 ms\"\nt_late = 6\n"),
       13,
       "data.t_late",
       {"\"6 ms\""}},
      {data("kind = \"yin_yang\"\nt_early = \"1 ms\"\nt_late = \"2 ms\"\nbias_spike = \"0 ms\"\n"),
       10,
       "data.population",
       {"size = 5"}},
      {data("kind = \"mnist\"\nt_early = \"1 ms\"\nt_late = \"2 ms\"\n"),
       10,
       "data.population",
       {"size = 784"}},
      {data("kind = \"yin_yang\"\nt_early = \"1 ms\"\nt_late = \"2 ms\"\npath = \"x\"\n"),
       14,
       "data.path",
       {"does not apply"}},
      {data("kind = \"mnist\"\nt_early = \"1 ms\"\nt_late = \"2 ms\"\nvalidation = 60000\n"),
       14,
       "data.validation",
       {"59999"}},
      {without_spikes + "[data]\nkind = \"yin_yang\"\npopulation = \"inn\"\n",
       12,
       "data.population",
       {"did you mean in?"}},
      {scenario("duration = \"1 s\"") + "[data]\nkind = \"yin_yang\"\n",
       6,
       "data",
       {"population is missing"}},
      {scenario("duration = \"1 s\"") +
           "model = \"cuba_lif\"\n[data]\nkind = \"yin_yang\"\npopulation = \"a\"\n",
       6,
       "population[0].model",
       {"receives the data", "\"input\""}},
  });
}

TEST_CASE("probes that cannot be are refused") {
  check({
      {base + "[[probe]]\nneurons = [0]\n", 11, "probe[0]", {"population is missing"}},
      {base + "[[probe]]\npopulation = \"in\"\n", 12, "probe[0].population", {"no V and I"}},
      {base + "[[probe]]\npopulation = \"hidden\"\nneurons = [0, 3]\n",
       13,
       "probe[0].neurons[1]",
       {"between 0 and 2"}},
      {base + "[[probe]]\npopulation = \"hidden\"\nneurons = [1, 1]\n",
       13,
       "probe[0].neurons[1]",
       {"listed twice"}},
      {base + "[[probe]]\npopulation = \"hidden\"\nneurons = []\n",
       13,
       "probe[0].neurons",
       {"empty"}},
      {base + "[[probe]]\npopulation = \"hidden\"\ninterval = 1\n",
       13,
       "probe[0].interval",
       {"\"1 ms\""}},
      {base + "[[probe]]\npopulation = \"hidden\"\ninterval = \"0 ms\"\n",
       13,
       "probe[0].interval",
       {"above 0 ms"}},
  });
  const std::string probe = base + "[[probe]]\npopulation = \"hidden\"\n";  // up to 12
  check({
      {probe + "times = []\n", 13, "probe[0].times", {"empty"}},
      {probe + "times = [1]\n", 13, "probe[0].times[0]", {"\"1 ms\""}},
      {probe + "times = [\"41 ms\"]\n", 13, "probe[0].times[0]", {"40"}},
      {probe + "times = [\"1 ms\", \"1 ms\"]\n", 13, "probe[0].times[1]", {"listed twice"}},
      {probe + "times = [\"1 ms\"]\ninterval = \"1 ms\"\n",
       14,
       "probe[0].interval",
       {"times says all instants", "remove one"}},
      {probe + "times = [\"1 ms\"]\nfrom = \"1 ms\"\n", 14, "probe[0].from", {"remove one"}},
      {probe + "from = \"5 ms\"\nto = \"5 ms\"\n",
       14,
       "probe[0].to",
       {"not after from", "times = [\"5 ms\"]"}},
      {probe + "from = \"40 ms\"\n", 13, "probe[0].from", {"end of the trial"}},
      {probe + "to = \"41 ms\"\n", 13, "probe[0].to", {"40"}},
      {probe + "record = [\"w\"]\n", 13, "probe[0].record[0]", {"threshold"}},
      {probe + "record = [\"v\", \"v\"]\n", 13, "probe[0].record[1]", {"listed twice"}},
      {probe + "record = []\n", 13, "probe[0].record", {"takes nothing"}},
      {probe + "receptors = []\n", 13, "probe[0].receptors", {"empty"}},
      {probe + "receptors = [0]\n", 13, "probe[0].receptors[0]", {"1"}},
      {probe + "receptors = [2]\n", 13, "probe[0].receptors[0]", {"2"}},
      {probe + "receptors = [1, 1]\n", 13, "probe[0].receptors[1]", {"listed twice"}},
      {probe + "interval = \"1e-6 ms\"\nreceptors = [1]\nrecord = [\"v\", \"i\", \"threshold\"]\n",
       13,
       "probe[0].interval",
       {"longer interval"}},
  });
  const auto of_model = [](const std::string& model) {
    return "[scenario]\nduration = \"40 ms\"\n[[population]]\nname = \"a\"\nsize = 1\nmodel = \"" +
           model + "\"\n[[probe]]\npopulation = \"a\"\n";
  };
  check({
      {of_model("cuba_li") + "record = [\"threshold\"]\n",
       9,
       "probe[0].record[0]",
       {"a is a cuba_li", "no threshold"}},
      {of_model("qif") + "record = [\"threshold\"]\n", 9, "probe[0].record[0]", {"no threshold"}},
      {of_model("lif") + "receptors = [1]\n",
       9,
       "probe[0].receptors",
       {"a is a lif", "no current"}},
  });
}

TEST_CASE("what is not TOML is refused at its line and column") {
  check({
      {base + "tau_mem = \n", 11, "", {"not valid TOML"}},
      {base + "tau_mem = \"10 ms\n", 11, "", {"not valid TOML"}},
      {"[scenario]\nduration = \"1 s\"\n[scenario]\n", 3, "", {"not valid TOML"}},
      {"[scenario]\nduration = \"1 s\"\nduration = \"1 s\"\n", 3, "", {"not valid TOML"}},
      {std::string("\x7f"
                   "ELF\x02\x01\x01\0\0\0\xff\xfe",
                   12),
       1,
       "",
       {"not valid TOML"}},
      {std::string(1000, '\0'), 1, "", {"not valid TOML"}},
      {"a = " + std::string(100'000, '['), 1, "", {"not valid TOML"}},
      {"\n[" + std::string(100'000, 'a') + "\n", 2, "", {"not valid TOML"}},
  });
  std::string deep = "a";
  for (int k = 0; k < 100'000; ++k) deep += ".a";
  check({
      {deep + " = 1\n", 1, "", {"more than 16 parts", "remove"}},
      {"[" + deep + "]\n", 1, "", {"more than 16 parts"}},
      {"\nb = [ \"\"\"\n' \"\"\", {" + deep + " = 1} ]\n", 3, "", {"more than 16 parts"}},
      {"b = 1 # '\n\"\\\"\" = {" + deep + " = 1}\n", 2, "", {"more than 16 parts"}},
  });
  // The deepest that passes both limits is taken apart without harm.
  std::string nested = "a";
  for (int k = 0; k < 16; ++k) nested += ".a";
  std::string open, close;
  for (int k = 0; k < 200; ++k) open += (k ? "{" : "") + nested + " = ", close += k ? "}" : "";
  check({{open + "1" + close + "\n", 1, "a", {"unknown key"}}});
  const auto error = error_of("[scenario]\nduration == 3\n");
  REQUIRE(error);
  CHECK(error->line == 2);
  CHECK(error->column == 11);
}

TEST_CASE("columns point at the value, counted in characters") {
  const auto error =
      error_of(base + "learn = [] # \u00e4\n[train]\nepochs = 1\nbatch    =     0\n");
  REQUIRE(error);
  CHECK(error->line == 14);
  CHECK(error->column == 16);
  CHECK_THAT(error->what(), Contains("wrong.toml:14:16: train.batch: 0 is out of range"));
}

TEST_CASE("files that are not there, folders, and files that are too large are refused") {
  const ScratchFolder folder;
  try {
    read_scenario((folder / "absent.toml").string());
    FAIL("no error");
  } catch (const IoError& e) {
    CHECK(e.file == (folder / "absent.toml").string());
  }
  CHECK_THROWS_AS(read_scenario(folder.path().string()), IoError);
  CHECK_THROWS_AS(read_scenario(""), IoError);
  put(folder / "large.toml", "");
  std::filesystem::resize_file(folder / "large.toml", std::uintmax_t{1} << 40);
  CHECK_THROWS_AS(read_scenario((folder / "large.toml").string()), LimitError);
  put(folder / "empty.toml", "");
  CHECK_THROWS_AS(read_scenario((folder / "empty.toml").string()), ScenarioError);
}

namespace {

const std::string everything =
    "# \u00e4\n[scenario]\nname = \"x\"\nduration = \"40 ms\"\nseed = 3\n"
    "[[population]]\nname = \"in\"\nsize = 4\n"
    "[[population]]\nname = \"h\"\nsize = 3\ntau_mem = [\"10 ms\", \"9 ms\", \"8 ms\"]\n"
    "bias = { distribution = \"uniform\", low = 0, high = 0.1 }\nlearn = [\"bias\"]\n"
    "[[projection]]\nfrom = \"in\"\nto = \"h\"\nweight = [[1, nan, 2, 3], [4, 5, 6, 7], [0, 0, 0, "
    "0]]\ndelay = \"1 ms\"\n"
    "[[projection]]\nfrom = \"h\"\nto = \"h\"\nweight = { distribution = \"normal\", mean = 1, std "
    "= 0.1 }\n"
    "delay = { distribution = \"uniform\", low = \"1 ms\", high = \"2 ms\" }\ndensity = 0.5\nself "
    "= false\n"
    "learn = [\"weight\", \"delay\"]\ndelay_min = \"0.5 ms\"\n"
    "[data]\nkind = \"yin_yang\"\npopulation = \"in\"\nt_early = \"1 ms\"\nt_late = \"2e1 ms\"\n"
    "[loss]\nkind = \"first_spike_cross_entropy\"\ntau0 = \"1 ms\"\n[train]\nepochs = "
    "1\n[train.regulariser]\nstrength = 1\n"
    "target = 1\n[chip]\nstep = \"1 ms\"\n[[probe]]\npopulation = \"h\"\nneurons = [0, 2]\n";

// The same with an inline trial instead of the data.
std::string with_inline_trial() {
  std::string text = everything;
  const std::size_t data = text.find("[data]");
  text.erase(data, text.find("[loss]") - data);
  const std::string loss = "[loss]\n";
  text.insert(text.find(loss) + loss.size(), "population = \"h\"\nlabel = 0\n");
  const std::string size = "size = 4\n";
  return text.insert(text.find(size) + size.size(),
                     "spikes = [[\"1 ms\"], [], ['2 ms'], [\"0.5 us\", \"6 ms\"]]\n");
}

// Reads it, whatever it is: nothing but an error of ours may come out.
void read_anyhow(const std::string& text) {
  try {
    const Scenario scenario = parse_scenario(text, "damaged.toml");
    resolved_text(scenario);
  } catch (const ScenarioError& e) {
    if (e.line == 0 || e.column == 0) FAIL_CHECK("no place: " << e.what());
  } catch (const LimitError&) {
  }
}

}  // namespace

TEST_CASE("a scenario cut off anywhere is read or refused") {
  for (const std::string& right : {everything, with_inline_trial()}) {
    CHECK_NOTHROW(parse_scenario(right, "right.toml"));
    for (std::size_t length = 0; length <= right.size(); ++length)
      CHECK_NOTHROW(read_anyhow(right.substr(0, length)));
  }
}

TEST_CASE("a scenario with any bit flipped, byte removed or doubled is read or refused") {
  for (const std::string& right : {everything, with_inline_trial()})
    for (std::size_t k = 0; k < right.size(); ++k) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string damaged = right;
        damaged[k] = static_cast<char>(static_cast<unsigned char>(damaged[k]) ^ (1u << bit));
        CHECK_NOTHROW(read_anyhow(damaged));
      }
      CHECK_NOTHROW(read_anyhow(right.substr(0, k) + right.substr(k + 1)));
      CHECK_NOTHROW(read_anyhow(right.substr(0, k) + right[k] + right.substr(k)));
    }
}
