// netX as a way in: what each kind of layer becomes, and what is refused by its path. That recorded
// runs of others are repeated is tests/golden/netx.cpp.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>
#include <retrograde/scenarios/exchange/chip/netx_read.hpp>
#include <retrograde/scenarios/exchange/netx.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

#include "tests/support/chip_network.hpp"

using namespace retrograde;
using namespace retrograde::loihi2;
using Catch::Matchers::Contains;

namespace {

std::span<const std::uint8_t> span_of(const std::string& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

// A file as a test writes it, by hand.
struct File {
  hdf5::Writer out;

  void head(int k, const char* type, const std::vector<std::int64_t>& shape) {
    const std::string layer = "/layer/" + std::to_string(k);
    out.fixed_text(layer + "/type", type, 10);
    out.numbers(layer + "/shape", shape, {shape.size()});
  }
  void neuron(int k, int i_decay = 742, int v_decay = 200, int threshold = 100,
              const char* type = "CUBA") {
    const std::string group = "/layer/" + std::to_string(k) + "/neuron";
    out.text(group + "/type", type);
    out.integer(group + "/iDecay", i_decay);
    out.integer(group + "/vDecay", v_decay);
    out.integer(group + "/vThMant", threshold);
  }
  void numbers(const std::string& path, const std::vector<float>& values,
               const hdf5::Shape& shape) {
    out.numbers(path, values, shape);
  }
  NetxNetwork read(const NetxReading& reading = {}) {
    return read_netx(span_of(out.bytes()), "x.net", reading);
  }
  std::string refusal(const NetxReading& reading = {}) {
    try {
      read(reading);
    } catch (const Error& error) {
      return error.what();
    }
    return "read";
  }
};

// Sum of what a spike of `source` adds to `target`, in weight units.
double weight(const ChipNetwork& chip, std::size_t projection, std::uint32_t source,
              std::uint32_t target) {
  double sum = 0;
  const ChipProjection& p = chip.projections[projection];
  for (std::size_t k = 0; k < p.synapses.size(); ++k)
    if (p.synapses[k].source == source && p.synapses[k].target == target) sum += p.weight_units(k);
  return sum;
}

std::uint32_t delay(const ChipNetwork& chip, std::size_t projection, std::uint32_t source,
                    std::uint32_t target) {
  for (const ChipSynapse& s : chip.projections[projection].synapses)
    if (s.source == source && s.target == target) return s.delay;
  return 99;
}

// input (3) -> dense (2)
struct Dense : File {
  Dense() {
    head(0, "input", {3});
    head(1, "dense", {2});
    numbers("/layer/1/weight", {1, -2, 3, 4, -5, 60}, {2, 3});
  }
};

}  // namespace

TEST_CASE("netX in: a dense layer has its integers, decays, bias and delays") {
  Dense file;
  file.neuron(1);
  file.out.integer("/layer/1/neuron/refDelay", 0);  // mlGeNN's none
  file.numbers("/layer/1/bias", {7, -8}, {2});
  file.numbers("/layer/1/delay", {0, 1, 2, 3, 4, 62}, {2, 3});
  const NetxNetwork network = file.read({.step = 2.0});
  const ChipNetwork& chip = network.chip;
  CHECK(chip.step == 2.0);
  CHECK_FALSE(network.says_step);
  CHECK(network.warnings.empty());
  REQUIRE(chip.populations.size() == 2);
  CHECK(chip.populations[0].model == ChipModel::input);
  CHECK(chip.populations[0].name == "input");
  CHECK(chip.populations[1].model == ChipModel::cuba_lif);
  CHECK(chip.populations[1].name == "layer_1");
  const loihi2::CubaLif& n = chip.neurons[chip.populations[1].first + 1];
  CHECK(n.du == 741);
  CHECK(n.dv == 200);
  CHECK(n.vth == 100);
  CHECK(n.refractory_delay == 1);
  CHECK(n.bias() == -8 * 64);
  CHECK(weight(chip, 0, 0, 0) == 1);
  CHECK(weight(chip, 0, 1, 0) == -2);
  CHECK(weight(chip, 0, 2, 1) == 60);
  CHECK(delay(chip, 0, 1, 0) == 1);
  CHECK(delay(chip, 0, 0, 1) == 3);
  CHECK(delay(chip, 0, 2, 1) == 62);
}

TEST_CASE("netX in: a file without an input layer, and recurrent layers") {
  File file;
  file.head(0, "dense_rec", {2});
  file.numbers("/layer/0/weight", {2, 4, 6, 8, 10, 12}, {2, 3});
  file.numbers("/layer/0/weight_rec", {0, -2, 4, 0}, {2, 2});
  file.numbers("/layer/0/delay_rec", {1, 2, 3, 4}, {2, 2});
  file.neuron(0, 4096, 0, 131071, "LOIHI");
  const ChipNetwork chip = file.read().chip;
  REQUIRE(chip.populations.size() == 2);
  CHECK(chip.populations[0].size == 3);
  CHECK(chip.populations[1].name == "layer_1");
  REQUIRE(chip.projections.size() == 2);
  CHECK(chip.projections[1].source == 1);
  CHECK(chip.projections[1].target == 1);
  CHECK(weight(chip, 1, 1, 0) == -2);
  CHECK(weight(chip, 1, 0, 1) == 4);
  CHECK(delay(chip, 1, 0, 1) == 3);
  CHECK(chip.neurons.back().du == 4095);
}

TEST_CASE("netX in: one delay per target, per source or for all; as many of both is told") {
  const auto with = [](const std::vector<float>& delays, const hdf5::Shape& shape) {
    Dense file;
    file.neuron(1);
    file.numbers("/layer/1/delay", delays, shape);
    return file.read();
  };
  const ChipNetwork targets = with({5, 6}, {2}).chip;
  CHECK(delay(targets, 0, 2, 0) == 5);
  CHECK(delay(targets, 0, 0, 1) == 6);
  const ChipNetwork sources = with({5, 6, 7}, {3}).chip;
  CHECK(delay(sources, 0, 2, 0) == 7);
  CHECK(delay(sources, 0, 2, 1) == 7);
  const ChipNetwork all = with({9}, {}).chip;
  CHECK(delay(all, 0, 2, 1) == 9);

  File square;
  square.head(0, "input", {2});
  square.head(1, "dense", {2});
  square.numbers("/layer/1/weight", {2, 4, 6, 8}, {2, 2});
  square.numbers("/layer/1/delay", {3, 4}, {2});
  square.neuron(1);
  const NetxNetwork told = square.read();
  CHECK(delay(told.chip, 0, 1, 0) == 3);
  REQUIRE(told.warnings.size() == 1);
  CHECK_THAT(told.warnings[0], Contains("/layer/1/delay") && Contains("one per target"));
}

TEST_CASE("netX in: a layer without neurons integrates") {
  const NetxNetwork network = Dense().read();
  CHECK(network.chip.populations[1].model == ChipModel::cuba_li);
  REQUIRE(network.warnings.size() == 1);
  CHECK_THAT(network.warnings[0], Contains("/layer/1"));
  EmulationOptions options;
  options.trace.neurons = {3};
  const Emulation run = Emulator(network.chip).run({{0, 2}, {1, 2}, {4, 0}}, 8, options);
  const std::int32_t unit = 64;
  CHECK(run.trace.v[0] == std::vector<std::int32_t>{0, 3 * unit, 6 * unit, 6 * unit, 6 * unit,
                                                    7 * unit, 7 * unit, 7 * unit});
  Dense biased;
  biased.numbers("/layer/1/bias", {1, 1}, {2});
  CHECK_THAT(biased.refusal(), Contains("/layer/1/bias"));
}

// lava-dl 0.6.0 writes 2^18 - 1 for the threshold of cuba.Affine (slayer/block/base.py); v ends at
// 2^23 - 1, below 131072 << 6.
TEST_CASE("netX in: a threshold that v cannot reach makes a readout", "[loihi2]") {
  for (const int threshold : {131072, 262143}) {
    Dense file;
    file.neuron(1, 742, 200, threshold);
    const ChipNetwork chip = file.read().chip;
    CHECK(chip.populations.back().model == ChipModel::cuba_li);
    CHECK(chip.neurons.back().du == 741);
    CHECK(chip.neurons.back().vth == vth_limit);
  }
  Dense file;
  file.neuron(1, 742, 200, 131071);
  CHECK(file.read().chip.populations.back().model == ChipModel::cuba_lif);
}

TEST_CASE("netX in: convolutions are correlations over (channels, height, width)") {
  // By the definition, not as the reader goes about it.
  const std::uint64_t channels = 4, height = 5, width = 6;
  Convolution conv;
  conv.in = {channels, height, width};
  conv.groups = 2;
  conv.kernel = {3, 2};
  conv.stride = {2, 1};
  conv.padding = {1, 2};
  conv.dilation = {1, 3};
  conv.out = {6, conv.extent(0), conv.extent(1)};
  REQUIRE(conv.out.height == 3);
  REQUIRE(conv.out.width == 7);
  File file;
  file.head(0, "input", {4, 5, 6});
  file.head(1, "conv", {6, 3, 7});
  std::vector<float> kernel(6 * 2 * 3 * 2);
  for (std::size_t k = 0; k < kernel.size(); ++k) kernel[k] = static_cast<float>(k * 7 % 51) - 25;
  file.numbers("/layer/1/weight", kernel, {6, 2, 3, 2});
  file.numbers("/layer/1/stride", {2, 1}, {2});
  file.numbers("/layer/1/padding", {1, 2}, {2});
  file.numbers("/layer/1/dilation", {1, 3}, {2});
  file.out.integer("/layer/1/groups", 2);
  file.numbers("/layer/1/bias", {1, 2, 3, 4, 5, 6}, {6});
  file.numbers("/layer/1/delay", {0, 1, 2, 3, 4, 5}, {6});
  file.neuron(1);
  file.head(2, "flatten", {1, 1, 126});
  file.head(3, "dense", {1, 1, 1});
  file.numbers("/layer/3/weight", std::vector<float>(126, 2), {126});
  file.neuron(3);
  const NetxNetwork network = file.read();
  const ChipNetwork& chip = network.chip;
  REQUIRE(chip.populations.size() == 3);
  CHECK(chip.populations[2].name == "layer_3");
  REQUIRE(chip.projections[0].convolution);
  CHECK(chip.projections[0].synapses.empty());
  CHECK(chip.projections[0].synapse_count() == conv.synapses());
  CHECK(chip.projections[1].synapses.size() == 126);
  std::vector<double> expected(120 * 126, 0.0), found(120 * 126, 0.0);
  for (int o = 0; o < 6; ++o)
    for (int y = 0; y < 3; ++y)
      for (int x = 0; x < 7; ++x)
        for (int c = 0; c < 2; ++c)
          for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 2; ++j) {
              const int row = y * 2 - 1 + i, column = x - 2 + j * 3, channel = o / 3 * 2 + c;
              if (row < 0 || row >= 5 || column < 0 || column >= 6) continue;
              expected[((channel * 5 + row) * 6 + column) * 126 + (o * 3 + y) * 7 + x] +=
                  static_cast<double>(kernel[((o * 2 + c) * 3 + i) * 2 + j]);
            }
  const ChipProjection apart = unrolled(chip).projections[0];
  CHECK_FALSE(apart.convolution);
  CHECK(apart.synapses.size() == conv.synapses());
  for (std::size_t k = 0; k < apart.synapses.size(); ++k) {
    const ChipSynapse& s = apart.synapses[k];
    found[s.source * 126 + s.target] += apart.weight_units(k);
    CHECK(s.delay == s.target / 21);
  }
  CHECK(found == expected);
  CHECK(chip.neurons[120 + 22].bias() == 2 * 64);
  CHECK(network.warnings.size() == 1);
}

