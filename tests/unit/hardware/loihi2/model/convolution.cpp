// Convolutions that keep their kernel. Reference: the same network with a synapse for every weight and place,
// and sums in nested loops (tests/unit/scenarios/exchange/chip/netx_read.cpp).
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <tuple>

#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>
#include <retrograde/hardware/loihi2/model/bounds.hpp>
#include <retrograde/hardware/loihi2/place/mapping.hpp>

#include "tests/support/shipped_chip.hpp"

using namespace retrograde;
using namespace retrograde::loihi2;

namespace {

// Of random shape; `even`: weights that shifting by one place loses nothing of.
Convolution random_convolution(Random& random, bool even = true) {
  const auto up_to = [&](std::uint64_t n) { return 1 + random.index(n); };
  for (;;) {
    Convolution c;
    c.groups = up_to(2);
    c.in = {c.groups * up_to(2), up_to(6), up_to(7)};
    c.out.channels = c.groups * up_to(5);
    c.kernel = {up_to(3), up_to(3)};
    c.stride = {up_to(3), up_to(2)};
    c.padding = {random.index(3), random.index(3)};
    c.dilation = {up_to(2), up_to(2)};
    c.out.height = c.extent(0);
    c.out.width = c.extent(1);
    if (c.out.size() == 0) continue;
    for (std::uint64_t k = 0; k < c.out.channels * c.group_in() * c.kernel[0] * c.kernel[1]; ++k)
      c.weights.push_back(
          static_cast<std::int16_t>(even ? 2 * (static_cast<int>(random.index(100)) - 40)
                                         : static_cast<int>(random.index(200))));
    if (random.index(2) == 0) {
      c.delays.clear();
      for (std::uint64_t o = 0; o < c.out.channels; ++o)
        c.delays.push_back(static_cast<std::uint8_t>(random.index(5)));
    }
    return c;
  }
}

// An input and the layer that it is convolved onto.
ChipNetwork network_of(const Convolution& c, WeightFormat format, int message_bits = 0) {
  ChipNetwork chip;
  for (const auto& [name, model, size] : {std::tuple("in", ChipModel::input, c.in.size()),
                                          std::tuple("out", ChipModel::cuba_lif, c.out.size())}) {
    ChipPopulation p;
    p.name = name;
    p.model = model;
    p.first = static_cast<NeuronId>(chip.neurons.size());
    p.size = static_cast<std::uint32_t>(size);
    chip.populations.push_back(p);
    chip.neurons.resize(chip.neurons.size() + size, {.du = 2000, .dv = 300, .vth = 90});
  }
  ChipProjection p;
  p.name = "in->out";
  p.source = 0;
  p.target = 1;
  p.format = format;
  p.message_bits = message_bits;
  p.convolution = c;
  chip.projections.push_back(p);
  return chip;
}

Emulation run(const ChipNetwork& chip, std::uint64_t seed) {
  Random random(seed, "convolution input");
  Trial trial;
  trial.duration = 40.0;
  for (std::uint32_t t = 0; t < 40; ++t)
    for (NeuronId n = 0; n < chip.populations[0].size; ++n)
      if (random.index(3) == 0) trial.inputs.push_back({double(t), n});
  EmulationOptions options;
  for (NeuronId n = chip.populations[1].first; n < chip.neuron_count(); ++n)
    options.trace.neurons.push_back(n);
  return Emulator(chip).run(trial, options);
}

}  // namespace

TEST_CASE("the places that a source reaches are those whose sources it is",
          "[loihi2][convolution]") {
  Random random(3, "places");
  for (int k = 0; k < 200; ++k) {
    const Convolution c = random_convolution(random);
    // (source, target, weight)
    std::vector<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>> forward, backward;
    for (std::uint64_t t = 0; t < c.out.size(); ++t)
      c.for_each_source(t,
                        [&](std::uint64_t s, std::uint64_t w) { backward.emplace_back(s, t, w); });
    for (std::uint64_t s = 0; s < c.in.size(); ++s) {
      const std::uint64_t channel = s / (c.in.height * c.in.width);
      c.for_each_place(s, [&](auto i, auto j, auto y, auto x) {
        for (std::uint64_t g = 0; g < c.group_out(); ++g) {
          const std::uint64_t o = channel / c.group_in() * c.group_out() + g;
          forward.emplace_back(s, (o * c.out.height + y) * c.out.width + x,
                               c.weight_index(o, channel % c.group_in(), i, j));
        }
      });
    }
    std::sort(forward.begin(), forward.end());
    std::sort(backward.begin(), backward.end());
    CHECK(forward == backward);
    CHECK(backward.size() == c.synapses());
  }
}

