// The [loss] table of a scenario. A step of reading a scenario; the manual is docs/scenario.md.
#pragma once

#include <cstdint>
#include <memory>

#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>

namespace retrograde {

struct LossContext {
  Time duration = 0;
  bool has_data = false;           // else the inline trial is all there is
  std::uint32_t data_classes = 0;  // 0: known only once the set is open
  bool labelled_trials = false;    // every inline trial has a label of its own
};

struct ScenarioLoss {
  std::unique_ptr<Loss> loss;
  int label = -1;             // of inline trials without a label of their own
  std::uint32_t classes = 0;  // that it tells apart; 0: none
};

// Throws ScenarioError.
ScenarioLoss read_loss(TomlTable table, const Network& network, const LossContext& context);

}  // namespace retrograde
