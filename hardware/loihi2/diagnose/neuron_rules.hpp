// The step of cuba_lif.hpp with every rule exchangeable that some chip or simulator may have
// otherwise, and whether what was recorded of a neuron obeys it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <retrograde/hardware/loihi2/emulator/capture.hpp>
#include <retrograde/hardware/loihi2/model/cuba_lif.hpp>

namespace retrograde::loihi2 {

enum class Rounding : std::uint8_t { toward_zero, down, nearest };
enum class Reset : std::uint8_t { to_zero, by_threshold, none };

struct NeuronRules {
  CubaLif neuron;
  bool spiking = true;  // false: a readout
  Semantics semantics = {};
  std::uint32_t begin = 0;                             // the first step that it runs
  std::uint32_t reset_interval = 0, reset_offset = 0;  // as in ChipPopulation
  // Where others differ.
  Rounding u_rounding = Rounding::toward_zero, v_rounding = Rounding::toward_zero;
  bool fires_at_threshold = false;   // v >= vth instead of v >
  Reset reset = Reset::to_zero;      // of v after a spike
  bool resets_u = false;             // a spike clears u as well
  std::int64_t extra_bias = 0;       // added to v in every step
  std::int64_t extra_threshold = 0;  // in units of v
};

// A step in which a record is not what the rules make of the record before it and of the input.
struct RuleBreak {
  std::uint32_t step = 0;
  std::int64_t a = 0;  // input
  std::int64_t u_before = 0, v_before = 0;
  std::int64_t v_compared = 0;  // with the threshold
  std::int64_t u = 0, v = 0;    // by the rules
  std::int32_t message = 0;     // by the rules
  bool u_differs = false, v_differs = false, message_differs = false;
};

// Follows a neuron through its record: each step is computed from the state before it and v from
// the new u, both from the record where that shows them and by the rules where it does not, and
// from the input `a` of every step. The first step that differs, or none. A v that shows the
// refractory counter counts as 0. O(steps).
std::optional<RuleBreak> first_break(const NeuronRules& rules, const std::vector<std::int64_t>& a,
                                     const CapturedNeuron& record);

// v of each step as the threshold saw it, and whether it could fire then (no refractory period).
struct ThresholdView {
  std::int64_t v;
  bool free;
};
std::vector<ThresholdView> seen_by_threshold(const NeuronRules& rules,
                                             const std::vector<std::int64_t>& a,
                                             const CapturedNeuron& record);

}  // namespace retrograde::loihi2
