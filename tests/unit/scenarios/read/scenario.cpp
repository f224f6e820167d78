// What scenario files mean: networks, inputs, learning, losses, data, training, probes. Wrong
// files: tests/fault/scenario.cpp.
#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include <retrograde/adjoint/sequential/sequential.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/events/geometric.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/data/tasks/yin_yang.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

using namespace retrograde;

namespace {

const std::string library = std::string(RETROGRADE_SOURCE_DIR) + "/scenarios/library/";

Scenario parse(const std::string& text, const ScenarioOverrides& overrides = {}) {
  return parse_scenario(text, "test.toml", overrides);
}

std::vector<double> values(const Network& network, ParameterKind kind) {
  const auto all = network.parameters(kind);
  return {all.begin(), all.end()};
}

// An input of 3, a population of 4, and whatever follows.
std::string small(const std::string& projection) {
  return "[scenario]\nduration = \"20 ms\"\n[[population]]\nname = \"in\"\nmodel = \"input\"\nsize "
         "= 3\n"
         "[[population]]\nname = \"h\"\nsize = 4\n" +
         projection;
}

// Two classes, read from a cuba_lif (`out`) and a cuba_li (`read`) population.
std::string classes(const std::string& tail) {
  return "[scenario]\nduration = \"20 ms\"\n[[population]]\nname = \"in\"\nsize = 4\nmodel = "
         "\"input\"\n"
         "[[population]]\nname = \"out\"\nsize = 2\n[[population]]\nname = \"read\"\nsize = "
         "2\nmodel = \"cuba_li\"\n"
         "[[projection]]\nfrom = \"in\"\nto = \"out\"\nweight = 1\n[[projection]]\nfrom = "
         "\"in\"\nto = \"read\"\nweight = 1\n" +
         tail;
}

}  // namespace

TEST_CASE("the example of the specification parses as it stands") {
  const Scenario s = parse(R"(
[scenario]
duration = "40 ms"
[[population]]
name = "in"
size = 2
spikes = [["1 ms", "6 ms", "13 ms"], ["3 ms", "9 ms"]]
[[population]]
name = "hidden"
size = 2
model = "cuba_lif"
tau_mem = "10 ms"            # or a list, one per neuron
tau_syn = "5 ms"
v_threshold = 1.0
[[projection]]
from = "in"
to = "hidden"
weight = [[3.2, 0.0], [0.0, 2.9]]          # rows are targets; nan = no synapse
delay = [["0.75 ms", "1 ms"], ["1 ms", "0.5 ms"]]
[loss]
kind = "spike_time_power"     # sum over spikes of coefficient * (t / scale)^power, per neuron; and integral terms
)");
  CHECK(s.name == "test");
  CHECK(s.duration == 40.0);
  CHECK(s.seed == 1);
  CHECK(s.network.neuron_count() == 4);
  CHECK(s.network.synapse_count() == 4);
  CHECK(s.network.populations()[0].model == Model::input);
  CHECK(s.network.populations()[1].model == Model::cuba_lif);
  // Ordered by (source, target).
  CHECK(values(s.network, ParameterKind::weight) == std::vector<double>{3.2, 0.0, 0.0, 2.9});
  CHECK(values(s.network, ParameterKind::delay) == std::vector<double>{0.75, 1.0, 1.0, 0.5});
  const std::vector<Spike> inputs = {{1.0, 0}, {3.0, 1}, {6.0, 0}, {9.0, 1}, {13.0, 0}};
  CHECK(s.trial.inputs == inputs);
  CHECK(s.trial.duration == 40.0);
  REQUIRE(s.loss);
  CHECK(s.loss->readout().population == 1);
  // Without coefficient and integral: the sum of all spike times, in ms.
  const Tape tape = run_sequential(s.network, s.trial, {.readout = s.loss->readout()});
  double sum = 0;
  for (const TapeSpike& spike : tape.spikes)
    if (spike.neuron >= 2) sum += spike.time;
  CHECK(sum > 0);
  CHECK(s.loss->evaluate(s.network, tape, -1).value == Approx(sum).epsilon(1e-14));
  CHECK_FALSE(s.learning.any());
}

