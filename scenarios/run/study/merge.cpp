#include <fmt/format.h>
#include <system_error>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/run/folder/folder_claim.hpp>
#include <retrograde/scenarios/run/folder/run_folder.hpp>
#include <retrograde/scenarios/run/study/merge.hpp>
#include <retrograde/scenarios/run/study/runner.hpp>

namespace retrograde {

namespace {

namespace fs = std::filesystem;

// Of a run, the last one says that it is finished.
constexpr const char* run_files[] = {"scenario.toml", "imported.nir", "command.json",
                                     "metrics.csv",   "chip.bin",     "checkpoint.bin",
                                     "result.json"};

bool there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

void copy_run(const fs::path& from, const fs::path& to) {
  make_folder(to);
  for (const char* file : run_files)
    if (there(from / file)) write_file(to / file, read_text_file(from / file));
}

}  // namespace

fs::path scenario_of_all(const std::vector<std::string>& folders) {
  const fs::path first = fs::path(folders.front()) / "scenario.toml";
  for (const std::string& folder : folders) {
    const fs::path scenario = fs::path(folder) / "scenario.toml";
    if (folder_kind(folder) != FolderKind::study || !there(scenario))
      throw UsageError(fmt::format(
          "{} holds no study; name folders that `retro study` has written (--out)", folder));
    if (read_text_file(scenario) != read_text_file(first))
      throw UsageError(fmt::format(
          "{} is another study than {}: their scenario.toml differ; merge folders of one "
          "study file, with the same --seed and --epochs",
          folder, folders.front()));
  }
  return first;
}

std::size_t gather_runs(const Study& study, const std::vector<std::string>& folders,
                        const fs::path& into) {
  std::size_t copied = 0;
  std::error_code error;
  for (const StudyRun& run : study.runs) {
    const fs::path to = run_path(into, run);
    if (there(to / "result.json")) continue;
    for (const std::string& folder : folders) {
      const fs::path from = run_path(folder, run);
      if (fs::equivalent(folder, into, error) || !there(from / "result.json")) continue;
      if (!is_of_run(read_text_file(from / "scenario.toml"), run))
        throw UsageError(
            fmt::format("{} was made with another scenario than the study has; remove that folder, "
                        "and make the run again",
                        from.string()));
      copy_run(from, to);
      ++copied;
      break;
    }
  }
  return copied;
}

std::vector<std::string> missing_runs(const Study& study) {
  std::vector<std::string> names;
  for (const StudyRun& run : study.runs)
    if (!run.result) names.push_back(run.name);
  return names;
}

}  // namespace retrograde
