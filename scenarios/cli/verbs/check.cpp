// retro check RUN --chip loihi2: a trained network on the emulated chip, and whether it fits.
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/xylo/place/target.hpp>
#include <retrograde/scenarios/cli/chips/check_targets.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/integers/integers.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/cli/pursuit/pursuit.hpp>
#include <retrograde/scenarios/cli/verbs/train.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/read/chips/chip_profile.hpp>
#include <retrograde/scenarios/read/chips/xylo_profile.hpp>
#include <retrograde/scenarios/read/library.hpp>
#include <retrograde/scenarios/run/folder/folder_claim.hpp>
#include <retrograde/scenarios/run/pursuit/trained_pursuit.hpp>
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

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  const std::string path = chosen_profile(given["chip"].as<std::string>());
  if (is_sparse_coding(arguments[0])) {
    refuse_device(given, "sparse coding");
    return check_pursuit(given, arguments[0], path);
  }
  if (given.count("trials"))
    throw UsageError(
        "--trials: it is for sparse coding; the whole test part of a network is run, so leave it "
        "out");
  std::optional<xylo::Target> target;
  if (is_xylo_profile(path)) target.emplace(read_xylo_profile(path));
  const ChipProfile profile = target ? ChipProfile{} : read_chip_profile(path);
  Trained trained = open_run(arguments[0], given);
  use_device(given, trained.scenario, trained.network, DeviceWork::run);
  const Scenario& scenario = trained.scenario;

  Outputs outputs(given);
  outputs.reads(scenario, trained.data_path);
  const auto json = outputs.claim("json");
  const std::unique_ptr<FolderClaim> folder = claim_out(given, arguments[0], FolderKind::check);
  if (target) return check_target(trained, *target, json, folder.get());
  if (scenario.integers) return check_integers(trained, profile, json, folder.get());
  const Dataset dataset = open_dataset(trained);
  note_events(scenario);
  const Evaluation evaluation =
      evaluate_with_progress(trained, dataset, profile, Remedying::where_wanted);
  if (!evaluation.chip)
    throw UsageError(
        fmt::format("this network cannot go on the chip: {}", evaluation.chip_refusal));

  auto document = json_evaluation(trained, evaluation);
  document["decisions"] = json_decisions(evaluation.chip->conformance);
  if (json) write_json(*json, document);
  if (folder) write_check(*folder, document, render_report({trained, dataset, evaluation}));
  fmt::print("{}", evaluation_text(trained, evaluation));
  if (folder) fmt::print("wrote {0}/check.json and {0}/report.html\n", folder->folder().string());
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
          "uncertainty, and a verdict: whether it fits, whether it behaves, and what to change. "
          "Where it does something else there than exactly, other settings of [chip] are tried on "
          "trials that nothing is judged by where there are others, and one is named. A scenario "
          "file instead of a run folder checks its untrained network; without a [loss] spikes are "
          "compared, and no decisions. Nothing is written without --out or --json. A network in "
          "integers "
          "([network] with a netX or chip file) has no exact side: its trials run on the chip "
          "alone.\n\n"
          "Cores, time and energy come from a profile of the chip, which --chip names: loihi1, "
          "loihi2, or a file of your own (docs/loihi2.md). The arithmetic is that of Loihi 2.\n\n"
          "With --chip xylo_audio3 it is that of Xylo Audio 3 (docs/xylo.md): 8-bit weights, "
          "decays by shifts, no delays, 992 hidden neurons at most; then time and energy of a "
          "trial, with the evidence for every power.\n\n"
          "Of sparse coding, the first --trials signals of the part that judges are coded by lca "
          "neurons with graded messages, as [chip] says: what their codes are worth beside the "
          "optimum and beside the same steps in real numbers, which rounding costs what, "
          "decisions, "
          "cores, messages, time and energy.",
      .examples = "retro check runs/yin_yang --chip loihi2 --out checks/yin_yang",
      .found_wanting = "the network does not fit the chip",
      .min_arguments = 1,
      .max_arguments = 1,
      .options =
          [](po::options_description& o) {
            o.add_options()("chip",
                            po::value<std::string>()->default_value("loihi2")->value_name("NAME"),
                            "loihi1, loihi2, xylo_audio3, or a profile file");
            o.add_options()("trials", po::value<std::size_t>()->value_name("N"),
                            "of sparse coding, so many signals; 10");
            o.add_options()("out", po::value<std::string>()->value_name("DIR"),
                            "write check.json and a page, report.html, there");
            add_last(o);
            add_set(o);
            add_data(o);
            add_device(o);
            add_output(o);
          },
      .run = run};
}

}  // namespace retrograde::cli
