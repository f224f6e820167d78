// What `retro check` found, whatever the chip and the network: a document, a text, a page.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include <retrograde/scenarios/run/chips/check.hpp>

namespace retrograde {

// retrograde.check/1, retrograde.check_integers/1 or retrograde.chip_check/1 (docs/json.md).
nlohmann::ordered_json json_check(const Trained& trained, const CheckResult& result);
std::string check_text(const Trained& trained, const CheckResult& result);
// None where there is no page.
std::optional<std::string> check_page(const Trained& trained, const Dataset& dataset,
                                      const CheckResult& result);

}  // namespace retrograde
