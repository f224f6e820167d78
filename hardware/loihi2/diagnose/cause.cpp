#include <retrograde/hardware/loihi2/diagnose/cause.hpp>

namespace retrograde::loihi2 {

std::string_view name(Cause cause) {
  switch (cause) {
    case Cause::unexplained:
      return "unexplained";
    case Cause::input_missing:
      return "input_missing";
    case Cause::input_extra:
      return "input_extra";
    case Cause::input_shifted:
      return "input_shifted";
    case Cause::input_payload:
      return "input_payload";
    case Cause::weight:
      return "weight";
    case Cause::delay:
      return "delay";
    case Cause::lost_delivery:
      return "lost_delivery";
    case Cause::weight_exponent:
      return "weight_exponent";
    case Cause::payload:
      return "payload";
    case Cause::input_overflow:
      return "input_overflow";
    case Cause::u_overflow:
      return "u_overflow";
    case Cause::v_overflow:
      return "v_overflow";
    case Cause::decay_rounding:
      return "decay_rounding";
    case Cause::u_decay:
      return "u_decay";
    case Cause::v_decay:
      return "v_decay";
    case Cause::bias:
      return "bias";
    case Cause::threshold_comparison:
      return "threshold_comparison";
    case Cause::threshold:
      return "threshold";
    case Cause::refractory:
      return "refractory";
    case Cause::reset:
      return "reset";
    case Cause::periodic_reset:
      return "periodic_reset";
    case Cause::networks_differ:
      return "networks_differ";
    case Cause::inherited:
      return "inherited";
  }
  return {};
}

}  // namespace retrograde::loihi2
