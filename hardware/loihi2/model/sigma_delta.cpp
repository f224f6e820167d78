#include <retrograde/hardware/loihi2/model/sigma_delta.hpp>

namespace retrograde::loihi2 {

void check(const Delta& neuron, const std::string& where) {
  check_field(where, "spike_exp", neuron.spike_exp, 0, sigma_delta_exponent_limit);
  check_field(where, "state_exp", neuron.state_exp, 0, sigma_delta_exponent_limit);
  check_field(where, "vth", neuron.vth, 0,
              (state_limit - 1) >> (neuron.spike_exp + neuron.state_exp));
}

void check(const Sigma&, const std::string&) {}

void check(const SigmaDelta& neuron, const std::string& where) {
  check(neuron.delta, where);
  const std::int64_t largest =
      (state_limit - 1) >> (neuron.delta.spike_exp + neuron.delta.state_exp);
  check_field(where, "bias", neuron.bias, -largest, largest);
}

}  // namespace retrograde::loihi2
