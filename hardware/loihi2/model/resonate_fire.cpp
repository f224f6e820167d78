#include <cmath>
#include <numbers>

#include <retrograde/hardware/loihi2/model/resonate_fire.hpp>

namespace retrograde::loihi2 {

ResonateFire resonate_fire(Resonance resonance, double period, double alpha, std::int32_t vth,
                           std::int32_t state_exp, std::int32_t decay_bits) {
  ResonateFire neuron{resonance, 0, 0, decay_bits, state_exp, vth};
  check(neuron, "resonate_fire");
  const double angle = 2.0 * std::numbers::pi / period;
  const double one = std::ldexp(1.0 - alpha, decay_bits);
  neuron.sin_decay = static_cast<std::int32_t>(one * std::sin(angle));
  neuron.cos_decay = static_cast<std::int32_t>(one * std::cos(angle));
  check(neuron, "resonate_fire");
  return neuron;
}

void check(const ResonateFire& neuron, const std::string& where) {
  check_field(where, "decay_bits", neuron.decay_bits, 0, resonance_decay_bits_limit);
  const std::int64_t one = std::int64_t{1} << neuron.decay_bits;
  check_field(where, "sin_decay", neuron.sin_decay, -one, one);
  check_field(where, "cos_decay", neuron.cos_decay, -one, one);
  check_field(where, "state_exp", neuron.state_exp, 0,
              neuron.resonance == Resonance::graded ? 0 : resonance_state_exp_limit);
  check_field(where, "vth", neuron.vth, 0, (state_limit - 1) >> neuron.state_exp);
}

}  // namespace retrograde::loihi2
