// The names that chip files give to things, and what neurons of each model have: for both
// directions of chip_file.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <limits>
#include <string>
#include <vector>

#include <retrograde/hardware/loihi2/model/chip_network.hpp>
#include <retrograde/hardware/loihi2/model/semantics.hpp>

namespace retrograde {

// One number of a cell, and its range.
template <typename Cell>
struct ChipField {
  const char* name;
  std::int32_t (*get)(const Cell&);
  void (*set)(Cell&, std::int32_t);
  std::int32_t low, high;
};

namespace chip_fields {

using namespace loihi2;

inline constexpr std::int32_t version = 1;

// Names of what has a few values, in the order of their enumerations.
inline const std::vector<std::string> sign_names = {"mixed", "excitatory", "inhibitory"};
inline const std::vector<std::string> shown_names = {"zero", "refractory_counter"};
inline const std::vector<Overflow> overflows = {Overflow::keep, Overflow::lava_wrap,
                                                Overflow::twos_complement, Overflow::saturate};

inline std::vector<std::string> overflow_names() {
  std::vector<std::string> names;
  names.reserve(overflows.size());
  for (const Overflow o : overflows) names.emplace_back(name(o));
  return names;
}

inline constexpr std::array<ChipModel::Kind, 11> models = {
    ChipModel::input,         ChipModel::cuba_lif, ChipModel::cuba_li,     ChipModel::ternary_lif,
    ChipModel::graded,        ChipModel::delta,    ChipModel::sigma,       ChipModel::sigma_delta,
    ChipModel::resonate_fire, ChipModel::lca,      ChipModel::lca_residual};

inline std::vector<std::string> model_names() {
  std::vector<std::string> names;
  names.reserve(models.size());
  for (const ChipModel::Kind m : models) names.emplace_back(name(ChipModel(m)));
  return names;
}

inline std::string place(const char* kind, std::size_t k) {
  return fmt::format("/chip/{}/{}", kind, k);
}

// --- what neurons have ---

inline constexpr std::int32_t state_end = static_cast<std::int32_t>(v_limit);
inline constexpr std::int32_t lca_end = std::numeric_limits<std::int32_t>::max();
inline constexpr std::int32_t rotation_end = 1 << resonance_decay_bits_limit;

// Of a number, a truth value or an enumeration.
template <typename Cell, typename Value, Value Cell::*member>
constexpr ChipField<Cell> field(const char* name, std::int32_t low, std::int32_t high) {
  return {name, [](const Cell& cell) { return static_cast<std::int32_t>(cell.*member); },
          [](Cell& cell, std::int32_t value) { cell.*member = static_cast<Value>(value); }, low,
          high};
}
// Of the encoder inside a sigma-delta neuron.
template <typename Value, Value Delta::*member>
constexpr ChipField<SigmaDelta> inside(const char* name, std::int32_t low, std::int32_t high) {
  return {
      name, [](const SigmaDelta& cell) { return static_cast<std::int32_t>(cell.delta.*member); },
      [](SigmaDelta& cell, std::int32_t value) { cell.delta.*member = static_cast<Value>(value); },
      low, high};
}
template <typename Cell, std::int32_t Cell::*member>
constexpr ChipField<Cell> integer(const char* name, std::int32_t low, std::int32_t high) {
  return field<Cell, std::int32_t, member>(name, low, high);
}

inline std::vector<ChipField<loihi2::CubaLif>> of(const loihi2::CubaLif*) {
  using Cell = loihi2::CubaLif;
  return {
      integer<Cell, &Cell::du>("du", 0, decay_one - 1),
      integer<Cell, &Cell::dv>("dv", 0, decay_one - 1),
      integer<Cell, &Cell::vth>("vth", 1, vth_limit),
      integer<Cell, &Cell::bias_mantissa>("bias_mantissa", bias_mantissa_min, bias_mantissa_max),
      integer<Cell, &Cell::bias_exponent>("bias_exponent", -bias_exponent_limit,
                                          bias_exponent_limit),
      integer<Cell, &Cell::refractory_delay>("refractory_delay", 1, refractory_delay_limit)};
}

inline std::vector<ChipField<TernaryLif>> of(const TernaryLif*) {
  using Cell = TernaryLif;
  return {
      integer<Cell, &Cell::du>("du", 0, decay_one - 1),
      integer<Cell, &Cell::dv>("dv", 0, decay_one - 1),
      integer<Cell, &Cell::vth_lo>("vth_lo", -state_end, state_end),
      integer<Cell, &Cell::vth_hi>("vth_hi", -state_end, state_end),
      integer<Cell, &Cell::bias_mantissa>("bias_mantissa", bias_mantissa_min, bias_mantissa_max),
      integer<Cell, &Cell::bias_exponent>("bias_exponent", -bias_exponent_limit,
                                          bias_exponent_limit)};
}

inline std::vector<ChipField<Graded>> of(const Graded*) {
  return {integer<Graded, &Graded::vth>("vth", 0, state_end),
          field<Graded, bool, &Graded::rectified>("rectified", 0, 1)};
}

inline std::vector<ChipField<Delta>> of(const Delta*) {
  using Cell = Delta;
  return {integer<Cell, &Cell::vth>("vth", 0, state_end),
          integer<Cell, &Cell::spike_exp>("spike_exp", 0, sigma_delta_exponent_limit),
          integer<Cell, &Cell::state_exp>("state_exp", 0, sigma_delta_exponent_limit),
          field<Cell, bool, &Cell::cumulative_error>("cumulative_error", 0, 1)};
}

inline std::vector<ChipField<Sigma>> of(const Sigma*) { return {}; }

inline std::vector<ChipField<SigmaDelta>> of(const SigmaDelta*) {
  return {inside<std::int32_t, &Delta::vth>("vth", 0, state_end),
          inside<std::int32_t, &Delta::spike_exp>("spike_exp", 0, sigma_delta_exponent_limit),
          inside<std::int32_t, &Delta::state_exp>("state_exp", 0, sigma_delta_exponent_limit),
          inside<bool, &Delta::cumulative_error>("cumulative_error", 0, 1),
          integer<SigmaDelta, &SigmaDelta::bias>("bias", -state_end, state_end),
          field<SigmaDelta, bool, &SigmaDelta::linear>("linear", 0, 1)};
}

inline std::vector<ChipField<ResonateFire>> of(const ResonateFire*) {
  using Cell = ResonateFire;
  return {field<Cell, Resonance, &Cell::resonance>("resonance", 0, 2),
          integer<Cell, &Cell::sin_decay>("sin_decay", -rotation_end, rotation_end),
          integer<Cell, &Cell::cos_decay>("cos_decay", -rotation_end, rotation_end),
          integer<Cell, &Cell::decay_bits>("decay_bits", 0, resonance_decay_bits_limit),
          integer<Cell, &Cell::state_exp>("state_exp", 0, resonance_state_exp_limit),
          integer<Cell, &Cell::vth>("vth", 0, state_end)};
}

inline std::vector<ChipField<Lca>> of(const Lca*) {
  return {integer<Lca, &Lca::vth>("vth", 0, lca_end),
          integer<Lca, &Lca::tau>("tau", 1, static_cast<std::int32_t>(lca_tau_one)),
          integer<Lca, &Lca::bias>("bias", -lca_end, lca_end),
          field<Lca, bool, &Lca::excites_itself>("excites_itself", 0, 1),
          integer<Lca, &Lca::input_shift>("input_shift", 0, lca_input_shift_limit),
          integer<Lca, &Lca::bits>("bits", lca_bits_least, lca_bits_most)};
}

inline std::vector<ChipField<LcaResidual>> of(const LcaResidual*) {
  using Cell = LcaResidual;
  return {integer<Cell, &Cell::spike_height>("spike_height", 0, lca_end),
          integer<Cell, &Cell::bias>("bias", -lca_end, lca_end),
          integer<Cell, &Cell::input_shift>("input_shift", 0, lca_input_shift_limit),
          integer<Cell, &Cell::bits>("bits", lca_bits_least, lca_bits_most)};
}

}  // namespace chip_fields

}  // namespace retrograde
