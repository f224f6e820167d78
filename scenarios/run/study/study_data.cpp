#include <algorithm>
#include <fmt/format.h>
#include <sstream>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/class_gaps.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/study/judged.hpp>
#include <retrograde/scenarios/run/study/study_data.hpp>

namespace retrograde {

namespace {

// All that load_dataset looks at, as one text; of inline trials, which any key may make others, all.
std::string key_of(const StudyRun& run, const Scenario& variation) {
  if (variation.data.none()) return run.text;
  toml::table document = parse_toml(run.text, run.name);
  std::ostringstream text;
  if (toml::table* data = document["data"].as_table()) {
    data->erase("augment");
    text << toml::toml_formatter(*data);
  }
  text << '\n' << variation.duration << ' ' << variation.loss_classes;
  text << ' ' << variation.network.populations()[variation.data.population].size;
  return text.str();
}

[[noreturn]] void refuse(const std::string& what, const std::string& which) {
  throw UsageError(
      which.empty() ? what : fmt::format("{} (in the run of the study with {})", what, which));
}

}  // namespace

Dataset StudyData::opened(const Scenario& variation, const std::string& which) const try {
  return load_dataset(variation, path_, progress_);
} catch (const Interrupted&) {
  throw;
} catch (const Error& error) {
  if (which.empty()) throw;
  refuse(error.what(), which);
}

void StudyData::look_at(const StudyRun& run, const Scenario& variation, const Study& study) {
  if (!seen_.insert(run.values).second) return;
  const std::string which = study.spec.describe(run.values), key = key_of(run, variation);
  std::vector<std::string>& runs = runs_[key];
  runs.push_back(which);
  if (runs.size() > 1) return;

  const bool first = runs_.size() == 1;
  if (first) named_ = variation.data.path;
  if (!path_.empty() && variation.data.path != named_)
    refuse("--data goes before path in [data], which an axis of the study varies; leave it out",
           which);
  const Dataset dataset = opened(variation, which);

  // A table has one kind of number.
  simulated_ = study.kind.simulations;
  const Judged judged{simulated_ ? Part::train : judged_part(dataset), dataset.labelled(),
                      !simulated_ && dataset.size(Part::validation) > 0};
  const std::size_t trials =
      simulated_ ? judging_trials(dataset, true)->size() : dataset.size(judged.part);
  if (first) {
    judged_ = judged;
    fewest_ = trials;
  } else if (judged != judged_) {
    refuse(
        "its data and those of the runs before it do not both have a test part, a validation part "
        "or labels, so that results could not be compared; give both the same",
        which);
  }
  fewest_ = std::min(fewest_, trials);
  most_ = std::max(most_, trials);

  for (const std::string& told : dataset.info().notes)
    if (std::find(notes_.begin(), notes_.end(), told) == notes_.end()) notes_.push_back(told);
  for (const std::string& gap : class_gaps(dataset)) gaps_[gap].push_back(key);
}

void StudyData::describe(Study& study) const {
  study.labelled = judged_.labelled;
  study.has_validation = judged_.has_validation;
  study.part = simulated_ ? "all" : name(judged_.part);
  study.trials = fewest_;
  study.most_trials = most_;
  study.data_notes = notes_;
  for (const auto& [gap, sets] : gaps_) {
    std::vector<std::string> runs;
    for (const std::string& set : sets)
      runs.insert(runs.end(), runs_.at(set).begin(), runs_.at(set).end());
    study.class_gaps.push_back(
        sets.size() == runs_.size()
            ? gap
            : fmt::format("{} (in the runs of the study with {})", gap, first_few(runs, "; ")));
  }
}

}  // namespace retrograde
