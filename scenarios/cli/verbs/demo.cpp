// retro demo: the main job, end to end.
#include <filesystem>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/help.hpp>
#include <retrograde/scenarios/cli/verbs/train.hpp>
#include <retrograde/scenarios/read/library.hpp>
#include <retrograde/scenarios/run/folder/scenario_identity.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

// An interrupted demo of this scenario, which goes on where it stopped.
bool goes_on(const RunFolder& folder, const Scenario& scenario, std::uint32_t epochs) {
  std::error_code error;
  if (!std::filesystem::exists(folder.checkpoint(), error)) return false;
  try {
    const Checkpoint found = read_checkpoint(folder.checkpoint());
    return found.scenario_identity == scenario_identity(scenario) && found.trainer.epoch < epochs;
  } catch (const FormatError&) {
    return false;  // damaged: start again
  }
}

int run(const po::variables_map& given, const std::vector<std::string>&) {
  note(wrapped(
      "The demo trains a network with learned delays on the Yin-Yang data set by exact gradients, "
      "checks it on the bit-accurate Loihi 2 model and writes a report. It takes a few minutes; "
      "Ctrl-C saves and stops."));
  Scenario scenario = resolved(read_scenario(library_scenario("yin_yang.toml")));
  const Dataset dataset = open_dataset(scenario, "");
  TrainingOptions options;
  if (given.count("epochs")) options.epochs = given["epochs"].as<std::uint32_t>();

  FolderClaim claim(given.count("out") ? given["out"].as<std::string>() : "runs/demo", this_call());
  const std::vector<Call> calls = read_calls(claim.folder());
  const bool of_a_demo = !calls.empty() && calls.front().verb() == "demo";
  options.resume = of_a_demo && goes_on(RunFolder(claim.folder()), scenario,
                                        options.epochs.value_or(scenario.train.epochs));
  if (!options.resume) {
    // A demo before is replaced, everything else only when that is asked for.
    claim.become(FolderKind::training, of_a_demo || given.count("overwrite") > 0);
    keep_scenario(claim.folder(), scenario.text, scenario.network_file.get(),
                  scenario.arrays.get());
  }
  return train_and_report(std::move(scenario), dataset, claim, options);
}

}  // namespace

Verb demo_verb() {
  return {.name = "demo",
          .arguments = "",
          .summary = "the main job end to end: train, check on the chip, report",
          .text =
              "Trains scenarios/library/yin_yang.toml (learned delays, exact gradients), checks "
              "the network on the bit-accurate Loihi 2 model and writes runs/demo/report.html. An "
              "interrupted demo goes on where it stopped, a finished one is replaced.",
          .examples = "retro demo",
          .min_arguments = 0,
          .max_arguments = 0,
          .options =
              [](po::options_description& o) {
                o.add_options()("out", po::value<std::string>()->value_name("DIR"),
                                "run folder (default: runs/demo)")("overwrite",
                                                                   "replace what the folder holds");
                add_epochs(o);
              },
          .run = run};
}

}  // namespace retrograde::cli
