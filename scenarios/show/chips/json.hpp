// A network on a chip behind the interface of all chips, as a document.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <retrograde/scenarios/run/chips/chip_check.hpp>

namespace retrograde {

// retrograde.chip_check/1 (docs/json.md).
nlohmann::ordered_json json_chip_check(const Trained& trained, const ChipCheck& check);

}  // namespace retrograde
