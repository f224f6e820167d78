// What arrives at a neuron, asked neuron by neuron, against the emulator's fan-out, which goes the
// other way round: messages of lca neurons, whose sums are kept in full and saturate, beside those of
// graded neurons, whose sums are kept modulo 2^32.
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include <retrograde/hardware/loihi2/diagnose/deliveries.hpp>
#include <retrograde/hardware/loihi2/emulator/fanout.hpp>

using namespace retrograde;
using namespace retrograde::loihi2;

namespace {

constexpr std::uint32_t sources = 15, targets = 4, steps = 12;

// Onto `targets`, from lca neurons by two projections and from graded ones by one.
ChipNetwork random_network(std::mt19937& random, int exponent, int slowest) {
  ChipNetwork chip;
  const auto add = [&](const char* name, ChipModel model, std::uint32_t size) {
    ChipPopulation p;
    p.name = name;
    p.model = model;
    p.first = chip.neuron_count();
    p.size = size;
    chip.populations.push_back(p);
    chip.neurons.resize(p.first + size);
  };
  add("codes", ChipModel::lca, sources);
  add("graded", ChipModel::graded, sources);
  add("readout", ChipModel::cuba_li, targets);
  for (const std::uint32_t source : {0u, 1u, 0u}) {
    ChipProjection p;
    p.source = source;
    p.target = 2;
    p.format.exponent = exponent;
    p.message_bits = 32;
    for (std::uint32_t s = 0; s < sources; ++s)
      for (std::uint32_t t = 0; t < targets; ++t)
        p.synapses.push_back({s, t,
                              static_cast<std::int16_t>(static_cast<int>(random() % 511) - 255),
                              static_cast<std::uint8_t>(random() % (slowest + 1u))});
    chip.projections.push_back(p);
  }
  return chip;
}

}  // namespace

TEST_CASE("what arrives is what the emulator's fan-out says", "[loihi2][diagnose]") {
  std::mt19937 random(3);
  int beyond = 0;
  for (const int exponent : {-8, -1, 0, 2})
    for (const int slowest : {0, 3})
      for (const int bits : {12, 24, 31}) {
        const ChipNetwork chip = random_network(random, exponent, slowest);
        const Fanout fanout(chip);
        Fanout::Ring ring(fanout);
        Sent sent(chip.neuron_count());
        std::vector<std::vector<std::int64_t>> arrived(targets);
        for (std::uint32_t t = 0; t < steps; ++t) {
          ring.begin(t);
          const Fanout::LaneInput input = ring.input(fanout.lane(2, 0));
          for (std::uint32_t k = 0; k < targets; ++k) {
            arrived[k].push_back(input.sums[k]);
            beyond += input.sums[k] == 2147483647 || input.sums[k] == -2147483647;
          }
          std::vector<ChipSpike> messages;
          for (NeuronId n = 0; n < 2 * sources; ++n) {
            if (random() % 2 == 0) continue;
            const auto payload =
                static_cast<std::int32_t>(static_cast<std::int64_t>(random() % (1u << bits)) -
                                          (std::int64_t{1} << (bits - 1)));
            if (payload == 0) continue;
            messages.push_back({t, n, payload});
            sent[n].push_back({t, payload});
          }
          ring.send(messages);
          ring.end();
        }
        const Deliveries deliveries(chip);
        CAPTURE(exponent, slowest, bits);
        for (std::uint32_t k = 0; k < targets; ++k)
          CHECK(deliveries.inputs(2 * sources + k, sent, steps) == arrived[k]);
      }
  CHECK(beyond > 50);
}
