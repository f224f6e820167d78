// [structure] of a scenario: what is read, and the network that it makes.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <string>

#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

using namespace retrograde;

namespace {

const std::string network =
    "[scenario]\nduration = \"40 ms\"\nseed = 7\n"
    "[[population]]\nname = \"in\"\nsize = 10\nmodel = \"input\"\n"
    "[[population]]\nname = \"hidden\"\nsize = 20\n"
    "[[population]]\nname = \"out\"\nsize = 4\nmodel = \"cuba_li\"\n"
    "[[projection]]\nfrom = \"in\"\nto = \"hidden\"\nlearn = [\"weight\", \"delay\"]\n"
    "weight = { distribution = \"normal\", mean = 0.0, std = 1.0 }\n"
    "delay = { distribution = \"uniform\", low = \"1 ms\", high = \"9 ms\" }\n"
    "[[projection]]\nfrom = \"hidden\"\nto = \"hidden\"\nself = false\nweight = 0.1\n"
    "delay = \"1 ms\"\n"
    "[[projection]]\nfrom = \"hidden\"\nto = \"out\"\nlearn = [\"weight\"]\nweight = 0.5\n";

Scenario with(const std::string& structure, const std::string& before = "") {
  return parse_scenario(network + before + "[structure]\n" + structure, "structure.toml");
}

}  // namespace

TEST_CASE("a structure is of the projections that learn weights, and leaves the others alone") {
  const Scenario all = parse_scenario(network, "all.toml");
  const Scenario s = with("density = 0.25\n");
  REQUIRE(s.structure);
  CHECK_FALSE(s.structure->spec().dynamic());
  CHECK(s.network.projections()[0].size == 50);
  CHECK(s.network.projections()[1].size == 380);
  CHECK(s.network.projections()[2].size == 20);
  CHECK(s.learning.learned.size() == s.network.layout().size());
  // Everybody is as the projections say, whoever else exists; but a normal weight has a stream of
  // its own, since in one stream each takes as many random numbers as it happens to need.
  const auto taken = s.structure->pairs().taken_by(s.network);
  const std::size_t delays = s.network.layout().offset(ParameterKind::delay);
  const std::size_t all_delays = all.network.layout().offset(ParameterKind::delay);
  for (SynapseId k = 0; k < taken.size(); ++k) {
    const auto pair = static_cast<SynapseId>(taken[k]);
    const double weight =
        pair >= 200
            ? all.network.weight(pair)
            : Random(7, "weight/in->hidden", 1 + pair % 20 * 10 + pair / 20).normal(0.0, 1.0);
    CHECK(s.network.weight(k) == weight);
    CHECK(s.network.delay(k) == all.network.delay(pair));
    for (const std::size_t offset : {std::size_t{0}, std::size_t{1}}) {
      CHECK(s.learning.learned[offset * delays + k] ==
            all.learning.learned[offset * all_delays + pair]);
      CHECK(s.learning.lower[offset * delays + k] ==
            all.learning.lower[offset * all_delays + pair]);
      CHECK(s.learning.upper[offset * delays + k] ==
            all.learning.upper[offset * all_delays + pair]);
    }
  }
  CHECK_FALSE(all.structure);
}

TEST_CASE("with a structure normal weights are those of their pairs, whether pairs are listed") {
  // Delays that are normal have to be listed.
  std::string listed = network;
  const std::string uniform = "{ distribution = \"uniform\", low = \"1 ms\", high = \"9 ms\" }";
  listed.replace(listed.find(uniform), uniform.size(),
                 "{ distribution = \"normal\", mean = \"5 ms\", std = \"1 ms\" }");
  const Scenario s = parse_scenario(listed + "[structure]\ndensity = 0.25\n", "listed.toml");
  const Projection& p = s.network.projections()[0];
  REQUIRE(p.size == 50);
  for (SynapseId k = 0; k < p.size; ++k) {
    const std::uint64_t pair = 1 + p.targets[k] * 10u + p.source_of(k);
    CHECK(s.network.weight(k) == Random(7, "weight/in->hidden", pair).normal(0.0, 1.0));
    CHECK(s.network.delay(k) == Random(7, "delay/in->hidden", pair).normal(5.0, 1.0));
  }
}

