// Chip files: a network with every model and field comes back bit for bit; others are refused by
// the path, the value and the remedy.
#include <catch2/catch.hpp>
#include <functional>
#include <string>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/chip/chip_file.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

using namespace retrograde;
using namespace retrograde::loihi2;
using Catch::Matchers::Contains;

namespace {

std::span<const std::uint8_t> span_of(const std::string& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

ChipFile everything() {
  ChipFile file;
  file.semantics = {Overflow::saturate, Overflow::twos_complement, Overflow::twos_complement,
                    SpikeRegister::refractory_counter};
  ChipNetwork& chip = file.chip;
  chip.step = 0.1;
  chip.spike_phase = 1.0 / 3.0;
  const auto add = [&](const char* name, ChipModel model, ChipCells cells = {}) {
    ChipPopulation p;
    p.name = name;
    p.model = model;
    p.first = chip.neuron_count();
    p.size = 2;
    p.cells = std::move(cells);
    chip.neurons.resize(chip.neurons.size() + 2);
    chip.populations.push_back(std::move(p));
  };
  add("in", ChipModel::input);
  add("lif", ChipModel::cuba_lif);
  add("ternary", ChipModel::ternary_lif,
      std::vector<TernaryLif>{{1, 2, -30, 40, 5, -6}, {1, 3, -31, 41, -4096, 7}});
  add("graded", ChipModel::graded, std::vector<Graded>{{0, true}, {9, false}});
  add("delta", ChipModel::delta, std::vector<Delta>{{1, 2, 3, true}, {4, 5, 6, false}});
  add("sigma", ChipModel::sigma, std::vector<Sigma>(2));
  add("sigma delta", ChipModel::sigma_delta,
      std::vector<SigmaDelta>{{{1, 2, 3, false}, -7, true}, {{1, 1, 1, true}, 8, false}});
  add("rf", ChipModel::resonate_fire,
      std::vector<ResonateFire>{{Resonance::izhikevich, 100, -200, 12, 6, 3},
                                {Resonance::graded, 1, 2, 15, 0, 4}});
  add("out", ChipModel::cuba_li);
  add("coefficients", ChipModel::lca,
      std::vector<Lca>{{1, 1 << 24, -2, true, 7, 24}, {1 << 30, 1, 1 << 30, false, 23, 32}});
  add("residual", ChipModel::lca_residual,
      std::vector<LcaResidual>{{3, -4, 5, 8}, {1 << 30, -(1 << 30), 0, 32}});
  chip.neurons[2] = {1, 2, 3, 4, 5, 6};
  chip.neurons[3] = {4095, 4095, vth_limit, -4096, -7, 63};
  chip.neurons[16] = {7, 8, 9, 10, 1, 1};
  chip.populations[1].lag = 3;
  chip.populations[1].scales = {0.1, 1e-300};
  chip.populations[1].reset_interval = 17;
  chip.populations[1].reset_offset = 5;
  chip.projections = {
      {"in->lif", 0, 1, {SignMode::mixed, 8, -8}, {{0, 1, -256, 63}, {1, 0, 254, 0}}},
      {"lif->rf", 1, 7, {SignMode::excitatory, 4, 7}, {{0, 0, 240, 1}}, {}, 24, 1},
      {"lif->out", 1, 8, {SignMode::inhibitory, 8, 0}, {{1, 1, -255, 2}}},
      {"nothing", 3, 5, {}, {}, {}, 32, 0}};
  // From 2 channels of 3 x 5 to 2 of 2 x 3, in two groups.
  const auto add_sized = [&](const char* name, ChipModel model, std::uint32_t size) {
    file.chip.populations.push_back(
        {name, model, static_cast<NeuronId>(file.chip.neurons.size()), size});
    file.chip.neurons.resize(file.chip.neurons.size() + size);
    return static_cast<std::uint32_t>(file.chip.populations.size() - 1);
  };
  Convolution conv;
  conv.in = {2, 3, 5};
  conv.out = {2, 2, 3};
  conv.groups = 2;
  conv.kernel = {2, 1};
  conv.stride = {2, 2};
  conv.padding = {1, 0};
  conv.weights = {2, -4, 6, -8};
  conv.delays = {3, 0};
  const std::uint32_t from = add_sized("picture", ChipModel::input, 30);
  ChipProjection convolved;
  convolved.name = "conv";
  convolved.source = from;
  convolved.target = add_sized("filtered", ChipModel::cuba_lif, 12);
  convolved.convolution = conv;
  file.chip.projections.push_back(convolved);
  return file;
}

// What is wrong with the file after a change of one dataset, of those that a small file has.
struct Small {
  std::string step = "1.0";
  std::function<void(hdf5::Writer&)> more = [](hdf5::Writer&) {};
  std::int32_t version = 1, size = 2, du = 5, source = 1, weight = 4, target_population = 1;
  std::string model = "cuba_lif", sign = "mixed";
  std::vector<std::int32_t> delay = {3};

  std::string refusal() const {
    hdf5::Writer out;
    out.integer("/chip/version", version);
    out.number("/chip/step_ms", 1.0);
    out.text("/chip/populations/0/name", "in");
    out.text("/chip/populations/0/model", "input");
    out.integer("/chip/populations/0/size", 2);
    out.text("/chip/populations/1/name", "n");
    out.text("/chip/populations/1/model", model);
    out.integer("/chip/populations/1/size", size);
    out.integer("/chip/populations/1/du", du);
    out.text("/chip/projections/0/name", "in->n");
    out.integer("/chip/projections/0/source", 0);
    out.integer("/chip/projections/0/target", target_population);
    out.text("/chip/projections/0/sign", sign);
    out.numbers("/chip/projections/0/synapse/source", {&source, 1}, {1});
    const std::int32_t one = 1;
    out.numbers("/chip/projections/0/synapse/target", {&one, 1}, {1});
    out.numbers("/chip/projections/0/synapse/weight", {&weight, 1}, {1});
    out.numbers("/chip/projections/0/synapse/delay", delay, {delay.size()});
    more(out);
    try {
      const ChipFile file = read_chip_file(span_of(out.bytes()), "x.chip");
      return "read, " + std::to_string(file.chip.neurons[2].du);
    } catch (const Error& error) {
      return error.what();
    }
  }
};

}  // namespace

TEST_CASE("chip file: every model, field and format comes back bit for bit") {
  const ChipFile file = everything();
  const std::string bytes = write_chip_file(file);
  const ChipFile back = read_chip_file(span_of(bytes), "x.chip");
  CHECK(back.semantics == file.semantics);
  CHECK(back.chip.step == file.chip.step);
  CHECK(back.chip.spike_phase == file.chip.spike_phase);
  REQUIRE(back.chip.populations.size() == file.chip.populations.size());
  for (std::size_t k = 0; k < file.chip.populations.size(); ++k) {
    const ChipPopulation &a = file.chip.populations[k], &b = back.chip.populations[k];
    INFO(a.name);
    CHECK(a.name == b.name);
    CHECK(a.model == b.model);
    CHECK(a.first == b.first);
    CHECK(a.size == b.size);
    CHECK(a.lag == b.lag);
    CHECK(a.scales == b.scales);
    CHECK(a.reset_interval == b.reset_interval);
    CHECK(a.reset_offset == b.reset_offset);
    CHECK((a.cells == b.cells));
  }
  CHECK(back.chip.neurons == file.chip.neurons);
  REQUIRE(back.chip.projections.size() == file.chip.projections.size());
  for (std::size_t k = 0; k < file.chip.projections.size(); ++k) {
    const ChipProjection &a = file.chip.projections[k], &b = back.chip.projections[k];
    INFO(a.name);
    CHECK(a.name == b.name);
    CHECK(a.source == b.source);
    CHECK(a.target == b.target);
    CHECK(a.format == b.format);
    CHECK(a.synapses == b.synapses);
    CHECK((a.convolution == b.convolution));
    CHECK(a.message_bits == b.message_bits);
    CHECK(a.port == b.port);
  }
  CHECK(write_chip_file(back) == bytes);
}

TEST_CASE("chip file: what is not said is as usual") {
  CHECK(Small().refusal() == "read, 5");
  hdf5::Writer out;
  out.integer("/chip/version", 1);
  out.number("/chip/step_ms", 1.0);
  out.group("/chip/projections");
  out.text("/chip/populations/0/name", "n");
  out.text("/chip/populations/0/model", "cuba_lif");
  out.integer("/chip/populations/0/size", 3);
  const ChipFile file = read_chip_file(span_of(out.bytes()), "x.chip");
  CHECK(file.semantics == Semantics{});
  CHECK(file.chip.neurons == std::vector<loihi2::CubaLif>(3));
  CHECK(file.chip.populations[0].scales == std::vector<double>{1.0});
}

TEST_CASE("chip file: malformed files are refused by path, value and remedy") {
  const auto with = [](auto change) {
    Small file;
    change(file);
    return file.refusal();
  };
  CHECK_THAT(with([](Small& f) { f.version = 2; }), Contains("/chip/version") && Contains("2"));
  CHECK_THAT(with([](Small& f) { f.model = "cuba_lf"; }), Contains("/chip/populations/1/model") &&
                                                              Contains("cuba_lf") &&
                                                              Contains("resonate_fire"));
  CHECK_THAT(with([](Small& f) { f.du = 4096; }),
             Contains("/chip/populations/1/du") && Contains("4096") && Contains("0 to 4095"));
  CHECK_THAT(with([](Small& f) { f.size = 0; }), Contains("/chip/populations/1/size"));
  CHECK_THAT(with([](Small& f) { f.source = 2; }),
             Contains("/chip/projections/0/synapse/source") && Contains("0 to 1"));
  CHECK_THAT(with([](Small& f) { f.target_population = 2; }),
             Contains("/chip/projections/0/target") && Contains("0 to 1"));
  CHECK_THAT(with([](Small& f) { f.weight = 256; }),
             Contains("/chip/projections/0/synapse/weight") && Contains("-256 to 255"));
  CHECK_THAT(with([](Small& f) { f.weight = 3; }), Contains("would be stored as 2"));
  CHECK_THAT(with([](Small& f) { f.sign = "both"; }),
             Contains("/chip/projections/0/sign") && Contains("excitatory"));
  CHECK_THAT(with([](Small& f) {
               f.delay = {3, 4};
             }),
             Contains("/chip/projections/0/synapse/delay") && Contains("2 values"));
  CHECK_THAT(with([](Small& f) { f.delay = {64}; }),
             Contains("/chip/projections/0/synapse/delay") && Contains("0 to 63"));
  CHECK_THAT(with([](Small& f) {
               f.more = [](hdf5::Writer& out) {
                 const std::vector<std::int32_t> dv = {1, 2, 3};
                 out.numbers("/chip/populations/1/dv", dv, {3});
               };
             }),
             Contains("/chip/populations/1/dv") && Contains("one for each neuron"));
  CHECK_THAT(with([](Small& f) {
               f.more = [](hdf5::Writer& out) { out.text("/chip/populations/3/name", "far"); };
             }),
             Contains("/chip/populations/2") && Contains("without gaps"));
  CHECK_THAT(with([](Small& f) {
               f.more = [](hdf5::Writer& out) { out.text("/chip/semantics/a", "lava_wrap"); };
             }),
             Contains("/chip"));
  ChipFile wrong = everything();
  wrong.chip.projections[0].synapses[0].weight = 255;
  CHECK_THROWS_AS(write_chip_file(wrong), DeploymentError);
}
