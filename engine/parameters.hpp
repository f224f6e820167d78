// Parameters of a network lie in one flat vector of doubles: first all weights, then all delays,
// then the neuron parameters, kind after kind. A gradient is a vector of the same layout (or does
// without delays: adjoint/gradient.hpp), and the moments of an optimiser are in its order, so that
// updating, summing and storing them needs no case for any kind.
//
// What is to be known about a kind of parameter is one row of `parameter_table`; checks, learning,
// identities, scenario files, reports and exchange formats follow from it. A new kind is an
// enumerator, its row, and the field of PopulationSpec that a C++ user gives it by.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/events/ids.hpp>

namespace retrograde {

enum class ParameterKind : std::uint8_t {
  weight,
  delay,
  tau_mem,
  tau_syn,
  v_threshold,
  v_reset,
  bias,
  t_ref,
  tau_syn_2,  // of the second receptor
  tau_syn_3,
  tau_syn_4,
  tau_adapt,
  adaptation,
  axonal_delay,    // added to the delay of every synapse that leaves the neuron
  dendritic_delay  // added to the delay of every synapse that reaches the neuron
};

// What has such a parameter: every synapse; the axon of a neuron that fires; the dendrite of one
// that receives; the membrane or the further receptors of a neuron, as its model says.
enum class ParameterOwner : std::uint8_t { synapse, axon, dendrite, membrane, receptor };

// Amplitudes are in units of v_threshold, times in ms. All amplitudes of a neuron, or all times of
// a network, may be scaled together without another spike (adjoint/check/identities.hpp).
enum class ParameterDimension : std::uint8_t { amplitude, time };

// Finite values from low to high; `above`: without low itself.
struct ParameterRange {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool above = false;

