// retro train SCENARIO: train, evaluate, check on the chip, report.
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

#include <retrograde/adjoint/batch_groups.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/number.hpp>
#include <retrograde/scenarios/cli/pursuit/pursuit.hpp>
#include <retrograde/scenarios/cli/verbs/train.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/read/chips/chip_profile.hpp>
#include <retrograde/scenarios/read/library.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/evaluation/guessing.hpp>
#include <retrograde/scenarios/run/folder/silence.hpp>
#include <retrograde/scenarios/run/idle_settings.hpp>
#include <retrograde/scenarios/run/pursuit/trained_pursuit.hpp>
#include <retrograde/scenarios/run/trained.hpp>
#include <retrograde/scenarios/run/training.hpp>
#include <retrograde/scenarios/run/whole/whole_training.hpp>
#include <retrograde/scenarios/show/results.hpp>
#include <retrograde/scenarios/show/surrogate/surrogate_text.hpp>
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
    note("self-check: nothing could be checked" + left_out);
    return 0;
  }
  const std::string where = fmt::format(
      "{}{} in trial {} of epoch {}, {:.1e} of its terms", check.worst.name,
      check.worst.name == "amplitude" ? " of " + network.neuron_name(check.worst.neuron) : "",
      check.trial, check.epoch + 1, check.worst.relative());
  if (check.violated == 0) {
    note(fmt::format("self-check: {} trials, every identity holds; the largest residual: {}{}",
                     check.trials, where, left_out));
    return 0;
  }
  note(fmt::format(
      "self-check FAILED: {} identities are violated in {} trials, the worst: {}, {:.3g} "
      "times what rounding explains{}. The gradients are wrong: this is a bug of Retrograde; "
      "please report it with the scenario",
      check.violated, check.trials, where, check.excess, left_out));
  return 1;
}

// What is trained, on what, and where it goes.
void announce(const Scenario& scenario, const Dataset& dataset, const RunFolder& folder) {
  const Network& network = scenario.network;
  const std::size_t learned = scenario.learning.count();
  note(fmt::format("{}: {}, {}, {}, {}; run folder {}",
                   scenario.title.empty() ? scenario.name : scenario.title,
                   plural(network.neuron_count(), "neuron"),
                   plural(network.synapse_count(), "synapse"), plural(learned, "learned parameter"),
                   plural(dataset.size(Part::train), "training trial"), folder.path().string()));
  if (scenario.surrogate) note("trained " + surrogate_text(*scenario.surrogate, network));
  if (scenario.structure) note(structure_text(*scenario.structure));
  for (const std::string& doubt : training_doubts(scenario, dataset)) note("warning: " + doubt);
}

// How the ranks share a batch, and what would let those take part that do not.
void announce_ranks(const Ranks& ranks, const Scenario& scenario, const Dataset& dataset) {
  const std::size_t batch = std::min<std::size_t>(scenario.train.batch, dataset.size(Part::train));
  const std::size_t groups =
      batch_groups(batch, scenario.network.layout(), scenario.train.batch_groups).count();
  const auto size = static_cast<std::size_t>(ranks.size());
  note(fmt::format("{} ranks share {} groups of trials of each batch; rank 0 writes and evaluates",
                   size, groups));
  if (groups < size)
    note(
        fmt::format("warning: {} have no group and wait: start {} ranks, or, in a new run, write "
                    "batch_groups = "
                    "{} into [train]{}",
                    plural(size - groups, "rank"), groups, size,
                    batch < size ? fmt::format(" and make the batch larger than {}", batch) : ""));
}

// What is to be said of a training before it is tuned, and the exit status.
int print_trained(const WholeTraining& whole) {
  const Trained& trained = whole.trained;
  const int status = print_self_check(whole.self_check, trained.network);
  if (!whole.finished) return status;
  if (whole.early)
    note(fmt::format("stopped early: no better validation in {}; epoch {} is the best",
                     plural(trained.scenario.train.patience, "epoch"), *trained.epoch));
  if (const auto silent = silences(trained.checkpoint->history); !silent.empty())
    note("silent: " + silence_warning(silent, trained.network, trained.scenario));
  return status;
}

