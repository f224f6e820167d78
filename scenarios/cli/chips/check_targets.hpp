// `retro check` for chips that stand behind the interface of all chips (hardware/chip_target.hpp).
#pragma once

#include <optional>
#include <string>

#include <retrograde/hardware/chip_target.hpp>
#include <retrograde/scenarios/run/folder/folder_claim.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde::cli {

// Checks, prints, writes the document where it is told; 1 where the network does not fit.
int check_target(const Trained& trained, const ChipTarget& target,
                 const std::optional<std::string>& json, const FolderClaim* folder);

}  // namespace retrograde::cli
