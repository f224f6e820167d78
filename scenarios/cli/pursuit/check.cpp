#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/cli/pursuit/pursuit.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/run/pursuit/chip_coding.hpp>
#include <retrograde/scenarios/run/pursuit/trained_pursuit.hpp>
#include <retrograde/scenarios/show/pursuit/chip_coding.hpp>
#include <retrograde/scenarios/show/results.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

int check_pursuit(const po::variables_map& given, const std::string& path, const ChosenChip& chip) {
  refuse_network_options(given, {"last"});
  const ChipProfile& profile = loihi_profile(chip, graded_needed);
  const std::size_t count =
      given.count("trials") ? given["trials"].as<std::size_t>() : signals_on_chip;
  if (count == 0) throw UsageError("--trials 0: one signal is needed at least");
  const TrainedPursuit trained =
      open_pursuit(path, data_path(given), {.settings = settings_of(given)});
  note_unlearned(trained, path);
  Outputs outputs(given);
  outputs.reads(trained.scenario, trained.data_path);
  const auto json = outputs.claim("json");
  const std::unique_ptr<FolderClaim> folder = claim_out(given, path, FolderKind::check);
  Progress progress;
  const ChipCoding coding =
      code_on_chip(trained.spec(), trained.model, profile, count, show_evaluation(progress));
  progress.clear();
  const auto document = chip_coding_json(trained.scenario, profile, coding);
  if (json) write_json(*json, document);
  if (folder) write_check(*folder, document, chip_coding_page(trained.scenario, profile, coding));
  fmt::print("{}", chip_coding_text(trained.scenario, profile, coding));
  if (folder) fmt::print("wrote {0}/check.json and {0}/report.html\n", folder->folder().string());
  return coding.fits() ? 0 : 1;
}

}  // namespace retrograde::cli