// The exit status of one that was stopped.
int print_interrupted(const RunFolder& folder, std::uint32_t epochs, const char* of_what) {
  note(fmt::format(
      "interrupted after {}{}; everything is saved. Go on with: retro train --resume {}",
      plural(epochs, "epoch"), of_what, shell_word(folder.path().string())));
  return 130;
}

// With where a training is to be taken up that a lost rank has ended.
[[noreturn]] void throw_lost(const RankError& error, const RunFolder& folder) {
  throw RankError(
      error.rank,
      fmt::format(
          "{}. The run is saved as it was before this batch or, in the validation, before "
          "this epoch. Go on, over any number of ranks or in one process, with: retro train "
          "--resume {}",
          error.what(), shell_word(folder.path().string())));
}

}  // namespace

int train_and_report(Scenario given, const Dataset& dataset, const FolderClaim& claim,
                     const TrainingOptions& options) {
  const RunFolder folder(claim.folder());
  // Before the training, so that a missing file does not cost its result.
  const ChipProfile profile = read_chip_profile(library_chip("loihi2"));
  if (!claim.locked())
    note(
        fmt::format("warning: the file system of {} knows no locks; nothing keeps a second "
                    "process out of this folder",
                    folder.path().string()));
  if (options.ranks) meet(*options.ranks, given, dataset);
  announce(given, dataset, folder);
  if (options.ranks) announce_ranks(*options.ranks, given, dataset);
  TrainingLines lines;
  TrainingOptions watched = options;
  watched.observer = &lines;
  int status = 0;
  const WholeTraining whole = [&] {
    try {
      return train_wholly(std::move(given), dataset, folder, watched, Tuning::where_wanted,
                          [&](const WholeTraining& so_far) { status = print_trained(so_far); });
    } catch (const RankError& error) {
      throw_lost(error, folder);
    }
  }();
  const Trained& trained = whole.trained;
  if (!trained.untuned.empty())
    note("no fine-tuning, the network stays as it was trained: " + trained.untuned);
  if (!whole.finished)
    return print_interrupted(folder, whole.epochs, whole.tuning ? " of fine-tuning" : "");
  // Written first: whoever reads what is printed may have gone.
  Evaluation evaluation;
  try {
    Progress progress;
    evaluation = evaluate_network(trained, dataset, profile, show_evaluation(progress));
  } catch (const Interrupted&) {
    return print_interrupted(folder, trained.checkpoint->trainer.epoch, ", in the evaluation");
  }
  write_results({trained, dataset, evaluation});
  note_left_to_cpu(trained.scenario.device.get());
  if (const std::string told = no_better_than_guessing(evaluation, dataset); !told.empty())
    note("warning: " + told);
  fmt::print("{}\nreport: {}\n", evaluation_text(trained, evaluation),
             std::filesystem::absolute(folder.report()).string());
  return status;
}

