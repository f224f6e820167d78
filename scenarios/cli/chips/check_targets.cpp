#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/chips/check_targets.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/run/chips/chip_check.hpp>
#include <retrograde/scenarios/show/chips/json.hpp>
#include <retrograde/scenarios/show/chips/text.hpp>
#include <retrograde/scenarios/show/results.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

int check_target(const Trained& trained, const ChipTarget& target,
                 const std::optional<std::string>& json, const FolderClaim* folder) {
  const Scenario& scenario = trained.scenario;
  if (scenario.integers)
    throw UsageError(fmt::format(
        "{}: its network is integers of Loihi 2, which {} does not compute with; check a "
        "network of real values, or --chip loihi2",
        scenario.file, target.name()));
  if (trained.tuning)
    note(
        fmt::format("warning: the fine-tuning of this run is for Loihi 2; {} gets the network "
                    "before it",
                    target.name()));
  const Dataset dataset = open_dataset(trained);
  Progress progress;
  const ChipCheck check = check_on_chip(
      trained, dataset, target, [&](std::string_view what, std::size_t done, std::size_t of) {
        if (progress.due()) progress.update(fmt::format("{}: {} of {}", what, done, of));
        return true;
      });
  progress.clear();
  const auto document = json_chip_check(trained, check);
  if (json) write_json(*json, document);
  if (folder) write_check(*folder, document);
  fmt::print("{}", chip_check_text(trained, check));
  if (folder)
    fmt::print("wrote {}/check.json; there is no page of this chip\n", folder->folder().string());
  return check.fits() ? 0 : 1;
}

}  // namespace retrograde::cli
