// retro train SCENARIO: train, evaluate, check on the chip, report.
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/train.hpp>
#include <retrograde/scenarios/read/chip_profile.hpp>
#include <retrograde/scenarios/read/library.hpp>
#include <retrograde/scenarios/run/fine_tuning.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/silence.hpp>
#include <retrograde/scenarios/run/trained.hpp>
#include <retrograde/scenarios/run/training.hpp>
#include <retrograde/scenarios/show/results.hpp>
#include <retrograde/scenarios/show/text/evaluation.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>
#include <retrograde/scenarios/show/text/training_lines.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

// One line, and the exit status.
int print_self_check(const SelfCheck& check, const Network& network) {
  if (check.trials + check.left_out == 0) return 0;
  const std::string left_out =
      check.left_out > 0
          ? fmt::format("; {} trials left out, where spikes graze too closely", check.left_out)
          : "";
  if (check.trials == 0) {
    fmt::print(stderr, "self-check: nothing could be checked{}\n", left_out);
    return 0;
  }
  const std::string where = fmt::format(
      "{}{} in trial {} of epoch {}, {:.1e} of its terms", check.worst.name,
      check.worst.name == "amplitude" ? " of " + network.neuron_name(check.worst.neuron) : "",
      check.trial, check.epoch + 1, check.worst.relative());
  if (check.violated == 0) {
    fmt::print(stderr, "self-check: {} trials, every identity holds; the largest residual: {}{}\n",
               check.trials, where, left_out);
    return 0;
  }
  fmt::print(
      stderr,
      "self-check FAILED: {} identities are violated in {} trials, the worst: {}, {:.3g} "
      "times what rounding explains{}. The gradients are wrong: this is a bug of Retrograde; "
      "please report it with the scenario\n",
      check.violated, check.trials, where, check.excess, left_out);
  return 1;
}

}  // namespace

Evaluation evaluate_and_show(const Trained& trained, const Dataset& dataset,
                             const ChipProfile& profile) {
  Progress progress;
  const Evaluation evaluation = evaluate_network(
      trained, dataset, profile, [&](std::string_view what, std::size_t done, std::size_t of) {
        if (progress.due()) progress.update(fmt::format("{}: {} of {}", what, done, of));
        return true;
      });
  progress.clear();
  fmt::print("{}", evaluation_text(trained, evaluation));
  return evaluation;
}

int train_and_report(Scenario given, const Dataset& dataset, const RunFolder& folder,
                     const TrainingOptions& options, const std::string& data_path) {
  Trained trained;
  trained.scenario = std::move(given);
  trained.folder = folder;
  trained.data_path = data_path;
  const Scenario& scenario = trained.scenario;
  const Network& network = scenario.network;
  // Before the training, so that a missing file does not cost its result.
  const ChipProfile profile = read_chip_profile(library_chip("loihi2"));
  std::size_t learned = 0;
  for (const char c : scenario.learning.learned) learned += c != 0;
  fmt::print(
      stderr,
      "{}: {} neurons, {} synapses, {} learned parameters, {} training trials; run folder {}\n",
      scenario.title.empty() ? scenario.name : scenario.title, network.neuron_count(),
      network.synapse_count(), learned, dataset.size(Part::train), folder.path().string());
  const auto print_interrupted = [&](std::uint32_t epochs, const char* of_what) {
    fmt::print(stderr,
               "interrupted after {} epochs{}; everything is saved. Go on with: retro train "
               "--resume {}{}{}\n",
               epochs, of_what, folder.path().string(), data_path.empty() ? "" : " --data ",
               data_path);
    return 130;
  };
  TrainingLines lines;
  TrainingOptions watched = options;
  watched.observer = &lines;
  TrainingResult result = train(scenario, dataset, folder, watched);
  if (!result.finished) {
    print_self_check(result.self_check, network);
    return print_interrupted(result.checkpoint.trainer.epoch, "");
  }
  const int status = print_self_check(result.self_check, network);
  if (const auto silent = silences(result.checkpoint.history); !silent.empty())
    fmt::print(stderr, "silent: {}\n",
               silence_warning(silent, network, scenario.train.silent_increment));
  trained.checkpoint = std::move(result.checkpoint);
  trained.network = trained_network(scenario, *trained.checkpoint);
  if (scenario.chip.fine_tune) {
    try {
      TuningResult tuned = fine_tune(scenario, trained.network, dataset, folder, watched);
      if (!tuned.finished)
        return print_interrupted(tuned.tuning.training.trainer.epoch, " of fine-tuning");
      trained.tuning = std::move(tuned.tuning);
    } catch (const DeploymentError& error) {
      fmt::print(stderr, "no fine-tuning, the network cannot go on the chip: {}\n", error.what());
    }
  }
  const Evaluation evaluation = evaluate_and_show(trained, dataset, profile);
  write_results({trained, dataset, evaluation});
  fmt::print("\nreport: {}\n", std::filesystem::absolute(folder.report()).string());
  return status;
}

