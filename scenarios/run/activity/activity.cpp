#include <algorithm>
#include <cmath>

#include <retrograde/engine/trial/signal.hpp>
#include <retrograde/scenarios/run/activity/activity.hpp>

namespace retrograde {

namespace {

// Windows of `width` that fit in; a stretch that is some of them but for rounding has as many.
std::uint64_t whole_windows(Time stretch, Time width) {
  return stretch > 0 ? static_cast<std::uint64_t>(stretch / width * (1 + 1e-12)) : 0;
}

}  // namespace

std::optional<double> FiringCounts::Intervals::cv() const {
  if (count < 2) return std::nullopt;
  return std::sqrt(squares / static_cast<double>(count - 1)) / mean;
}

void FiringCounts::Counts::close() {
  sum += open;
  squares += open * open;
  open = 0;
}

std::optional<double> FiringCounts::Counts::variance_over_mean(std::uint64_t windows) const {
  if (windows < 2 || sum == 0) return std::nullopt;
  const auto n = static_cast<double>(windows), total = static_cast<double>(sum);
  const double variance = (static_cast<double>(squares) - total * total / n) / (n - 1);
  return std::max(variance, 0.0) / (total / n);
}

FiringCounts::FiringCounts(const Network& network, const ActivityWindow& window)
    : network_(network),
      window_(window),
      intervals_(network.neuron_count()),
      fano_(network.neuron_count()),
      synchrony_(network.populations().size()),
      signals_(network.populations().size(), 0) {}

void FiringCounts::add(const Tape& tape) {
  const Time to = std::min(window_.to, tape.duration);
  const std::vector<char> signals = signal_populations(network_, tape);
  for (std::size_t p = 0; p < signals.size(); ++p)
    if (signals[p] != 0) signals_[p] = 1;
  ++trials_;
  time_ += std::max(to - window_.from, 0.0);
  for (Intervals& neuron : intervals_) neuron.spikes_before = neuron.spikes;
  for (const TapeSpike& spike : tape.spikes) {
    if (spike.time < window_.from || spike.time >= to) continue;
    Intervals& neuron = intervals_[spike.neuron];
    if (neuron.spikes++ > neuron.spikes_before) {
      const double interval = spike.time - neuron.last;
      const double before = interval - neuron.mean;
      neuron.mean += before / static_cast<double>(++neuron.count);
      neuron.squares += before * (interval - neuron.mean);
    }
    neuron.last = spike.time;
  }
  add_windows(tape, to);
  add_bins(tape, to);
}

void FiringCounts::add_windows(const Tape& tape, Time to) {
  const std::uint64_t windows = whole_windows(to - window_.from, window_.fano_window);
  if (windows == 0) return;
  for (const TapeSpike& spike : tape.spikes) {
    if (spike.time < window_.from) continue;
    const auto at = static_cast<std::uint64_t>((spike.time - window_.from) / window_.fano_window);
    if (at >= windows) break;
    Counts& neuron = fano_[spike.neuron];
    if (neuron.window != at) neuron.close();
    neuron.window = at;
    ++neuron.open;
  }
  for (Counts& neuron : fano_) neuron.close();
  windows_ += windows;
}

void FiringCounts::add_bins(const Tape& tape, Time to) {
  const std::uint64_t bins = whole_windows(to - window_.from, window_.synchrony_bin);
  if (bins == 0) return;
  for (const TapeSpike& spike : tape.spikes) {
    if (spike.time < window_.from) continue;
    const auto at = static_cast<std::uint64_t>((spike.time - window_.from) / window_.synchrony_bin);
    if (at >= bins) break;
    const std::uint32_t p = network_.population_of(spike.neuron);
    if (spike.neuron - network_.populations()[p].first >= window_.most) continue;
    Counts& population = synchrony_[p];
    if (population.window != at) population.close();
    population.window = at;
    ++population.open;
  }
  for (Counts& population : synchrony_) population.close();
  bins_ += bins;
}

double FiringCounts::rate_of(std::uint64_t spikes, std::uint64_t neurons) const {
  constexpr double ms_per_s = 1000.0;
  if (!(time_ > 0) || neurons == 0) return 0;
  return ms_per_s * static_cast<double>(spikes) / (time_ * static_cast<double>(neurons));
}

std::vector<FiringStatistics> FiringCounts::statistics() const {
  std::vector<FiringStatistics> all;
  for (std::uint32_t p = 0; p < network_.populations().size(); ++p) {
    const Population& population = network_.populations()[p];
    if (!population.model->fires() || signals_[p] != 0) continue;
    FiringStatistics s{.population = p, .neurons = population.size};
    std::uint64_t silent = 0, regular = 0, firing = 0;
    double cvs = 0, fanos = 0;
    for (NeuronId n = population.first; n < population.first + population.size; ++n) {
      s.spikes += intervals_[n].spikes;
      silent += intervals_[n].spikes == 0;
      if (const auto cv = intervals_[n].cv()) {
        cvs += *cv;
        ++regular;
      }
      if (const auto fano = fano_[n].variance_over_mean(windows_)) {
        fanos += *fano;
        ++firing;
      }
    }
    s.rate = rate_of(s.spikes, s.neurons);
    s.silent = static_cast<double>(silent) / static_cast<double>(s.neurons);
    if (regular > 0) s.cv = cvs / static_cast<double>(regular);
    if (firing > 0) s.fano = fanos / static_cast<double>(firing);
    s.synchrony = synchrony_[p].variance_over_mean(bins_);
    all.push_back(s);
  }
  return all;
}

std::vector<double> FiringCounts::rates(std::uint32_t population) const {
  const Population& p = network_.populations()[population];
  std::vector<double> all;
  all.reserve(p.size);
  for (NeuronId n = p.first; n < p.first + p.size; ++n)
    all.push_back(rate_of(intervals_[n].spikes, 1));
  return all;
}

std::vector<double> FiringCounts::cvs(std::uint32_t population) const {
  const Population& p = network_.populations()[population];
  std::vector<double> all;
  for (NeuronId n = p.first; n < p.first + p.size; ++n)
    if (const auto cv = intervals_[n].cv()) all.push_back(*cv);
  return all;
}

std::vector<FiringStatistics> firing_statistics(const Network& network, const Tape& tape,
                                                const ActivityWindow& window) {
  FiringCounts counts(network, window);
  counts.add(tape);
  return counts.statistics();
}

}  // namespace retrograde
