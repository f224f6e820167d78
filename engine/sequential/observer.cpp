#include <algorithm>

#include <retrograde/engine/sequential/membrane.hpp>
#include <retrograde/engine/sequential/observer.hpp>
#include <retrograde/engine/sequential/sampler.hpp>
#include <retrograde/engine/sequential/voltage_readout.hpp>
#include <retrograde/events/order.hpp>

namespace retrograde {

void observe(const Network& network, const Readout& readout, std::span<const Probe> probes,
             Tape& tape, std::vector<Recording>* recordings) {
  VoltageReadout voltages(network, readout, tape);
  Sampler sampler(network, probes, tape.duration, recordings);
  std::vector<char> observed(network.neuron_count(), 0);
  for (NeuronId n = 0; n < network.neuron_count(); ++n) observed[n] = voltages.reads(n);
  if (recordings)
    for (const Probe& probe : probes)
      for (const NeuronId n : probe.neurons) observed[n] = 1;

  std::vector<EventKey> events;
  std::vector<std::vector<std::uint32_t>> projections(network.populations().size());
  for (std::uint32_t k = 0; k < network.projections().size(); ++k) {
    const Projection& p = network.projections()[k];
    const auto first = observed.begin() + network.populations()[p.target].first;
    if (std::find(first, first + network.populations()[p.target].size, 1) !=
        first + network.populations()[p.target].size)
      projections[p.source].push_back(k);
  }
  for (SpikeId k = 0; k < tape.spikes.size(); ++k) {
    const TapeSpike& spike = tape.spikes[k];
    const std::uint32_t source = network.population_of(spike.neuron);
    for (const std::uint32_t index : projections[source]) {
      if (spike.muted) break;
      const Projection& p = network.projections()[index];
      const std::uint32_t i = spike.neuron - network.populations()[source].first;
      for (SynapseId s = p.first + p.rows[i]; s < p.first + p.rows[i + 1]; ++s) {
        const Synapse synapse = network.synapse(spike.neuron, s);
        const NeuronId target = synapse.target;
        if (!observed[target]) continue;
        const Time arrival = spike.time + synapse.delay;
        if (arrival < tape.duration) events.push_back({arrival, Phase::arrival, target, s, k});
      }
    }
    if (observed[spike.neuron] && !network.is_input(spike.neuron))
      events.push_back({spike.time, Phase::emission, spike.neuron, 0, k});
  }
  std::sort(events.begin(), events.end());

  std::vector<double> states;
  std::vector<Membrane> membranes = start_membranes(network, tape.initial.get(), states);
  const auto advance = [&](NeuronId n, Time to) {
    Membrane& m = membranes[n];
    sampler.advance(n, m, to);
    if (!m.dynamics) return;
    voltages.advance(n, m, to);
    m.advance(to, [](const Membrane&) {});
  };
  for (const EventKey& event : events) {
    advance(event.target, event.time);
    Membrane& m = membranes[event.target];
    if (event.phase == Phase::emission) {
      m.dynamics->reset(m.index, m.x);
      m.release = event.time + m.dynamics->t_ref(m.index);
      continue;
    }
    voltages.before_arrival(event.target, m, event.sequence, event.synapse);
    m.dynamics->receive(m.index, m.x, network.receptor_of(event.synapse),
                        network.weight(event.synapse));
    voltages.after_arrival(event.target, m);
  }
  for (NeuronId n = 0; n < network.neuron_count(); ++n)
    if (observed[n]) advance(n, tape.duration);
}

}  // namespace retrograde
