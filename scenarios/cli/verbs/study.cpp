// retro study SCENARIO: train or simulate every variation that [study] lists, and compare; whole, in
// shards, or put together from several folders.
#include <charconv>
#include <filesystem>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/number.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/folder/folder_claim.hpp>
#include <retrograde/scenarios/run/study/merge.hpp>
#include <retrograde/scenarios/run/study/metrics.hpp>
#include <retrograde/scenarios/run/study/results.hpp>
#include <retrograde/scenarios/run/study/runner.hpp>
#include <retrograde/scenarios/show/page/study_page.hpp>
#include <retrograde/scenarios/show/pursuit/study_page.hpp>
#include <retrograde/scenarios/show/pursuit/study_table.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>
#include <retrograde/scenarios/show/text/study.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

// The same command goes on with what it left, but not after replacing it.
std::string command_to_go_on() {
  Call call = this_call();
  std::erase(call.words, "--overwrite");
  return call.text();
}

// --shard k/n
StudyShard chosen_shard(const po::variables_map& given) {
  if (!given.count("shard")) return {};
  const std::string text = given["shard"].as<std::string>();
  const auto fail = [&] {
    throw UsageError(
        fmt::format("--shard {}: write K/N, the K-th of N shares of the runs with K from "
                    "1 to N, such as 2/8; N up to {}",
                    text, max_study_runs));
  };
  StudyShard shard;
  const std::size_t slash = text.find('/');
  const auto read = [&](std::string_view word, std::size_t& number) {
    const auto end = word.data() + word.size();
    const auto found = std::from_chars(word.data(), end, number);
    if (found.ec != std::errc() || found.ptr != end) fail();
  };
  if (slash == std::string::npos) fail();
  read(std::string_view(text).substr(0, slash), shard.number);
  read(std::string_view(text).substr(slash + 1), shard.of);
  if (shard.number < 1 || shard.number > shard.of || shard.of > max_study_runs) fail();
  return shard;
}

// --show goes before what [study] draws.
void choose_drawn(const po::variables_map& given, const Scenario& scenario, Study& study) {
  if (!given.count("show")) return;
  if (scenario.pursuit)
    throw UsageError(
        "--show: a study of sparse coding has one kind of table and picture; leave the option out");
  study.kind.ordinates = given["show"].as<std::vector<std::string>>();
  for (const std::string& name : study.kind.ordinates)
    if (const std::string problem = unknown_metric(study, name); !problem.empty())
      throw UsageError("--show: " + problem);
}

std::string heading(const Study& study, const std::string& folder) {
  const std::size_t before = study.finished();
  return fmt::format(
      "{}: {}{}, {} with {} each{}{}; folder {}", study.title.empty() ? study.name : study.title,
      study.shard.whole() ? ""
                          : fmt::format("shard {} of {}, {} of ", study.shard.number,
                                        study.shard.of, study.runs.size()),
      plural(study.all_runs(), "run"), plural(study.spec.combinations(), "combination"),
      plural(study.spec.seeds.size(), "seed"),
      study.trainings() == study.runs.size() ? "" : ", " + plural(study.trainings(), "training"),
      before > 0 ? fmt::format(", {} of them done before", before) : "", folder);
}

// The table, and the files beside the runs.
void write_and_print(const Study& study, const Scenario& scenario, const std::string& data,
                     const std::filesystem::path& folder) {
  if (scenario.pursuit)
    write_pursuit_study(study, this_call(data), folder);
  else
    write_study(study, learning_curves(study, folder), this_call(data), folder);
  const std::string judged = study.kind.simulations
                                 ? plural(study.most_trials, "trial")
                                 : fmt::format("{} {} {}", trial_range(study), study.part,
                                               scenario.pursuit ? "signals" : "trials");
  fmt::print("\n{}, {}, mean ± standard deviation over seeds\n\n{}\nreport: {}\n", study.name,
             judged, scenario.pursuit ? robustness_table(study) : study_table(study),
             std::filesystem::absolute(folder / "report.html").string());
  if (study.part == name(Part::train)) fmt::print("{}\n", no_test_part);
}

int status_of(const Study& study) {
  if (!study.failed()) return 0;
  note("some runs failed; report.html and results.csv say which and why");
  return 1;
}

