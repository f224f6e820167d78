// retro study SCENARIO: train every variation that [study] lists, and compare.
#include <filesystem>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/number.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/folder/folder_claim.hpp>
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

std::string heading(const Study& study, const std::string& folder) {
  const std::size_t before = study.finished();
  return fmt::format(
      "{}: {}, {} with {} each{}; folder {}", study.title.empty() ? study.name : study.title,
      plural(study.runs.size(), "run"), plural(study.spec.combinations(), "combination"),
      plural(study.spec.seeds.size(), "seed"),
      before > 0 ? fmt::format(", {} of them done before", before) : "", folder);
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  namespace fs = std::filesystem;
  const std::string data = data_path(given);
  Progress opening;
  Scenario scenario = open_scenario(arguments[0], given);
  require_values(scenario, "retro study");
  Study study = plan_study(scenario, data, show_progress(opening));
  opening.clear();
  use_device(given, scenario, scenario.network, DeviceWork::training);
  study.device = scenario.device;
  for (const std::string& told : study.data_notes) note("data: " + told);

  for (const IdleSetting& idle : study.idle)
    note(fmt::format("warning: {}: {}", arguments[0], idle.text));
  const bool overwrite = given.count("overwrite") > 0;
  FolderClaim claim(
      given.count("out") ? given["out"].as<std::string>() : folder_named("studies", study.name),
      this_call(data));
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
  if (scenario.pursuit)
    write_pursuit_study(study, this_call(data), folder);
  else
    write_study(study, learning_curves(study, folder), this_call(data), folder);
  fmt::print("\n{}, {} {} {}, mean ± standard deviation over seeds\n\n{}\nreport: {}\n", study.name,
             trial_range(study), study.part, scenario.pursuit ? "signals" : "trials",
             scenario.pursuit ? robustness_table(study) : study_table(study),
             fs::absolute(folder / "report.html").string());
  if (study.part == name(Part::train)) fmt::print("{}\n", no_test_part);
  note_left_to_cpu(study.device.get());
  if (!study.failed()) return 0;
  note("some runs failed; report.html and results.csv say which and why");
  return 1;
}

}  // namespace

Verb study_verb() {
  return {
      .name = "study",
      .arguments = "SCENARIO",
      .summary = "train every variation that [study] lists, and compare them",
      .text =
          "Trains the scenario once per combination of values that its [study] lists and per "
          "seed, many runs at once, and ends with a table, a picture (study.svg) and a page "
          "(report.html) that compare their test accuracies, and those on the chip where the "
          "scenario has a [chip]; results.csv and study.json are for other programs. A scenario "
          "of sparse coding is attacked in every run, and compared by accuracy against the "
          "radius of the attack. Every run has a folder of its own in runs/. Ctrl-C saves and "
          "stops; the same command goes on, "
          "and never repeats a finished run. The way to write [study] is in docs/scenario.md.",
      .examples =
          "retro study scenarios/library/yin_yang_study.toml\n"
          "retro study my.toml --out studies/second --threads 4\n"
          "retro study my.toml --epochs 2 --seed 1       a first look",
      .found_wanting = "a run failed",
      .min_arguments = 1,
      .max_arguments = 1,
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
                            "this seed alone, instead of those that [study] lists");
          },
      .run = run};
}

}  // namespace retrograde::cli
