// The runs that the sides of a difference are of, each opened once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <retrograde/scenarios/run/diff/side.hpp>
#include <retrograde/scenarios/run/evaluation/chosen_trial.hpp>

namespace retrograde {

class TracedRuns {
 public:
  // `open` opens what a side names, without its trial; `choose` finds the trial of it, which may take long,
  // and may give it the data set that a program has.
  TracedRuns(std::function<Trained(const std::string& path)> open,
             std::function<ChosenTrial(TracedRun&)> choose)
      : open_(std::move(open)), choose_(std::move(choose)) {}

  // Without its trial.
  std::shared_ptr<TracedRun> named(const std::string& path);
  std::shared_ptr<TracedRun> with_trial(const std::string& path);
  bool any() const { return !runs_.empty(); }
  const std::map<std::string, std::shared_ptr<TracedRun>>& all() const { return runs_; }

 private:
  std::function<Trained(const std::string&)> open_;
  std::function<ChosenTrial(TracedRun&)> choose_;
  std::map<std::string, std::shared_ptr<TracedRun>> runs_;
};

}  // namespace retrograde
