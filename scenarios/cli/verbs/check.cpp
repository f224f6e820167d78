// retro check RUN --chip loihi2: a trained network on the emulated chip, and whether it fits.
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <optional>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/xylo/place/target.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/integers/integers.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/cli/verbs/check_targets.hpp>
#include <retrograde/scenarios/cli/verbs/train.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/read/chip_profile.hpp>
#include <retrograde/scenarios/read/chips/xylo_profile.hpp>
#include <retrograde/scenarios/read/library.hpp>
#include <retrograde/scenarios/run/trained.hpp>
#include <retrograde/scenarios/run/training.hpp>
#include <retrograde/scenarios/show/json/evaluation.hpp>
#include <retrograde/scenarios/show/results.hpp>
#include <retrograde/scenarios/show/text/evaluation.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

// The file of a shipped profile by its name, or of one of the user's.
std::string chosen_profile(const std::string& chip) {
  if (chip.ends_with(".toml")) return chip;
  const std::vector<std::string> known = library_chips();
  if (std::find(known.begin(), known.end(), chip) == known.end())
    throw UsageError(fmt::format(
        "--chip {}: no such chip{}; there are {}, or name a profile of your own, a .toml file",
        chip, suggestion(chip, known), fmt::join(known, ", ")));
  return library_chip(chip);
}

// "loihi2" of loihi2 and of profiles/loihi2.toml.
std::string file_name(const std::string& chip) {
  return std::filesystem::path(chip).stem().string();
}

// Beside what the training left, which says what the training came to. A run that cannot be written
// is checked all the same; false then.
bool store(const Report& report, const std::string& chip) {
  try {
    write_check(report, chip);
    return true;
  } catch (const IoError& error) {
    note(fmt::format("warning: nothing was stored in {}: {}",
                     report.trained.folder->path().string(), error.what()));
    return false;
  }
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  const std::string chip = given["chip"].as<std::string>();
  const std::string path = chosen_profile(chip);
  std::optional<xylo::Target> target;
  if (is_xylo_profile(path)) target.emplace(read_xylo_profile(path));
  const ChipProfile profile = target ? ChipProfile{} : read_chip_profile(path);
  const Trained trained = open_trained(arguments[0], data_path(given), chosen_epoch(given));
  const Scenario& scenario = trained.scenario;
  print_warnings(scenario);
  if (target) return check_target(trained, *target, given);
  if (scenario.integers) return check_integers(trained, profile, given);
  if (!scenario.loss)
    throw UsageError(
        fmt::format("{} has no [loss]; a check needs one to read decisions", scenario.file));
  Outputs outputs(given);
  outputs.reads(scenario, trained.data_path);
  const auto json = outputs.claim("json");
  const Dataset dataset = open_dataset(trained);
  const Evaluation evaluation = evaluate_with_progress(trained, dataset, profile);
  if (!evaluation.chip)
    throw UsageError(
        fmt::format("this network cannot go on the chip: {}", evaluation.chip_refusal));
  // What the run came to is its best epoch.
  const bool stored = trained.folder && chosen_epoch(given) == ChosenEpoch::best &&
                      store({trained, dataset, evaluation}, file_name(chip));
  if (json) write_json(*json, json_evaluation(trained, evaluation));
  fmt::print("{}", evaluation_text(trained, evaluation));
  if (stored)
    fmt::print("\nreport: {}\n",
               std::filesystem::absolute(trained.folder->check_report(file_name(chip))).string());
  return evaluation.chip->deployment.fit.fits() ? 0 : 1;
}

}  // namespace

Verb check_verb() {
  return {
      .name = "check",
      .arguments = "RUN",
      .summary = "compare a trained network with the emulated chip",
      .text =
          "Quantises the network of a run folder for Loihi 2 (8-bit weights, 12-bit decays, "
          "integer delays 0 to 62), runs the test set on the bit-accurate model and exactly, "
          "and prints accuracy, agreement of decisions, spikes per layer, the range of u and v "
          "against their registers, what was clipped, what each approximation on the way to "
          "the chip costs, the cores that it takes, time and energy of a trial with their "
          "uncertainty, and a verdict: whether it fits, and what to change. A scenario file "
          "instead of a run folder checks its untrained network. With --last nothing is stored in "
          "the run folder, which holds what its best epoch came to. A network in integers "
          "([network] with a netX or chip file) has no exact side: its trials run on the chip "
          "alone.\n\n"
          "Cores, time and energy come from a profile of the chip, which --chip names: loihi1, "
          "loihi2, or a file of your own (docs/loihi2.md). The arithmetic is that of Loihi 2.\n\n"
          "With --chip xylo_audio3 it is that of Xylo Audio 3 (docs/xylo.md): 8-bit weights, "
          "decays "
          "by shifts, no delays, 992 hidden neurons at most. What does not fit is said with what "
          "to "
          "change; then time and energy of a trial, with the evidence for every power. Nothing is "
          "stored in the run folder.",
      .examples = "retro check runs/yin_yang --chip loihi2 --json check.json",
      .found_wanting = "the network does not fit the chip",
      .min_arguments = 1,
      .max_arguments = 1,
      .options =
          [](po::options_description& o) {
            o.add_options()("chip",
                            po::value<std::string>()->default_value("loihi2")->value_name("NAME"),
                            "loihi1, loihi2, xylo_audio3, or a profile file");
            add_last(o);
            add_data(o);
            add_output(o);
          },
      .run = run};
}

}  // namespace retrograde::cli