TEST_CASE("netX in: layers may be left out, and resets follow the layers that are left") {
  File file;
  file.head(0, "input", {2});
  for (int k = 1; k < 4; ++k) {
    file.head(k, "dense", {2});
    file.numbers("/layer/" + std::to_string(k) + "/weight", {2, 4, 6, 8}, {2, 2});
    file.neuron(k);
  }
  const ChipNetwork all = file.read({.reset_interval = 16}).chip;
  CHECK(all.populations[1].reset_interval == 16);
  CHECK(all.populations[1].reset_offset == 1);
  CHECK(all.populations[3].reset_offset == 3);
  const ChipNetwork part =
      file.read({.skip_layers = 2, .num_layers = 3, .reset_interval = 16, .reset_offset = 4}).chip;
  REQUIRE(part.populations.size() == 2);
  CHECK(part.populations[0].model == ChipModel::input);
  CHECK(part.populations[1].name == "layer_2");
  CHECK(part.populations[1].reset_offset == 5);
  CHECK_THAT(file.refusal({.skip_layers = 4}), Contains("no layer of neurons"));
}

TEST_CASE(
    "netX in: weights that 8 bits do not hold become what lava-dl makes of them, and it says so") {
  File file;
  file.head(0, "input", {4});
  file.head(1, "dense", {1});
  file.numbers("/layer/1/weight", {201, -3, 300, 2}, {1, 4});
  file.neuron(1);
  const NetxNetwork network = file.read();
  CHECK(weight(network.chip, 0, 0, 0) == 200);
  CHECK(weight(network.chip, 0, 1, 0) == -4);
  CHECK(weight(network.chip, 0, 2, 0) == 254);
  CHECK(weight(network.chip, 0, 3, 0) == 2);
  REQUIRE(network.warnings.size() == 1);
  CHECK_THAT(network.warnings[0],
             Contains("/layer/1/weight: 3 of 4 weights") && Contains("201, becomes 200"));
}

