#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include <retrograde/engine/runaway.hpp>
#include <retrograde/engine/sequential/membrane.hpp>
#include <retrograde/engine/sequential/sampler.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/sequential/voltage_readout.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/queue.hpp>

namespace retrograde {

Tape SequentialMachine::run_checked(const Trial& trial, const RunOptions& options,
                                    std::span<const Probe> probes,
                                    std::vector<Recording>* recordings) const {
  const Network& network = network_;
  const NeuronId neurons = network.neuron_count();
  const Time end = trial.duration;

  Tape tape;
  tape.duration = end;
  tape.spikes.reserve(trial.inputs.size() + neurons);

  std::vector<double> states;
  std::vector<Membrane> membranes = start_membranes(network, states);
  std::vector<double> scratch;
  tape.trajectories.resize(neurons);
  std::vector<std::uint32_t> spike_counts(neurons, 0);
  std::vector<SpikeId> last_spike(neurons, 0);
  ArrivalQueue<Direction::forward> arrivals;
  arrivals.reserve(trial.inputs.size());
  EmissionQueue emissions(neurons);
  Sampler sampler(network, probes, end, recordings);

  VoltageReadout voltages(network, options.readout, tape);

  // Notes the state of a neuron whose model keeps its trajectory.
  const auto keep = [&](NeuronId n) {
    const Membrane& m = membranes[n];
    if (m.dynamics->keeps_trajectory())
      tape.trajectories[n].insert(tape.trajectories[n].end(), m.x, m.x + m.state_size);
  };

  const auto advance = [&](NeuronId n, Time to) {
    Membrane& membrane = membranes[n];
    sampler.advance(n, membrane, to);
    if (!membrane.dynamics) return;
    voltages.advance(n, membrane, to);
    membrane.advance(to, [&](const Membrane& m) {
      keep(n);
      if (!m.dynamics->keeps_trajectory())
        tape.spikes[last_spike[n]].released_slope = m.dynamics->rise(m.index, m.x);
    });
  };

  // Queues the delivery at `cursor` of a spike, if it arrives before the end; later ones arrive
  // later still.
  const auto queue_delivery = [&](SpikeId spike, std::uint32_t cursor) {
    const TapeSpike& s = tape.spikes[spike];
    const auto synapses = network.outgoing(s.neuron);
    if (cursor == synapses.size()) return;
    const Time arrival = s.time + synapses[cursor].delay;
    if (arrival < end)
      arrivals.push({arrival, synapses[cursor].target, synapses[cursor].id, spike, cursor});
  };

  const auto record_spike = [&](TapeSpike spike) {
    const auto id = static_cast<SpikeId>(tape.spikes.size());
    tape.spikes.push_back(spike);
    last_spike[spike.neuron] = id;
    queue_delivery(id, 0);
  };

  for (NeuronId n = 0; n < neurons; ++n)  // a bias above the threshold needs no arrival to fire
    if (membranes[n].dynamics) emissions.expect(n, membranes[n].next_spike(end, scratch));

  std::size_t next_input = 0;
  for (;;) {
    const Time input = next_input < trial.inputs.size() ? trial.inputs[next_input].time : never;
    const Time emission = emissions.time();
    const Time arrival = arrivals.empty() ? never : arrivals.top().time;

    if (arrival <= emission && arrival <= input) {
      if (arrival == never) break;
      const Arrival event = arrivals.top();
      arrivals.pop();
      queue_delivery(event.spike, event.cursor + 1);
      if ((++tape.deliveries & 0xffffu) == 0 && options.progress && !options.progress(event.time))
        throw Interrupted("the run was stopped");
      advance(event.target, event.time);
      Membrane& membrane = membranes[event.target];
      const double weight = network.outgoing(tape.spikes[event.spike].neuron)[event.cursor].weight;
      voltages.before_arrival(event.target, membrane, event.spike, event.synapse);
      membrane.dynamics->receive(membrane.index, membrane.x, network.receptor_of(event.synapse),
                                 weight);
      keep(event.target);
      voltages.after_arrival(event.target, membrane);
      emissions.expect(event.target, membrane.next_spike(end, scratch));
    } else if (input < emission ||
               (input == emission && trial.inputs[next_input].neuron < emissions.neuron())) {
      record_spike({input, 0.0, 0.0, trial.inputs[next_input].neuron});
      ++next_input;
    } else {
      const NeuronId n = emissions.neuron();
      if (++spike_counts[n] > 1000.0 + options.max_rate * emission)
        throw RunawayError(network, n, emission, spike_counts[n], options.max_rate);
      advance(n, emission);
      Membrane& membrane = membranes[n];
      const Dynamics& dynamics = *membrane.dynamics;
      keep(n);
      const double slope = dynamics.slope(membrane.index, membrane.x);
      dynamics.reset(membrane.index, membrane.x);
      keep(n);
      membrane.release = emission + dynamics.t_ref(membrane.index);
      const bool known = !membrane.held() && !dynamics.keeps_trajectory();
      record_spike({emission, slope, known ? dynamics.rise(membrane.index, membrane.x) : 0.0, n});
      emissions.expect(n, membrane.next_spike(end, scratch));
    }
  }

  for (NeuronId n = 0; n < neurons; ++n)
    if (recordings || voltages.reads(n) ||
        (membranes[n].dynamics && membranes[n].dynamics->keeps_trajectory()))
      advance(n, end);
  return tape;
}

}  // namespace retrograde
