// The resource model of a core against what Intel's compiler printed for public networks, and what
// has to hold for any mapping.
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <numeric>
#include <set>

#include <retrograde/events/random.hpp>
#include <retrograde/hardware/loihi2/place/mapping.hpp>

#include "tests/support/chip_network.hpp"
#include "tests/support/shipped_chip.hpp"

using namespace retrograde;
using namespace retrograde::loihi2;

namespace {

const ChipProfile& loihi2_profile() {
  static const ChipProfile profile = test::shipped_chip("loihi2");
  return profile;
}

Mapping map(const ChipNetwork& chip, const ChipProfile& profile = loihi2_profile()) {
  return partition(chip, profile.core, Mesh(profile.mesh));
}

// Cores per population, inputs left out.
std::vector<std::uint32_t> layout(const std::vector<std::uint32_t>& sizes,
                                  const std::vector<std::uint32_t>& recurrent = {}) {
  const Mapping mapping = map(test::dense_chip(sizes, recurrent));
  CHECK(mapping.shortfalls.empty());
  std::vector<std::uint32_t> cores;
  for (std::uint32_t p = 1; p < sizes.size(); ++p) cores.push_back(mapping.cores_of(p));
  return cores;
}

// Shares in percent as the compiler prints them, in the order of its table.
std::vector<std::string> printed(const CoreUse& use) {
  const auto all = resources(use, loihi2_profile().core.limits);
  const auto share = [](const ResourceUse& r) {
    return fmt::format("{:.2f}",
                       100.0 * static_cast<double>(r.used) / static_cast<double>(r.limit));
  };
  return {share(all[2]), share(all[1]), share(all[0]), share(all[4]), share(all[3]), share(all[5])};
}

using Row = std::vector<std::string>;

}  // namespace

// lava-dl, netX MNIST notebook: input axons, neuron groups, neurons, synapses, axon map, total. The
// first row is of a core with 50 of the 128 neurons.
TEST_CASE("the compiler's printed use of cores is reproduced to the digit", "[loihi2][mapping]") {
  const auto row = [](const std::vector<std::uint32_t>& sizes) {
    return printed(map(test::dense_chip(sizes)).cores[0].use);
  };
  CHECK(row({784, 50, 10}) == Row{"4.90", "12.50", "1.22", "78.40", "0.31", "67.14"});
  CHECK(row({128, 64, 10}) == Row{"0.80", "12.50", "1.56", "16.80", "0.40", "14.72"});
  CHECK(row({64, 10}) == Row{"0.40", "12.50", "0.24", "1.60", "0.06", "1.71"});
}

TEST_CASE("words per axon of the six dense layers that were printed", "[loihi2][mapping]") {
  const ChipNetwork chip = test::dense_chip({1, 1});
  const auto words = [&](std::uint64_t synapses) {
    return synapse_words(loihi2_profile().core.encoding, chip.projections[0], synapses);
  };
  CHECK(words(10) == 4);
  CHECK(words(50) == 16);
  CHECK(words(64) == 21);
  CHECK(words(85) == 27);
  CHECK(words(200) == 63);
  CHECK(words(256) == 81);
  CHECK(words(0) == 0);
}

TEST_CASE("published layouts: MNIST 784-128-64-10 takes 3 + 1 + 1 cores", "[loihi2][mapping]") {
  CHECK(layout({784, 128, 64, 10}) == std::vector<std::uint32_t>{3, 1, 1});
}

