// What there is to draw of the runs of a study: numbers with a name, which are the columns of
// results.csv.
//
// Of every run, activity over the trials that judge it (run/activity/activity.hpp): rate (Hz) and
// spikes (per trial) of all neurons that fire and are no inputs, deliveries (per trial), and for each
// population P that fires rate.P, spikes.P, silent.P, cv.P, fano.P, synchrony.P; seconds, wall clock.
// Of trainings what they learned from and came to (study.hpp), of simulations loss and accuracy where
// there are a loss and labels. On the chip: chip_accuracy, chip_agreement, chip_spikes (per trial, as
// spikes), chip_spikes.P, and of the forecast chip_time (ms) and chip_energy (mJ) per trial, the latter
// with the ends of its interval.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/adjoint/set_result.hpp>
#include <retrograde/scenarios/run/activity/activity.hpp>
#include <retrograde/scenarios/run/study/results.hpp>

namespace retrograde {

struct StudyMetric {
  std::string name;    // "rate.hidden"
  std::string label;   // "rate of hidden"
  std::string unit;    // "Hz"; "%" of shares, which are drawn in percent; may be empty
  bool input = false;  // of a population of inputs

  double scale() const { return unit == "%" ? 100.0 : 1.0; }
};

// All that runs of the study may have, in the order of columns.
std::vector<StudyMetric> study_metrics(const Study& study);

// The ones that are drawn: those that the study names, else accuracy, loss or, of simulations that
// nothing judges, the rate.
std::vector<StudyMetric> drawn_metrics(const Study& study);

// What is to be said of a name that is none of them, with those there are; empty: it is one.
std::string unknown_metric(const Study& study, const std::string& name);

// None: the run has no such value.
std::optional<double> value_of(const StudyResult& result, const std::string& metric);

// Over the seeds of a combination.
StudyStatistic statistic_of(const Study& study, const std::vector<std::size_t>& values,
                            const std::string& metric);

// Puts activity, and what of a set has no other place, under the names of metrics.
void measure_activity(const Network& network, const FiringCounts& counts, const SetResult& set,
                      std::map<std::string, double>& measured);

}  // namespace retrograde
