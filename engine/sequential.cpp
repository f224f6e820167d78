#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include <retrograde/engine/membrane.hpp>
#include <retrograde/engine/sequential.hpp>
#include <retrograde/engine/voltage_readout.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/queue.hpp>

namespace retrograde {

namespace {

// Samples the probed neurons as their membranes move on.
class Sampler {
 public:
  Sampler(const Network& network, std::span<const Probe> probes, Time end,
          std::vector<Recording>* recordings)
      : recordings_(recordings), of_neuron_(recordings ? network.neuron_count() : 0) {
    if (!recordings) return;
    // 3 * 0.1 is above 0.3: what exceeds the end by no more than rounding is meant to be the end.
    constexpr double rounding = 1.0 + 4.0 * std::numeric_limits<double>::epsilon();
    recordings->assign(probes.size(), {});
    for (std::size_t p = 0; p < probes.size(); ++p) {
      Recording& r = (*recordings)[p];
      for (std::size_t k = 0;; ++k) {
        const Time t = static_cast<double>(k) * probes[p].interval;
        if (t > end * rounding) break;
        r.times.push_back(std::fmin(t, end));
      }
      r.v.resize(probes[p].neurons.size());
      r.i.resize(probes[p].neurons.size());
      for (std::size_t n = 0; n < probes[p].neurons.size(); ++n)
        of_neuron_[probes[p].neurons[n]].push_back({p, n});
    }
  }

  // Called before the membrane of `neuron` moves to `to`.
  void advance(NeuronId neuron, const CubaLif& constants, const Membrane& membrane, Time to) {
    if (!recordings_) return;
    for (const auto& [p, n] : of_neuron_[neuron]) {
      Recording& r = (*recordings_)[p];
      for (std::size_t k = r.v[n].size(); k < r.times.size() && r.times[k] <= to; ++k) {
        const MembraneState x = membrane.at(constants, r.times[k]);
        r.v[n].push_back(x.v);
        r.i[n].push_back(x.i);
      }
    }
  }

 private:
  struct Place {
    std::size_t probe, position;
  };
  std::vector<Recording>* recordings_;
  std::vector<std::vector<Place>> of_neuron_;
};

void check_probes(const Network& network, std::span<const Probe> probes) {
  for (std::size_t p = 0; p < probes.size(); ++p) {
    const std::string where = fmt::format("probe {}", p);
    if (!(probes[p].interval > 0.0) || !std::isfinite(probes[p].interval))
      throw NetworkError(
          where, fmt::format("interval {} ms; it must be finite and above 0", probes[p].interval));
    for (const NeuronId n : probes[p].neurons)
      if (n >= network.neuron_count())
        throw NetworkError(where, fmt::format("neuron {} does not exist; the network has {}", n,
                                              network.neuron_count()));
  }
}

}  // namespace

Tape run_sequential(const Network& network, const Trial& trial, const RunOptions& options,
                    std::span<const Probe> probes, std::vector<Recording>* recordings) {
  check(
      trial, network.neuron_count(),
      [&](NeuronId n) { return network.model_of(n) == Model::input; },
      [&](NeuronId n) { return network.neuron_name(n); });
  check_probes(network, probes);
  const NeuronId neurons = network.neuron_count();
  const Time end = trial.duration;

  Tape tape;
  tape.duration = end;
  tape.spikes.reserve(trial.inputs.size() + neurons);

  std::vector<Membrane> membranes(neurons);
  std::vector<std::uint32_t> spike_counts(neurons, 0);
  std::vector<SpikeId> last_spike(neurons, 0);
  ArrivalQueue<Direction::forward> arrivals;
  arrivals.reserve(trial.inputs.size());
  EmissionQueue emissions(neurons);
  Sampler sampler(network, probes, end, recordings);

  VoltageReadout voltages(network, options.readout, tape);

  const auto advance = [&](NeuronId n, Time to) {
    Membrane& membrane = membranes[n];
    const CubaLif& constants = network.neuron(n);
    sampler.advance(n, constants, membrane, to);
    voltages.advance(n, membrane, to);
    if (to > membrane.time) membrane.state = membrane.at(constants, to);
    membrane.time = to;
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
    if (network.model_of(n) == Model::cuba_lif)
      emissions.expect(n, membranes[n].next_spike(network.neuron(n), end));

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
      const Synapse& synapse = network.outgoing(tape.spikes[event.spike].neuron)[event.cursor];
      const double weight = synapse.weight;
      voltages.before_arrival(event.target, membrane, event.spike, synapse.id);
      membrane.state.i += weight;
      voltages.after_arrival(event.target, membrane);
      if (event.time < membrane.release)
        tape.spikes[last_spike[event.target]].released_current +=
            weight *
            std::exp(-network.neuron(event.target).rate_syn * (membrane.release - event.time));
      emissions.expect(event.target, membrane.next_spike(network.neuron(event.target), end));
    } else if (input < emission ||
               (input == emission && trial.inputs[next_input].neuron < emissions.neuron())) {
      record_spike({input, 0.0, 0.0, trial.inputs[next_input].neuron});
      ++next_input;
    } else {
      const NeuronId n = emissions.neuron();
      if (++spike_counts[n] > 1000.0 + options.max_rate * emission)
        throw LimitError(
            "spikes", 1000.0 + options.max_rate * emission, spike_counts[n],
            fmt::format("runaway activity: {} fired {} times by {:.6g} ms (guard: 1000 + {:g} per "
                        "ms); weaken its "
                        "excitation, add inhibition or a refractory period, or raise max_rate",
                        network.neuron_name(n), spike_counts[n], emission, options.max_rate));
      advance(n, emission);
      Membrane& membrane = membranes[n];
      const CubaLif& constants = network.neuron(n);
      membrane.state.v = constants.v_reset;
      membrane.release = emission + constants.t_ref;
      record_spike({emission, membrane.state.i,
                    membrane.state.i * std::exp(-constants.rate_syn * constants.t_ref), n});
      emissions.expect(n, membrane.next_spike(constants, end));
    }
  }

  if (recordings || voltages.active())
    for (NeuronId n = 0; n < neurons; ++n) advance(n, end);  // inputs rest at V = I = 0
  return tape;
}

}  // namespace retrograde
