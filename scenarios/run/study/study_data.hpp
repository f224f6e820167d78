// The data sets of a study. Each is opened before the first run, so that what is wrong with one is
// known then, and so is what there is to tell about them.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/io/work_progress.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/study/study.hpp>

namespace retrograde {

class StudyData {
 public:
  // `path`: that of --data, or empty; `progress` may be empty. Both outlive this.
  StudyData(const std::string& path, const WorkProgress& progress)
      : path_(path), progress_(progress) {}

  // Opens the set of a run whose scenario is `variation`, unless an earlier run has the same: seeds
  // and augmentation do not change what a set is like. Throws UsageError, which names the run, for a set that
  // cannot be opened, for one whose results could not stand in a table with those of the others, and
  // where --data would replace what an axis varies; without axes what load_dataset throws;
  // Interrupted.
  void look_at(const StudyRun& run, const Scenario& variation, const Study& study);

  // Says in the study what its sets are like.
  void describe(Study& study) const;

 private:
  Dataset opened(const Scenario& variation, const std::string& which) const;

  // What runs are judged by.
  struct Judged {
    Part part = Part::test;
    bool labelled = false, has_validation = false;
    bool operator==(const Judged&) const = default;
  };

  const std::string& path_;
  const WorkProgress& progress_;
  std::map<std::string, std::vector<std::string>> runs_;  // descriptions, by what makes a set
  std::map<std::string, std::vector<std::string>> gaps_;  // sets that have them, by their sentences
  std::vector<std::string> notes_;
  std::set<std::vector<std::size_t>> seen_;  // combinations
  bool simulated_ = false;
  std::string named_;  // path in [data] of the first
  Judged judged_;
  std::size_t fewest_ = 0, most_ = 0;  // trials that judge
};

}  // namespace retrograde
