// [structure]: which of the synapses that the projections describe exist, and how training changes
// that (adjoint/train/structure/structure_spec.hpp, where the meaning of its keys is written).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/adjoint/train/structure/pairs.hpp>
#include <retrograde/adjoint/train/structure/structure_plan.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/train_spec.hpp>

namespace retrograde {

// What the network of a scenario is before a structure is chosen.
struct FullNetwork {
  const Network& network;  // an outline (Pairs)
  const Learning& learning;
  const DenseProjections& dense;
  const TrainSpec& train;
  std::uint64_t seed;
  std::uint64_t most_synapses;
};

// The names that `projections` of [structure] lists, unchecked, none of them: it does not say;
// nothing where there is no [structure].
std::optional<std::vector<std::string>> structure_projections(const toml::table& document);

// Throws ScenarioError.
std::shared_ptr<const StructurePlan> read_structure(TomlTable table, const FullNetwork& full);

}  // namespace retrograde
