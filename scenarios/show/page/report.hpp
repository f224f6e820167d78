// The report of a training: one HTML file that needs nothing else, to be opened, looked at and sent
// around. The results themselves go in; whatever there is none of (no chip, no labels, no
// validation part) is left out of the page.
#pragma once

#include <optional>
#include <string>

#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde {

// What a report is made of; lives as long as these do.
struct Report {
  const Trained& trained;
  const Dataset& dataset;
  const Evaluation& evaluation;
  // What is drawn of the time of samples; without `to` up to the end.
  Time from = 0;
  std::optional<Time> to = {};

  // Of the training; empty before any.
  const std::vector<EpochMetrics>& history() const;
  // Whose values were evaluated; null: unknown.
  const EpochMetrics* best_epoch() const;
  bool has_validation() const { return dataset.size(Part::validation) > 0; }
};

// The page, below 3 MB whatever goes in. Never throws for unusual data (nothing trained,
// not-a-number, empty strings).
std::string render_report(const Report& report);

// Accuracy curve and sample raster in one SVG file, to be shown elsewhere, such as in a README.
std::string render_report_figure(const Report& report);

}  // namespace retrograde