TEST_CASE("a matrix of one weight lists it, also where it is none") {
  const Scenario s = parse_scenario(
      network +
          "[[population]]\nname = \"a\"\nsize = 1\n[[population]]\nname = \"b\"\nsize = 1\n"
          "[[projection]]\nfrom = \"a\"\nto = \"b\"\nweight = [[nan]]\nlearn = [\"weight\"]\n"
          "[structure]\ndensity = 0.25\n",
      "one.toml");
  CHECK(s.network.projections()[3].size == 0);
}

TEST_CASE("windows have to be possible for every choice of synapses") {
  // One of 380 pairs has a delay of 1 us; windows need a hundredth of tau_syn, about 10 us here.
  std::string text = network;
  const std::string fixed = "weight = 0.1\ndelay = \"1 ms\"\n";
  const auto with_delay = [&](const std::string& delay, const std::string& grown) {
    std::string changed = text;
    changed.replace(changed.find(fixed), fixed.size(),
                    "weight = 0.1\nlearn = [\"weight\"]\ndelay = " + delay + "\n");
    changed.insert(changed.find("seed = 7"), "scheduler = \"windowed\"\n");
    return parse_scenario(changed + "[structure]\nrule = \"deep_r_rigl\"\ndensity = 0.05\n" + grown,
                          "windows.toml");
  };
  const std::string drawn = "{ distribution = \"uniform\", low = \"1 ms\", high = \"9 ms\" }";
  CHECK_NOTHROW(with_delay(drawn, ""));
  CHECK_NOTHROW(
      with_delay(drawn, "grown_delay = \"drawn\"\ndelay_min = \"1 ms\"\ndelay_max = \"9 ms\"\n"));
  const auto check_refused = [&](const std::string& delay, const std::string& grown) {
    CHECK_THROWS_WITH(with_delay(delay, grown),
                      Catch::Contains("scenario.scheduler") &&
                          Catch::Contains("or chosen, and as short as they may become"));
  };
  check_refused("{ distribution = \"uniform\", low = \"1 us\", high = \"9 ms\" }", "");
  check_refused(drawn, "grown_delay = \"drawn\"\ndelay_min = \"1 us\"\ndelay_max = \"9 ms\"\n");
}