// The notebook prints 3 + 2 for 200-256-200, by an older compiler that gave synapses 12000 words.
// Halves of the first layer would take 8200 of them, so no limit on words explains three parts;
// docs/loihi2.md says so. The second layer agrees.
TEST_CASE("published layouts: of Oxford 200-256-200 the second layer is reproduced",
          "[loihi2][mapping]") {
  CHECK(layout({200, 256, 200}) == std::vector<std::uint32_t>{2, 2});
  ChipProfile older = loihi2_profile();
  older.core.limits.synapse_words->value = {12000, 12000};
  const Mapping mapping = map(test::dense_chip({200, 256, 200}), older);
  CHECK(mapping.cores_of(1) == 2);  // printed: 3
  CHECK(mapping.cores_of(2) == 2);
  // What the log prints before it splits.
  const ChipNetwork chip = test::dense_chip({200, 256, 200});
  CHECK(200 * synapse_words(older.core.encoding, chip.projections[0], 256) == 16200);
  CHECK(256 * synapse_words(older.core.encoding, chip.projections[1], 200) == 16128);
}

TEST_CASE("predictions: recurrent Heidelberg networks take 6, 13 and 37 hidden cores",
          "[loihi2][mapping]") {
  CHECK(layout({700, 256, 20}, {1}) == std::vector<std::uint32_t>{6, 1});
  CHECK(layout({700, 512, 20}, {1}) == std::vector<std::uint32_t>{13, 1});
  CHECK(layout({700, 1024, 20}, {1}) == std::vector<std::uint32_t>{37, 1});
  // Words of the output core with 20 and with 35 classes.
  const auto words = [](std::uint32_t hidden, std::uint32_t outputs) {
    return map(test::dense_chip({1, hidden, outputs})).cores.back().use.synapse_words;
  };
  CHECK(words(256, 20) == 1792);
  CHECK(words(512, 20) == 3584);
  CHECK(words(1024, 20) == 7168);
  CHECK(words(256, 35) == 3072);
  CHECK(words(512, 35) == 6144);
  CHECK(words(1024, 35) == 12288);
}

TEST_CASE("Loihi 1 has smaller cores, synapses in blocks and other axon maps", "[mapping]") {
  const ChipProfile profile = test::shipped_chip("loihi1");
  // 64 synapses of 18 bits and a header of 10: 1162 bits, 19 words; the 65th opens a block.
  const ChipNetwork chip = test::dense_chip({1, 1});
  CHECK(synapse_words(profile.core.encoding, chip.projections[0], 64) == 19);
  CHECK(synapse_words(profile.core.encoding, chip.projections[0], 65) == 20);
  const Mapping mapping = map(test::dense_chip({10, 2000, 10}), profile);
  CHECK(mapping.cores_of(1) == 2);  // 1024 neurons a core
  CHECK(mapping.cores[0].use.axon_map == 1000);
  CHECK(mapping.cores.back().use.axon_map == 0);  // spikes of the last layer go nowhere
}

TEST_CASE("delays take bits of every synapse of their projection", "[loihi2][mapping]") {
  ChipNetwork chip = test::dense_chip({4, 32});
  const auto words = [&] {
    return synapse_words(loihi2_profile().core.encoding, chip.projections[0], 32);
  };
  CHECK(words() == 11);  // 32 x 20 + 10 bits
  chip.projections[0].synapses[5].delay = 62;
  CHECK(words() == 14);  // 32 x 26 + 10
  chip.projections[0].synapses[5].delay = 1;
  CHECK(words() == 11);  // 32 x 21 + 10
}

TEST_CASE("neurons that differ are split by their groups, equal ones stay together",
          "[loihi2][mapping]") {
  ChipNetwork chip = test::dense_chip({4, 128, 2});
  for (std::uint32_t k = 0; k < 128; ++k)
    chip.neurons[4 + k].dv = 100 + static_cast<std::int32_t>(k % 16);
  Mapping mapping = map(chip);
  CHECK(mapping.cores_of(1) == 2);  // 16 kinds, 8 a core
  for (std::uint32_t c = 0; c < 2; ++c) CHECK(mapping.cores[c].use.neuron_groups == 8);
  for (std::uint32_t k = 0; k < 128; ++k)
    chip.neurons[4 + k].dv = 100 + static_cast<std::int32_t>(k);
  CHECK(map(chip).cores_of(1) == 16);
  // The bias is a neuron's own.
  chip = test::dense_chip({4, 128, 2});
  for (std::uint32_t k = 0; k < 128; ++k)
    chip.neurons[4 + k].bias_mantissa = static_cast<std::int32_t>(k);
  CHECK(map(chip).cores_of(1) == 1);
}