TEST_CASE("the shipped R1 is the network of the validation test and reproduces its losses") {
  // 60-digit arithmetic; see tests/validation/recurrent_reference.cpp.
  const Scenario l1 = read_scenario(library + "r1.toml"),
                 l2 = read_scenario(library + "r1_voltage.toml");
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  const auto hidden =
      builder.add({.name = "hidden", .size = 2, .tau_mem = {10.0}, .tau_syn = {5.0}});
  builder.connect(in, hidden, {{0, 0, 3.2, 0.75}, {1, 1, 2.9, 0.5}});
  builder.connect(hidden, hidden, {{1, 0, 0.8, 2.5}, {0, 1, 2.4, 1.5}, {1, 1, -0.6, 3.25}});
  const Network expected = builder.build();
  const Trial trial{40.0, {{1.0, 0}, {3.0, 1}, {6.0, 0}, {9.0, 1}, {13.0, 0}}};
  for (const Scenario* s : {&l1, &l2}) {
    CHECK(s->network.layout() == expected.layout());
    const auto a = s->network.parameters(), b = expected.parameters();
    CHECK(std::vector<double>(a.begin(), a.end()) == std::vector<double>(b.begin(), b.end()));
    for (std::size_t p = 0; p < 2; ++p) {
      CHECK(s->network.projections()[p].rows == expected.projections()[p].rows);
      CHECK(s->network.projections()[p].targets == expected.projections()[p].targets);
    }
    CHECK(s->trial.inputs == trial.inputs);
  }
  const auto value = [](const Scenario& s) {
    return s.loss
        ->evaluate(s.network, run_sequential(s.network, s.trial, {.readout = s.loss->readout()}),
                   s.label)
        .value;
  };
  CHECK(std::fabs(value(l1) - 5.761673832250294) < 1e-12);
  CHECK(std::fabs(value(l2) - 19.70883266406842) < 1e-12);
}

TEST_CASE("the shipped hello has spikes in every neuron and a probe") {
  const Scenario s = read_scenario(library + "hello.toml");
  CHECK(s.name == "hello");
  const Tape tape = run_sequential(s.network, s.trial);
  std::set<NeuronId> fired;
  for (const TapeSpike& spike : tape.spikes) fired.insert(spike.neuron);
  CHECK(fired.size() == s.network.neuron_count());
  REQUIRE(s.probes.size() == 1);
  CHECK(s.probes[0].neurons == std::vector<NeuronId>{2, 3, 4});
}

TEST_CASE("defaults of a scenario are those of its manual") {
  const Scenario s = parse(small(
      "[[projection]]\nfrom = \"in\"\nto = \"h\"\nweight = 1\n[[probe]]\npopulation = \"h\"\n"));
  CHECK(s.max_rate == 10.0);
  CHECK(s.scheduler == Scheduler::automatic);
  CHECK(s.label == -1);
  CHECK(s.network.projections()[0].name == "in->h");
  CHECK(values(s.network, ParameterKind::delay) == std::vector<double>(12, 0.0));
  const auto of_h = [&](ParameterKind kind) { return s.network.parameter(kind, 4); };
  CHECK(of_h(ParameterKind::tau_mem) == 20.0);
  CHECK(of_h(ParameterKind::tau_syn) == 5.0);
  CHECK(of_h(ParameterKind::v_threshold) == 1.0);
  CHECK(of_h(ParameterKind::v_reset) == 0.0);
  CHECK(of_h(ParameterKind::bias) == 0.0);
  CHECK(of_h(ParameterKind::t_ref) == 0.0);
  CHECK(s.probes[0].interval == Approx(0.02));
  CHECK(s.probes[0].neurons == std::vector<NeuronId>{3, 4, 5, 6});
  CHECK(s.chip.step == 1.0);
  CHECK(!s.chip.clip_percentile);
  CHECK(s.chip.calibrates_clipping);
  CHECK(s.chip.calibrates_thresholds);
  CHECK(s.chip.groups == 1);
  CHECK(s.chip.weight_exponent == 0);
  CHECK(!s.chip.fine_tune);
  CHECK(s.data.none());
  CHECK_FALSE(s.loss);
}

TEST_CASE("neuron parameters are one value, a list, or drawn from a named stream") {
  const Scenario s = parse(
      "[scenario]\nduration = \"1 s\"\nseed = 7\n[[population]]\nname = \"h\"\nsize = 3\n"
      "tau_mem = [\"10 ms\", \"0.02 s\", \"5000 us\"]\ntau_syn = { distribution = \"uniform\", low "
      "= \"2 ms\", high = \"4 ms\" }\n"
      "bias = { distribution = \"normal\", mean = 0.5, std = 0.1 }\nv_reset = -1\nv_threshold = 2\n"
      "t_ref = { distribution = \"normal\", mean = \"0 ms\", std = \"1 ms\" }\n"
      "learn = [\"tau_mem\", \"bias\"]\n");
  CHECK(s.duration == 1000.0);
  CHECK(values(s.network, ParameterKind::tau_mem) == std::vector<double>{10.0, 20.0, 5.0});
  Random tau(7, "tau_syn/h"), bias(7, "bias/h"), t_ref(7, "t_ref/h");
  for (std::size_t n = 0; n < 3; ++n) {
    CHECK(s.network.parameter(ParameterKind::tau_syn, n) == tau.uniform(2.0, 4.0));
    CHECK(s.network.parameter(ParameterKind::bias, n) == bias.normal(0.5, 0.1));
    CHECK(s.network.parameter(ParameterKind::t_ref, n) == std::max(0.0, t_ref.normal()));
    CHECK(s.network.parameter(ParameterKind::v_reset, n) == -1.0);
    CHECK(s.network.parameter(ParameterKind::v_threshold, n) == 2.0);
  }
  const ParameterLayout& layout = s.network.layout();
  CHECK(s.learning.any(layout, ParameterKind::tau_mem));
  CHECK(s.learning.any(layout, ParameterKind::bias));
  CHECK_FALSE(s.learning.any(layout, ParameterKind::tau_syn));
  CHECK_FALSE(s.learning.any(layout, ParameterKind::weight));
}