TEST_CASE("rules set the switches, and each may be written beside them") {
  const StructureSpec deep_r =
      with("rule = \"deep_r\"\ndensity = 0.1\nl1 = 1e-4\ntemperature = 1e-9\n").structure->spec();
  CHECK(deep_r.budget == Budget::network);
  CHECK(deep_r.signs == Signs::synapse);
  CHECK(deep_r.removal == Removal::sign);
  CHECK(deep_r.growth == Growth::random);
  CHECK(deep_r.grown_weight == 1e-12);
  CHECK(deep_r.l1 == 1e-4);
  CHECK(deep_r.l1_step == L1Step::proximal);
  CHECK(deep_r.temperature == 1e-9);
  CHECK_FALSE(deep_r.keep_moments);

  const StructureSpec rigl =
      with("rule = \"rigl\"\ndensity = 0.1\nevery = 30\n", "[train]\nepochs = 40\n")
          .structure->spec();
  CHECK(rigl.budget == Budget::uniform);
  CHECK(rigl.signs == Signs::free);
  CHECK(rigl.removal == Removal::magnitude);
  CHECK(rigl.growth == Growth::gradient);
  CHECK(rigl.every == 30);
  CHECK(rigl.fraction == 0.3);
  CHECK(rigl.until == 30.0);
  CHECK(rigl.grown_weight == 0.0);

  const StructureSpec both = with("rule = \"deep_r_rigl\"\ndensity = 0.1\n").structure->spec();
  CHECK(both.budget == Budget::uniform);
  CHECK(both.signs == Signs::neuron);
  CHECK(both.removal == Removal::sign);
  CHECK(both.growth == Growth::signed_gradient);
  CHECK(both.every == 1);
  CHECK(both.l1 == 0.01);
  CHECK(both.l1_step == L1Step::gradient);
  CHECK(both.keep_moments);
  CHECK_FALSE(both.keep_crossed);
  CHECK(both.delay == GrownDelay::pair);

  const StructureSpec other =
      with(
          "rule = \"deep_r_rigl\"\ndensity = 0.1\nbudget = \"erdos_renyi\"\nsigns = \"synapse\"\n"
          "excitatory = 0.8\nprojections = [\"hidden->out\"]\ngrowth = \"gradient\"\nevery = 2\n"
          "grown_weight = 0.001\nmoments = \"cleared\"\nl1 = 0\ntemperature = 1e-8\n"
          "grown_delay = \"best\"\ndelay_min = \"1 ms\"\ndelay_max = \"5 ms\"\n"
          "delay_step = \"0.5 ms\"\ncandidates = 12\n")
          .structure->spec();
  CHECK(other.projections == std::vector<char>{0, 0, 1});
  CHECK(other.budget == Budget::erdos_renyi);
  CHECK(other.signs == Signs::synapse);
  CHECK(other.excitatory == 0.8);
  CHECK(other.growth == Growth::gradient);
  CHECK(other.every == 2);
  CHECK(other.grown_weight == 0.001);
  CHECK_FALSE(other.keep_moments);
  CHECK(other.l1 == 0.0);
  CHECK(other.temperature == 1e-8);
  CHECK(other.delay == GrownDelay::best);
  CHECK(grown_delays(other).size() == 9);
  CHECK(other.sample == 12);
}

TEST_CASE("the seed of a scenario draws who begins and which signs there are") {
  const std::string text = network + "[structure]\ndensity = 0.25\nsigns = \"neuron\"\n";
  const Scenario a = parse_scenario(text, "s.toml"), b = parse_scenario(text, "s.toml"),
                 c = parse_scenario(text, "s.toml", {.seed = 8});
  CHECK(a.structure->taken() == b.structure->taken());
  CHECK(a.structure->taken() != c.structure->taken());
  for (SynapseId s = 0; s < 200; ++s) CHECK(a.structure->sign(s) == b.structure->sign(s));
  bool other = false;
  for (SynapseId s = 0; s < 200; ++s) other |= a.structure->sign(s) != c.structure->sign(s);
  CHECK(other);
}

namespace {

std::string large(const std::string& projection, const std::string& structure) {
  return "[scenario]\nduration = \"40 ms\"\nseed = 7\n"
         "[[population]]\nname = \"in\"\nsize = 100000\nmodel = \"input\"\n"
         "[[population]]\nname = \"hidden\"\nsize = 100000\n"
         "[[projection]]\nfrom = \"in\"\nto = \"hidden\"\nlearn = [\"weight\"]\n" +
         projection + "[structure]\nrule = \"deep_r\"\nl1 = 0\ntemperature = 0\n" + structure;
}

}  // namespace