  constexpr bool contains(double x) const {
    return (above ? x > low : x >= low) && x <= high &&
           x < std::numeric_limits<double>::infinity() &&
           x > -std::numeric_limits<double>::infinity();
  }
  friend constexpr bool operator==(const ParameterRange&, const ParameterRange&) = default;
};

// Largest size of an amplitude: far below where sums of 10^9 arrivals, their products with rates and
// their squares overflow, so that overflow is never silent.
inline constexpr double largest_amplitude = 1e100;

struct ParameterTraits {
  ParameterKind kind;
  std::string_view name;  // in files and messages: NIR's, where it has one
  ParameterOwner owner;
  ParameterDimension dimension;
  double usual;          // unless a user gives another; not a number: a user has to
  ParameterRange range;  // of a network
  double learned_above;  // learning stays at or above it
  bool costly;           // its gradient needs costates of its own, which slow the backward pass
};

inline constexpr std::array parameter_table = [] {
  using enum ParameterKind;
  using enum ParameterOwner;
  using enum ParameterDimension;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  constexpr ParameterRange any{-largest_amplitude, largest_amplitude},
      positive{0.0, largest_amplitude, true}, increment{0.0, largest_amplitude}, not_negative{0.0},
      time_constant{1e-6, 1e12};
  // clang-format off
  return std::to_array<ParameterTraits>({
    // kind             name               owner     dimension  usual  range          learned    costly
      {weight,          "weight",          synapse,  amplitude, none,  any,           -infinity, false},
      {delay,           "delay",           synapse,  time,      0.0,   not_negative,  0.0,       false},
      {tau_mem,         "tau_mem",         membrane, time,      20.0,  time_constant, 0.1,       true},
      {tau_syn,         "tau_syn",         membrane, time,      5.0,   time_constant, 0.1,       true},
      {v_threshold,     "v_threshold",     membrane, amplitude, 1.0,   positive,      1e-3,      false},
      {v_reset,         "v_reset",         membrane, amplitude, 0.0,   any,           -infinity, false},
      {bias,            "bias",            membrane, amplitude, 0.0,   any,           -infinity, true},
      {t_ref,           "t_ref",           membrane, time,      0.0,   not_negative,  0.0,       false},
      {tau_syn_2,       "tau_syn_2",       receptor, time,      5.0,   time_constant, 0.1,       true},
      {tau_syn_3,       "tau_syn_3",       receptor, time,      5.0,   time_constant, 0.1,       true},
      {tau_syn_4,       "tau_syn_4",       receptor, time,      5.0,   time_constant, 0.1,       true},
      {tau_adapt,       "tau_adapt",       membrane, time,      100.0, time_constant, 0.1,       true},
      {adaptation,      "adaptation",      membrane, amplitude, 0.0,   increment,     0.0,       true},
      {axonal_delay,    "axonal_delay",    axon,     time,      0.0,   not_negative,  0.0,       false},
      {dendritic_delay, "dendritic_delay", dendrite, time,      0.0,   not_negative,  0.0,       false},
  });
  // clang-format on
}();

inline constexpr std::size_t parameter_kind_count = parameter_table.size();

inline constexpr std::array<ParameterKind, parameter_kind_count> parameter_kinds = [] {
  std::array<ParameterKind, parameter_kind_count> kinds{};
  for (std::size_t k = 0; k < kinds.size(); ++k) kinds[k] = parameter_table[k].kind;
  return kinds;
}();

constexpr const ParameterTraits& traits(ParameterKind kind) {
  return parameter_table[static_cast<std::size_t>(kind)];
}
constexpr std::string_view name(ParameterKind kind) { return traits(kind).name; }
constexpr bool belongs_to_synapse(ParameterKind kind) {
  return traits(kind).owner == ParameterOwner::synapse;
}
// "it must be finite and above 0", for messages.
std::string requirement(ParameterKind kind);
// Whether its unit is ms.
constexpr bool is_time(ParameterKind kind) {
  return traits(kind).dimension == ParameterDimension::time;
}
// A part of the time from a spike to its arrival.
constexpr bool is_delay(ParameterKind kind) {
  const ParameterOwner owner = traits(kind).owner;
  return is_time(kind) && owner != ParameterOwner::membrane && owner != ParameterOwner::receptor;
}

// One entry per synapse; one entry per neuron.
inline constexpr std::array synapse_parameter_kinds = {ParameterKind::weight, ParameterKind::delay};
inline constexpr std::array<ParameterKind, parameter_kind_count - 2> neuron_parameter_kinds = [] {
  std::array<ParameterKind, parameter_kind_count - 2> kinds{};
  for (std::size_t k = 0; k < kinds.size(); ++k) kinds[k] = parameter_kinds[k + 2];
  return kinds;
}();

static_assert(
    [] {
      for (std::size_t k = 0; k < parameter_kind_count; ++k)
        if (static_cast<std::size_t>(parameter_kinds[k]) != k ||
            belongs_to_synapse(parameter_kinds[k]) != (k < synapse_parameter_kinds.size()))
          return false;
      return true;
    }(),
    "the rows stand in the order of ParameterKind, those of synapses first");

// The time constant of each receptor of a neuron.
inline constexpr std::array<ParameterKind, 4> receptor_kinds = {
    ParameterKind::tau_syn, ParameterKind::tau_syn_2, ParameterKind::tau_syn_3,
    ParameterKind::tau_syn_4};
// The receptor with that time constant; receptor_kinds.size(): none.
constexpr std::size_t receptor_of(ParameterKind kind) {
  std::size_t r = 0;
  while (r < receptor_kinds.size() && receptor_kinds[r] != kind) ++r;
  return r;
}

// Where the parameters of each kind lie: weight and delay are indexed by SynapseId, the others by
// NeuronId (a neuron has unused entries for what its model does not have, so that an index needs no
// translation).
struct ParameterLayout {
  SynapseId synapses = 0;
  NeuronId neurons = 0;

  constexpr std::size_t size() const {
    return 2 * std::size_t{synapses} + (parameter_kind_count - 2) * std::size_t{neurons};
  }
  constexpr std::size_t offset(ParameterKind kind) const {
    const auto k = static_cast<std::size_t>(kind);
    if (k < 2) return k * synapses;
    return 2 * std::size_t{synapses} + (k - 2) * neurons;
  }
  constexpr std::size_t count(ParameterKind kind) const {
    return belongs_to_synapse(kind) ? synapses : neurons;
  }
  friend bool operator==(const ParameterLayout&, const ParameterLayout&) = default;
};

}  // namespace retrograde
