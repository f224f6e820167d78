// Small random networks as Lava ran them, one file each in tests/golden/lava; tests/lava/golden.py
// wrote them with lava-nc 0.10.0 and lava-optimization 0.5.0, and tests/lava/networks.py and pursuit.py
// say what is in them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/lava_run.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

std::vector<std::string> recorded_runs() {
  std::vector<std::string> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(RETROGRADE_SOURCE_DIR "/tests/golden/lava"))
    if (entry.path().extension() == ".run") files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

LavaRun recorded(const std::string& name) {
  return read_lava_run(RETROGRADE_SOURCE_DIR "/tests/golden/lava/" + name + ".run");
}

}  // namespace

TEST_CASE("every u, v and message of the recorded Lava runs is reproduced", "[loihi2]") {
  const std::vector<std::string> files = recorded_runs();
  REQUIRE(files.size() == 14);
  std::uint64_t neuron_steps = 0, messages = 0;
  for (const std::string& file : files) {
    const LavaComparison c = compare_with_lava(read_lava_run(file));
    INFO(file << ": " << c.first);
    CHECK(c.differences == 0);
    CHECK(c.values > 2 * c.neuron_steps - 1);
    neuron_steps += c.neuron_steps;
    messages += c.messages;
  }
  CHECK(neuron_steps > 30000);
  CHECK(messages > 5000);
}

TEST_CASE("a recorded Lava run notices one unit of weight, decay, threshold or delay", "[loihi2]") {
  LavaRun run = recorded("delays");
  REQUIRE(compare_with_lava(run).differences == 0);
  const auto differs = [&](auto change) {
    LavaRun changed = run;
    change(changed.network);
    return compare_with_lava(changed).differences > 0;
  };
  using loihi2::ChipNetwork;
  CHECK(differs([](ChipNetwork& n) { n.projections[0].synapses[3].weight += 2; }));
  CHECK(differs([](ChipNetwork& n) { n.projections[0].synapses[3].delay ^= 1; }));
  CHECK(differs([](ChipNetwork& n) { n.projections[3].format.exponent -= 1; }));
  CHECK(differs([](ChipNetwork& n) { n.neurons[n.populations[1].first].du += 1; }));
  CHECK(differs([](ChipNetwork& n) { n.neurons[n.populations[1].first].dv += 1; }));
  // A threshold is noticed where v comes that near to it: all of them, by a tenth.
  CHECK(differs([](ChipNetwork& n) {
    for (auto& neuron : n.neurons) neuron.vth += neuron.vth / 10;
  }));
}

TEST_CASE("the recorded overflows tell Lava's registers from others", "[loihi2]") {
  const LavaRun run = recorded("overflows");
  const auto activity = loihi2::Emulator(run.network).run(run.inputs, run.steps).populations[1];
  CHECK(activity.u_wraps > 20);
  CHECK(activity.v_saturations > 20);
  for (const loihi2::Semantics& other : {loihi2::Semantics{.u = loihi2::Overflow::saturate},
                                         loihi2::Semantics{.v = loihi2::Overflow::twos_complement}})
    CHECK(loihi2::Emulator(run.network, other).run(run.inputs, run.steps).populations[1] !=
          activity);
}
