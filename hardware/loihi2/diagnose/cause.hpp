// Why two captures part, as far as it can be told.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/hardware/loihi2/diagnose/deliveries.hpp>

namespace retrograde::loihi2 {

enum class Cause : std::uint8_t {
  unexplained,
  // Inputs differ.
  input_missing,  // on side B
  input_extra,    // on side B
  input_shifted,
  input_payload,
  // What arrives differs.
  weight,
  delay,
  lost_delivery,
  weight_exponent,
  payload,
  input_overflow,
  // What the neuron does with it.
  u_overflow,
  v_overflow,
  decay_rounding,
  u_decay,
  v_decay,
  bias,
  threshold_comparison,
  threshold,
  refractory,
  reset,
  periodic_reset,
  // No side breaks a rule.
  networks_differ,
  inherited,
};
std::string_view name(Cause cause);

// Why, for one side or for both; `text` is a sentence with the numbers.
struct Explanation {
  Cause cause = Cause::unexplained;
  std::string text = {};
  std::vector<SynapseRef> synapses = {};  // that the cause names; several: any of them
  std::uint32_t explained = 0;            // steps of the record up to which it is enough
  std::uint32_t steps = 0;                // of the record
};

}  // namespace retrograde::loihi2
