#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/cuba_lif.hpp>

namespace retrograde::loihi2 {

void check(const CubaLif& neuron, const std::string& where) {
  const auto field = [&](const char* name, std::int32_t value, std::int32_t low,
                         std::int32_t high) {
    if (value >= low && value <= high) return;
    throw LimitError(name, value < low ? low : high, value,
                     fmt::format("{}: {} is {}; the chip's field holds {} to {}", where, name,
                                 value, low, high));
  };
  field("du", neuron.du, 0, decay_one - 1);
  field("dv", neuron.dv, 0, decay_one - 1);
  field("vth", neuron.vth, 1, vth_limit);
  field("bias_mantissa", neuron.bias_mantissa, bias_mantissa_min, bias_mantissa_max);
  field("bias_exponent", neuron.bias_exponent, -bias_exponent_limit, bias_exponent_limit);
}

}  // namespace retrograde::loihi2
