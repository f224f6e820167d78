// [train] method and [train.surrogate]: by exact gradients, or in steps by surrogate ones, which
// are a baseline (docs/surrogate.md). The numbers are those of adjoint/stepped, where their meaning
// and their source are written.
#pragma once

#include <optional>

#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/adjoint/stepped/stepped_spec.hpp>
#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/events/time.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/train_spec.hpp>

namespace retrograde {

struct SurrogateContext {
  const Network& network;
  const Loss* loss;  // null: none
  const TrainSpec& train;
  Time duration;  // ms, of a trial
  Time frame;     // ms that a value of the data holds; 0: the data are spikes
};

// `table` is [train], the rest of which is `train`. None: method = "exact"; the table is
// checked and has no effect then. With surrogate gradients learned delays get the longest tap as
// upper bound in `learning`. Throws ScenarioError, also for what cannot go in steps.
std::optional<SteppedSpec> read_surrogate(TomlTable& table, const SurrogateContext& context,
                                          Learning& learning);

}  // namespace retrograde
