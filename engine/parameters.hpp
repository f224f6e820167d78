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

// Names as in NIR; units: weight in units of v_threshold, delay and all times in ms.
enum class ParameterKind : std::uint8_t {
  weight,
  delay,
  tau_mem,
  tau_syn,
  v_threshold,
  v_reset,
  bias,
  t_ref
};

inline constexpr std::array<std::string_view, 8> parameter_names = {
    "weight", "delay", "tau_mem", "tau_syn", "v_threshold", "v_reset", "bias", "t_ref"};

inline constexpr std::array<ParameterKind, 8> parameter_kinds = {
    ParameterKind::weight,  ParameterKind::delay,       ParameterKind::tau_mem,
    ParameterKind::tau_syn, ParameterKind::v_threshold, ParameterKind::v_reset,
    ParameterKind::bias,    ParameterKind::t_ref};

inline constexpr std::array<ParameterKind, 6> neuron_parameter_kinds = {
    ParameterKind::tau_mem, ParameterKind::tau_syn, ParameterKind::v_threshold,
    ParameterKind::v_reset, ParameterKind::bias,    ParameterKind::t_ref};

constexpr std::string_view name(ParameterKind kind) {
  return parameter_names[static_cast<std::size_t>(kind)];
}

constexpr bool belongs_to_synapse(ParameterKind kind) {
  return kind == ParameterKind::weight || kind == ParameterKind::delay;
}

// Where the parameters of each kind lie: weight and delay are indexed by SynapseId, the others by
// NeuronId (input neurons have unused entries, so that an index needs no translation).
struct ParameterLayout {
  SynapseId synapses = 0;
  NeuronId neurons = 0;

  constexpr std::size_t size() const {
    return 2 * std::size_t{synapses} + 6 * std::size_t{neurons};
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
