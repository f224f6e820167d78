// `retro check` for chips that stand behind the interface of all chips (hardware/chip_target.hpp).
#pragma once

#include <boost/program_options.hpp>

#include <retrograde/hardware/chip_target.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde::cli {

// Checks, prints, writes --json; 1 where the network does not fit.
int check_target(const Trained& trained, const ChipTarget& target,
                 const boost::program_options::variables_map& given);

}  // namespace retrograde::cli
