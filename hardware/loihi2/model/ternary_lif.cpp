#include <retrograde/hardware/loihi2/model/ternary_lif.hpp>

namespace retrograde::loihi2 {

void check(const TernaryLif& neuron, const std::string& where) {
  check_field(where, "du", neuron.du, 0, decay_one - 1);
  check_field(where, "dv", neuron.dv, 0, decay_one - 1);
  check_field(where, "vth_hi", neuron.vth_hi, 1 - state_limit, state_limit - 1);
  check_field(where, "vth_lo", neuron.vth_lo, 1 - state_limit, neuron.vth_hi);
  check_field(where, "bias_mantissa", neuron.bias_mantissa, bias_mantissa_min, bias_mantissa_max);
  check_field(where, "bias_exponent", neuron.bias_exponent, -bias_exponent_limit,
              bias_exponent_limit);
}

}  // namespace retrograde::loihi2
