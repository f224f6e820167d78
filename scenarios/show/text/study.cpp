#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/scenarios/io/csv.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/text/study.hpp>

namespace retrograde {

namespace {

using Cells = std::vector<std::string>;

// What every table of trainings has.
Cells usual_head(const Study& study) {
  Cells head = {"parameters", study.part, "lowest", "highest"};
  if (study.has_validation) head.emplace_back("validation");
  head.emplace_back("spikes/neuron");
  if (study.on_chip) {
    if (study.labelled) head.push_back(study.part + " on the chip");
    head.emplace_back("same decision");
  }
  return head;
}

Cells usual_cells(const Study& study, const StudyRow& row) {
  const bool any = row.score.count > 0;
  Cells line = {any ? fmt::format("{}", row.parameters) : "-", score_text(study, row.score),
                any ? value_text(study, row.score.lowest) : "-",
                any ? value_text(study, row.score.highest) : "-"};
  if (study.has_validation) line.push_back(score_text(study, row.validation));
  line.push_back(row.spikes.count > 0 ? fmt::format("{:.2f}", row.spikes.mean) : "-");
  if (study.on_chip) {
    const std::string refused = row.refused > 0 ? fmt::format(", {} refused", row.refused) : "";
    if (study.labelled) line.push_back(share_text(row.chip) + refused);
    line.push_back(share_text(row.agreement));
  }
  return line;
}

// Whether usual_head has that metric already.
bool is_usual(const Study& study, const std::string& metric) {
  if (study.kind.simulations) return false;
  if (metric == "parameters" || metric == "spikes_per_neuron") return true;
  const bool of_chip = metric == "chip_agreement" || (study.labelled && metric == "chip_accuracy");
  return metric == (study.labelled ? "test_accuracy" : "test_loss") || (study.on_chip && of_chip) ||
         (study.has_validation &&
          metric == (study.labelled ? "validation_accuracy" : "validation_loss"));
}

bool names_ordinates(const Study& study) { return !study.kind.ordinates.empty(); }

std::string head_of(const StudyMetric& metric) {
  return metric.unit.empty() || metric.unit == "%"
             ? metric.name
             : fmt::format("{} ({})", metric.name, metric.unit);
}

}  // namespace

std::vector<StudyMetric> table_metrics(const Study& study, std::size_t most_populations) {
  const std::vector<StudyMetric> all = study_metrics(study);
  std::vector<StudyMetric> wanted;
  if (study.kind.simulations || names_ordinates(study)) wanted = drawn_metrics(study);
  std::erase_if(wanted, [&](const StudyMetric& m) { return is_usual(study, m.name); });
  const auto add = [&](const std::string& name) {
    const auto called = [&](const StudyMetric& m) { return m.name == name; };
    const auto metric = std::find_if(all.begin(), all.end(), called);
    if (metric != all.end() && std::none_of(wanted.begin(), wanted.end(), called))
      wanted.push_back(*metric);
  };
  if (study.kind.simulations && !names_ordinates(study)) {
    std::size_t populations = 0;
    for (const StudyPopulation& p : study.populations) {
      if (p.input || ++populations > most_populations) continue;
      for (const char* word : {"rate.", "cv.", "synchrony.", "silent."}) add(word + p.name);
    }
  }
  if (study.on_chip && study.kind.simulations)
    for (const char* name : {"chip_accuracy", "chip_agreement"}) add(name);
  if (study.on_chip)
    for (const char* name : {"chip_spikes", "chip_energy"}) add(name);
  return wanted;
}

std::string metric_text(const StudyMetric& metric, const StudyStatistic& s) {
  if (metric.unit == "%") return share_text(s);
  if (s.count == 0) return "-";
  if (s.count == 1) return short_number(s.mean);
  // As many decimals as two digits of the deviation have, of both.
  constexpr double most = 1e5, fewest = 1e-5;
  if (!(std::abs(s.mean) < most) || !(s.deviation < most) || !(s.deviation > fewest))
    return fmt::format("{} ± {:.2g}", short_number(s.mean), s.deviation);
  const int decimals = std::max(0, 1 - static_cast<int>(std::floor(std::log10(s.deviation))));
  return fmt::format("{:.{}f} ± {:.{}f}", s.mean, decimals, s.deviation, decimals);
}

std::vector<std::string> study_head(const Study& study, std::size_t most_populations) {
  Cells head = {"runs"};
  if (!study.kind.simulations) {
    const Cells usual = usual_head(study);
    head.insert(head.end(), usual.begin(), usual.end());
  }
  for (const StudyMetric& metric : table_metrics(study, most_populations))
    head.push_back(head_of(metric));
  head.emplace_back(study.kind.simulations ? "time" : "training");
  return head;
}

std::vector<std::string> study_cells(const Study& study, const StudyRow& row,
                                     std::size_t most_populations) {
  const std::size_t runs = runs_of(study, row.values).size() - row.failed;
  Cells line = {row.failed == 0 ? fmt::format("{}", runs)
                                : fmt::format("{}, {} failed", runs, row.failed)};
  if (!study.kind.simulations) {
    const Cells usual = usual_cells(study, row);
    line.insert(line.end(), usual.begin(), usual.end());
  }
  for (const StudyMetric& metric : table_metrics(study, most_populations))
    line.push_back(metric_text(metric, statistic_of(study, row.values, metric.name)));
  line.push_back(row.seconds.count > 0 ? duration_text(row.seconds.mean) : "-");
  return line;
}

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
  constexpr std::size_t most_populations = 2;  // that a terminal has room for
  const auto& axes = study.spec.axes;
  std::vector<Cells> cells(1);
  for (const StudyAxis& axis : axes) cells[0].push_back(axis.name);
  const Cells head = study_head(study, most_populations);
  cells[0].insert(cells[0].end(), head.begin(), head.end());
  for (const StudyRow& row : study_rows(study)) {
    Cells line;
    for (std::size_t a = 0; a < axes.size(); ++a) line.push_back(axes[a].labels[row.values[a]]);
    const Cells numbers = study_cells(study, row, most_populations);
    line.insert(line.end(), numbers.begin(), numbers.end());
    cells.push_back(std::move(line));
  }
  return in_columns(cells, axes.size());
}

