// Sparse coding on the chip, as text, JSON and a page.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include <retrograde/hardware/chip_profile.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/pursuit/chip_coding.hpp>

namespace retrograde {

std::string chip_coding_text(const Scenario& scenario, const ChipProfile& profile,
                             const ChipCoding& coding);
// retrograde.pursuit_check/1
nlohmann::ordered_json chip_coding_json(const Scenario& scenario, const ChipProfile& profile,
                                        const ChipCoding& coding);
std::string chip_coding_page(const Scenario& scenario, const ChipProfile& profile,
                             const ChipCoding& coding);

}  // namespace retrograde
