// What training changes, between which bounds, and how: `learn`, and of each parameter KIND_min,
// KIND_max and KIND_rate, weight_decay, weight_l1, and of delays KIND_l1, KIND_share and
// KIND_choice, of a population or a projection.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/adjoint/train/structure/pairs.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/parameters.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>

namespace retrograde {

// Of one kind of parameter of a population or projection. Where no bound is set, that of
// Learning::none holds.
struct LearnedKind {
  ParameterKind kind = ParameterKind::weight;
  bool learned = false;
  std::optional<double> low = {}, high = {};
  std::optional<double> rate = {}, decay = {}, l1 = {};  // instead of those of [train]
  std::optional<double> share = {};  // of delays: of these so many may lie above their bound,
  bool random_share = false;         // chosen once at random, or else the longest at any time

  // The range of the parameter, or what is written of it: initial values lie within.
  Range bounds() const;
};

// Which values a scenario may give a parameter: those of parameter_table.
Range range_of(ParameterKind kind);

// The keys that read_learned reads, for TomlTable::known.
void add_learned_keys(std::vector<std::string>& keys, std::span<const ParameterKind> kinds);
// Reads all that of each of `kinds`, in that order. Learned delays of synapses are at
// most `duration`, unless delay_max is written. Throws ScenarioError.
std::vector<LearnedKind> read_learned(TomlTable& table, std::span<const ParameterKind> kinds,
                                      Time duration);

// A population or projection of a scenario, and what it says of learning.
struct LearnedEntity {
  const TomlTable* table;
  const std::vector<LearnedKind>* kinds;
};

// What they make of a network, whose populations and projections they are, in its order, and which
// `dense` has the projections whose one synapse stands for all pairs; `seed` is
// that of random shares. Throws ScenarioError where an initial value lies out of bounds, and where
// delays may shrink to 0 on a cycle.
Learning learning_of(const Network& network, const std::vector<LearnedEntity>& populations,
                     const std::vector<LearnedEntity>& projections, const DenseProjections& dense,
                     std::uint64_t seed);

// The network with the delays that a share leaves over on their lower bound.
Network with_shares(Network network, const Learning& learning);

}  // namespace retrograde