std::string study_csv(const Study& study) {
  std::vector<StudyMetric> metrics = study_metrics(study);
  // The same bytes for any number of threads.
  std::erase_if(metrics, [](const StudyMetric& m) { return m.name == "seconds"; });
  std::string text;
  for (const StudyAxis& axis : study.spec.axes) text += csv_field(axis.name) + ',';
  text += "seed,";
  for (const StudyMetric& metric : metrics) text += csv_field(metric.name) + ',';
  text += "failure\n";
  for (std::size_t k = 0; k < study.spec.combinations(); ++k)
    for (const StudyRun* run : runs_of(study, study.spec.combination(k))) {
      for (std::size_t a = 0; a < run->values.size(); ++a)
        text += csv_field(study.spec.axes[a].labels[run->values[a]]) + ',';
      text += fmt::format("{},", run->seed);
      for (const StudyMetric& metric : metrics) {
        if (const auto value = value_of(*run->result, metric.name))
          text += fmt::format("{}", *value);
        text += ',';
      }
      text += csv_field(run->result->failure) + '\n';
    }
  return text;
}

namespace {

// "rate of hidden 12.5 Hz".
std::string drawn_text(const Study& study, const StudyResult& r) {
  std::string text;
  for (const StudyMetric& m : drawn_metrics(study)) {
    const auto value = value_of(r, m.name);
    text += fmt::format("{}{} {}{}{}", text.empty() ? "" : ", ", m.label,
                        value ? short_number(m.scale() * *value) : "-", m.unit.empty() ? "" : " ",
                        value ? m.unit : "");
  }
  return text;
}

}  // namespace

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
  if (r.simulated)
    line += drawn_text(study_, r);
  else
    line += study_.labelled ? fmt::format("{} {}", study_.part, percent_text(r.test_accuracy))
                            : fmt::format("loss {:.6g}", r.test_loss);
  if (r.attacked && !r.attacked->epsilons.empty())
    line += fmt::format(", {} at radius {:g}", percent_text(r.attacked->accuracy.back()),
                        r.attacked->epsilons.back());
  if (r.chip)
    line += !r.chip->refusal.empty() ? ", not on the chip: " + r.chip->refusal
            : r.simulated            ? ""
            : study_.labelled        ? ", on the chip " + percent_text(r.chip->accuracy)
                                     : ", same decision " + percent_text(r.chip->agreement);
  if (r.chip && r.chip->refusal.empty() && !r.chip->untuned.empty())
    line += " without fine-tuning: " + r.chip->untuned;
  if (r.epochs > 0) line += fmt::format(", epoch {} of {}", r.best_epoch, r.epochs);
  progress_.print(line + ", " + duration_text(r.seconds));
}

}  // namespace retrograde
