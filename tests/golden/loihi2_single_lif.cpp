// One neuron as a real Loihi 2 ran it for 1000 steps: neuromorphs/NIR 7232ada,
// paper/01_lif/lif_lava_loihi_fixed.csv, columns input spike, membrane register, output spike. du =
// 4095, dv = 163, vth = 25, one synapse of weight 10.
#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include <retrograde/hardware/loihi2/emulator/emulator.hpp>

#include "tests/skip.hpp"

using namespace retrograde;
using namespace retrograde::loihi2;

namespace {

ChipNetwork single_neuron() {
  ChipNetwork network;
  network.populations = {{"in", Model::input, 0, 1, 0}, {"lif", Model::cuba_lif, 1, 1, 0}};
  network.neurons = {{}, {.du = 4095, .dv = 163, .vth = 25}};
  network.projections = {{"in->lif", 0, 1, {SignMode::excitatory, 8, 0}, {{0, 0, 10, 0}}}};
  return network;
}

constexpr std::array<int, 34> input_steps = {
    60,  220, 270, 310, 320, 350, 370, 400, 410, 430, 440, 450, 460, 470, 480, 490, 500,
    510, 520, 530, 670, 680, 690, 700, 710, 720, 730, 740, 750, 760, 770, 780, 840, 850};

Emulation emulate(SpikeRegister spike_register) {
  Trial trial{1000.0, {}};
  for (const int t : input_steps) trial.inputs.push_back({static_cast<double>(t), 0});
  EmulationOptions options;
  options.trace.neurons = {1};
  return Emulator(single_neuron(), {.spike_register = spike_register}).run(trial, options);
}

std::vector<std::uint32_t> output_steps(const Emulation& emulation) {
  std::vector<std::uint32_t> steps;
  for (const ChipSpike& spike : emulation.spikes)
    if (spike.neuron == 1) steps.push_back(spike.step);
  return steps;
}

}  // namespace

TEST_CASE("the emulated neuron has the voltages and spikes of the recorded chip run", "[loihi2]") {
  const Emulation model = emulate(SpikeRegister::zero);
  const std::vector<std::int32_t>& v = model.trace.v[0];
  REQUIRE(v.size() == 1000);
  const std::vector<std::int32_t> expected = {640, 614, 589, 565, 542, 520, 499, 479, 459,
                                              440, 422, 405, 388, 372, 357, 342, 328, 314};
  CHECK(std::vector<std::int32_t>(v.begin() + 61, v.begin() + 61 + 18) == expected);
  CHECK(v[60] == 0);
  CHECK(v[271] == 712);
  CHECK(v[460] == 1099);
  CHECK(output_steps(model) == std::vector<std::uint32_t>{461, 511, 711, 761});
  CHECK(std::accumulate(v.begin(), v.end(), std::int64_t{0}) == 369747);

  const Emulation chip = emulate(SpikeRegister::refractory_counter);
  const std::vector<std::int32_t>& shown = chip.trace.v[0];
  CHECK(std::accumulate(shown.begin(), shown.end(), std::int64_t{0}) == 370259);
  for (const std::uint32_t t : output_steps(chip)) {
    CHECK(v[t] == 0);
    CHECK(shown[t] == 128);
    CHECK(shown[t + 1] == v[t + 1]);
  }
}

TEST_CASE("all 1000 recorded membrane registers of a Loihi 2 chip are reproduced", "[loihi2]") {
  const char* folder = std::getenv("RETROGRADE_DATA");
  if (!folder) RETROGRADE_SKIP("RETROGRADE_DATA is not set");
  const auto file = std::filesystem::path(folder) / "loihi2" / "lif_lava_loihi_fixed.csv";
  if (!std::filesystem::exists(file))
    RETROGRADE_SKIP("RETROGRADE_DATA does not hold loihi2/lif_lava_loihi_fixed.csv");

  std::ifstream in(file);
  Trial trial{1000.0, {}};
  std::vector<std::int32_t> recorded;
  std::vector<std::uint32_t> recorded_spikes;
  for (std::string line; std::getline(in, line);) {
    std::istringstream row(line);
    double input = 0.0, v = 0.0, output = 0.0;
    char comma = 0;
    row >> input >> comma >> v >> comma >> output;
    REQUIRE(row);
    const auto t = static_cast<std::uint32_t>(recorded.size());
    if (input != 0.0) trial.inputs.push_back({static_cast<double>(t), 0});
    if (output != 0.0) recorded_spikes.push_back(t);
    recorded.push_back(static_cast<std::int32_t>(v));
  }
  REQUIRE(recorded.size() == 1000);
  CHECK(trial.inputs.size() == input_steps.size());

  const auto differences = [&](SpikeRegister spike_register) {
    const Emulator emulator(single_neuron(), {.spike_register = spike_register});
    EmulationOptions options;
    options.trace.neurons = {1};
    const Emulation run = emulator.run(trial, options);
    CHECK(output_steps(run) == recorded_spikes);
    int count = 0;
    for (std::size_t t = 0; t < recorded.size(); ++t) count += run.trace.v[0][t] != recorded[t];
    return count;
  };
  CHECK(differences(SpikeRegister::refractory_counter) == 0);
  CHECK(differences(SpikeRegister::zero) == 4);
}