// retro study merge FOLDER...
int merge(const po::variables_map& given, const std::vector<std::string>& arguments) {
  namespace fs = std::filesystem;
  const std::vector<std::string> folders(arguments.begin() + 1, arguments.end());
  for (const char* option : {"shard", "seed", "epochs", "device", "set"})
    if (given.count(option))
      throw UsageError(fmt::format(
          "--{}: retro study merge runs nothing, it puts runs together; leave the option out",
          option));
  if (folders.empty())
    throw UsageError("retro study merge: which folders? Name those that --out of the shards named");
  const Scenario scenario = read_scenario(scenario_of_all(folders).string());
  print_warnings(scenario);
  std::string data = data_path(given);
  for (const std::string& folder : folders)
    if (data.empty()) data = remembered_data_path(read_calls(folder));
  Progress opening;
  Study study = plan_study(scenario, data, show_progress(opening));
  opening.clear();
  choose_drawn(given, scenario, study);

  const bool overwrite = given.count("overwrite") > 0;
  FolderClaim claim(given.count("out")    ? given["out"].as<std::string>()
                    : folders.size() == 1 ? folders.front()
                                          : folder_named("studies", study.name),
                    this_call(data));
  const fs::path& folder = claim.folder();
  take_up(study, folder, false);
  claim.become(FolderKind::study, overwrite);
  keep_scenario(folder, study.text, study.network_file.get());
  const std::size_t copied = gather_runs(study, folders, folder);
  take_up(study, folder, false);
  note(fmt::format("{}: {} of {} are there, {} of them copied; folder {}", study.name,
                   study.finished(), plural(study.all_runs(), "run"), copied, folder.string()));
  write_and_print(study, scenario, data, folder);
  if (study.finished() == study.all_runs()) return status_of(study);
  note(fmt::format("{} missing: {}; `retro study {} --out {}` makes them",
                   plural(study.all_runs() - study.finished(), "run is", "runs are"),
                   first_few(missing_runs(study)), shell_word((folder / "scenario.toml").string()),
                   shell_word(folder.string())));
  return 1;
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  namespace fs = std::filesystem;
  if (arguments[0] == "merge") return merge(given, arguments);
  if (arguments.size() > 1)
    throw UsageError(
        fmt::format("{}: one scenario is studied at a time; `retro study merge FOLDER...` "
                    "puts runs of several folders together",
                    arguments[1]));
  const std::string data = data_path(given);
  const StudyShard shard = chosen_shard(given);
  Progress opening;
  Scenario scenario = open_scenario(arguments[0], given);
  require_values(scenario, "retro study");
  Study study = plan_study(scenario, data, show_progress(opening), shard);
  opening.clear();
  choose_drawn(given, scenario, study);
  use_device(given, scenario, scenario.network,
             study.kind.simulations ? DeviceWork::run : DeviceWork::training);
  study.device = scenario.device;
  for (const std::string& told : study.data_notes) note("data: " + told);

  for (const IdleSetting& idle : study.idle)
    note(fmt::format("warning: {}: {}", arguments[0], idle.text));
  const bool overwrite = given.count("overwrite") > 0;
  FolderClaim claim(
      given.count("out") ? given["out"].as<std::string>() : folder_named("studies", study.name),
      this_call(data), shard.whole() ? Holding::alone : Holding::shared);
  const fs::path& folder = claim.folder();
  take_up(study, folder, overwrite);
  claim.become(FolderKind::study, overwrite);
  note(heading(study, folder.string()));
  for (const std::string& gap : study.class_gaps) note("warning: " + gap);
  keep_scenario(folder, study.text, study.network_file.get());
  StudyProgress progress(study);
  if (!run_study(study, folder, this_call(data), progress)) {
    note(fmt::format("interrupted after {} of {} runs; everything is saved. Go on with: {}",
                     study.finished(), study.runs.size(), command_to_go_on()));
    return 130;
  }
  note_left_to_cpu(study.device.get());
  if (shard.whole()) {
    write_and_print(study, scenario, data, folder);
  } else {
    note(fmt::format("shard {} of {} is done, {}; when all are: retro study merge {}", shard.number,
                     shard.of, plural(study.runs.size(), "run"), shell_word(folder.string())));
  }
  return status_of(study);
}

}  // namespace

Verb study_verb() {
  return {
      .name = "study",
      .arguments = "SCENARIO|merge FOLDER...",
      .summary = "train or simulate every variation that [study] lists, and compare them",
      .text =
          "Trains the scenario, or simulates it where it has no [train], once per combination of "
          "values that its [study] lists and per "
          "seed, many runs at once, and ends with a table, a picture (study.svg) and a page "
          "(report.html) that compare their test accuracies, and those on the chip where the "
          "scenario has a [chip]; results.csv and study.json are for other programs. A scenario "
          "of sparse coding is attacked in every run, and compared by accuracy against the "
          "radius of the attack. Every run has a folder of its own in runs/. Ctrl-C saves and "
          "stops; the same command goes on, "
          "and never repeats a finished run. The way to write [study], and the metrics that --show "
          "and ordinate name, are in docs/scenario.md.\n\n"
          "Several processes or machines share a study by --shard: shard K/N has every N-th run, "
          "beginning with the K-th, whatever the others do, in a folder of its own or in the same "
          "one. `retro study merge FOLDER...` then puts the finished runs of all folders into one "
          "(--out; of a single folder, that one) with table, picture and page, and says which runs "
          "are missing.",
      .examples =
          "retro study scenarios/library/yin_yang_study.toml\n"
          "retro study my.toml --out studies/second --threads 4\n"
          "retro study my.toml --epochs 2 --seed 1       a first look\n"
          "retro study my.toml --show rate.hidden        draws that instead; runs nothing again\n"
          "retro study my.toml --shard $SLURM_ARRAY_TASK_ID/8 --out studies/my\n"
          "retro study merge studies/my",
      .found_wanting = "a run failed, or merged folders lack some",
      .min_arguments = 1,
      .max_arguments = 10'000,
      .options =
          [](po::options_description& o) {
            o.add_options()("out", po::value<std::string>()->value_name("DIR"),
                            "folder of the study (default: studies/NAME)")(
                "overwrite", "replace runs that the folder holds, or whatever it is");
            add_data(o);
            add_epochs(o);
            add_set(o);
            add_device(o);
            o.add_options()("seed", whole_number<std::uint64_t>(0)->value_name("N"),
                            "this seed alone, instead of those that [study] lists")(
                "show", po::value<std::vector<std::string>>()->value_name("METRIC")->composing(),
                "draw that metric, instead of the ordinate of [study]; several are several "
                "pictures")(
                "shard", po::value<std::string>()->value_name("K/N"),
                "only the K-th of N shares of the runs; without tables, which `merge` makes");
          },
      .run = run};
}

}  // namespace retrograde::cli