namespace {

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  const bool resume = given.count("resume") > 0;
  if (resume == !arguments.empty())
    throw UsageError(resume ? "retro train: name a SCENARIO to start a run, or --resume DIR to go "
                              "on with one, not both"
                            : "retro train: SCENARIO is missing; see `retro train --help`");
  if (resume)
    for (const char* option : {"seed", "out", "overwrite"})
      if (given.count(option))
        throw UsageError(fmt::format(
            "retro train --resume: --{} is for a new run; the resumed one keeps its own", option));

  std::string data_path = given.count("data") ? given["data"].as<std::string>() : "";
  // The run remembers it, and may be taken up from another folder.
  if (!data_path.empty()) data_path = std::filesystem::absolute(data_path).string();
  TrainingOptions options;
  options.resume = resume;
  if (given.count("epochs")) options.epochs = given["epochs"].as<std::uint32_t>();
  if (options.epochs == 0u) throw UsageError("--epochs 0: at least one epoch is needed");
  if (given.count("self-check")) {
    options.self_check = given["self-check"].as<std::uint32_t>();
    if (options.self_check == 0)
      throw UsageError(
          "--self-check=0: every how many batches? Write 1 for all of them, or leave the option "
          "out");
  }

  if (resume) {
    const RunFolder folder = RunFolder::open(given["resume"].as<std::string>());
    Scenario scenario = read_scenario(folder.scenario());
    if (data_path.empty()) data_path = remembered_data_path(folder);
    const Dataset dataset = load_dataset(scenario, data_path);
    return train_and_report(std::move(scenario), dataset, folder, options, data_path);
  }
  Scenario scenario = open_scenario(arguments[0], given);
  require_trainable(scenario);
  // From here on the scenario is what the run folder holds, so that a resumed run is the same run.
  scenario = resolved(scenario);
  const Dataset dataset = load_dataset(scenario, data_path);
  const RunFolder folder = RunFolder::create(
      given.count("out") ? given["out"].as<std::string>() : "runs/" + scenario.name,
      given.count("overwrite") > 0);
  keep_scenario(folder.path(), scenario.text, scenario.network_file.get());
  return train_and_report(std::move(scenario), dataset, folder, options, data_path);
}

}  // namespace

Verb train_verb() {
  return {"train",
          "SCENARIO | --resume DIR",
          "train a network and check it on the chip",
          "Trains what the scenario says with exact gradients, then evaluates the best epoch on "
          "the test set, checks it on the\n"
          "bit-accurate Loihi 2 model and writes report.html. With fine_tune in [chip] training "
          "then goes on "
          "through the emulated chip (chip.bin).\nThe run folder keeps scenario.toml, "
          "metrics.csv, checkpoint.bin (each\n"
          "epoch), run.json and report.html. Ctrl-C saves and stops; --resume goes on and gives "
          "the bits that an uninterrupted\n"
          "run gives.\n\n"
          "  retro train scenarios/library/yin_yang.toml --out runs/first\n"
          "  retro train scenarios/library/mnist_latency.toml --data FOLDER\n"
          "  retro train --resume runs/first\n"
          "  retro train scenarios/library/yin_yang.toml --out runs/checked --self-check=1",
          0,
          1,
          [](po::options_description& o) {
            o.add_options()("out", po::value<std::string>()->value_name("DIR"),
                            "run folder (default: runs/NAME)")(
                "overwrite", "replace the run that the folder holds")(
                "resume", po::value<std::string>()->value_name("DIR"),
                "go on with the run in this folder")(
                "data", po::value<std::string>()->value_name("FOLDER"), "folder of the data set")(
                "epochs", po::value<std::uint32_t>()->value_name("N"),
                "train to this epoch instead of the scenario's")(
                "self-check", po::value<std::uint32_t>()->implicit_value(10, "10")->value_name("N"),
                "check the gradient of every Nth batch by exact identities; status 1 if one is "
                "violated");
            add_seed(o);
          },
          run};
}

}  // namespace retrograde::cli
