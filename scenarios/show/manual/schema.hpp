// A JSON schema (draft 7) of scenarios for editors, as "Even Better TOML" and taplo read them: which
// sections and keys there are, of which type, one of which words, and what the manual says of them. It
// is weaker than the reader: what depends on other keys it lets pass.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <retrograde/scenarios/read/manual/manual.hpp>

namespace retrograde {

nlohmann::ordered_json scenario_schema(const Manual& manual);

}  // namespace retrograde
