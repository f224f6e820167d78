// Parameters of a network lie in one flat vector of doubles: first all weights, then all delays,
// then the neuron parameters, kind after kind. A gradient, and each moment of an optimiser, is a
// vector of the same layout, so that updating, summing and storing them needs no case for any kind.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <retrograde/events/ids.hpp>

namespace retrograde {

// Names as in NIR where it has them; units: weight in units of v_threshold, delays and all other
// times in ms, adaptation in units of v_threshold.
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

inline constexpr std::array<std::string_view, 15> parameter_names = {
    "weight",    "delay",     "tau_mem",    "tau_syn",      "v_threshold",
    "v_reset",   "bias",      "t_ref",      "tau_syn_2",    "tau_syn_3",
    "tau_syn_4", "tau_adapt", "adaptation", "axonal_delay", "dendritic_delay"};

inline constexpr std::size_t parameter_kind_count = parameter_names.size();

inline constexpr std::array<ParameterKind, parameter_kind_count> parameter_kinds = [] {
  std::array<ParameterKind, parameter_kind_count> kinds{};
  for (std::size_t k = 0; k < kinds.size(); ++k) kinds[k] = static_cast<ParameterKind>(k);
  return kinds;
}();

// All but weight and delay: one entry per neuron.
inline constexpr std::array<ParameterKind, parameter_kind_count - 2> neuron_parameter_kinds = [] {
  std::array<ParameterKind, parameter_kind_count - 2> kinds{};
  for (std::size_t k = 0; k < kinds.size(); ++k) kinds[k] = static_cast<ParameterKind>(k + 2);
  return kinds;
}();

// The time constant of each receptor of a neuron.
inline constexpr std::array<ParameterKind, 4> receptor_kinds = {
    ParameterKind::tau_syn, ParameterKind::tau_syn_2, ParameterKind::tau_syn_3,
    ParameterKind::tau_syn_4};

constexpr std::string_view name(ParameterKind kind) {
  return parameter_names[static_cast<std::size_t>(kind)];
}

// Whether its unit is ms.
constexpr bool is_time(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::weight:
    case ParameterKind::v_threshold:
    case ParameterKind::v_reset:
    case ParameterKind::bias:
    case ParameterKind::adaptation:
      return false;
    default:
      return true;
  }
}

constexpr bool is_delay(ParameterKind kind) {
  return kind == ParameterKind::delay || kind == ParameterKind::axonal_delay ||
         kind == ParameterKind::dendritic_delay;
}

constexpr bool belongs_to_synapse(ParameterKind kind) {
  return kind == ParameterKind::weight || kind == ParameterKind::delay;
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
