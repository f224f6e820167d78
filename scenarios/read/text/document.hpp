// The document of a scenario before it is read: its text with what it includes and with what goes
// before it (--set, --epochs, --seed and the values of a study), and the same as text for those who
// keep it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <toml++/toml.h>
#include <vector>

#include <retrograde/scenarios/read/text/include.hpp>
#include <retrograde/scenarios/read/text/setting.hpp>

namespace retrograde {

struct ScenarioOverrides;  // scenario.hpp

// A scenario as it was written, where that is not its text: for variations of it, so that errors are
// named where they stand.
struct ScenarioOrigin {
  std::string text;
  std::vector<Setting> settings;
  std::optional<std::uint32_t> epochs;
  IncludedTexts included;
};

struct ScenarioDocument {
  toml::table table;
  std::string text;                              // that says the same
  std::shared_ptr<const ScenarioOrigin> origin;  // null: `text` is what was written
};

// Throws ScenarioError.
ScenarioDocument scenario_document(std::string text, const std::string& file,
                                   const ScenarioOverrides& overrides);

// The largest file of a scenario, and the most of it with all that it includes. It is written by hand or
// by a small script; its largest part are matrices.
inline constexpr std::uint64_t max_scenario_size = std::uint64_t{64} << 20;

}  // namespace retrograde
