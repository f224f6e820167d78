// [structure]: which of the synapses that the projections describe exist, and how training changes that
// (adjoint/train/structure/structure_spec.hpp, where the meaning of its keys is written).
#pragma once

#include <cstdint>
#include <memory>

#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/adjoint/train/structure/structure_plan.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/train_spec.hpp>

namespace retrograde {

// What the network of a scenario is before a structure is chosen.
struct FullNetwork {
  const Network& network;
  const Learning& learning;
  const TrainSpec& train;
  std::uint64_t seed;
};

// Throws ScenarioError.
std::shared_ptr<const StructurePlan> read_structure(TomlTable table, const FullNetwork& full);

}  // namespace retrograde