namespace {

TrainingOptions training_options(const po::variables_map& given) {
  TrainingOptions options;
  if (given.count("epochs")) options.epochs = given["epochs"].as<std::uint32_t>();
  if (given.count("self-check")) options.self_check = given["self-check"].as<std::uint32_t>();
  options.tensorboard = given.count("tensorboard") > 0;
  if (given.count("values-every")) options.values_every = given["values-every"].as<std::uint32_t>();
  options.ranks = ranks();
  return options;
}

// The calls that a run to be resumed was made by: their options hold on.
std::vector<Call> earlier_calls(const po::variables_map& typed) {
  if (!typed.count("resume")) return {};
  if (typed.count("argument"))
    throw UsageError(
        "retro train: name a SCENARIO to start a run, or --resume DIR to go on with one, not both");
  for (const char* option : {"seed", "set", "out", "overwrite"})
    if (typed.count(option))
      throw UsageError(fmt::format(
          "retro train --resume: --{} is for a new run; the resumed one keeps its own", option));
  const std::string folder = typed["resume"].as<std::string>();
  return folder_kind(folder) == FolderKind::training ? read_calls(folder) : std::vector<Call>{};
}

bool ends_by_itself(const std::vector<Schedule>& schedules) {
  return std::any_of(schedules.begin(), schedules.end(), [](const Schedule& s) {
    return std::holds_alternative<Cosine>(s.shape) || std::holds_alternative<OneCycle>(s.shape);
  });
}

// Says what is left of a run, and refuses fewer epochs than it has.
void check_what_is_left(const RunFolder& folder, const Scenario& scenario,
                        const TrainingOptions& options) {
  const Checkpoint checkpoint = read_checkpoint(folder.checkpoint());
  const std::uint32_t done = checkpoint.trainer.epoch,
                      wanted = options.epochs.value_or(scenario.train.epochs);
  if (wanted < done)
    throw UsageError(fmt::format(
        "--epochs {}: {} has {} already; write a larger number to go on with it, or leave "
        "--epochs out",
        wanted, folder.path().string(), plural(done, "epoch")));
  const bool tired = out_of_patience(checkpoint, scenario.train.patience);
  if (tired)
    note(fmt::format("{} ended after {}, {} after its best: patience is {}. It is evaluated again",
                     folder.path().string(), plural(done, "epoch"), done - checkpoint.best_epoch,
                     scenario.train.patience));
  else if (wanted > scenario.train.epochs && ends_by_itself(scenario.train.schedules))
    note(
        fmt::format("warning: its schedule ends with epoch {}; the rates stay what they are there "
                    "in the epochs that are added",
                    scenario.train.epochs));
  if (wanted == done && !tired)
    note(
        fmt::format("{} has its {} already, and is only evaluated again; --epochs with a larger "
                    "number goes on with it",
                    folder.path().string(), plural(done, "epoch")));
}

// What the user has written for nothing, before hours go by.
void warn_of_idle_settings(const Scenario& scenario, const TrainingOptions& options) {
  for (const IdleSetting& idle :
       idle_settings(scenario, options.epochs.value_or(scenario.train.epochs)))
    note(fmt::format("warning: {}: {}", scenario.file, idle.text));
}

int resume_run(const po::variables_map& given) {
  const RunFolder folder = RunFolder::open(given["resume"].as<std::string>());
  const std::string named = data_path(given);
  FolderClaim claim(folder.path(), this_call(named));
  const std::string data = named.empty() ? remembered_data_path(folder) : named;
  Scenario scenario = read_scenario(folder.scenario());
  TrainingOptions options = training_options(given);
  options.resume = true;
  check_what_is_left(folder, scenario, options);
  warn_of_idle_settings(scenario, options);
  use_device(given, scenario, scenario.network, DeviceWork::training);
  const Dataset dataset = open_dataset(scenario, data);
  require_same_data(folder, dataset);
  claim.go_on();
  return train_and_report(std::move(scenario), dataset, claim, options);
}

int start_run(const po::variables_map& given, const std::string& path) {
  Scenario scenario = open_scenario(path, given);
  require_continuous(scenario, "training");
  require_values(scenario, "retro train");
  require_trainable(scenario);
  const TrainingOptions options = training_options(given);
  warn_of_idle_settings(scenario, options);
  // From here on the scenario is what the run folder holds, so that a resumed run is the same run.
  scenario = resolved(scenario);
  use_device(given, scenario, scenario.network, DeviceWork::training);
  const std::string data = data_path(given);
  const Dataset dataset = open_dataset(scenario, data);
  FolderClaim claim(
      given.count("out") ? given["out"].as<std::string>() : folder_named("runs", scenario.name),
      this_call(data));
  claim.become(FolderKind::training, given.count("overwrite") > 0);
  keep_scenario(claim.folder(), scenario.text, scenario.network_file.get(), scenario.arrays.get());
  return train_and_report(std::move(scenario), dataset, claim, options);
}

// What rank 0 trains, opened from the same files.
std::unique_ptr<OpenedTraining> follow(const po::variables_map& given,
                                       const std::vector<std::string>& arguments) {
  if (given.count("resume")) {
    const RunFolder folder = RunFolder::open(given["resume"].as<std::string>());
    const std::string named = data_path(given);
    Scenario scenario = read_scenario(folder.scenario());
    Dataset dataset = load_dataset(scenario, named.empty() ? remembered_data_path(folder) : named);
    return std::make_unique<OpenedTraining>(
        OpenedTraining{std::move(scenario), std::move(dataset)});
  }
  Scenario scenario = resolved(read_scenario(arguments.at(0), overrides_of(given)));
  Dataset dataset = load_dataset(scenario, data_path(given));
  return std::make_unique<OpenedTraining>(OpenedTraining{std::move(scenario), std::move(dataset)});
}

// One process alone codes signals.
void refuse_ranks() {
  if (!ranks()) return;
  throw UsageError(
      "retro train: sparse coding does not go over ranks; start one process, without mpirun");
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  if (!given.count("resume") && arguments.empty())
    throw UsageError("retro train: SCENARIO is missing; see `retro train --help`");
  const bool resumed = given.count("resume") > 0;
  if (is_sparse_coding(resumed ? given["resume"].as<std::string>() : arguments[0])) {
    refuse_ranks();
    refuse_device(given, "sparse coding");
    return resumed ? resume_pursuit(given) : train_pursuit(given, arguments[0]);
  }
  return resumed ? resume_run(given) : start_run(given, arguments[0]);
}

}  // namespace

