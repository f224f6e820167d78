#include <algorithm>
#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/page/page.hpp>
#include <retrograde/scenarios/show/page/sections.hpp>
#include <retrograde/scenarios/show/plot/raster.hpp>

namespace retrograde {

using namespace page_parts;

namespace {

// Bounds that keep the page small; beyond them the page says what was left out.
constexpr std::size_t most_spikes = 40'000;
constexpr std::size_t most_bands = 16;
constexpr std::size_t most_traces = 12;

std::size_t spikes_per_band(const Raster& raster) {
  return most_spikes / std::clamp<std::size_t>(raster.bands.size(), 1, most_bands);
}

// "yin", or the number of a class without a name.
std::string class_name(const Report& report, int index) {
  if (index < 0) return "none";
  const std::vector<std::string>& names = report.dataset.info().class_names;
  const auto k = static_cast<std::size_t>(index);
  return k < names.size() ? names[k] : std::to_string(index);
}

Raster whole_raster(const Report& report, const SampleRun& sample) {
  const std::string decision = class_name(report, sample.decision);
  return raster_of(report.trained.network, sample.tape, sample.probes, sample.recordings,
                   sample.label >= 0 ? fmt::format("Label: {}, decision: {}",
                                                   class_name(report, sample.label), decision)
                                     : fmt::format("Decision: {}", decision));
}

// What a raster leaves out by those bounds.
std::string left_out_text(const Raster& raster) {
  std::string text;
  for (const Raster::Band& band : raster.bands)
    if (band.times.size() > spikes_per_band(raster))
      text += fmt::format("{}: the first {} of {} spikes. ", band.name, spikes_per_band(raster),
                          band.times.size());
  if (raster.bands.size() > most_bands)
    text += fmt::format("The first {} of {} populations. ", most_bands, raster.bands.size());
  if (raster.traces.size() > most_traces)
    text += fmt::format("The first {} of {} voltages. ", most_traces, raster.traces.size());
  return text;
}

void leave_out(Raster& raster) {
  const std::size_t most = spikes_per_band(raster);
  if (raster.bands.size() > most_bands) raster.bands.resize(most_bands);
  if (raster.traces.size() > most_traces) raster.traces.resize(most_traces);
  for (Raster::Band& band : raster.bands) {
    band.times.resize(std::min(band.times.size(), most));
    band.neurons.resize(band.times.size());
  }
}

std::string sample_figure(const Report& report, const SampleRun& sample) {
  const std::string left_out = left_out_text(whole_raster(report, sample));
  std::string body = figure(render(sample_raster(report, sample, 980)), "wide");
  if (!left_out.empty()) body += fmt::format("<p class=\"caption\">Shown: {}</p>", html(left_out));
  return body;
}

}  // namespace

Raster sample_raster(const Report& report, const SampleRun& sample, double width) {
  Raster raster = whole_raster(report, sample);
  raster.width = width;
  leave_out(raster);
  return raster;
}

std::string sample_section(const Report& report) {
  const std::vector<SampleRun>& samples = report.evaluation.samples;
  if (samples.empty()) return "";
  std::string body;
  for (const SampleRun& sample : samples) body += sample_figure(report, sample);
  std::string caption =
      fmt::format("Trial {} of the {} part.", samples[0].index, name(samples[0].part));
  if (samples.size() > 1)
    caption +=
        fmt::format(" Below it trial {}, the first that is decided wrongly.", samples[1].index);
  caption += " Each tick is a spike at its exact time, each band a population, inputs at the top.";
  if (!samples[0].recordings.empty())
    caption += " Below the bands are the voltages that the decision is read from.";
  return section(samples.size() == 1 ? "One sample on its way through the network"
                                     : "Samples on their way through the network",
                 caption, body);
}

}  // namespace retrograde
