// retro study SCENARIO: train every variation that [study] lists, and compare.
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/run/folder/run_folder.hpp>
#include <retrograde/scenarios/run/study/results.hpp>
#include <retrograde/scenarios/run/study/runner.hpp>
#include <retrograde/scenarios/show/page/study_page.hpp>
#include <retrograde/scenarios/show/text/study.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  namespace fs = std::filesystem;
  std::string data_path = given.count("data") ? given["data"].as<std::string>() : "";
  if (!data_path.empty()) data_path = fs::absolute(data_path).string();
  Study study = plan_study(open_scenario(arguments[0], given), data_path);
  const fs::path folder =
      given.count("out") ? given["out"].as<std::string>() : "studies/" + study.name;
  take_up(study, folder, given.count("overwrite") > 0);
  const std::size_t before = study.finished();
  fmt::print(stderr, "{}: {}, {} with {} each{}; folder {}\n",
             study.title.empty() ? study.name : study.title, plural(study.runs.size(), "run"),
             plural(study.spec.combinations(), "combination"),
             plural(study.spec.seeds.size(), "seed"),
             before > 0 ? fmt::format(", {} of them done before", before) : "", folder.string());
  make_folder(folder);
  keep_scenario(folder, study.text, study.network_file.get());
  StudyProgress progress(study);
  if (!run_study(study, folder, data_path, progress)) {
    fmt::print(stderr,
               "interrupted after {} of {} runs; everything is saved. Go on with: retro study {} "
               "--out {}{}\n",
               study.finished(), study.runs.size(), arguments[0], folder.string(),
               data_path.empty() ? "" : " --data " + data_path);
    return 130;
  }
  write_study(study, learning_curves(study, folder), folder);
  fmt::print("\n{}, {}, mean ± standard deviation over seeds\n\n{}\nreport: {}\n", study.name,
             plural(study.trials, study.part + " trial"), study_table(study),
             fs::absolute(folder / "report.html").string());
  if (!study.failed()) return 0;
  fmt::print(stderr, "some runs failed; report.html and results.csv say which and why\n");
  return 1;
}

}  // namespace

Verb study_verb() {
  return {"study",
          "SCENARIO",
          "train every variation that [study] lists, and compare them",
          "Trains the scenario once per combination of values that its [study] lists and per seed, "
          "many runs at once, and ends with a\n"
          "table, a picture (study.svg) and a page (report.html) that compare their test "
          "accuracies; results.csv and study.json are for\n"
          "other programs. Every run has a folder of its own in runs/. Ctrl-C saves and stops; the "
          "same command goes on, and never\n"
          "repeats a finished run. The way to write [study] is in docs/scenario.md.\n\n"
          "  retro study scenarios/library/yin_yang_study.toml\n"
          "  retro study my.toml --out studies/second --threads 4",
          1,
          1,
          [](po::options_description& o) {
            o.add_options()("out", po::value<std::string>()->value_name("DIR"),
                            "folder of the study (default: studies/NAME)")(
                "overwrite", "replace runs that the folder holds")(
                "data", po::value<std::string>()->value_name("FOLDER"), "folder of the data set");
          },
          run};
}

}  // namespace retrograde::cli
