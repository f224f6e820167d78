#include <retrograde/hardware/loihi2/model/pursuit/lca.hpp>

namespace retrograde::loihi2 {

void check(const Lca& neuron, const std::string& where) {
  check_field(where, "vth", neuron.vth, 0, state_limit - 1);
  check_field(where, "tau", neuron.tau, 1, lca_tau_one);
  check_field(where, "bias", neuron.bias, 1 - state_limit, state_limit - 1);
  check_field(where, "input_shift", neuron.input_shift, 0, lca_input_shift_limit);
  check_field(where, "bits", neuron.bits, lca_bits_least, lca_bits_most);
}

void check(const LcaResidual& neuron, const std::string& where) {
  check_field(where, "spike_height", neuron.spike_height, 0, state_limit - 1);
  check_field(where, "bias", neuron.bias, 1 - state_limit, state_limit - 1);
  check_field(where, "input_shift", neuron.input_shift, 0, lca_input_shift_limit);
  check_field(where, "bits", neuron.bits, lca_bits_least, lca_bits_most);
}

}  // namespace retrograde::loihi2