Verb train_verb() {
  return {
      .name = "train",
      .arguments = "SCENARIO | --resume DIR",
      .summary = "train a network and check it on the chip",
      .text =
          "Trains what the scenario says with exact gradients, then evaluates the best epoch "
          "on the test set, checks it on the bit-accurate Loihi 2 model and writes "
          "report.html. With fine_tune in [chip] training then goes on through the emulated "
          "chip (chip.bin). Of a scenario of sparse coding it trains dictionary, classifier "
          "or both through the pursuit.\n\n"
          "The run folder keeps command.json, scenario.toml, metrics.csv, checkpoint.bin (each "
          "epoch), run.json and report.html. Ctrl-C, a kill or a terminal that closes saves "
          "and stops; --resume goes on with all options that the run was started with, and "
          "gives the bits that an uninterrupted run gives. One process at a time may train in "
          "a folder.\n\n"
          "Over several processes, on one machine or many: mpirun -n 4 retro train ... (with "
          "MPI; docs/clusters.md). The trials of each batch are shared, the result has the same "
          "bits, rank 0 writes and prints, and a run may be resumed over any number of ranks.",
      .examples =
          "retro train scenarios/library/yin_yang.toml --out runs/first\n"
          "retro train scenarios/library/mnist_latency.toml --data FOLDER\n"
          "retro train --resume runs/first\n"
          "retro train scenarios/library/yin_yang.toml --out runs/checked "
          "--self-check=1",
      .found_wanting = "an identity of --self-check is violated",
      .min_arguments = 0,
      .max_arguments = 1,
      .options =
          [](po::options_description& o) {
            o.add_options()("out", po::value<std::string>()->value_name("DIR"),
                            "run folder (default: runs/NAME)")("overwrite",
                                                               "replace what the folder holds")(
                "resume", po::value<std::string>()->value_name("DIR"),
                "go on with the run in this folder");
            add_data(o);
            add_epochs(o);
            o.add_options()(
                "self-check",
                whole_number<std::uint32_t>(1)->implicit_value(10, "10")->value_name("N"),
                "check the gradient of every Nth batch by exact identities; status 1 if one "
                "is violated")("tensorboard",
                               "also write the curves for TensorBoard "
                               "(events.out.tfevents.retrograde)")(
                "values-every", whole_number<std::uint32_t>(1)->value_name("N"),
                "keep what is learned before the first and after every Nth epoch (values/*.npz)");
            add_seed(o);
            add_set(o);
            add_device(o);
          },
      .run = run,
      .remembered = earlier_calls,
      .follow = follow};
}

}  // namespace retrograde::cli
