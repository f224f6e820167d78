#include <cmath>
#include <fmt/format.h>
#include <optional>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/activity/activity_output.hpp>

namespace retrograde {

namespace {

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.3g}", *value) : "none";
}

}  // namespace

std::string stretch_text(const ActivityAnalysis& analysis) {
  return fmt::format("{}, {:g} to {:g} ms", plural(analysis.trials, "trial"), analysis.options.from,
                     analysis.options.to);
}

std::vector<std::vector<std::string>> population_rows(const ActivityAnalysis& analysis) {
  std::vector<std::vector<std::string>> rows = {
      {"population", "neurons", "spikes", "spikes/s", "silent", "CV", "Fano", "synchrony"}};
  for (const PopulationActivity& p : analysis.populations) {
    const FiringStatistics& s = p.statistics;
    rows.push_back({p.name, fmt::format("{}", s.neurons), fmt::format("{}", s.spikes),
                    fmt::format("{:.4g}", s.rate), percent_text(s.silent), number(s.cv),
                    number(s.fano), number(s.synchrony)});
  }
  return rows;
}

std::vector<std::vector<std::string>> pair_rows(const ActivityAnalysis& analysis) {
  std::vector<std::vector<std::string>> rows;
  for (const PairActivity& pair : analysis.pairs) {
    if (!pair.neurons.mean && pair.correlogram.r.empty()) continue;
    if (rows.empty())
      rows.push_back(
          {"populations", "pairs of neurons", "mean correlation", "largest r", "at lag"});
    // With itself a population is 1 at lag 0, which says nothing, and the same on both sides.
    const Correlogram& c = pair.correlogram;
    std::optional<std::size_t> largest;
    for (std::size_t k = 0; k < c.r.size(); ++k)
      if (!(pair.a == pair.b && c.lag(k) <= 0) &&
          (!largest || std::fabs(c.r[k]) > std::fabs(c.r[*largest])))
        largest = k;
    rows.push_back({fmt::format("{}, {}", analysis.populations[pair.a].name,
                                analysis.populations[pair.b].name),
                    fmt::format("{}", pair.neurons.pairs), number(pair.neurons.mean),
                    largest ? fmt::format("{:.3f}", c.r[*largest]) : "none",
                    largest ? fmt::format("{:g} ms", static_cast<double>(c.lag(*largest)) *
                                                         analysis.options.lag_bin)
                            : "none"});
  }
  return rows;
}

std::string activity_text(const ActivityTitle& title, const ActivityAnalysis& analysis) {
  std::string out =
      fmt::format("\n{}: activity, {}, {}\n\n", title.name, title.source, stretch_text(analysis));
  out += in_columns(population_rows(analysis), 1);
  if (const auto rows = pair_rows(analysis); !rows.empty())
    out += fmt::format(
               "\ncounts of neurons in windows of {:g} ms, of populations in bins of {:g} ms\n",
               analysis.options.window, analysis.options.lag_bin) +
           in_columns(rows, 1);
  if (!analysis.notes.empty()) out += '\n';
  for (const std::string& note : analysis.notes) out += note + '\n';
  return out;
}

}  // namespace retrograde