TEST_CASE("a convolution does what its synapses do, bit for bit", "[loihi2][convolution]") {
  std::size_t spikes = 0;
  Random random(7, "shapes");
  for (std::uint64_t k = 0; k < 60; ++k) {
    // Shifts that lose nothing, that lose bits, to the left; with payloads.
    const int exponent = std::array{0, -1, -2, 1}[k % 4];
    const bool mixed = k % 8 < 4;
    const ChipNetwork chip = network_of(
        random_convolution(random, mixed),
        {mixed ? SignMode::mixed : SignMode::excitatory, 8, exponent}, k % 3 == 0 ? 4 : 0);
    check(chip);
    const ChipNetwork apart = unrolled(chip);
    const Emulation a = run(chip, k), b = run(apart, k);
    CHECK(a.spikes == b.spikes);
    CHECK(a.synaptic_operations == b.synaptic_operations);
    CHECK(a.populations[1].a.max == b.populations[1].a.max);
    CHECK(a.populations[1].u.min == b.populations[1].u.min);
    CHECK(a.populations[1].v.max == b.populations[1].v.max);
    spikes += a.spikes.size();
    // Bounds, too.
    CHECK(register_bounds(chip)[1].a.high == register_bounds(apart)[1].a.high);
    CHECK(register_bounds(chip)[1].a.low == register_bounds(apart)[1].a.low);
  }
  CHECK(spikes > 10'000);
}

// 2 channels of 4 x 4 onto 3 of 4 x 4 by a kernel of 3 x 3, padded by 1: 32 axons on one core. A source of the
// interior has 9 places of 3 channels, 27 synapses of 12 + 8 bits and a header, 9 words; without stride both
// channels have one list.
TEST_CASE("axons of a convolution share their lists of synapses", "[loihi2][convolution]") {
  Convolution c;
  c.in = {2, 4, 4};
  c.out = {3, 4, 4};
  c.kernel = {3, 3};
  c.padding = {1, 1};
  c.weights.assign(54, 2);
  const ChipProfile profile = test::shipped_chip("loihi2");
  const auto use = [&](const ChipNetwork& chip) {
    const Mapping mapping = partition(chip, profile.core, Mesh(profile.mesh));
    REQUIRE(mapping.cores.size() == 1);
    return mapping.cores[0].use;
  };
  const ChipNetwork chip = network_of(c, {});
  const std::uint64_t list = synapse_words(profile.core.encoding, chip.projections[0], 27);
  CHECK(use(chip).input_axons == 32);
  CHECK(use(chip).synapse_words == 2 * list);
  CHECK(use(unrolled(chip)).input_axons == 32);
  CHECK(use(unrolled(chip)).synapse_words > 10 * list);
  // With a stride of 2 rows every other row of the input has a list of its own.
  c.stride = {2, 1};
  c.out.height = c.extent(0);
  const ChipNetwork strided = network_of(c, {});
  const auto words = [&](std::uint64_t n) {
    return synapse_words(profile.core.encoding, strided.projections[0], n);
  };
  // Row 0 of the output has rows 0 and 1, row 1 has 1, 2 and 3: even rows are met once, odd ones up to twice.
  CHECK(use(strided).synapse_words == 2 * (words(9) + words(18)));
}

TEST_CASE("a convolution whose numbers do not belong together is refused",
          "[loihi2][convolution]") {
  Random random(1, "refused");
  const Convolution good = random_convolution(random);
  const auto refused = [&](auto change, const char* message) {
    Convolution c = good;
    change(c);
    CHECK_THROWS_WITH(check(c, "conv"), Catch::Contains(message));
  };
  CHECK_NOTHROW(check(good, "conv"));
  refused([](Convolution& c) { c.weights.pop_back(); }, "weights; a kernel of");
  refused([](Convolution& c) { c.out.height += 1; }, "its output is");
  refused([](Convolution& c) { c.groups = 5; }, "groups do not divide");
  refused([](Convolution& c) { c.stride[0] = 0; }, "of 0");
  refused([](Convolution& c) { c.delays.assign(c.out.channels + 1, 0); }, "delays; give one");
  refused([](Convolution& c) { c.in.height = std::uint64_t{1} << 40; }, "a size beyond");
  // Whose number of weights is 433,984 modulo 2^64, and as many are given.
  Convolution wraps;
  wraps.in = {191695, 1, 1};
  wraps.out = {183199, 1, 1};
  wraps.kernel = {9920, 52951};
  wraps.padding = {4960, 26475};
  wraps.stride = {10, 1};
  wraps.weights.assign(433984, 0);
  CHECK_THROWS_WITH(check(wraps, "conv"), Catch::Contains("products of kernel and output"));
  ChipNetwork chip = network_of(good, {});
  chip.projections[0].synapses.push_back({});
  CHECK_THROWS_WITH(check(chip), Catch::Contains("both a convolution and synapses"));
  chip = network_of(good, {});
  chip.projections[0].convolution->weights[0] = 3;  // odd: no 8-bit weight with a sign
  CHECK_THROWS_AS(check(chip), DeploymentError);
}