TEST_CASE("a matrix says which synapses exist, and delays without a synapse are ignored") {
  const Scenario s =
      parse(small("[[projection]]\nname = \"p\"\nfrom = \"in\"\nto = \"h\"\n"
                  "weight = [[1, nan, 2], [nan, nan, nan], [3, 4, nan], [nan, nan, 5]]\n"
                  "delay = [[\"1 ms\", \"\", \"2 ms\"], [0, nan, \"x\"], [\"3 ms\", \"4 ms\", "
                  "\"\"], [\"\", \"-1 ms\", \"5 ms\"]]\n"));
  const Projection& p = s.network.projections()[0];
  CHECK(p.name == "p");
  CHECK(p.rows == std::vector<SynapseId>{0, 2, 3, 5});
  CHECK(p.targets == std::vector<std::uint32_t>{0, 2, 2, 0, 3});
  CHECK(values(s.network, ParameterKind::weight) == std::vector<double>{1, 3, 4, 2, 5});
  CHECK(values(s.network, ParameterKind::delay) == std::vector<double>{1, 3, 4, 2, 5});
}

TEST_CASE(
    "random weights and delays: one number per pair, row-major, from streams named after the "
    "projection") {
  const std::string projection =
      "[[projection]]\nfrom = \"in\"\nto = \"h\"\nweight = { distribution = \"normal\", mean = "
      "1.0, std = 0.5 }\n"
      "delay = { distribution = \"uniform\", low = \"1 ms\", high = \"5 ms\" }\n";
  const Scenario s = parse(small(projection), {.seed = 11});
  CHECK(s.seed == 11);
  Random weight(11, "weight/in->h"), delay(11, "delay/in->h");
  double expected_weight[4][3], expected_delay[4][3];
  for (std::size_t t = 0; t < 4; ++t)
    for (std::size_t q = 0; q < 3; ++q) {
      expected_weight[t][q] = weight.normal(1.0, 0.5);
      expected_delay[t][q] = delay.uniform(1.0, 5.0);
    }
  const Projection& p = s.network.projections()[0];
  REQUIRE(p.size == 12);
  for (SynapseId k = 0; k < p.size; ++k) {
    CHECK(s.network.weight(k) == expected_weight[p.targets[k]][p.source_of(k)]);
    CHECK(s.network.delay(k) == expected_delay[p.targets[k]][p.source_of(k)]);
  }

  SECTION("density removes synapses and changes none") {
    const Scenario sparse = parse(small(projection + "density = 0.5\n"), {.seed = 11});
    const Projection& q = sparse.network.projections()[0];
    Random chance(11, "density/in->h");
    std::set<std::pair<std::uint32_t, std::uint32_t>> present;
    for (std::uint32_t t = 0; t < 4; ++t)
      for (std::uint32_t from = 0; from < 3; ++from)
        if (chance.uniform() < 0.5) present.emplace(t, from);
    REQUIRE(q.size == present.size());
    for (SynapseId k = 0; k < q.size; ++k) {
      CHECK(present.count({q.targets[k], q.source_of(k)}) == 1);
      CHECK(sparse.network.weight(k) == expected_weight[q.targets[k]][q.source_of(k)]);
      CHECK(sparse.network.delay(k) == expected_delay[q.targets[k]][q.source_of(k)]);
    }
    CHECK(parse(small(projection + "density = 0\n")).network.synapse_count() == 0);
  }
  SECTION("another seed, other values; other tables, the same") {
    CHECK(values(parse(small(projection), {.seed = 12}).network, ParameterKind::weight) !=
          values(s.network, ParameterKind::weight));
    const Scenario more = parse(small("[[projection]]\nfrom = \"h\"\nto = \"h\"\nweight = { "
                                      "distribution = \"uniform\", low = 0, high = 1 }\n"
                                      "delay = \"1 ms\"\n" +
                                      projection),
                                {.seed = 11});
    for (SynapseId k = 0; k < 12; ++k) CHECK(more.network.weight(16 + k) == s.network.weight(k));
  }
}

