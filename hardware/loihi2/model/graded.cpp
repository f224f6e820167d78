#include <retrograde/hardware/loihi2/model/graded.hpp>

namespace retrograde::loihi2 {

void check(const Graded& neuron, const std::string& where) {
  check_field(where, "vth", neuron.vth, 0, state_limit - 1);
}

}  // namespace retrograde::loihi2
