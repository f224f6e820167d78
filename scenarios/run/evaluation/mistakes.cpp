#include <algorithm>
#include <cmath>
#include <tuple>

#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/evaluation/mistakes.hpp>

namespace retrograde {

namespace {

constexpr double none = -std::numeric_limits<double>::infinity();

// Whether `a` is worse.
bool worse(const JudgedTrial& a, const JudgedTrial& b) {
  const auto loss = [](const JudgedTrial& t) { return std::isnan(t.loss) ? none : t.loss; };
  return std::tuple(b.wrong(), loss(b), a.index) < std::tuple(a.wrong(), loss(a), b.index);
}

double margin_of(const std::vector<double>& scores, int label) {
  const auto own = static_cast<std::size_t>(label);
  if (label < 0 || own >= scores.size()) return std::numeric_limits<double>::quiet_NaN();
  double other = none;
  for (std::size_t k = 0; k < scores.size(); ++k)
    if (k != own && scores[k] > other) other = scores[k];
  const double margin = scores[own] - other;
  return std::isfinite(margin) ? margin : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

void WorstTrials::add(std::size_t index, const TrialResult& result) {
  const JudgedTrial trial{index, result.label, result.decision, result.loss};
  const auto place = std::upper_bound(worst_.begin(), worst_.end(), trial, worse);
  if (static_cast<std::size_t>(place - worst_.begin()) == most_) return;
  worst_.insert(place, trial);
  if (worst_.size() > most_) worst_.pop_back();
}

std::vector<double> scores(const Network& network, const Readout& readout, const Tape& tape) {
  if (readout.kind == Readout::Kind::none) return {};
  const Population& p = population_of(network, readout);
  std::vector<double> all(p.size);
  switch (readout.kind) {
    case Readout::Kind::none:
      break;
    case Readout::Kind::first_spike: {
      const std::vector<Time> first = first_spike_times(network, readout.population, tape);
      for (std::uint32_t j = 0; j < p.size; ++j) all[j] = first[j] == never ? none : -first[j];
      break;
    }
    case Readout::Kind::voltage_integral:
      if (tape.voltage_integrals.empty())
        throw InternalError("scores: the run kept no voltage integrals");
      for (std::uint32_t j = 0; j < p.size; ++j) all[j] = tape.voltage_integrals[p.first + j];
      break;
    case Readout::Kind::voltage_maximum:
      if (tape.voltage_maxima.empty())
        throw InternalError("scores: the run kept no voltage maxima");
      for (std::uint32_t j = 0; j < p.size; ++j) all[j] = tape.voltage_maxima[p.first + j].v;
      break;
  }
  return all;
}

void add_margins(std::vector<JudgedTrial>& trials, const Machine& machine,
                 const RunOptions& options, const LabelledTrials& set) {
  for_each_trial(trials.size(), [&](std::size_t k) {
    const Tape tape = machine.run(set.trial(trials[k].index), options);
    trials[k].margin = margin_of(scores(machine.network(), options.readout, tape), trials[k].label);
  });
}

}  // namespace retrograde
