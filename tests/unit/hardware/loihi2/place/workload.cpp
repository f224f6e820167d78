// Counts of events against the emulator's own count and against a recount from scratch.
#include <catch2/catch.hpp>
#include <map>

#include <retrograde/events/random.hpp>
#include <retrograde/hardware/loihi2/place/placement.hpp>
#include <retrograde/hardware/loihi2/place/workload.hpp>

#include "tests/support/chip_network.hpp"
#include "tests/support/shipped_chip.hpp"

using namespace retrograde;
using namespace retrograde::loihi2;

namespace {

Trial random_trial(std::uint64_t seed, std::uint32_t inputs, std::uint32_t steps) {
  Random random(seed, "workload");
  Trial trial;
  trial.duration = steps;
  for (std::uint32_t t = 0; t < steps; ++t)
    for (NeuronId n = 0; n < inputs; ++n)
      if (random.index(5) == 0) trial.inputs.push_back({double(t), n});
  return trial;
}

}  // namespace

TEST_CASE("two layers counted by hand", "[loihi2][workload]") {
  // Inputs 0, 1; neurons 2, 3, 4 on core 0; 5, 6 on core 1, at routers (0, 0) and (2, 1).
  const ChipNetwork chip = test::dense_chip({2, 3, 2});
  const ChipProfile profile = test::shipped_chip("loihi2");
  const Mesh mesh(profile.mesh);
  Mapping mapping = partition(chip, profile.core, mesh);
  mapping.cores[1].tile = {2, 1};
  const Workload w =
      count_events(mapping, mesh, 3, 4, {{0, 0}, {0, 1}, {1, 2}, {1, 4}, {3, 3}, {3, 6}});
  CHECK(w.steps == 4);
  CHECK(w.updates == 4 * 5);
  CHECK(w.operations == 2 * 3 + 3 * 2);
  CHECK(w.words == 2 * 2 + 3 * 1);  // 3 x 20 + 10 bits are two words, 2 x 20 + 10 one
  CHECK(w.input_spikes == 2);
  CHECK(w.spikes == 4);
  CHECK(w.messages == 5);  // the last layer sends none
  CHECK(w.hops_x == 3 * 2);
  CHECK(w.hops_y == 3 * 1);
  CHECK(w.hottest_link == 3);
  CHECK(w.cores[0].received == 2);
  CHECK(w.cores[0].sent == 3);
  CHECK(w.cores[1].received == 3);
  CHECK(w.cores[1].operations == 6);
  CHECK(w.chip[0].operations == 6);
  CHECK(w.chip[0].messages == 2);
  CHECK(w.chip[0].updates == 3);
  CHECK(w.chip[1].operations == 4);
  CHECK(w.chip[2].operations == 0);
  CHECK(w.population[1][0].operations == 6);
  CHECK(w.population[2][0].operations == 0);
  CHECK(w.population[2][1].words == 2);
  CHECK(w.population[0].empty());
}

TEST_CASE("a core that sends to two others makes two messages, though each gets one",
          "[loihi2][workload]") {
  // Neuron 1 on a core of its own between those of neurons 2 and 3: no link carries both.
  ChipProfile profile = test::shipped_chip("loihi2");
  profile.core.limits.neurons->value = {1, 1};
  const Mesh mesh(profile.mesh);
  const ChipNetwork chip = test::dense_chip({1, 1, 2});
  Mapping mapping = partition(chip, profile.core, mesh);
  REQUIRE(mapping.cores.size() == 3);
  mapping.cores[0].tile = {1, 0};
  mapping.cores[1].tile = {0, 0};
  mapping.cores[2].tile = {2, 0};
  const Workload w = count_events(mapping, mesh, 3, 2, {{1, 1}});
  CHECK(w.cores[0].sent == 2);
  CHECK(w.cores[1].received == 1);
  CHECK(w.cores[2].received == 1);
  CHECK(w.hottest_link == 1);
  CHECK(w.chip[0].messages == 0);
  CHECK(w.chip[1].messages == 2);
}

TEST_CASE("operations are the emulator's, and steps and cores add up to the same",
          "[loihi2][workload]") {
  const ChipProfile shipped = test::shipped_chip("loihi2");
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    ChipProfile profile = shipped;
    profile.core.limits.neurons->value = {7, 7};
    const Mesh mesh(profile.mesh);
    ChipNetwork chip = test::dense_chip({12, 40, 5}, {1});
    for (loihi2::CubaLif& n : chip.neurons) n.vth = 300;
    Mapping mapping = partition(chip, profile.core, mesh);
    const Emulation run = Emulator(chip).run(random_trial(seed, 12, 100));
    Traffic traffic(mapping.cores.size());
    add_traffic(traffic, mapping, run.spikes);
    place(mapping, mesh, traffic);
    const Workload w = count_events(mapping, mesh, 3, run.total_steps, run.spikes);

    CHECK(w.operations == run.synaptic_operations);
    CHECK(w.hops_x + w.hops_y == total_hops(mapping, traffic));
    CHECK(w.updates == std::uint64_t{45} * run.total_steps);
    CHECK(w.spikes == run.populations[1].spikes + run.populations[2].spikes);
    CHECK(w.input_spikes == run.populations[0].spikes);
    std::uint64_t received = 0, operations = 0, words = 0;
    for (const CoreLoad& c : w.cores) {
      received += c.received;
      operations += c.operations;
      words += c.words;
    }
    CHECK(received == w.messages);
    CHECK(operations == w.operations);
    CHECK(words == w.words);

    // Per step and core, from the synapses.
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> count;  // (step, core)
    for (const ChipSpike& s : run.spikes)
      for (const ChipProjection& p : chip.projections) {
        const ChipPopulation& from = chip.populations[p.source];
        if (s.neuron < from.first || s.neuron >= from.first + from.size) continue;
        for (const ChipSynapse& synapse : p.synapses)
          if (synapse.source == s.neuron - from.first)
            ++count[{s.step, mapping.core_of[chip.populations[p.target].first + synapse.target]}];
      }
    std::vector<std::uint32_t> most(run.total_steps, 0);
    for (const auto& [key, value] : count) most[key.first] = std::max(most[key.first], value);
    for (std::uint32_t t = 0; t < run.total_steps; ++t) CHECK(w.chip[t].operations == most[t]);
  }
}
