#include <algorithm>
#include <fmt/format.h>

#include <retrograde/scenarios/io/csv.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/text/study.hpp>

namespace retrograde {

namespace {

using Cells = std::vector<std::string>;

Cells head_of(const Study& study) {
  Cells head;
  for (const StudyAxis& axis : study.spec.axes) head.push_back(axis.name);
  head.insert(head.end(), {"runs", "parameters", study.part, "lowest", "highest"});
  if (study.has_validation) head.emplace_back("validation");
  head.insert(head.end(), {"spikes/neuron", "training"});
  if (study.on_chip) {
    if (study.labelled) head.push_back(study.part + " on the chip");
    head.emplace_back("same decision");
  }
  return head;
}

Cells cells_of(const Study& study, const StudyRow& row) {
  Cells line;
  for (std::size_t a = 0; a < row.values.size(); ++a)
    line.push_back(study.spec.axes[a].labels[row.values[a]]);
  line.push_back(row.failed == 0 ? fmt::format("{}", row.score.count)
                                 : fmt::format("{}, {} failed", row.score.count, row.failed));
  const bool any = row.score.count > 0;
  line.push_back(any ? fmt::format("{}", row.parameters) : "-");
  line.push_back(score_text(study, row.score));
  line.push_back(any ? value_text(study, row.score.lowest) : "-");
  line.push_back(any ? value_text(study, row.score.highest) : "-");
  if (study.has_validation) line.push_back(score_text(study, row.validation));
  line.push_back(row.spikes.count > 0 ? fmt::format("{:.2f}", row.spikes.mean) : "-");
  line.push_back(any ? duration_text(row.seconds.mean) : "-");
  if (study.on_chip) {
    const std::string refused = row.refused > 0 ? fmt::format(", {} refused", row.refused) : "";
    if (study.labelled) line.push_back(share_text(row.chip) + refused);
    line.push_back(share_text(row.agreement));
  }
  return line;
}

// The columns of a run after its seed.
std::string csv_result(const Study& study, const StudyResult& r) {
  std::string chip;
  if (study.on_chip) {
    chip = ",,";
    if (r.chip && r.chip->refusal.empty())
      chip = fmt::format(",{},{}", study.labelled ? fmt::format("{}", r.chip->accuracy) : "",
                         r.chip->agreement);
  }
  if (!r.failure.empty()) return fmt::format(",,,,,,,,,{},{}", chip, csv_field(r.failure));
  return fmt::format("{},{},{},{},{},{},{},{},{},{}{},", r.parameters, r.epochs, r.best_epoch,
                     r.train_accuracy, r.train_loss, r.validation_accuracy, r.validation_loss,
                     r.test_accuracy, r.test_loss, r.spikes ? fmt::format("{}", *r.spikes) : "",
                     chip);
}

}  // namespace

std::string trial_range(const Study& study) {
  return study.most_trials > study.trials ? fmt::format("{} to {}", study.trials, study.most_trials)
                                          : fmt::format("{}", study.trials);
}

std::string value_text(const Study& study, double value) {
  return study.labelled ? percent_text(value) : short_number(value);
}

std::string score_text(const Study& study, const StudyStatistic& s) {
  if (study.labelled) return share_text(s);
  if (s.count == 0) return "-";
  return s.count > 1 ? fmt::format("{} ± {:.2g}", short_number(s.mean), s.deviation)
                     : short_number(s.mean);
}

std::string share_text(const StudyStatistic& s) {
  if (s.count == 0) return "-";
  return s.count > 1 ? fmt::format("{} ± {}", percent_number(s.mean), percent_text(s.deviation))
                     : percent_text(s.mean);
}

std::string study_table(const Study& study) {
  std::vector<Cells> cells = {head_of(study)};
  for (const StudyRow& row : study_rows(study)) cells.push_back(cells_of(study, row));
  return in_columns(cells, study.spec.axes.size());
}

std::string study_csv(const Study& study) {
  std::string text;
  for (const StudyAxis& axis : study.spec.axes) text += csv_field(axis.name) + ',';
  text +=
      "seed,parameters,epochs,best_epoch,train_accuracy,train_loss,validation_accuracy,"
      "validation_loss,test_accuracy,test_loss,spikes_per_neuron";
  if (study.on_chip) text += ",chip_accuracy,chip_agreement";
  text += ",failure\n";
  for (std::size_t k = 0; k < study.spec.combinations(); ++k)
    for (const StudyRun* run : runs_of(study, study.spec.combination(k))) {
      for (std::size_t a = 0; a < run->values.size(); ++a)
        text += csv_field(study.spec.axes[a].labels[run->values[a]]) + ',';
      text += fmt::format("{},{}\n", run->seed, csv_result(study, *run->result));
    }
  return text;
}

StudyProgress::StudyProgress(const Study& study) : study_(study), epochs_(study.runs.size(), 0.0) {
  for (std::size_t k = 0; k < study.runs.size(); ++k) {
    const StudyRun& run = study.runs[k];
    total_ += run.work;
    if (!run.result) continue;
    ++done_;
    epochs_[k] = run.epochs;
    before_ += run.work;
  }
}

void StudyProgress::advanced(std::size_t k, double epochs, bool taken_up) {
  // What a session finds done says nothing about its speed.
  if (taken_up) before_ += study_.runs[k].work * epochs / study_.runs[k].epochs;
  epochs_[k] = epochs;
  if (!progress_.due()) return;
  double done = 0;
  for (std::size_t i = 0; i < epochs_.size(); ++i)
    done += study_.runs[i].work * epochs_[i] / study_.runs[i].epochs;
  const double elapsed = std::chrono::duration<double>(Clock::now() - started_).count();
  progress_.update(fmt::format(
      "{} of {} done  {:.0f} %{}", done_, plural(study_.runs.size(), "run"), 100.0 * done / total_,
      done > before_
          ? fmt::format("  {} left", duration_text(elapsed / (done - before_) * (total_ - done)))
          : ""));
}

void StudyProgress::finished(std::size_t k) {
  const StudyRun& run = study_.runs[k];
  const StudyResult& r = *run.result;
  ++done_;
  epochs_[k] = run.epochs;
  std::string line =
      fmt::format("{:>{}}/{}  ", done_, fmt::formatted_size("{}", epochs_.size()), epochs_.size());
  const std::string what = study_.spec.describe(run.values);
  line += fmt::format("{}{}seed {}: ", what, what.empty() ? "" : ", ", run.seed);
  if (!r.failure.empty()) {
    progress_.print(line + "failed: " + r.failure);
    return;
  }
  line += study_.labelled ? fmt::format("{} {}", study_.part, percent_text(r.test_accuracy))
                          : fmt::format("loss {:.6g}", r.test_loss);
  if (r.attacked && !r.attacked->epsilons.empty())
    line += fmt::format(", {} at radius {:g}", percent_text(r.attacked->accuracy.back()),
                        r.attacked->epsilons.back());
  if (r.chip)
    line += !r.chip->refusal.empty() ? ", not on the chip: " + r.chip->refusal
            : study_.labelled        ? ", on the chip " + percent_text(r.chip->accuracy)
                                     : ", same decision " + percent_text(r.chip->agreement);
  if (r.chip && r.chip->refusal.empty() && !r.chip->untuned.empty())
    line += " without fine-tuning: " + r.chip->untuned;
  if (r.epochs > 0) line += fmt::format(", epoch {} of {}", r.best_epoch, r.epochs);
  progress_.print(line + ", " + duration_text(r.seconds));
}

}  // namespace retrograde
