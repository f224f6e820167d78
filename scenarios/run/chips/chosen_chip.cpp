#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/xylo/place/target.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/read/chips/chip_profile.hpp>
#include <retrograde/scenarios/read/chips/xylo_profile.hpp>
#include <retrograde/scenarios/read/library.hpp>
#include <retrograde/scenarios/run/chips/chosen_chip.hpp>

namespace retrograde {

namespace {

std::string profile_file(const std::string& chip) {
  if (chip.ends_with(".toml")) return chip;
  const std::vector<std::string> known = library_chips();
  if (std::find(known.begin(), known.end(), chip) == known.end())
    throw UsageError(fmt::format(
        "--chip {}: no such chip{}; there are {}, or name a profile of your own, a .toml file",
        chip, suggestion(chip, known), fmt::join(known, ", ")));
  return library_chip(chip);
}

}  // namespace

ChosenChip choose_chip(const std::string& name) {
  const std::string file = profile_file(name);
  if (is_xylo_profile(file))
    return {name, {}, std::make_shared<const xylo::Target>(read_xylo_profile(file))};
  return {name, read_chip_profile(file), nullptr};
}

const ChipProfile& loihi_profile(const ChosenChip& chip, const std::string& why) {
  if (chip.target) throw UsageError(fmt::format("--chip {}: {}; take loihi2", chip.name, why));
  return chip.profile;
}

}  // namespace retrograde