TEST_CASE("netX in: what was written is what is read") {
  ChipNetwork chip = test::dense_chip({3, 4, 2}, {1});
  chip.step = 0.5;
  chip.populations[0].name = "in";
  chip.populations[1].lag = 2;
  chip.populations[1].scales = {0.25};
  chip.populations[2].lag = 3;
  chip.populations[2].scales = {0.125};
  chip.populations[2].model = ChipModel::cuba_li;
  chip.neurons[3].bias_mantissa = 0;
  for (NeuronId n = 7; n < 9; ++n) chip.neurons[n].vth = vth_limit;
  for (NeuronId n = 3; n < 7; ++n) chip.neurons[n].refractory_delay = 3;
  chip.projections[0].synapses[5].delay = 7;
  chip.projections[2].synapses[1].delay = 9;
  Deployed deployed;
  deployed.chip = chip;
  const NetxNetwork back = read_netx(span_of(write_netx(deployed).bytes), "x.net");
  CHECK(back.says_step);
  CHECK(back.chip.step == 0.5);
  REQUIRE(back.chip.populations.size() == 3);
  for (std::size_t p = 0; p < 3; ++p) {
    CHECK(back.chip.populations[p].name == chip.populations[p].name);
    CHECK(back.chip.populations[p].model == chip.populations[p].model);
    CHECK(back.chip.populations[p].lag == chip.populations[p].lag);
    CHECK(back.chip.populations[p].size == chip.populations[p].size);
    if (p > 0) CHECK(back.chip.populations[p].scales == chip.populations[p].scales);
  }
  for (NeuronId n = 3; n < 9; ++n) CHECK(back.chip.neurons[n] == chip.neurons[n]);
  REQUIRE(back.chip.projections.size() == 3);
  for (const ChipProjection& p : back.chip.projections) {
    const auto at = std::find_if(
        chip.projections.begin(), chip.projections.end(),
        [&](const ChipProjection& q) { return q.source == p.source && q.target == p.target; });
    REQUIRE(at != chip.projections.end());
    const auto list = [](const ChipProjection& q) {
      std::vector<std::vector<double>> all;
      for (std::size_t k = 0; k < q.synapses.size(); ++k)
        all.push_back({double(q.synapses[k].source), double(q.synapses[k].target),
                       q.weight_units(k), double(q.synapses[k].delay)});
      std::sort(all.begin(), all.end());
      return all;
    };
    CHECK(list(p) == list(*at));
  }
}

