// retro demo: the main job, end to end.
#include <filesystem>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/train.hpp>
#include <retrograde/scenarios/read/library.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

int run(const po::variables_map& given, const std::vector<std::string>&) {
  fmt::print(stderr,
             "The demo trains a network with learned delays on the Yin-Yang data set by exact "
             "gradients, checks it on the\n"
             "bit-accurate Loihi 2 model and writes a report. It takes a few minutes; Ctrl-C saves "
             "and stops.\n");
  Scenario scenario = read_scenario(library_scenario("yin_yang.toml"));
  scenario = resolved(scenario);
  const std::string path = given.count("out") ? given["out"].as<std::string>() : "runs/demo";
  TrainingOptions options;
  if (given.count("epochs")) options.epochs = given["epochs"].as<std::uint32_t>();
  if (options.epochs == 0u) throw UsageError("--epochs 0: at least one epoch is needed");

  // An interrupted demo goes on; anything else in the demo's own folder is replaced.
  std::error_code error;
  if (std::filesystem::exists(path + "/checkpoint.bin", error)) {
    try {
      const RunFolder folder = RunFolder::open(path);
      const Checkpoint found = read_checkpoint(folder.checkpoint());
      options.resume = found.scenario_identity == scenario_identity(scenario.text, scenario.seed) &&
                       found.trainer.epoch < options.epochs.value_or(scenario.train.epochs);
      if (options.resume) {
        const Dataset dataset = load_dataset(scenario, "");
        return train_and_report(std::move(scenario), dataset, folder, options, "");
      }
    } catch (const FormatError&) {
      options.resume = false;  // damaged: start again
    }
  }
  const RunFolder folder = RunFolder::create(path, !given.count("out"));
  keep_scenario(folder.path(), scenario.text, scenario.network_file.get());
  const Dataset dataset = load_dataset(scenario, "");
  return train_and_report(std::move(scenario), dataset, folder, options, "");
}

}  // namespace

Verb demo_verb() {
  return {
      "demo",
      "",
      "the main job end to end: train, check on the chip, report",
      "Trains scenarios/library/yin_yang.toml (learned delays, exact gradients), checks the "
      "network on the bit-accurate Loihi 2\n"
      "model and writes runs/demo/report.html. An interrupted demo goes on where it stopped.\n\n"
      "  retro demo",
      0,
      0,
      [](po::options_description& o) {
        o.add_options()("out", po::value<std::string>()->value_name("DIR"),
                        "run folder (default: runs/demo)")(
            "epochs", po::value<std::uint32_t>()->value_name("N"),
            "train to this epoch instead of the scenario's");
      },
      run};
}

}  // namespace retrograde::cli
