// [[event]]: what happens in a trial besides spikes. docs/scenario.md is the manual.
#pragma once

#include <cstdint>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/timeline/timeline_spec.hpp>

namespace retrograde {

// All tables [[event]] of a document. `duration` (ms) is that of the longest trial. Throws ScenarioError.
TimelineSpec read_timeline(TomlTable& root, const Network& network, Time duration,
                           std::uint64_t seed);

}  // namespace retrograde
