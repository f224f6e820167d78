#include <algorithm>
#include <fmt/format.h>
#include <span>
#include <utility>

#include <retrograde/scenarios/show/plot/charts.hpp>
#include <retrograde/scenarios/show/plot/event_picture.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde {

namespace {

std::string class_name(const EventSummary& summary, int label) {
  return summary.info.class_names[static_cast<std::size_t>(label)];
}

constexpr std::size_t one_column = 4;  // rasters; more stand in two

std::string raster(const EventSummary& summary, std::span<const PicturedSample> samples,
                   std::string title, Time duration, std::vector<std::string> notes) {
  Raster chart;
  chart.title = std::move(title);
  chart.duration = duration;
  for (const PicturedSample& sample : samples)
    chart.bands.push_back(
        {.name = fmt::format("{} ({})", class_name(summary, sample.label), sample.index),
         .size = summary.info.units,
         .times = sample.events.times,
         .neurons = sample.events.units});
  chart.notes = std::move(notes);
  chart.width = 760;
  return render(chart);
}

// Events per sample, of what is trained with and of the rest.
std::string counts(const EventSummary& summary) {
  Histogram chart;
  chart.title = "events of a sample";
  chart.x.label = "events";
  chart.before_name = "all samples";
  chart.after_name = "validation and test";
  const bool split = summary.parts.size() > 1;
  for (std::size_t k = 0; k < summary.parts.size(); ++k) {
    std::vector<double>& side = k == 0 ? chart.before : chart.after;
    side.insert(side.end(), summary.parts[k].events.begin(), summary.parts[k].events.end());
  }
  if (split)
    chart.before_name = summary.parts[0].part ? std::string(name(*summary.parts[0].part)) : "rest";
  return render(chart);
}

}  // namespace

std::string event_picture(const EventSummary& summary, const std::vector<PicturedSample>& samples,
                          std::vector<std::string> notes) {
  Time duration = 0;
  for (const PicturedSample& sample : samples)
    if (!sample.events.times.empty()) duration = std::max(duration, sample.events.times.back());
  if (!(duration > 0)) duration = 1;
  const std::string which = samples.size() == 1
                                ? fmt::format("sample {}", samples.front().index)
                                : fmt::format("{} samples, one of each class", samples.size());
  const std::span<const PicturedSample> all(samples);
  const std::size_t left = all.size() > one_column ? (all.size() + 1) / 2 : all.size();
  std::vector<std::vector<std::string>> columns = {
      {raster(summary, all.first(left), fmt::format("{}: {}", summary.info.source, which), duration,
              std::move(notes)),
       counts(summary)}};
  if (left < all.size()) columns.push_back({raster(summary, all.subspan(left), "", duration, {})});
  return standalone_svg(arrange(columns));
}

}  // namespace retrograde