TEST_CASE("a neuron that no core can hold is named with the resource", "[loihi2][mapping]") {
  const Mapping mapping = map(test::dense_chip({16001, 3}));
  REQUIRE(mapping.shortfalls.size() == 1);
  CHECK(mapping.shortfalls[0].neuron == 16001);
  CHECK(std::string(mapping.shortfalls[0].resource.name) == "input axons");
  CHECK(mapping.shortfalls[0].resource.used == 16001);
  CHECK(mapping.shortfalls[0].resource.limit == 16000);
  CHECK(mapping.core_of[16001] != Mapping::no_core);
}

TEST_CASE("more receivers make a longer axon map, and senders are split for it",
          "[loihi2][mapping]") {
  ChipProfile profile = loihi2_profile();
  profile.core.limits.axon_map->value = {300, 300};
  // 100 neurons that send to two cores take 300 entries, with three receivers 400.
  CHECK(map(test::dense_chip({2, 100, 300}), profile).cores_of(1) == 1);
  CHECK(map(test::dense_chip({2, 100, 400}), profile).cores_of(2) == 3);
  CHECK(map(test::dense_chip({2, 100, 400}), profile).cores_of(1) == 2);
}

TEST_CASE("any mapping: every neuron on one core, every synapse counted, limits kept",
          "[loihi2][mapping]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed, "mapping");
    const auto next = [&](std::uint32_t below) {
      return static_cast<std::uint32_t>(random.index(below));
    };
    ChipNetwork chip =
        test::dense_chip({1 + next(60), 1 + next(200), 1 + next(90), 1 + next(9)}, {1});
    std::size_t synapses = 0;
    for (ChipProjection& projection : chip.projections) {
      std::erase_if(projection.synapses, [&](const ChipSynapse&) { return next(3) == 0; });
      synapses += projection.synapses.size();
    }
    for (loihi2::CubaLif& neuron : chip.neurons)
      neuron.dv = 100 + static_cast<std::int32_t>(next(3));
    ChipProfile profile = loihi2_profile();
    profile.core.limits.synapse_words->value = {700, 700};
    profile.core.limits.neurons->value = {50, 50};
    const Mapping mapping = map(chip, profile);
    REQUIRE(mapping.shortfalls.empty());
    std::set<NeuronId> placed;
    for (std::uint32_t c = 0; c < mapping.cores.size(); ++c) {
      for (const NeuronId n : mapping.cores[c].neurons) {
        CHECK(placed.insert(n).second);
        CHECK(mapping.core_of[n] == c);
        CHECK(chip.population_of(n) == mapping.cores[c].population);
      }
      for (const ResourceUse& r : resources(mapping.cores[c].use, profile.core.limits))
        CHECK_FALSE(r.exceeded());
    }
    CHECK(placed.size() == chip.neuron_count() - chip.populations[0].size);
    std::size_t operations = 0;
    std::vector<std::uint64_t> words(mapping.cores.size(), 0);
    for (const Destination& d : mapping.destinations) {
      operations += d.operations;
      words[d.core] += d.words;
    }
    CHECK(operations == synapses);
    for (std::uint32_t c = 0; c < mapping.cores.size(); ++c)
      CHECK(words[c] == mapping.cores[c].use.synapse_words);
    // Parts are equal but for one neuron.
    for (std::uint32_t p = 1; p < chip.populations.size(); ++p)
      for (std::uint32_t c = mapping.first_core[p]; c < mapping.first_core[p + 1]; ++c)
        CHECK(mapping.cores[mapping.first_core[p]].neurons.size() -
                  mapping.cores[c].neurons.size() <=
              1);
  }
}