TEST_CASE("a structure chooses among 10^10 pairs that nobody lists") {
  const std::string uniform =
      "weight = { distribution = \"uniform\", low = -1.0, high = 2.0 }\n"
      "delay = { distribution = \"uniform\", low = \"0 ms\", high = \"9 ms\" }\n";
  const Scenario s = parse_scenario(large(uniform, "density = 1e-7\n"), "large.toml");
  CHECK(s.structure->pairs().count() == 10'000'000'000);
  CHECK(s.structure->pairs().outline().synapse_count() == 1);
  REQUIRE(s.network.synapse_count() == 1000);
  // The numbers of a stream that is drawn target after target.
  for (SynapseId k = 0; k < 1000; ++k) {
    const PairId pair = s.structure->taken()[k];
    const std::uint64_t source = pair / 100'000, target = pair % 100'000;
    const std::uint64_t row_major = target * 100'000 + source;
    CHECK(s.network.target_of(k) == 100'000 + target);
    CHECK(std::fabs(s.network.weight(k)) ==
          std::fabs(Random(7, "weight/in->hidden", 0, row_major).uniform(-1.0, 2.0)));
    CHECK(s.network.delay(k) == Random(7, "delay/in->hidden", 0, row_major).uniform(0.0, 9.0));
  }
  // A normal weight has a stream of its own.
  const Scenario normal = parse_scenario(
      large("weight = { distribution = \"normal\", mean = 3.0, std = 0.5 }\n", "density = 1e-6\n"),
      "large.toml");
  double sum = 0.0, squares = 0.0;
  for (SynapseId k = 0; k < 10'000; ++k) {
    const double deviation = std::fabs(normal.network.weight(k)) - 3.0;
    sum += deviation;
    squares += deviation * deviation;
  }
  CHECK(std::fabs(sum / 10'000) < 0.02);  // four deviations of the mean
  CHECK(squares / 10'000 == Approx(0.25).epsilon(0.06));
}

TEST_CASE("where a projection says more of its pairs than a function can, they are listed") {
  const auto listed = [](std::string projection, const std::string& structure = "") {
    std::string text = network;
    const std::string old =
        "[[projection]]\nfrom = \"in\"\nto = \"hidden\"\nlearn = [\"weight\", \"delay\"]\n"
        "weight = { distribution = \"normal\", mean = 0.0, std = 1.0 }\n"
        "delay = { distribution = \"uniform\", low = \"1 ms\", high = \"9 ms\" }\n";
    text.replace(text.find(old), old.size(), "[[projection]]\n" + projection);
    const Scenario s =
        parse_scenario(text + "[structure]\ndensity = 0.25\n" + structure, "structure.toml");
    return s.structure->pairs().outline().projections()[0].size > 1;
  };
  const std::string in = "from = \"in\"\nto = \"hidden\"\nlearn = [\"weight\"]\nweight = 0.5\n";
  const std::string recurrent =
      "from = \"hidden\"\nto = \"hidden\"\nname = \"again\"\nlearn = [\"weight\"]\nweight = 0.5\n";
  CHECK_FALSE(listed(in));
  CHECK(listed(in + "density = 0.5\n"));
  CHECK(listed(in, "projections = [\"hidden->out\"]\n"));
  CHECK(listed(in + "delay = { distribution = \"normal\", mean = \"9 ms\", std = \"1 ms\" }\n"));
  // On a cycle no delay may be 0.
  CHECK_FALSE(listed(recurrent + "delay = \"1 ms\"\n"));
  CHECK_FALSE(listed(recurrent + "delay = \"1 ms\"\nself = false\n"));
  CHECK(listed(recurrent +
               "delay = { distribution = \"uniform\", low = \"0 ms\", high = \"9 ms\" }\n"));
}

TEST_CASE("in steps the taps of pairs that nobody lists reach as far as any of them may begin") {
  // Delays are learned without delay_max: the longest at the start, up to 9 ms, in steps of 1 ms.
  const Scenario s =
      with("density = 0.25\n",
           "[loss]\nkind = \"voltage_cross_entropy\"\npopulation = \"out\"\nlabel = 0\n"
           "[train]\nmethod = \"surrogate\"\n");
  REQUIRE(s.surrogate);
  CHECK(s.surrogate->longest == std::vector<std::uint32_t>{9, 0, 0});
  const Pairs& pairs = s.structure->pairs();
  CHECK(pairs.outline().projections()[0].size == 1);
  for (PairId pair = pairs.begin(0); pair < pairs.end(0); ++pair)
    CHECK(pairs.delay_range(pair).upper == 9.0);
  const std::size_t delays = s.network.layout().offset(ParameterKind::delay);
  for (SynapseId k = 0; k < 50; ++k) CHECK(s.learning.upper[delays + k] == 9.0);
}
