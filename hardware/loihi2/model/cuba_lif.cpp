#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/model/cuba_lif.hpp>

namespace retrograde::loihi2 {

void check_field(const std::string& where, const char* name, std::int64_t value, std::int64_t low,
                 std::int64_t high) {
  if (value >= low && value <= high) return;
  throw DeploymentError(
      where, name,
      fmt::format("{} is {}; the chip's field holds {} to {}", name, value, low, high));
}

void check(const CubaLif& neuron, const std::string& where) {
  check_field(where, "du", neuron.du, 0, decay_one - 1);
  check_field(where, "dv", neuron.dv, 0, decay_one - 1);
  check_field(where, "vth", neuron.vth, 1, vth_limit);
  check_field(where, "bias_mantissa", neuron.bias_mantissa, bias_mantissa_min, bias_mantissa_max);
  check_field(where, "bias_exponent", neuron.bias_exponent, -bias_exponent_limit,
              bias_exponent_limit);
  check_field(where, "refractory_delay", neuron.refractory_delay, 1, refractory_delay_limit);
}

}  // namespace retrograde::loihi2
