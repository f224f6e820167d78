#include <utility>

#include <retrograde/scenarios/show/plot/raster.hpp>

namespace retrograde {

Raster raster_of(const Network& network, const Tape& tape, const std::vector<Probe>& probes,
                 const std::vector<Recording>& recordings, std::string title) {
  Raster raster;
  raster.title = std::move(title);
  raster.duration = tape.duration;
  for (const Population& p : network.populations()) {
    if (!p.model->fires()) continue;  // never fires
    Raster::Band band;
    band.name = p.name;
    band.size = p.size;
    for (const TapeSpike& s : tape.spikes)
      if (s.neuron >= p.first && s.neuron < p.first + p.size) {
        band.times.push_back(s.time);
        band.neurons.push_back(s.neuron - p.first);
      }
    raster.bands.push_back(std::move(band));
  }
  for (std::size_t p = 0; p < recordings.size(); ++p)
    for (std::size_t n = 0; n < probes[p].neurons.size(); ++n) {
      const NeuronId neuron = probes[p].neurons[n];
      raster.traces.push_back(
          {network.neuron_name(neuron), recordings[p].times, recordings[p].v[n]});
      // One line serves all traces only where all thresholds are one.
      if (!network.populations()[network.population_of(neuron)].has(ParameterKind::v_threshold))
        continue;
      const double threshold = network.parameter(ParameterKind::v_threshold, neuron);
      if ((!raster.threshold || *raster.threshold == threshold)) raster.threshold = threshold;
    }
  return raster;
}

}  // namespace retrograde
