// What training changes, and between which bounds: `learn`, and KIND_min and KIND_max of each
// parameter, of a population or a projection.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/parameters.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>

namespace retrograde {

// Of one kind of parameter of a population or projection. Where no bound is set, that of
// Learning::none holds.
struct LearnedKind {
  ParameterKind kind = ParameterKind::weight;
  bool learned = false;
  std::optional<double> low, high;

  // The range of the parameter, or what is written of it: initial values lie within.
  Range bounds() const;
};

// Which values a scenario may give a parameter: those of parameter_table.
Range range_of(ParameterKind kind);

// The keys that read_learned reads, for TomlTable::known.
void add_learned_keys(std::vector<std::string>& keys, std::span<const ParameterKind> kinds);
// Reads `learn` and the bounds of each of `kinds`, in that order. Learned delays of synapses are at
// most `duration`, unless delay_max is written. Throws ScenarioError.
std::vector<LearnedKind> read_learned(TomlTable& table, std::span<const ParameterKind> kinds,
                                      Time duration);

// A population or projection of a scenario, and what it says of learning.
struct LearnedEntity {
  const TomlTable* table;
  const std::vector<LearnedKind>* kinds;
};

// What they make of a network, whose populations and projections they are, in its order. Throws
// ScenarioError where an initial value lies out of bounds, and where delays may shrink to 0 on a
// cycle.
Learning learning_of(const Network& network, const std::vector<LearnedEntity>& populations,
                     const std::vector<LearnedEntity>& projections);

}  // namespace retrograde