TEST_CASE("netX in: what cannot be represented is refused by layer, key and remedy") {
  const auto with = [](auto change) {
    Dense file;
    change(file);
    return file.refusal();
  };
  CHECK_THAT(with([](Dense& f) { f.neuron(1, 742, 200, 100, "ALIF"); }),
             Contains("/layer/1/neuron/type") && Contains("ALIF") && Contains("chip file"));
  CHECK_THAT(with([](Dense& f) { f.neuron(1, 0); }), Contains("/layer/1/neuron/iDecay") &&
                                                         Contains("value 0 is 0") &&
                                                         Contains("1 to 4096"));
  CHECK_THAT(with([](Dense& f) { f.neuron(1, 742, 4096); }), Contains("/layer/1/neuron/vDecay"));
  CHECK_THAT(with([](Dense& f) { f.neuron(1, 742, 200, 262144); }),
             Contains("/layer/1/neuron/vThMant") && Contains("262143"));
  CHECK_THAT(with([](Dense& f) {
               f.out.text("/layer/1/neuron/type", "CUBA");
               f.out.integer("/layer/1/neuron/iDecay", 742);
               f.out.integer("/layer/1/neuron/vDecay", 200);
               f.numbers("/layer/1/neuron/vThMant", {100, 262143}, {2});
             }),
             Contains("/layer/1/neuron/vThMant") && Contains("above 131071") &&
                 Contains("make two of it"));
  CHECK_THAT(with([](Dense& f) {
               f.neuron(1);
               f.out.integer("/layer/1/neuron/gradedSpike", 1);
             }),
             Contains("/layer/1/neuron/gradedSpike"));
  CHECK_THAT(with([](Dense& f) {
               f.neuron(1);
               f.numbers("/layer/1/delay", {63, 0, 0, 0, 0, 0}, {2, 3});
             }),
             Contains("/layer/1/delay") && Contains("63") && Contains("0 to 62"));
  CHECK_THAT(with([](Dense& f) {
               f.neuron(1);
               f.numbers("/layer/1/bias", {0.5f, 0}, {2});
             }),
             Contains("/layer/1/bias") && Contains("0.5"));
  CHECK_THAT(with([](Dense& f) {
               f.neuron(1);
               f.head(2, "pool", {1});
             }),
             Contains("/layer/2/type") && Contains("pool") && Contains("dense"));
  CHECK_THAT(with([](Dense& f) {
               f.neuron(1);
               f.head(3, "dense", {1});
             }),
             Contains("/layer/2") && Contains("without gaps"));
  CHECK_THAT(with([](Dense& f) {
               f.neuron(1);
               f.head(2, "dense", {1});
               f.neuron(2);
               f.numbers("/layer/2/weight", {1, 2, 3}, {1, 3});
             }),
             Contains("/layer/2/weight") && Contains("3 signals") && Contains("2 neurons"));
  CHECK_THAT(with([](Dense& f) {
               f.neuron(1);
               f.head(2, "dense", {1});
               f.neuron(2);
               f.numbers("/layer/2/weight", {1.5f, 2}, {1, 2});
             }),
             Contains("/layer/2/weight") && Contains("1.5") && Contains("round"));
  CHECK_THAT(with([](Dense& f) {
               f.neuron(1);
               f.head(2, "dense", {1});
               f.neuron(2);
               f.numbers("/layer/2/weight/real", {1, 2}, {1, 2});
             }),
             Contains("/layer/2/weight") && Contains("complex"));
  // What a convolution needs to know.
  File conv;
  conv.head(0, "input", {1, 4, 4});
  conv.head(1, "conv", {1, 3, 3});
  conv.numbers("/layer/1/weight", std::vector<float>(9, 2), {1, 1, 3, 3});
  conv.neuron(1);
  for (const char* key : {"stride", "dilation", "groups"})
    conv.out.integer(std::string("/layer/1/") + key, 1);
  conv.out.integer("/layer/1/padding", 0);
  CHECK_THAT(conv.refusal(), Contains("/layer/1/shape") && Contains("make (1, 2, 2)"));
  NetxReading small;
  small.limits.synapses = 5;
  Dense dense;
  dense.neuron(1);
  CHECK_THAT(dense.refusal(small), Contains("more than the 5 values"));
}

TEST_CASE("netX in: keys that nobody reads are named, refractory delays are told") {
  Dense file;
  file.neuron(1);
  file.out.integer("/layer/1/neuron/refDelay", 4);
  file.out.integer("/layer/1/neuron/messageBits", 8);
  const NetxNetwork network = file.read();
  CHECK(network.chip.neurons.back().refractory_delay == 4);
  REQUIRE(network.warnings.size() == 2);
  CHECK_THAT(network.warnings[0], Contains("refDelay") && Contains("4 steps"));
  CHECK_THAT(network.warnings[1], Contains("messageBits"));
}
