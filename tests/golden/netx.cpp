// Networks of integers that others wrote, against what others recorded of them: lava-nc/lava-dl
// d825ac5, in $RETROGRADE_DATA/netx. Oxford: spikes of Lava's fixed-point run. PilotNet LIF: every
// u, v and spike of two convolutions. MNIST: that it loads.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <retrograde/hardware/loihi2/emulator/emulator.hpp>
#include <retrograde/scenarios/exchange/chip/netx_read.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>

#include "tests/skip.hpp"
#include "tests/support/npy.hpp"

using namespace retrograde;
using namespace retrograde::loihi2;
using retrograde::test::NumpyArray;
using retrograde::test::read_npy;
using retrograde::test::read_npz;

namespace {

// The folder; empty: it is not here.
std::filesystem::path netx_folder() {
  const char* const data = std::getenv("RETROGRADE_DATA");
  if (data == nullptr) return {};
  const auto folder = std::filesystem::path(data) / "netx";
  return std::filesystem::exists(folder) ? folder : std::filesystem::path();
}

NetxNetwork read(const std::filesystem::path& file, const NetxReading& reading = {}) {
  return read_netx(read_file(file), file.string(), reading);
}

// (neuron, step)
using Spikes = std::set<std::pair<std::int32_t, std::int32_t>>;

Spikes recorded(const NumpyArray& array) {
  Spikes spikes;
  for (std::size_t k = 0; k < array.values.size(); k += 2)
    spikes.emplace(array.values[k], array.values[k + 1]);
  return spikes;
}

Spikes emulated(const Emulation& run, const ChipPopulation& p) {
  Spikes spikes;
  for (const ChipSpike& s : run.spikes)
    if (s.neuron >= p.first && s.neuron < p.first + p.size)
      spikes.emplace(s.neuron - p.first, s.step);
  return spikes;
}

// Arrays of Lava are (width, height, channels, steps); ours are (channels, height, width).
std::int32_t at(const NumpyArray& array, std::uint32_t neuron, std::uint32_t step) {
  const std::size_t width = array.shape[0], height = array.shape[1], channels = array.shape[2];
  const std::size_t x = neuron % width, y = neuron / width % height, c = neuron / width / height;
  return array.values[((x * height + y) * channels + c) * array.shape[3] + step];
}

}  // namespace

TEST_CASE("netX: Oxford fires as Lava recorded it, step by step", "[loihi2]") {
  const auto folder = netx_folder();
  if (folder.empty()) RETROGRADE_SKIP("RETROGRADE_DATA does not hold netx");
  const NetxNetwork network = read(folder / "oxford.net");
  REQUIRE(network.chip.populations.size() == 3);
  CHECK(network.warnings.empty());
  CHECK(network.chip.populations[0].name == "input");
  CHECK(network.chip.populations[1].name == "layer_1");
  CHECK(network.chip.populations[0].size == 200);
  CHECK(network.chip.populations[1].size == 256);
  CHECK(network.chip.populations[2].size == 200);

  const auto run = read_npz(folder / "oxford_run.npz");
  std::vector<ChipSpike> inputs;
  for (const auto& [neuron, step] : recorded(run.at("input")))
    inputs.push_back({static_cast<std::uint32_t>(step), static_cast<NeuronId>(neuron)});
  std::sort(inputs.begin(), inputs.end());
  const Emulation emulation = Emulator(network.chip).run(inputs, 2000);
  const Spikes hidden = emulated(emulation, network.chip.populations[1]),
               output = emulated(emulation, network.chip.populations[2]);
  CHECK(hidden.size() == 1833);
  CHECK(output.size() == 9632);
  CHECK(hidden == recorded(run.at("hidden")));
  CHECK(output == recorded(run.at("output")));
}

TEST_CASE("netX: every u, v and spike of two convolutions of PilotNet is Lava's", "[loihi2]") {
  const auto folder = netx_folder();
  if (folder.empty()) RETROGRADE_SKIP("RETROGRADE_DATA does not hold netx");
  const auto file = [&](const std::string& name) {
    return read_npy(folder / "pilotnet_lif" / (name + ".npy"));
  };
  // What was recorded as conv-3 and conv-4 are layers 4 and 5 of the file, given layer 3.
  NetxReading reading;
  reading.skip_layers = 4;
  reading.num_layers = 6;
  reading.reset_interval = 17;
  reading.reset_offset = 4;
  const NetxNetwork network = read(folder / "pilotnet_lif" / "network.net", reading);
  REQUIRE(network.chip.populations.size() == 3);
  CHECK(network.chip.populations[1].name == "layer_4");
  CHECK(network.chip.populations[1].reset_offset == 5);
  CHECK(network.chip.populations[2].reset_offset == 6);
  CHECK(network.chip.neurons[network.chip.populations[1].first].bias_exponent == 6);

  constexpr std::uint32_t steps = 24;
  const NumpyArray given = file("conv-2");
  REQUIRE(given.shape == std::vector<std::size_t>{24, 7, 48, steps});
  std::vector<ChipSpike> inputs;
  for (std::uint32_t t = 0; t < steps; ++t)
    for (std::uint32_t n = 0; n < network.chip.populations[0].size; ++n)
      if (at(given, n, t) != 0) inputs.push_back({t, n});
  REQUIRE(inputs.size() > 1000);

  EmulationOptions options;
  for (NeuronId n = network.chip.populations[1].first; n < network.chip.neuron_count(); ++n)
    options.trace.neurons.push_back(n);
  const Emulation run =
      Emulator(network.chip, {.spike_register = SpikeRegister::refractory_counter})
          .run(inputs, steps, options);
  std::size_t traced = 0, negative = 0;
  for (const std::uint32_t p : {1u, 2u}) {
    const std::string name = p == 1 ? "conv-3" : "conv-4";
    INFO(name);
    const NumpyArray u = file(name + "-u"), v = file(name + "-v"), spikes = file(name);
    const ChipPopulation& population = network.chip.populations[p];
    const Spikes fired = emulated(run, population);
    std::size_t wrong_u = 0, wrong_v = 0, wrong_spikes = 0;
    for (std::uint32_t n = 0; n < population.size; ++n, ++traced)
      for (std::uint32_t t = 0; t < steps; ++t) {
        wrong_u += run.trace.u[traced][t] != at(u, n, t);
        wrong_v += run.trace.v[traced][t] != at(v, n, t);
        wrong_spikes += fired.contains({n, t}) != (at(spikes, n, t) != 0);
        negative += at(v, n, t) < 0;
      }
    CHECK(wrong_u == 0);
    CHECK(wrong_v == 0);
    CHECK(wrong_spikes == 0);
    CHECK(fired.size() > 1000);
  }
  CHECK(negative > 50'000);  // where decay rounds toward zero
}

TEST_CASE("netX: MNIST of lava-dl loads", "[loihi2]") {
  const auto folder = netx_folder();
  if (folder.empty()) RETROGRADE_SKIP("RETROGRADE_DATA does not hold netx");
  const NetxNetwork network = read(folder / "mnist.net");
  REQUIRE(network.chip.populations.size() == 4);
  CHECK(network.chip.populations[0].size == 784);
  CHECK(network.chip.populations[3].size == 10);
  CHECK(network.warnings.empty());
  CHECK(network.chip.neurons[800].du == 409);
  CHECK(network.chip.neurons[800].vth == 64);
}
