// Sums of graded messages beyond 32 bits, against sums in 128 bits.
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include <retrograde/hardware/loihi2/emulator/emulator.hpp>
#include <retrograde/hardware/loihi2/emulator/wide_sums.hpp>

using namespace retrograde;
using namespace retrograde::loihi2;

namespace {

__extension__ using Wide = __int128;

// `sources` lca neurons behind as many others of another population, onto `targets`.
ChipNetwork two_populations(std::uint32_t sources, std::uint32_t targets) {
  ChipNetwork chip;
  const auto add = [&](const char* name, std::uint32_t size) {
    ChipPopulation p;
    p.name = name;
    p.model = ChipModel::lca;
    p.first = chip.neuron_count();
    p.size = size;
    p.cells = std::vector<Lca>(size);
    chip.populations.push_back(p);
    chip.neurons.resize(p.first + size);
  };
  add("others", 3);
  add("sources", sources);
  add("targets", targets);
  ChipProjection projection;
  projection.name = "wide";
  projection.source = 1;
  projection.target = 2;
  projection.format.exponent = -8;
  projection.message_bits = 24;
  chip.projections.push_back(projection);
  return chip;
}

}  // namespace

TEST_CASE("sums of lca messages are kept in full until they are shifted", "[loihi2][pursuit]") {
  std::mt19937 random(7);
  for (const bool gaps : {false, true}) {
    ChipNetwork chip = two_populations(20, 37);
    for (std::uint32_t s = 0; s < 20; ++s)
      for (std::uint32_t t = 0; t < 37; ++t) {
        if (gaps && random() % 3 == 0) continue;
        const auto weight = static_cast<std::int16_t>(2 * static_cast<int>(random() % 256) - 256);
        chip.projections[0].synapses.push_back(
            {s, t, weight, static_cast<std::uint8_t>(gaps ? random() % 3 : 0)});
      }
    check(chip);
    REQUIRE(sums_are_wide(chip, chip.projections[0]));
    const WideProjection projection(chip, chip.projections[0]);
    WideProjection::Sums sums(projection);
    for (int repeated = 0; repeated < 3; ++repeated) {
      std::map<std::pair<std::uint32_t, std::uint32_t>, Wide> expected;
      std::uint64_t counted = 0;
      for (std::uint32_t s = 0; s < 20; ++s) {
        const auto payload = static_cast<std::int32_t>(random() % (1u << 24)) - (1 << 23);
        counted += sums.add({0, 3 + s, payload});
        for (const ChipSynapse& synapse : chip.projections[0].synapses)
          if (synapse.source == s)
            expected[{synapse.delay, synapse.target}] += Wide{synapse.weight} * payload;
      }
      CHECK(counted == chip.projections[0].synapses.size());
      CHECK(sums.add({0, 2, 1}) == 0);   // of the population before
      CHECK(sums.add({0, 23, 1}) == 0);  // and behind
      bool beyond = false;
      std::size_t found = 0;
      sums.settle([&](std::uint32_t delay, std::uint32_t target, std::int64_t sum) {
        const Wide full = expected.at({delay, target});
        beyond |= full > Wide{1} << 31 || full < -(Wide{1} << 31);
        CHECK(sum == static_cast<std::int64_t>(full >> 8));
        ++found;
      });
      CHECK(beyond);
      CHECK(found == expected.size());
    }
  }
}

TEST_CASE("only payloads of lca neurons have wide sums", "[loihi2][pursuit]") {
  ChipNetwork chip = two_populations(1, 1);
  ChipProjection& p = chip.projections[0];
  CHECK(sums_are_wide(chip, p));
  p.message_bits = 0;
  CHECK_FALSE(sums_are_wide(chip, p));
  p.message_bits = 24;
  p.format.exponent = 0;
  CHECK(sums_are_wide(chip, p));
  p.format.exponent = -1;
  chip.populations[1].model = ChipModel::graded;
  CHECK_FALSE(sums_are_wide(chip, p));
  chip.populations[1].model = ChipModel::lca_residual;
  CHECK(sums_are_wide(chip, p));
}

TEST_CASE("an lca message arrives a step later, with its delay and its wide sum",
          "[loihi2][pursuit]") {
  ChipNetwork chip = two_populations(2, 40);
  // Both sources hold 2^23 + 100 and send it whole; tau of nearly 0 keeps it.
  for (Lca& neuron : std::get<std::vector<Lca>>(chip.populations[1].cells))
    neuron = {.vth = 0, .tau = 1, .bias = 8'000'000};
  for (Lca& neuron : std::get<std::vector<Lca>>(chip.populations[2].cells))
    neuron = {.vth = 8'388'607, .tau = 1 << 24};
  chip.projections[0].synapses = {{0, 39, 254, 0}, {1, 39, 254, 0}, {1, 0, -256, 2}};
  EmulationOptions options;
  options.trace.neurons = {5, 44};  // targets 0 and 39
  const Emulation run = Emulator(chip).run(std::vector<ChipSpike>{}, 5, options);
  // v of a source after steps 0, 1, 2: 8000000, then floor(v (1 - 2^-24)) + 8000000, sent one later.
  const std::int64_t first = 8'000'000, second = 15'999'999, third = 23'999'998;
  const auto arrives = [](std::int64_t sum) { return static_cast<std::int32_t>(sum >> 8); };
  CHECK(run.trace.v[1] == std::vector<std::int32_t>{0, 0, arrives(2 * 254 * first),
                                                    arrives(2 * 254 * second),
                                                    arrives(2 * 254 * third)});
  CHECK(run.trace.v[0] == std::vector<std::int32_t>{0, 0, 0, 0, arrives(-256 * first)});
  CHECK(run.synaptic_operations == 4 * 3);
}

TEST_CASE("a sum that 32 bits do not hold saturates and is counted", "[loihi2][pursuit]") {
  for (const int exponent : {-1, 3}) {
    ChipNetwork chip = two_populations(2, 2);
    chip.projections[0].format.exponent = exponent;
    for (Lca& neuron : std::get<std::vector<Lca>>(chip.populations[1].cells))
      neuron = {.vth = 0, .tau = 1, .bias = 8'000'000};
    for (Lca& neuron : std::get<std::vector<Lca>>(chip.populations[2].cells))
      neuron = {.vth = 0, .tau = 1 << 24, .input_shift = 4};
    // 2 * 250 * 8000000 by 2^-1 or 2^3 is beyond 2^31, and modulo 2^32 of the other sign.
    chip.projections[0].synapses = {
        {0, 0, 250, 0}, {1, 0, 250, 0}, {0, 1, -250, 0}, {1, 1, -250, 0}};
    if (exponent < 0)
      for (Lca& neuron : std::get<std::vector<Lca>>(chip.populations[1].cells))
        neuron.bias = 16'000'000;
    check(chip);
    EmulationOptions options;
    options.trace.neurons = {5, 6};
    const Emulation run = Emulator(chip).run(std::vector<ChipSpike>{}, 3, options);
    CHECK(run.trace.v[0] == std::vector<std::int32_t>{0, 0, (1 << 27) - 1});
    CHECK(run.trace.v[1] == std::vector<std::int32_t>{0, 0, -(1 << 27)});
    CHECK(run.populations[2].v_saturations == 2);
  }
}
