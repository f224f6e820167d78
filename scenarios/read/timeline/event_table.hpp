// [[event]]: what happens in a trial besides spikes. docs/scenario.md is the manual.
#pragma once

#include <cstdint>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/scenarios/data/stimuli/inline_trials.hpp>
#include <retrograde/scenarios/io/limits.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/timeline/timeline_spec.hpp>

namespace retrograde {

// All tables [[event]] of a document. `duration` (ms) is that of the longest trial. Throws ScenarioError.
TimelineSpec read_timeline(TomlTable& root, const Network& network, Time duration,
                           std::uint64_t seed);

// Events that do nothing, a sentence each.
std::vector<std::string> warnings_of(const TimelineSpec& spec, const Network& network);

// Whether an event of the document does something else in each trial. Nothing is checked.
bool events_draw(const toml::table& document);

// Multiplies the rates of inline inputs as events say. Throws ScenarioError where a rate would rise whose
// spikes are not drawn without memory, as those of a data set and of lists, or beyond the limit; and for
// events that take spikes from a signal.
void change_rates(TomlTable& root, const ScenarioLimits& limits, TimelineSpec& spec,
                  std::vector<InlineTrialKind>& kinds);

}  // namespace retrograde
