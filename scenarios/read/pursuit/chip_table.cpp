#include <cmath>
#include <fmt/format.h>
#include <string>
#include <utility>

#include <retrograde/scenarios/read/pursuit/pursuit_tables.hpp>

namespace retrograde {

namespace {

bool is_power_of_two(double x) {
  int exponent = 0;
  return std::frexp(x, &exponent) == 0.5;
}

}  // namespace

loihi2::ChipLcaOptions read_pursuit_chip(TomlTable table) {
  constexpr double least_step = 0x1p-23;
  table.known({"kind", "step", "steps", "layers", "spike_height", "scale", "bits"});
  if (const auto kind = table.find("kind")) kind->choice({"loihi2"});
  loihi2::ChipLcaOptions chip;
  if (const auto step = table.find("step")) {
    if (step->is_text())
      step->fail(
          "signals have no time of their own: it is a number, a share of the time constant; write "
          "step = 0.0078125");
    chip.step = step->number({least_step, 1.0, false, false});
    if (!is_power_of_two(chip.step))
      step->fail(
          fmt::format("on the chip it is a power of two, and {:g} is none; write step = {:.12g}",
                      chip.step, std::exp2(std::round(std::log2(chip.step)))));
  }
  chip.steps = table.integer("steps", chip.steps, 1, 10'000'000);
  chip.two_layers = table.integer("layers", 1, 1, 2) == 2;
  if (chip.two_layers)
    chip.spike_height = table.number("spike_height", chip.spike_height, Range::not_negative());
  chip.scale = table.number("scale", chip.scale, Range::positive());
  chip.bits = static_cast<int>(table.integer("bits", static_cast<std::uint32_t>(chip.bits), 8, 32));
  table.finish("does not apply to layers = 1; remove it, or write layers = 2");
  return chip;
}

}  // namespace retrograde
