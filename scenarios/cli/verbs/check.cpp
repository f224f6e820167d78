// retro check RUN --chip loihi2: a trained network on the emulated chip, and whether it fits.
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/cli/pursuit/pursuit.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/run/chips/check.hpp>
#include <retrograde/scenarios/run/folder/folder_claim.hpp>
#include <retrograde/scenarios/run/pursuit/trained_pursuit.hpp>
#include <retrograde/scenarios/run/trained.hpp>
#include <retrograde/scenarios/show/check.hpp>
#include <retrograde/scenarios/show/results.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

CheckResult check_with_progress(const Trained& trained, const Dataset& dataset,
                                const ChosenChip& chip) {
  Progress progress;
  CheckResult result = check_network(trained, dataset, chip, show_evaluation(progress));
  progress.clear();
  return result;
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  const ChosenChip chip = choose_chip(given["chip"].as<std::string>());
  if (is_sparse_coding(arguments[0])) {
    refuse_device(given, "sparse coding");
    return check_pursuit(given, arguments[0], chip);
  }
  if (given.count("trials"))
    throw UsageError(
        "--trials: it is for sparse coding; the whole test part of a network is run, so leave it "
        "out");
  Trained trained = open_run(arguments[0], given);
  use_device(given, trained.scenario, trained.network, DeviceWork::run);
  require_checkable(trained.scenario, chip);
  Outputs outputs(given);
  outputs.reads(trained.scenario, trained.data_path);
  const auto json = outputs.claim("json");
  const std::unique_ptr<FolderClaim> folder = claim_out(given, arguments[0], FolderKind::check);
  const Dataset dataset = open_dataset(trained);
  for (const std::string& doubt : check_doubts(trained, dataset, chip)) note("warning: " + doubt);
  const CheckResult result = check_with_progress(trained, dataset, chip);

  const auto document = json_check(trained, result);
  if (json) write_json(*json, document);
  std::optional<std::string> page;
  if (folder) {
    page = check_page(trained, dataset, result);
    write_check(*folder, document, page);
  }
  fmt::print("{}", check_text(trained, result));
  if (folder)
    fmt::print("wrote {0}/check.json{1}\n", folder->folder().string(),
               page ? fmt::format(" and {}/report.html", folder->folder().string())
                    : "; there is no page of such a check");
  return fits(result) ? 0 : 1;
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
