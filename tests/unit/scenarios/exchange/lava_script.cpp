// Scripts for Lava, as text. That they run there to the emulator's u, v and spikes is tests/lava.
#include <catch2/catch.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/lava_script.hpp>

#include "tests/support/chip_network.hpp"

using namespace retrograde;
using namespace retrograde::loihi2;
using Catch::Matchers::Contains;

namespace {

LavaScript script(const ChipNetwork& chip) {
  Deployed d;
  d.name = "a \"network\"";
  d.chip = chip;
  d.readout.kind = Readout::Kind::first_spike;
  d.readout.population = 1;
  EmulationOptions options;
  options.readout = d.readout;
  return write_lava_script(d, "trial 0", Emulator(chip).run({{1, 0}, {2, 1}}, 9, options));
}

}  // namespace

TEST_CASE("a script for Lava holds network, input and prediction, the same every time") {
  ChipNetwork chip = test::dense_chip({2, 3}, {1});
  for (ChipSynapse& s : chip.projections[0].synapses) s.weight = 254;
  for (loihi2::CubaLif& n : chip.neurons) n.vth = 100;
  const std::string text = script(chip).text;
  CHECK_THAT(text, Contains("NAME = \"a \\\"network\\\"\"") && Contains("STEPS = 9 "));
  CHECK_THAT(text, Contains("\"du\": 741, \"dv\": 200, \"vth\": 100"));
  CHECK_THAT(text, Contains("\"weights\": 254") && Contains("[0, 1, 0], [0, 2, 1],"));
  CHECK_THAT(text, Contains("EXPECTED = {\"decision\": 0, \"spikes\": {\"layer1\": "));
  CHECK(script(chip).text == text);
}

TEST_CASE("a script for Lava refuses by name what it has no process for") {
  ChipNetwork chip = test::dense_chip({2, 3});
  chip.neurons[2].refractory_delay = 3;
  CHECK_NOTHROW(script(chip));
  chip.populations[1].reset_interval = 8;
  CHECK_THROWS_WITH(script(chip), Contains("layer1[0]") && Contains("reset_interval at 0"));
  chip = test::dense_chip({2, 3});
  chip.projections[0].message_bits = 8;
  CHECK_THROWS_WITH(script(chip), Contains("layer0->layer1") && Contains("payloads"));
  chip = test::dense_chip({2, 3});
  chip.populations[1].model = ChipModel::ternary_lif;
  chip.populations[1].cells = std::vector<TernaryLif>(3);
  CHECK_THROWS_WITH(script(chip), Contains("layer1") && Contains("it is ternary_lif"));
}
