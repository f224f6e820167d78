// Training all runs of a study, many at once. A run is the unit that is parallel; its result
// depends on its scenario and on nothing else, so that neither the number of threads nor an
// interruption shows in a study.
//
// The folder of a study:
//   scenario.toml    the scenario that was studied
//   runs/NAME/       one per run: scenario.toml, metrics.csv and checkpoint.bin (and chip.bin) as
//                    in any run folder, and result.json once it is finished
//   results.csv      one row per run
//   study.json       the same with means, and versions
//   study.svg        the picture; report.html, the page to look at
#pragma once

#include <filesystem>
#include <string>

#include <retrograde/scenarios/run/folder/call.hpp>
#include <retrograde/scenarios/run/study/study.hpp>

namespace retrograde {

// Told what happens while runs are trained: by many threads, but never by two at once.
class StudyObserver {
 public:
  virtual ~StudyObserver() = default;
  // So many epochs of a run are done; `taken_up`: the first word of a session on this run.
  virtual void advanced(std::size_t run, double epochs, bool taken_up) = 0;
  // A run has its result.
  virtual void finished(std::size_t run) = 0;
};

// Takes up the runs that a folder holds: finished ones get their results. With `overwrite` they are
// removed. Throws UsageError when one of them was another scenario's, FormatError for a damaged
// result, IoError.
void take_up(Study& study, const std::filesystem::path& folder, bool overwrite);

// Trains what is left, and puts it on the chip where the study asks for that; `call` claims the
// folder of each run while it is trained. Returns false when Ctrl-C stopped it; everything is saved then. Runs whose activity or gradient got out of hand
// count as finished and failed.
bool run_study(Study& study, const std::filesystem::path& folder, const Call& call,
               StudyObserver& observer);

// Whether the scenario.toml of a run says what the study has for it, in whatever order: a name or seed
// that was written into a text stands elsewhere than one that was there.
bool is_of_run(const std::string& scenario, const StudyRun& run);

std::filesystem::path run_path(const std::filesystem::path& folder, const StudyRun& run);

}  // namespace retrograde
