// retro check RUN --chip loihi2: a trained network on the emulated chip, and whether it fits.
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/train.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/read/chip_profile.hpp>
#include <retrograde/scenarios/read/library.hpp>
#include <retrograde/scenarios/run/trained.hpp>
#include <retrograde/scenarios/run/training.hpp>
#include <retrograde/scenarios/show/json/evaluation.hpp>
#include <retrograde/scenarios/show/results.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

// A shipped profile by its name, or one of the user's by its file.
ChipProfile chosen_chip(const std::string& chip) {
  if (chip.ends_with(".toml")) return read_chip_profile(chip);
  const std::vector<std::string> known = library_chips();
  if (std::find(known.begin(), known.end(), chip) == known.end())
    throw UsageError(fmt::format(
        "--chip {}: no such chip{}; there are {}, or name a profile of your own, a .toml file",
        chip, suggestion(chip, known), fmt::join(known, ", ")));
  return read_chip_profile(library_chip(chip));
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  const ChipProfile profile = chosen_chip(given["chip"].as<std::string>());
  const Trained trained =
      open_trained(arguments[0], given.count("data") ? given["data"].as<std::string>() : "");
  const Scenario& scenario = trained.scenario;
  print_warnings(scenario);
  if (!scenario.loss)
    throw UsageError(
        fmt::format("{} has no [loss]; a check needs one to read decisions", scenario.file));
  const Dataset dataset = load_dataset(scenario, trained.data_path);
  const Evaluation evaluation = evaluate_and_show(trained, dataset, profile);
  if (!evaluation.chip)
    throw UsageError(
        fmt::format("this network cannot go on the chip: {}", evaluation.chip_refusal));
  if (trained.folder) {
    write_results({trained, dataset, evaluation});
    fmt::print("\nreport: {}\n", std::filesystem::absolute(trained.folder->report()).string());
  }
  if (const auto path = json_path(given)) write_json(*path, json_evaluation(trained, evaluation));
  return evaluation.chip->deployment.fit.fits() ? 0 : 1;
}

}  // namespace

Verb check_verb() {
  return {"check",
          "RUN",
          "compare a trained network with the emulated chip",
          "Quantises the network of a run folder for Loihi 2 (8-bit weights, 12-bit decays, "
          "integer delays 0 to 62), runs the test set\n"
          "on the bit-accurate model and exactly, and prints accuracy, agreement of decisions, "
          "spikes per layer, the range of u and v\n"
          "against their registers, what was clipped, what each approximation on the way to the "
          "chip costs, the cores that it takes, time and energy of a "
          "trial with their uncertainty, and a\n"
          "verdict: whether it fits, and what to change. Exit status 1 where it does not fit. A "
          "scenario file instead of a run folder\n"
          "checks its untrained network.\n\n"
          "Cores, time and energy come from a profile of the chip, which --chip names: loihi1, "
          "loihi2, or a file of your own\n"
          "(docs/loihi2.md). The arithmetic is that of Loihi 2.\n\n"
          "  retro check runs/yin_yang --chip loihi2 --json check.json",
          1,
          1,
          [](po::options_description& o) {
            o.add_options()("chip",
                            po::value<std::string>()->default_value("loihi2")->value_name("NAME"),
                            "loihi1, loihi2, or a profile file")(
                "data", po::value<std::string>()->value_name("FOLDER"), "folder of the data set");
            add_json(o);
          },
          run};
}

}  // namespace retrograde::cli
