#include <algorithm>
#include <cctype>
#include <fmt/format.h>

#include <retrograde/engine/trial/signal.hpp>
#include <retrograde/scenarios/show/page/page.hpp>
#include <retrograde/scenarios/show/page/panels.hpp>
#include <retrograde/scenarios/show/page/sections.hpp>
#include <retrograde/scenarios/show/plot/raster.hpp>

namespace retrograde {

using namespace page_parts;

namespace {

// Bounds that keep the page small; beyond them the page says what was left out. Spikes need none: a
// raster shades what is too many.
constexpr std::size_t most_bands = 16;
constexpr std::size_t most_traces = 12;

void note_left_out(Raster& raster, std::size_t shown, std::size_t all, const char* what) {
  if (all > shown) raster.notes.push_back(fmt::format("The first {} of {} {}.", shown, all, what));
}

}  // namespace

std::string class_name(const Report& report, int index) {
  if (index < 0) return "none";
  const std::vector<std::string>& names = report.dataset.info().class_names;
  const auto k = static_cast<std::size_t>(index);
  return k < names.size() ? names[k] : std::to_string(index);
}

std::string sample_name(const Report& report, const SampleRun& sample) {
  std::string text = fmt::format("{} trial {}, ", name(sample.part), sample.index);
  if (sample.label >= 0) text += fmt::format("label: {}, ", class_name(report, sample.label));
  return text + fmt::format("decision: {}", class_name(report, sample.decision));
}

namespace {

// "out[1] (yang)", where the neurons that are read stand for the classes.
void name_classes(Raster& raster, const Report& report, const SampleRun& sample) {
  const std::vector<std::string>& names = report.dataset.info().class_names;
  const Network& network = report.trained.network;
  std::size_t k = 0;
  for (const Probe& probe : sample.probes)
    for (const NeuronId neuron : probe.neurons) {
      const Population& p = network.populations()[network.population_of(neuron)];
      if (p.size == names.size() && k < raster.traces.size())
        raster.traces[k].name += fmt::format(" ({})", names[neuron - p.first]);
      ++k;
    }
}

}  // namespace

Raster sample_raster(const Report& report, const SampleRun& sample, double width) {
  std::string title = sample_name(report, sample);
  title.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(title.front())));
  Raster raster = raster_of(report.trained.network, sample.tape, sample.probes, sample.recordings,
                            std::move(title));
  raster.width = width;
  raster.from = report.from;
  raster.to = report.to;
  raster.marks = marks_of(report.trained.scenario.timeline, sample.tape.duration);
  name_classes(raster, report, sample);
  note_left_out(raster, most_bands, raster.bands.size(), "populations");
  note_left_out(raster, most_traces, raster.traces.size(), "voltages");
  raster.bands.resize(std::min(raster.bands.size(), most_bands));
  raster.traces.resize(std::min(raster.traces.size(), most_traces));
  return raster;
}

std::string sample_section(const Report& report) {
  const std::vector<SampleRun>& samples = report.evaluation.samples;
  if (samples.empty()) return "";
  std::string body;
  for (const SampleRun& sample : samples)
    body += figure(render(sample_raster(report, sample, 980)), "wide");
  std::string caption;
  if (samples.size() > 1)
    caption = "The first trial, and those that the network is most wrong about. ";
  caption +=
      "Each tick is a spike at its exact time, each band a population, inputs at the top; where "
      "spikes are too many to be told apart, a band is shaded by how many there are.";
  const std::vector<char> signals = signal_populations(report.trained.network, samples[0].tape);
  if (std::find(signals.begin(), signals.end(), char{1}) != signals.end())
    caption += " An input of analogue signals is shaded by their value: its changes are no spikes.";
  if (!samples[0].recordings.empty())
    caption += " Below the bands are the voltages that the decision is read from.";
  return section(samples.size() == 1 ? "One sample on its way through the network"
                                     : "Samples on their way through the network",
                 caption, body);
}

}  // namespace retrograde
