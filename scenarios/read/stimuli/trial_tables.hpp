// The inline trials of a scenario: what its populations say goes in, `trials` of [scenario] times; or
// [[trial]] tables, each with spikes, signals, a label and a duration of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/scenarios/data/stimuli/inline_trials.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/network/context.hpp>

namespace retrograde {

struct WrittenTrials {
  std::vector<InlineTrialKind> kinds;
  std::vector<std::optional<TomlValue>> labels;  // of each kind, where it is written

  bool all_labelled() const;
};

// Names of populations that [[trial]] tables give spikes or signals: inputs unless they say
// otherwise. Nothing is checked here.
std::vector<std::string> fed_by_trials(const toml::table& document);

// `trials` of `scenario` and [[trial]] of `root`. `inputs` is what the populations of the network say;
// `varied`: trials differ in more than their stimuli.
// Throws ScenarioError.
WrittenTrials read_trials(TomlTable& root, TomlTable& scenario, const Network& network,
                          const NetworkContext& context, std::vector<InlineInput> inputs,
                          bool varied);

// The labels that trials go by: their own, or that of the loss, which tells `classes` apart. Throws
// ScenarioError for a label that no loss asks for, or of no class.
void set_labels(WrittenTrials& trials, int label, std::uint32_t classes);

}  // namespace retrograde
