// The report of a training: one HTML file that needs nothing else, to be opened, looked at and sent
// around. Plain data goes in; whatever is absent (no chip, no test set, delays that are not
// learned) is left out of the page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/events/time.hpp>
#include <retrograde/scenarios/run/folder/checkpoint.hpp>
#include <retrograde/scenarios/show/page/budget.hpp>
#include <retrograde/scenarios/show/page/mapping.hpp>
#include <retrograde/scenarios/show/page/page.hpp>

namespace retrograde {

// Decisions on the test set, as SetResult::confusion: rows are labels, columns decisions, one more
// column for "none".
struct ReportConfusion {
  std::vector<std::uint64_t> counts;
};

// One trial as it went through the trained network.
struct ReportSample {
  struct Band {
    std::string name;  // of the population
    std::uint32_t size = 0;
    std::vector<Time> times;
    std::vector<std::uint32_t> neurons;  // within the population, one per time
  };
  struct Trace {
    std::string name;  // "output[0]"
    std::vector<Time> times;
    std::vector<double> voltage;
  };
  std::string caption;  // which sample it is
  std::string label, decision;
  std::optional<Time> decision_time;
  Time duration = 0;
  std::vector<Band> bands;
  std::vector<Trace> traces;
  std::optional<double> threshold;  // of the neurons of the traces, when they have one
};

// Values of one projection before and after training.
struct ReportValues {
  std::string name;  // of the projection
  std::vector<double> before, after;
};

// Exact network and emulated chip, on the same test samples.
struct ReportChip {
  std::string name;                  // "Loihi 2"
  double step = 0;                   // of the chip's clock, in ms
  std::optional<double> accuracy;    // fraction
  bool tuned = false;                // fine-tuned for the chip
  std::vector<EpochMetrics> tuning;  // epochs of fine-tuning, on the chip
  std::optional<double> agreement;   // fraction of samples with the same decision
  ReportConfusion confusion;
  struct Layer {
    std::string name;
    double exact_spikes = 0, chip_spikes = 0;  // mean per sample, all neurons of the population
  };
  std::vector<Layer> layers;
  // The range of values that a signed register met.
  struct Register {
    std::string name;  // "hidden u"
    std::int64_t lowest = 0, highest = 0;
    int bits = 24;  // sign included
  };
  std::vector<Register> registers;
  std::uint64_t synapses = 0, clipped_weights = 0, clipped_delays = 0;
  std::vector<ReportFact> facts;  // anything more: cores used, steps per sample
  std::vector<std::string> warnings;
};

struct ReportData {
  std::string title;
  std::string summary;  // one sentence; empty: made from the numbers below

  std::vector<std::string> classes;
  std::uint64_t test_samples = 0;
  std::optional<double> test_accuracy;  // exact, fraction
  ReportConfusion confusion;

  std::vector<EpochMetrics> epochs;
  std::uint32_t best_epoch = 0;  // whose values were evaluated; 0: unknown
  bool has_validation = true;

  std::optional<ReportSample> sample;
  std::vector<ReportValues> weights, delays;  // delays in ms
  std::optional<ReportChip> chip;
  std::optional<ReportBudget> budget;
  std::optional<ReportMapping> mapping;

  // Numbers of the run, for the cards; 0: unknown.
  double training_seconds = 0;
  double forward_rate = 0, backward_rate = 0;  // deliveries/s
  std::uint64_t parameters = 0;                // learned ones

  std::vector<ReportFact> facts;      // scenario, versions, seed, machine, threads, fingerprints
  std::string scenario_text;          // resolved, as trained
  std::vector<std::string> warnings;  // shown at the top
  std::vector<std::string> notes;     // shown at the end
};

// The page, below 3 MB whatever goes in. Never throws for unusual data (nothing trained,
// not-a-number, empty strings).
std::string render_report(const ReportData& data);

// Accuracy curve and sample raster in one SVG file, to be shown elsewhere, such as in a README.
std::string render_report_figure(const ReportData& data);

}  // namespace retrograde
