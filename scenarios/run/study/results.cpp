#include <algorithm>
#include <cmath>

#include <retrograde/scenarios/run/folder/checkpoint.hpp>
#include <retrograde/scenarios/run/study/metrics.hpp>
#include <retrograde/scenarios/run/study/results.hpp>
#include <retrograde/scenarios/run/study/runner.hpp>

namespace retrograde {

namespace {

// Adds one finished run to the values that its combination is judged by.
class Values {
 public:
  std::vector<double> score, validation, validation_loss, spikes, seconds, chip, agreement;

  void add(const Study& study, const StudyResult& r) {
    if (r.simulated) return add_simulated(study, r);
    score.push_back(study.labelled ? r.test_accuracy : r.test_loss);
    if (r.spikes) spikes.push_back(*r.spikes);
    seconds.push_back(r.seconds);
    if (study.has_validation) {
      validation.push_back(study.labelled ? r.validation_accuracy : r.validation_loss);
      validation_loss.push_back(r.validation_loss);
    }
    add_chip(study, r);
  }

 private:
  void add_simulated(const Study& study, const StudyResult& r) {
    const std::vector<StudyMetric> drawn = drawn_metrics(study);
    if (const auto value = drawn.empty() ? std::nullopt : value_of(r, drawn.front().name))
      score.push_back(*value);
    seconds.push_back(r.seconds);
    add_chip(study, r);
  }

  void add_chip(const Study& study, const StudyResult& r) {
    if (!r.chip || !r.chip->refusal.empty()) return;
    if (study.labelled) chip.push_back(r.chip->accuracy);
    agreement.push_back(r.chip->agreement);
  }
};

StudyRow row_of(const Study& study, std::vector<std::size_t> combination) {
  StudyRow row;
  row.values = std::move(combination);
  Values values;
  for (const StudyRun* run : runs_of(study, row.values)) {
    const StudyResult& r = *run->result;
    if (!r.failure.empty()) {
      ++row.failed;
      continue;
    }
    row.parameters = r.parameters;
    row.refused += r.chip && !r.chip->refusal.empty();
    values.add(study, r);
  }
  row.score = statistic(values.score);
  row.validation = statistic(values.validation);
  row.validation_loss = statistic(values.validation_loss);
  row.spikes = statistic(values.spikes);
  row.seconds = statistic(values.seconds);
  row.chip = statistic(values.chip);
  row.agreement = statistic(values.agreement);
  return row;
}

}  // namespace

StudyStatistic statistic(const std::vector<double>& values) {
  StudyStatistic s;
  s.count = values.size();
  if (values.empty()) return s;
  double sum = 0;
  for (const double v : values) sum += v;
  s.mean = sum / static_cast<double>(s.count);
  double squares = 0;
  for (const double v : values) squares += (v - s.mean) * (v - s.mean);
  if (s.count > 1) s.deviation = std::sqrt(squares / static_cast<double>(s.count - 1));
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  s.lowest = *low;
  s.highest = *high;
  return s;
}

std::vector<const StudyRun*> runs_of(const Study& study, const std::vector<std::size_t>& values) {
  std::vector<const StudyRun*> runs;
  for (const StudyRun& run : study.runs)
    if (run.result && run.values == values) runs.push_back(&run);
  return runs;
}

std::vector<StudyRow> study_rows(const Study& study) {
  std::vector<StudyRow> rows;
  for (std::size_t k = 0; k < study.spec.combinations(); ++k)
    rows.push_back(row_of(study, study.spec.combination(k)));
  return rows;
}

const StudyRow* best_row(const Study& study, const std::vector<StudyRow>& rows) {
  const auto merit = [&](const StudyRow& row) {
    if (study.best == BestBy::loss && row.validation_loss.count > 0)
      return -row.validation_loss.mean;
    const double mean = row.validation.count > 0 ? row.validation.mean : row.score.mean;
    return study.labelled ? mean : -mean;
  };
  if (study.kind.simulations) return nullptr;
  const StudyRow* best = nullptr;
  for (const StudyRow& row : rows)
    if (row.score.count > 0 && (best == nullptr || merit(row) > merit(*best))) best = &row;
  return best;
}

std::vector<std::vector<double>> learning_curves(const Study& study,
                                                 const std::filesystem::path& folder) {
  const auto metric = [&](const EpochMetrics& m) {
    if (!study.labelled) return study.has_validation ? m.validation_loss : m.train_loss;
    return (study.has_validation ? m.validation_accuracy : m.train_accuracy).value_or(0.0);
  };
  if (study.kind.simulations) return {};
  std::vector<std::vector<double>> curves(study.spec.combinations());
  for (std::size_t k = 0; k < curves.size(); ++k) {
    std::vector<double>& sum = curves[k];
    std::vector<std::size_t> count;  // runs may have ended at different epochs
    for (const StudyRun* run : runs_of(study, study.spec.combination(k))) {
      if (!run->result->failure.empty()) continue;
      const auto history =
          read_checkpoint((run_path(folder, *run) / "checkpoint.bin").string()).history;
      sum.resize(std::max(sum.size(), history.size()));
      count.resize(sum.size());
      for (std::size_t e = 0; e < history.size(); ++e) {
        sum[e] += metric(history[e]);
        ++count[e];
      }
    }
    for (std::size_t e = 0; e < sum.size(); ++e) sum[e] /= static_cast<double>(count[e]);
  }
  return curves;
}

}  // namespace retrograde