TEST_CASE("where pairs are too many to look at, targets come from a stream per source") {
  const std::string loop =
      "[[projection]]\nfrom = \"h\"\nto = \"h\"\nweight = { distribution = \"normal\", mean = 0, "
      "std = 1 }\ndelay = { distribution = \"uniform\", low = \"1 ms\", high = \"5 ms\" }\n";
  const auto network_of = [&](const std::string& rest, const std::string& size = "100000") {
    const std::string text =
        "[scenario]\nduration = \"20 ms\"\nseed = 7\n[[population]]\nname = \"h\"\nsize = " + size +
        "\n" + loop + rest;
    return parse(text).network;
  };
  // 10^10 pairs: 10^6 synapses, of which 10 are of a neuron with itself.
  const Network network = network_of("density = 0.0001\n");
  const Projection& p = network.projections()[0];
  CHECK(std::fabs(p.size - 1e6) < 5e3);  // five standard deviations
  std::vector<std::uint32_t> expected;
  int self = 0;
  const auto check_row = [&](std::uint32_t i) {
    expected.clear();
    for_each_chosen(1e-4, Random(7, "density/h->h", 1 + i), 100'000,
                    [&](std::uint64_t j) { expected.push_back(static_cast<std::uint32_t>(j)); });
    REQUIRE(std::equal(expected.begin(), expected.end(), p.targets.begin() + p.rows[i],
                       p.targets.begin() + p.rows[i + 1]));
    for (SynapseId k = p.rows[i]; k < p.rows[i + 1]; ++k) {
      self += p.targets[k] == i;
      const std::uint64_t pair = std::uint64_t{p.targets[k]} * 100'000 + i;
      REQUIRE(network.delay(k) == Random(7, "delay/h->h", 0, pair).uniform(1.0, 5.0));
      REQUIRE(network.weight(k) == Random(7, "weight/h->h", 1 + pair).normal(0.0, 1.0));
    }
  };
  for (std::uint32_t i = 0; i < 100'000; ++i) check_row(i);
  CHECK(self > 0);
  CHECK(network_of("density = 0.0001\nself = false\n").synapse_count() == p.size - self);
  CHECK(network_of("density = 0\n").synapse_count() == 0);
  // 10^9 pairs are looked at still, as ever; the next limit is that of synapses.
  CHECK_THROWS_WITH(network_of("density = 0.2\n"), Catch::Contains("about 2000000000 will have") &&
                                                       Catch::Contains("projection[0].density") &&
                                                       Catch::Contains("smaller density"));
}

TEST_CASE("normal values are moved into their bounds, delays to 0 and above") {
  const Scenario s =
      parse(small("[[projection]]\nfrom = \"in\"\nto = \"h\"\nweight = { distribution = "
                  "\"normal\", mean = 0, std = 1 }\nweight_min = 0\nweight_max = 0.5\n"
                  "delay = { distribution = \"normal\", mean = \"0 ms\", std = \"1 ms\" }\nlearn = "
                  "[\"weight\", \"delay\"]\n"));
  std::size_t at_zero = 0;
  for (SynapseId k = 0; k < s.network.synapse_count(); ++k) {
    CHECK(s.network.weight(k) >= 0.0);
    CHECK(s.network.weight(k) <= 0.5);
    CHECK(s.network.delay(k) >= 0.0);
    at_zero += s.network.delay(k) == 0.0;
  }
  CHECK(at_zero > 0);
  CHECK(at_zero < s.network.synapse_count());
  const ParameterLayout& layout = s.network.layout();
  CHECK(s.learning.upper[layout.offset(ParameterKind::weight)] == 0.5);
  CHECK(s.learning.lower[layout.offset(ParameterKind::weight)] == 0.0);
}

TEST_CASE("connect, self and bounds of learned delays") {
  const Scenario s =
      parse(small("[[projection]]\nfrom = \"h\"\nto = \"h\"\nweight = 1\ndelay = \"2 ms\"\nself = "
                  "false\nlearn = [\"delay\"]\ndelay_min = \"0.5 ms\"\n"
                  "delay_max = \"8 ms\"\n"
                  "[[projection]]\nname = \"pairs\"\nfrom = \"h\"\nto = \"h\"\nconnect = "
                  "\"one_to_one\"\nweight = [1, 2, 3, nan]\n"
                  "delay = [\"1 ms\", \"2 ms\", \"3 ms\", \"\"]\n"
                  "[[projection]]\nfrom = \"in\"\nto = \"h\"\nweight = -1\nlearn = [\"delay\"]\n"));
  const auto& all = s.network.projections();
  CHECK(all[0].size == 12);
  for (SynapseId k = 0; k < all[0].size; ++k) CHECK(all[0].source_of(k) != all[0].targets[k]);
  REQUIRE(all[1].size == 3);
  for (SynapseId k = 0; k < 3; ++k) {
    CHECK(all[1].source_of(k) == k);
    CHECK(all[1].targets[k] == k);
    CHECK(s.network.weight(12 + k) == k + 1.0);
    CHECK(s.network.delay(12 + k) == k + 1.0);
  }
  const std::size_t delays = s.network.layout().offset(ParameterKind::delay);
  CHECK(s.learning.learned[delays] == 1);
  CHECK(s.learning.lower[delays] == 0.5);
  CHECK(s.learning.upper[delays] == 8.0);
  CHECK(s.learning.learned[delays + 12] == 0);
  CHECK(s.learning.learned[delays + 15] == 1);
  CHECK(s.learning.lower[delays + 15] == 0.0);
  CHECK(s.learning.upper[delays + 15] == 20.0);
  CHECK_FALSE(s.learning.any(s.network.layout(), ParameterKind::weight));
}

TEST_CASE("projections and populations may be learned in a way of their own") {
  const Scenario s = parse(small(
      "learn = [\"tau_mem\", \"axonal_delay\"]\ntau_mem_rate = 0.5\naxonal_delay_share = 0.5\n"
      "axonal_delay = [\"1 ms\", \"3 ms\", \"2 ms\", \"3 ms\"]\ndropout = 0.25\n"
      "[[projection]]\nfrom = \"in\"\nto = \"h\"\nweight = 1.0\ndelay = \"2 ms\"\n"
      "learn = [\"weight\", \"delay\"]\nweight_rate = 0.02\nweight_decay = 0\nweight_l1 = 0.1\n"
      "delay_rate = 0.3\ndelay_l1 = 0.7\ndelay_min = \"0.5 ms\"\ndelay_share = 0.25\n"
      "delay_choice = \"random\"\n"
      "[[projection]]\nname = \"back\"\nfrom = \"h\"\nto = \"h\"\nweight = 1.0\ndelay = \"1 "
      "ms\"\n"));
  const ParameterLayout& layout = s.network.layout();
  REQUIRE(s.learning.groups.size() == 4);
  const LearningGroup &weight = s.learning.groups[0], &delay = s.learning.groups[1],
                      &tau = s.learning.groups[2], &axonal = s.learning.groups[3];
  CHECK((weight.begin == 0 && weight.end == 12));
  CHECK((weight.rate == 0.02 && weight.decay == 0.0 && weight.l1 == 0.1 && !weight.most));
  CHECK((delay.begin == layout.offset(ParameterKind::delay) && delay.end == delay.begin + 12));
  CHECK((delay.rate == 0.3 && delay.l1 == 0.7 && !delay.decay && delay.most == 3u));
  CHECK((tau.begin == layout.offset(ParameterKind::tau_mem) + 3 && tau.rate == 0.5));
  CHECK((axonal.end == layout.offset(ParameterKind::axonal_delay) + 7 && axonal.most == 2u));
  CHECK(s.dropout == std::vector<double>{0.0, 0.25});
  // Three of twelve are chosen and learned; the others lie on their bound and are not.
  std::size_t learned = 0;
  for (std::size_t k = delay.begin; k < delay.end; ++k) {
    learned += s.learning.learned[k] != 0;
    CHECK(s.network.parameters()[k] == (s.learning.learned[k] ? 2.0 : 0.5));
  }
  CHECK(learned == 3);
  // The longest two of four, the first of equal ones before the second.
  const auto axons = values(s.network, ParameterKind::axonal_delay);
  CHECK(std::vector<double>(axons.begin() + 3, axons.end()) ==
        std::vector<double>{0.0, 3.0, 0.0, 3.0});
  const DelayCount count = count_delays(s.learning, s.network);
  CHECK(count.all == 16);
  CHECK(count.resting == 11);
}

TEST_CASE("[train] says schedules, one or several, and what pulls on values") {
  const std::string head = small(
      "[[projection]]\nfrom = \"in\"\nto = \"h\"\nweight = 1.0\nlearn = [\"weight\", \"delay\"]\n"
      "[train]\n");
  const Scenario s = parse(
      head +
      "patience = 7\nweight_decay = 0.1\nweight_l1 = 0.2\ndelay_l1 = 0.3\nschedule = [\n"
      "{ kind = \"ease_in\", start = 0.01, growth = 1.1, rates = [\"weight\"] },\n"
      "{ kind = \"cosine\", end = 0.2, every = \"epoch\", rates = [\"delay\", \"weight\"] },\n"
      "{ kind = \"one_cycle\", start = 0.1, peak_at = 0.4, end = 0.3, momentum = [0.8, 0.9] },\n"
      "{ kind = \"plateau\", factor = 0.1, fast = 0.5, slow = 0.9, epochs = 3 }]\n");
  CHECK(s.train.patience == 7);
  CHECK(s.train.weight_decay == 0.1);
  CHECK(s.train.weight_l1 == 0.2);
  CHECK(s.train.delay_l1 == 0.3);
  REQUIRE(s.train.schedules.size() == 4);
  const auto& ease_in = std::get<EaseIn>(s.train.schedules[0].shape);
  CHECK((ease_in.start == 0.01 && ease_in.growth == 1.1));
  CHECK(s.train.schedules[0].moves == std::array{true, false, false});
  const auto& cosine = std::get<Cosine>(s.train.schedules[1].shape);
  CHECK((cosine.end == 0.2 && cosine.every == Every::epoch));
  CHECK(s.train.schedules[1].moves == std::array{true, true, false});
  const auto& one = std::get<OneCycle>(s.train.schedules[2].shape);
  CHECK((one.start == 0.1 && one.peak_at == 0.4 && one.end == 0.3 && one.every == Every::batch));
  CHECK(one.momentum == std::array{0.8, 0.9});
  CHECK(s.train.schedules[2].moves == std::array{true, true, true});
  const auto& plateau = std::get<Plateau>(s.train.schedules[3].shape);
  CHECK(
      (plateau.factor == 0.1 && plateau.fast == 0.5 && plateau.slow == 0.9 && plateau.epochs == 3));
  CHECK(s.train.best == BestBy::accuracy);
  CHECK(parse(head + "best = \"loss\"\n").train.best == BestBy::loss);
  CHECK(parse(head + "best = \"accuracy\"\n").train.best == BestBy::accuracy);
  const Scenario single = parse(head + "schedule = { kind = \"cosine\" }\n");
  REQUIRE(single.train.schedules.size() == 1);
  CHECK(std::get<Cosine>(single.train.schedules[0].shape).end == 0.0);
  CHECK(parse(head).train.schedules.empty());
}

TEST_CASE("spikes may come in any order") {
  const Scenario s = parse(
      "[scenario]\nduration = \"20 ms\"\n[[population]]\nname = \"in\"\nsize = 2\n"
      "spikes = [[\"6 ms\", \"1 ms\"], [\"1 ms\", \"19.999 ms\"]]\n");
  const std::vector<Spike> expected = {{1.0, 0}, {1.0, 1}, {6.0, 0}, {19.999, 1}};
  CHECK(s.trial.inputs == expected);
}

TEST_CASE("a signal becomes graded spikes, whose payloads are its changes") {
  const Scenario s = parse(R"([scenario]
duration = "40 ms"
[[population]]
name = "late"
size = 1
spikes = [["2 ms"]]
[[population]]
name = "in"
size = 2
signal = [[{ at = "25 ms", value = 0 }, { at = "20 ms", value = 1.5 }], [{ at = "1 ms", value = 2 },
  { at = "3 ms", value = 2 }, { at = "20 ms", value = -1 }]]
[[population]]
name = "more"
size = 1
spikes = [["30 ms"]]
[[population]]
name = "cell"
size = 1
receptors = ["exponential", "step"]
[[projection]]
from = "in"
to = "cell"
receptor = 2
weight = 1.0
)");
  // The value of 2 at 3 ms is no change. Spikes carry 1.
  CHECK(s.trial.inputs ==
        std::vector<Spike>{{1.0, 2}, {2.0, 0}, {20.0, 1}, {20.0, 2}, {25.0, 1}, {30.0, 3}});
  CHECK(s.trial.payloads == std::vector<double>{2.0, 1.0, 1.5, -3.0, -1.5, 1.0});
}

TEST_CASE("data, train and chip") {
  const std::string head =
      "[scenario]\nduration = \"40 ms\"\n[[population]]\nname = \"in\"\nsize = "
      "5\n[[population]]\nname = \"out\"\nsize = 3\n"
      "[[projection]]\nfrom = \"in\"\nto = \"out\"\nweight = 1\nlearn = [\"weight\"]\n";
  const Scenario s = parse(
      head +
      "[data]\nkind = \"yin_yang\"\npopulation = \"in\"\nt_early = \"1.5 ms\"\nt_late = \"20 "
      "ms\"\nbias_spike = \"0 ms\"\n"
      "train = 100\ntest = 50\n[loss]\nkind = \"first_spike_margin\"\nmargin = \"3 ms\"\nscale = "
      "\"2 ms\"\n"
      "[train]\nepochs = 3\nbatch = 150\nweight_rate = 0.02\ndelay_rate = 0.05\nneuron_rate = "
      "0\nrate_decay = 0.9975\n"
      "beta1 = 0.8\nbeta2 = 0.99\nepsilon = 1e-7\nsilent_increment = 0.002\ngradient_clip = 5\n"
      "[train.grazing]\npolicy = \"clip\"\nslope_min = 1e-4\n"
      "[train.regulariser]\nstrength = 1e-3\ntarget = 2\n[chip]\nkind = \"loihi2\"\nstep = \"0.5 "
      "ms\"\nclip_percentile = 99.5\n");
  CHECK(s.network.populations()[0].model == Model::input);
  CHECK(s.data.kind == "yin_yang");
  CHECK(s.data.population == 0);
  CHECK(s.data.classes == 3);
  CHECK_FALSE(s.data.wants_folder);
  // The bias at 0 ms, the features from 1.5 ms to 20 ms: the set that the keys describe.
  const Dataset points = load_dataset(s, "");
  LatencyEncoding encoding{.t_early = 1.5, .t_late = 20.0, .duration = 40.0};
  encoding.bias_time = 0.0;
  const Dataset expected = load_yin_yang(encoding);
  CHECK(points.size(Part::train) == 100);
  CHECK(points.size(Part::validation) == 1000);
  CHECK(points.size(Part::test) == 50);
  CHECK(points.trial(Part::train, 7).inputs == expected.trial(Part::train, 7).inputs);
  CHECK(points.trial(Part::test, 7).inputs == expected.trial(Part::test, 7).inputs);
  CHECK(s.train.epochs == 3);
  CHECK(s.train.batch == 150);
  CHECK(s.train.weight_rate == 0.02);
  CHECK(s.train.delay_rate == 0.05);
  CHECK(s.train.neuron_rate == 0.0);
  CHECK(s.train.rate_decay == 0.9975);
  CHECK(s.train.beta1 == 0.8);
  CHECK(s.train.beta2 == 0.99);
  CHECK(s.train.epsilon == 1e-7);
  CHECK(s.train.silent_increment == 0.002);
  CHECK(s.train.gradient_clip == 5.0);
  CHECK(s.train.regulariser_strength == 1e-3);
  CHECK(s.train.regulariser_target == 2.0);
  CHECK(s.train.grazing.policy == GrazingPolicy::clip);
  CHECK(s.train.grazing.slope_min == 1e-4);
  CHECK(s.chip.step == 0.5);
  CHECK(s.chip.clip_percentile == 99.5);
  CHECK_FALSE(s.chip.calibrates_clipping);
  CHECK(s.chip.calibrates_thresholds);
  CHECK(s.loss->name() == "first_spike_margin");

  const Scenario mnist = parse(
      "[scenario]\nduration = \"40 ms\"\n[[population]]\nname = \"in\"\nmodel = \"input\"\nsize = "
      "784\n[[population]]\nname = \"out\"\nsize = 10\n"
      "model = \"cuba_li\"\n[data]\nkind = \"mnist\"\nt_early = \"0 ms\"\nt_late = \"20 "
      "ms\"\npixel_threshold = 0.5\nvalidation = 5000\n"
      "path = \"data/mnist\"\n[loss]\nkind = \"voltage_cross_entropy\"\ntau_weight = "
      "\"duration\"\ngain = 2\n");
  CHECK(mnist.data.kind == "mnist");
  CHECK(mnist.data.population == 0);
  CHECK(mnist.data.classes == 10);
  CHECK_FALSE(mnist.data.wants_folder);
  CHECK(mnist.loss->readout().weighting == 40.0);
}

TEST_CASE("every loss can be named, with its population and label") {
  const auto of = [](const std::string& loss) { return parse(classes("[loss]\n" + loss)); };
  const Scenario first =
      of("kind = \"first_spike_cross_entropy\"\npopulation = \"out\"\nlabel = 1\ntau0 = \"0.5 "
         "ms\"\nalpha = 0.01\ntau1 = \"6 ms\"\n");
  CHECK(first.label == 1);
  CHECK(first.loss->name() == "first_spike_cross_entropy");
  CHECK(first.loss->readout().population == 1);
  const Scenario voltage = of("kind = \"voltage_cross_entropy\"\nlabel = 0\n");
  CHECK(voltage.loss->name() == "voltage_cross_entropy");
  CHECK(voltage.loss->readout().population == 2);
  CHECK(voltage.loss->readout().weighting == voltage.trial.duration);
  CHECK(of("kind = \"spike_time_target\"\npopulation = \"out\"\ntarget = [[\"3 ms\", \"5 ms\"], "
           "[]]\nscale = \"2 ms\"\n")
            .loss->name() == "spike_time_target");
  CHECK(of("kind = \"first_spike_margin\"\npopulation = \"out\"\nlabel = 0\n").loss->name() ==
        "first_spike_margin");
  // Silence that pays is part of the same loss.
  CHECK(of("kind = \"first_spike_margin\"\npopulation = \"out\"\nlabel = 0\n"
           "silence = { strength = 0.1, level = 0.8 }\n")
            .loss->name() == "first_spike_margin");
  const Scenario power = of("kind = \"spike_time_power\"\nintegral = 2\ntau_weight = \"5 ms\"\n");
  CHECK(power.loss->readout().kind == Readout::Kind::voltage_integral);
  CHECK(power.loss->readout().weighting == 5.0);
  CHECK(of("kind = \"spike_time_power\"\nintegral = 2\n").loss->readout().weighting == never);
  const Scenario distance =
      of("kind = \"van_rossum_distance\"\npopulation = \"out\"\ntarget = [[\"3 ms\", \"5 ms\"], "
         "[]]\ntau = \"2 ms\"\n");
  CHECK(distance.loss->name() == "van_rossum_distance");
  CHECK(distance.label == -1);
  const Scenario maximum = of("kind = \"voltage_maximum_cross_entropy\"\nlabel = 1\ngain = 2\n");
  CHECK(maximum.loss->name() == "voltage_maximum_cross_entropy");
  CHECK(maximum.loss->readout().kind == Readout::Kind::voltage_maximum);
  CHECK(maximum.loss->readout().population == 2);
  const Scenario over_time =
      of("kind = \"voltage_over_time_cross_entropy\"\nlabel = 1\ngain = 2\n");
  CHECK(over_time.loss->name() == "voltage_over_time_cross_entropy");
  CHECK(over_time.loss->readout().trace);
}

TEST_CASE("the weighting of a voltage is named, or follows from tau_weight") {
  const auto of = [](const std::string& keys) {
    const Scenario s =
        parse(classes("[loss]\nkind = \"voltage_cross_entropy\"\nlabel = 0\n" + keys));
    return s.loss->readout().weighting;
  };
  const Time duration = parse(classes("")).trial.duration;
  CHECK(of("") == TimeWeight(duration));
  CHECK(of("weighting = \"constant\"\n") == TimeWeight());
  CHECK(of("tau_weight = \"5 ms\"\n") == TimeWeight(5.0));
  CHECK(of("tau_weight = \"duration\"\n") == TimeWeight(duration));
  CHECK(of("weighting = \"exponential\"\n") == TimeWeight(duration));
  CHECK(of("weighting = \"exponential\"\ntau_weight = \"5 ms\"\n") == TimeWeight(5.0));
  CHECK(of("weighting = \"linear\"\n") == TimeWeight::linear());
  CHECK(of("weighting = \"sigmoid\"\n") == TimeWeight::sigmoid());
}

TEST_CASE("a resolved text gives the same network under any name, and is resolved itself") {
  const std::string body =
      "[[population]]\nname = \"in\"\nmodel = \"input\"\nsize = 3\n[[population]]\nname = "
      "\"h\"\nsize = 4\n"
      "[[projection]]\nfrom = \"in\"\nto = \"h\"\nweight = { distribution = \"normal\", mean = "
      "1.0, std = 0.5 }\n"
      "[[projection]]\nname = \"more\"\nfrom = \"in\"\nto = \"h\"\nweight = [[1, nan, nan], [nan, "
      "2, 3], [nan, nan, 1e-300], [0.1, 1, 1]]\n";
  const std::vector<std::string> heads = {
      "# a comment\n[scenario]  # the head\ntitle = \"\u00e4\u00f6\"\nduration = \"20 ms\"\n",
      "# a comment\n[scenario]\nduration = \"20 ms\"\nseed = 3  # a comment\n",
      "# a comment\n[scenario]\r\nname = \"given \\\" name\"\r\nduration = \"20 ms\"\r\nseed = "
      "\"18446744073709551615\"\r\n",
      "scenario = { title = \"\u00e4\", seed = 5, duration = \"20 ms\" } # a comment\n",
      "scenario = { duration = \"20 ms\" } # a comment\n",
      "scenario.duration = \"20 ms\"\n"};
  for (const std::string& head : heads)
    for (const std::uint64_t seed :
         {std::uint64_t{0}, std::uint64_t{3}, std::uint64_t{123456789}, ~std::uint64_t{0}}) {
      CAPTURE(head, seed);
      const Scenario first = parse(head + body, {.seed = seed});
      const std::string text = resolved_text(first);
      CAPTURE(text);
      const Scenario second = parse_scenario(text, "elsewhere/scenario.toml");
      CHECK(second.seed == seed);
      CHECK(second.name == first.name);
      CHECK(second.title == first.title);
      const auto a = first.network.parameters(), b = second.network.parameters();
      CHECK(std::vector<double>(a.begin(), a.end()) == std::vector<double>(b.begin(), b.end()));
      CHECK(resolved_text(second) == text);
      if (head.find("# a comment") != std::string::npos)
        CHECK(text.find("# a comment") != std::string::npos);
    }
}

TEST_CASE("calibrate chooses clipping, thresholds, both or neither") {
  const auto chosen = [](const std::string& keys) {
    const ChipSpec chip =
        parse("[scenario]\nduration = \"1 s\"\n[[population]]\nname = \"h\"\nsize = 3\n[chip]\n" +
              keys)
            .chip;
    return std::pair(chip.calibrates_clipping, chip.calibrates_thresholds);
  };
  CHECK(chosen("") == std::pair(true, true));
  CHECK(chosen("calibrate = \"none\"\n") == std::pair(false, false));
  CHECK(chosen("calibrate = \"clip\"\n") == std::pair(true, false));
  CHECK(chosen("calibrate = \"thresholds\"\n") == std::pair(false, true));
  CHECK(chosen("calibrate = \"all\"\n") == std::pair(true, true));
  // A percentile is no business of the thresholds.
  CHECK(chosen("clip_percentile = 99\n") == std::pair(false, true));
  CHECK(chosen("clip_percentile = 99\ncalibrate = \"none\"\n") == std::pair(false, false));
}
