// Networks of SLAYER that lava-dl 0.6.0 quantised, exported to netX and ran from there in Lava's
// fixed-point simulation: tests/golden/lava/netx, written by tests/lava/golden.py;
// tests/lava/slayer.py says what is in them.
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <retrograde/hardware/loihi2/emulator/emulator.hpp>
#include <retrograde/scenarios/exchange/chip/netx_read.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>

#include "tests/support/lava_run.hpp"

using namespace retrograde;
using namespace retrograde::loihi2;
using retrograde::test::LavaRecord;

namespace {

const std::string folder = RETROGRADE_SOURCE_DIR "/tests/golden/lava/netx/";

LavaRecord recorded(const std::string& name) {
  return test::read_lava_records(folder + name + ".runs").at(0);
}

struct Differences {
  std::uint64_t u = 0, v = 0, spikes = 0, fired = 0, values = 0;
};

// Reads the file of lava-dl as a user's, runs it on the recorded input and compares.
Differences compared(const std::string& name, const LavaRecord& record) {
  const auto& json = record.description;
  const auto steps = json.at("steps").get<std::uint32_t>();
  NetxReading reading;
  reading.reset_interval = json.at("reset").at(0).get<std::uint32_t>();
  reading.reset_offset = json.at("reset").at(1).get<std::uint32_t>();
  const std::string file = folder + name + ".net";
  const NetxNetwork network = read_netx(read_file(file), file, reading);
  const auto layers = json.at("layers").get<std::vector<std::uint32_t>>();
  REQUIRE(network.chip.populations.size() == layers.size() + 1);

  std::vector<ChipSpike> inputs;
  for (const auto& i : json.at("inputs"))
    inputs.push_back({i.at(0).get<std::uint32_t>(), i.at(1).get<NeuronId>()});
  EmulationOptions options;
  for (NeuronId n = network.chip.populations[1].first; n < network.chip.neuron_count(); ++n)
    options.trace.neurons.push_back(n);
  const Emulation run = Emulator(network.chip).run(inputs, steps, options);
  std::vector<std::vector<std::int32_t>> spikes(network.chip.neuron_count(),
                                                std::vector<std::int32_t>(steps, 0));
  for (const ChipSpike& s : run.spikes) spikes[s.neuron][s.step] = 1;

  Differences d;
  std::size_t at = 0, traced = 0;
  const auto compare = [&](const std::vector<std::int32_t>& ours, std::uint64_t& different) {
    REQUIRE(at + steps <= record.values.size());
    for (const std::int32_t value : ours) {
      different += value != record.values[at++];
      ++d.values;
    }
  };
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    const ChipPopulation& p = network.chip.populations[layer + 1];
    REQUIRE(p.size == layers[layer]);
    // Of a layer without neurons lava-dl has the sum in u, too; here u is the input of a step.
    const bool integrates = name == "integrator" && layer == 1;
    for (std::uint32_t k = 0; k < p.size; ++k)
      if (integrates)
        at += steps;
      else
        compare(run.trace.u[traced + k], d.u);
    for (std::uint32_t k = 0; k < p.size; ++k) compare(run.trace.v[traced + k], d.v);
    for (std::uint32_t k = 0; k < p.size; ++k) {
      compare(spikes[p.first + k], d.spikes);
      for (const std::int32_t s : spikes[p.first + k]) d.fired += static_cast<std::uint64_t>(s);
    }
    traced += p.size;
  }
  CHECK(at == record.values.size());
  return d;
}

}  // namespace

TEST_CASE("netX of lava-dl: every u, v and spike of what SLAYER exported", "[loihi2]") {
  for (const std::string name : {"dense", "delays", "recurrent", "bias", "convolutions", "readout",
                                 "integrator", "dense_reset"}) {
    INFO(name);
    const Differences d = compared(name, recorded(name));
    CHECK(d.u == 0);
    CHECK(d.v == 0);
    CHECK(d.spikes == 0);
    CHECK(d.fired > 200);
    CHECK(d.values > 4'000);
  }
}

TEST_CASE("netX of lava-dl: another reset, or one recorded value changed, is noticed", "[loihi2]") {
  LavaRecord record = recorded("dense_reset");
  record.description["reset"] = {25, 4};
  CHECK(compared("dense_reset", record).v > 0);
  record = recorded("convolutions");
  record.values[record.values.size() / 2] += 1;
  const Differences d = compared("convolutions", record);
  CHECK(d.u + d.v + d.spikes == 1);
}
