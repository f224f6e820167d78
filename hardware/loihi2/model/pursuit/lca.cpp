#include <retrograde/hardware/loihi2/model/pursuit/lca.hpp>

namespace retrograde::loihi2 {

namespace {

// What a register of so many bits holds.
std::int64_t most(std::int32_t bits) { return (std::int64_t{1} << (bits - 1)) - 1; }

}  // namespace

void check(const Lca& neuron, const std::string& where) {
  check_field(where, "bits", neuron.bits, lca_bits_least, lca_bits_most);
  check_field(where, "vth", neuron.vth, 0, most(neuron.bits));
  check_field(where, "tau", neuron.tau, 1, lca_tau_one);
  check_field(where, "bias", neuron.bias, -most(neuron.bits), most(neuron.bits));
  check_field(where, "input_shift", neuron.input_shift, 0, lca_input_shift_limit);
}

void check(const LcaResidual& neuron, const std::string& where) {
  check_field(where, "bits", neuron.bits, lca_bits_least, lca_bits_most);
  check_field(where, "spike_height", neuron.spike_height, 0, most(neuron.bits));
  check_field(where, "bias", neuron.bias, -most(neuron.bits), most(neuron.bits));
  check_field(where, "input_shift", neuron.input_shift, 0, lca_input_shift_limit);
}

}  // namespace retrograde::loihi2
