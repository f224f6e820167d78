#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/cli/verbs/check_targets.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/run/chips/chip_check.hpp>
#include <retrograde/scenarios/show/chips/json.hpp>
#include <retrograde/scenarios/show/chips/text.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

int check_target(const Trained& trained, const ChipTarget& target,
                 const boost::program_options::variables_map& given) {
  const Scenario& scenario = trained.scenario;
  if (scenario.integers)
    throw UsageError(fmt::format(
        "{}: its network is integers of Loihi 2, which {} does not compute with; check a "
        "network of real values, or --chip loihi2",
        scenario.file, target.name()));
  if (!scenario.loss)
    throw UsageError(
        fmt::format("{} has no [loss]; a check needs one to read decisions", scenario.file));
  if (trained.tuning)
    note(
        fmt::format("warning: the fine-tuning of this run is for Loihi 2; {} gets the network "
                    "before it",
                    target.name()));
  Outputs outputs(given);
  outputs.reads(scenario, trained.data_path);
  const auto json = outputs.claim("json");
  const Dataset dataset = open_dataset(trained);
  Progress progress;
  const ChipCheck check = check_on_chip(
      trained, dataset, target, [&](std::string_view what, std::size_t done, std::size_t of) {
        if (progress.due()) progress.update(fmt::format("{}: {} of {}", what, done, of));
        return true;
      });
  progress.clear();
  if (json) write_json(*json, json_chip_check(trained, check));
  fmt::print("{}", chip_check_text(trained, check));
  return check.fits() ? 0 : 1;
}

}  // namespace retrograde::cli
