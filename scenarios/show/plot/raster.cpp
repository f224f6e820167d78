#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include <retrograde/engine/trial/signal.hpp>
#include <retrograde/scenarios/show/plot/raster.hpp>

namespace retrograde {

namespace {

Raster::Band band_of(const Population& p, const Tape& tape, bool signal) {
  Raster::Band band;
  band.name = p.name;
  band.size = p.size;
  // What analogue signals come to: their changes are graded spikes (signal.hpp).
  std::vector<double> level(p.size, 0.0);
  for (std::size_t k = 0; k < tape.spikes.size(); ++k) {
    const TapeSpike& s = tape.spikes[k];
    if (s.neuron < p.first || s.neuron >= p.first + p.size) continue;
    const std::uint32_t n = s.neuron - p.first;
    band.times.push_back(s.time);
    band.neurons.push_back(n);
    if (signal) band.levels.push_back(level[n] += tape.payload(k));
  }
  return band;
}

bool probed(const Population& p, const std::vector<Probe>& probes) {
  return std::any_of(probes.begin(), probes.end(), [&](const Probe& probe) {
    return std::any_of(probe.neurons.begin(), probe.neurons.end(),
                       [&](NeuronId n) { return n >= p.first && n < p.first + p.size; });
  });
}

bool threshold_moves(const Network& network, const Population& p, NeuronId neuron) {
  return p.has(ParameterKind::adaptation) &&
         network.parameter(ParameterKind::adaptation, neuron) != 0;
}

// One line serves all traces only where all thresholds are one, and stay where they are.
void add_threshold(Raster& raster, const Network& network, const std::vector<Probe>& probes) {
  std::vector<double> thresholds;
  bool moves = false;
  for (const Probe& probe : probes)
    for (const NeuronId neuron : probe.neurons) {
      const Population& p = network.populations()[network.population_of(neuron)];
      if (!p.has(ParameterKind::v_threshold)) continue;
      thresholds.push_back(network.parameter(ParameterKind::v_threshold, neuron));
      moves = moves || threshold_moves(network, p, neuron);
    }
  if (thresholds.empty()) return;
  const bool one = std::all_of(thresholds.begin(), thresholds.end(),
                               [&](double t) { return t == thresholds.front(); });
  if (moves)
    raster.notes.emplace_back("The threshold is not drawn: every spike raises it.");
  else if (!one)
    raster.notes.emplace_back("Thresholds are not drawn: they differ.");
  else
    raster.threshold = thresholds.front();
}

}  // namespace

Raster raster_of(const Network& network, const Tape& tape, const std::vector<Probe>& probes,
                 const std::vector<Recording>& recordings, std::string title) {
  Raster raster;
  raster.title = std::move(title);
  raster.duration = tape.duration;
  std::string silent;
  const std::vector<char> signals = signal_populations(network, tape);
  for (std::size_t at = 0; at < network.populations().size(); ++at) {
    const Population& p = network.populations()[at];
    if (p.model->fires())
      raster.bands.push_back(band_of(p, tape, signals[at] != 0));
    else if (!probed(p, probes))
      silent += (silent.empty() ? "" : ", ") + p.name;
  }
  if (!silent.empty())
    raster.notes.push_back(
        fmt::format("Not drawn: {}, which never fires and has no probe on its voltage.", silent));
  for (std::size_t p = 0; p < recordings.size(); ++p)
    for (std::size_t n = 0; n < probes[p].neurons.size(); ++n)
      raster.traces.push_back(
          {network.neuron_name(probes[p].neurons[n]), recordings[p].times, recordings[p].v[n]});
  add_threshold(raster, network, probes);
  return raster;
}

std::vector<Raster::Mark> marks_of(const TimelineSpec& timeline, Time duration) {
  std::vector<Raster::Mark> marks;
  for (const EventSpec& event : timeline.events) {
    if (event.at < duration) marks.push_back({event.at, event.name});
    if (event.until < duration) marks.push_back({event.until, "end of " + event.name});
  }
  std::ranges::stable_sort(marks, {}, &Raster::Mark::time);
  return marks;
}

}  // namespace retrograde
