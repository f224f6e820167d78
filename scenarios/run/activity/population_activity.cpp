#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/run/activity/population_activity.hpp>

namespace retrograde {

namespace {

constexpr double most_bins = 1e8;       // counts of all populations and trials together
constexpr double most_products = 1e11;  // of all correlograms together
constexpr double ms_per_s = 1000.0;

// 1, 2 or 5 times a power of ten, with which there are 100 to 250 bins.
Time round_bin(Time stretch) {
  const double power = std::pow(10.0, std::floor(std::log10(stretch / 100.0)));
  for (const double factor : {5.0, 2.0})
    if (factor * power <= stretch / 100.0 * (1 + 1e-12)) return factor * power;
  return power;
}

void limit_bins(const char* option, std::span<const Tape> trials, const Binning& binning,
                std::size_t populations) {
  const double counts = std::max((binning.to - binning.from) / binning.width, 0.0) *
                        static_cast<double>(trials.size() * populations);
  if (counts > most_bins)
    throw LimitError("bins", most_bins, counts,
                     fmt::format("{} {:g} ms: there would be {:.3g} bins of all populations and "
                                 "trials, {:g} are taken at most; make them longer",
                                 option, binning.width, counts, most_bins));
}

// The populations that are analysed, with their statistics.
std::vector<FiringStatistics> chosen(const Network& network, const FiringCounts& counts,
                                     const std::vector<std::string>& names) {
  std::vector<FiringStatistics> all = counts.statistics();
  if (names.empty()) return all;
  std::vector<std::string> known;
  for (const FiringStatistics& s : all) known.push_back(network.populations()[s.population].name);
  std::vector<FiringStatistics> some;
  for (const std::string& name : names) {
    const auto at = std::find(known.begin(), known.end(), name);
    if (at == known.end())
      throw UsageError(fmt::format("--population {}: no population of this name fires{}", name,
                                   suggestion(name, known)));
    if (std::any_of(some.begin(), some.end(), [&](const FiringStatistics& s) {
          return network.populations()[s.population].name == name;
        }))
      throw UsageError(fmt::format("--population {}: it is given twice; once is enough", name));
    some.push_back(all[static_cast<std::size_t>(at - known.begin())]);
  }
  return some;
}

// Of the counts of one population, trial after trial.
void add_psth(std::span<const std::uint32_t> counts, std::uint64_t bins, std::uint64_t trials,
              Time width, PopulationActivity& activity) {
  const double hertz = ms_per_s / (width * static_cast<double>(activity.statistics.neurons));
  const auto n = static_cast<double>(trials);
  for (std::uint64_t bin = 0; bin < bins; ++bin) {
    std::uint64_t sum = 0, squares = 0;
    for (std::uint64_t trial = 0; trial < trials; ++trial) {
      const std::uint64_t count = counts[trial * bins + bin];
      sum += count;
      squares += count * count;
    }
    const double mean = static_cast<double>(sum) / n;
    activity.psth.push_back(hertz * mean);
    if (trials < 2) continue;
    const double variance = (static_cast<double>(squares) - n * mean * mean) / (n - 1);
    activity.psth_error.push_back(hertz * std::sqrt(std::max(variance, 0.0) / n));
  }
}

void add_psths(const Network& network, std::span<const Tape> trials, ActivityAnalysis& analysis) {
  const Binning binning{analysis.options.from, analysis.binned_to, *analysis.options.bin};
  limit_bins("--bin", trials, binning, network.populations().size());
  const std::uint64_t bins = bin_count(trials, binning);
  if (bins == 0) {
    analysis.notes.push_back(
        fmt::format("No PSTH: a bin of {:g} ms is longer than the stretch.", binning.width));
    return;
  }
  const auto counts = binned_spikes(network, trials, binning);
  for (PopulationActivity& activity : analysis.populations)
    add_psth(counts[activity.statistics.population], bins, trials.size(), binning.width, activity);
}

void add_pairs(const Network& network, std::span<const Tape> trials, ActivityAnalysis& analysis) {
  const ActivityOptions& o = analysis.options;
  const Time to = analysis.binned_to;
  const Binning lagged{o.from, to, o.lag_bin}, windowed{o.from, to, o.window};
  limit_bins("--lag-bin", trials, lagged, network.populations().size());
  limit_bins("--window", trials, windowed, network.populations().size());
  const std::size_t few = std::min(analysis.populations.size(), most_correlated);
  if (few < analysis.populations.size())
    analysis.notes.push_back(
        fmt::format("Correlations are of the first {} of {} populations; choose others with "
                    "--population.",
                    few, analysis.populations.size()));
  const std::uint64_t bins = bin_count(trials, lagged);
  // Of longer ones too few bins are left to say anything.
  const double lags =
      std::min(std::floor(o.longest_lag / o.lag_bin * (1 + 1e-12)), static_cast<double>(bins / 4));
  const double products = static_cast<double>(few * (few + 1) / 2) * (2 * lags + 1) *
                          static_cast<double>(bins * trials.size());
  if (products > most_products)
    throw LimitError("correlograms", most_products, products,
                     fmt::format("correlograms would take {:.3g} products, {:g} are made at most; "
                                 "take a longer --lag-bin or a shorter --lag",
                                 products, most_products));
  if (bins < 2) analysis.notes.emplace_back("No correlograms: there are fewer than two bins.");
  if (bin_count(trials, windowed) * trials.size() < 2)
    analysis.notes.push_back(
        fmt::format("No Fano factor and no correlations of neurons: there are fewer than two "
                    "windows of {:g} ms; "
                    "choose a shorter one with --window.",
                    o.window));
  const auto counts = binned_spikes(network, trials, lagged);
  const auto neurons = pair_correlations(network, trials, windowed);
  for (std::size_t a = 0; a < few; ++a)
    for (std::size_t b = a; b < few; ++b) {
      const std::uint32_t p = analysis.populations[a].statistics.population;
      const std::uint32_t q = analysis.populations[b].statistics.population;
      PairActivity pair{a, b, {}, neurons[p][q]};
      if (bins >= 2)
        pair.correlogram =
            correlogram(counts[p], counts[q], bins, static_cast<std::uint64_t>(lags));
      analysis.pairs.push_back(std::move(pair));
    }
}

}  // namespace

ActivityAnalysis analyse_activity(const Network& network, std::span<const Tape> trials,
                                  const ActivityOptions& options) {
  if (trials.empty()) throw UsageError("there is no trial to analyse");
  ActivityAnalysis analysis;
  analysis.options = options;
  Time& to = analysis.options.to;
  const auto [shortest, longest] = std::ranges::minmax_element(trials, {}, &Tape::duration);
  analysis.binned_to = std::min(to, shortest->duration);
  if (!(options.from < analysis.binned_to))
    throw UsageError(
        fmt::format("--from {:g} ms: the {} ends at {:g} ms; begin before", options.from,
                    to < shortest->duration ? "stretch" : "shortest trial", analysis.binned_to));
  to = std::min(to, longest->duration);
  if (analysis.binned_to < to)
    analysis.notes.push_back(
        fmt::format("Trials last {:g} to {:g} ms: PSTH, correlograms and correlations of neurons "
                    "are of the time "
                    "up to {:g} ms, which all have; all else is of each trial up to its own end.",
                    shortest->duration, longest->duration, analysis.binned_to));
  FiringCounts counts(network, {.from = options.from,
                                .to = to,
                                .fano_window = options.window,
                                .synchrony_bin = options.synchrony_bin});
  for (const Tape& tape : trials) counts.add(tape);
  analysis.trials = counts.trials();
  analysis.time = counts.time();
  if (!analysis.options.bin) analysis.options.bin = round_bin(analysis.binned_to - options.from);
  for (const FiringStatistics& s : chosen(network, counts, options.populations))
    analysis.populations.push_back({network.populations()[s.population].name,
                                    s,
                                    counts.rates(s.population),
                                    counts.cvs(s.population),
                                    {},
                                    {}});
  if (analysis.populations.empty())
    throw UsageError("no population fires, so that there is no activity to analyse");
  add_psths(network, trials, analysis);
  add_pairs(network, trials, analysis);
  return analysis;
}

}  // namespace retrograde
