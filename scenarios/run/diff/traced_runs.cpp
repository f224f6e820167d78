#include <retrograde/scenarios/run/diff/traced_runs.hpp>

namespace retrograde {

std::shared_ptr<TracedRun> TracedRuns::named(const std::string& path) {
  std::shared_ptr<TracedRun>& run = runs_[path];
  if (run) return run;
  auto opened = std::make_shared<TracedRun>();
  opened->path = path;
  opened->trained = open_(path);
  return run = std::move(opened);
}

std::shared_ptr<TracedRun> TracedRuns::with_trial(const std::string& path) {
  const std::shared_ptr<TracedRun> run = named(path);
  if (!run->trial_name.empty()) return run;
  ChosenTrial chosen = choose_(*run);
  run->trial = std::move(chosen.trial);
  run->trial_name = std::move(chosen.name);
  return run;
}

}  // namespace retrograde
