// One trial on its way back, event by event: what sequential.hpp describes, for the whole network
// (sequential.cpp) or for one population that never fires (observer.cpp).
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include <retrograde/adjoint/neuron/registry.hpp>
#include <retrograde/adjoint/sequential/costate.hpp>
#include <retrograde/adjoint/sequential/sequential.hpp>
#include <retrograde/engine/neuron/quadrature.hpp>
#include <retrograde/events/order.hpp>
#include <retrograde/events/queue.hpp>

namespace retrograde {

class BackwardPass {
 public:
  BackwardPass(const Network& network, const Tape& tape, const LossValue& loss,
               const Readout& readout, const BackwardOptions& options, Gradient& gradient)
      : network_(network),
        tape_(tape),
        loss_(loss),
        options_(options),
        weighting_(readout.weighting),
        gradient_(gradient),
        weight_(gradient.of(ParameterKind::weight)),
        delay_(gradient.of(ParameterKind::delay)),
        axonal_delay_(gradient.of(ParameterKind::axonal_delay)),
        dendritic_delay_(gradient.of(ParameterKind::dendritic_delay)),
        dynamics_(adjoint_dynamics_of(network)),
        neurons_(start_costates(network, tape, dynamics_, costates_)),
        messages_(tape.spikes.size(), 0.0),
        payload_gradients_(tape.payloads.size(), 0.0),
        previous_(tape.spikes.size(), none),
        samples_(loss.samples_by_neuron(network.neuron_count())) {
    for (const LossValue::Delivery& d : loss.deliveries)
      send_back(d.spike, d.synapse, network_.target_of(d.synapse), d.gradient);
    for (SpikeId k = 0; k < tape.spikes.size(); ++k) {
      NeuronCostate& n = neurons_[tape.spikes[k].neuron];
      previous_[k] = n.last;
      n.last = k;
    }
    for (NeuronId n = 0; n < network.neuron_count(); ++n) look_back(n);
  }

  // The events of the tape from the last to the first.
  BackwardStatistics run() {
    gradient_.input_times.clear();
    gradient_.input_payloads.clear();
    queue_last_deliveries();
    for (auto k = static_cast<SpikeId>(tape_.spikes.size()); k-- > 0;) {
      while (!deliveries_.empty() && deliveries_.top().time > tape_.spikes[k].time)
        reverse_next_delivery();
      reverse_instant_deliveries(k);
      if (network_.is_input(tape_.spikes[k].neuron))
        reverse_input(k);
      else
        reverse_spike(k, tape_.spikes[k]);
    }
    while (!deliveries_.empty()) reverse_next_delivery();
    std::reverse(gradient_.input_times.begin(), gradient_.input_times.end());
    for (SpikeId k = 0; k < payload_gradients_.size(); ++k)
      if (network_.is_input(tape_.spikes[k].neuron))
        gradient_.input_payloads.push_back(payload_gradients_[k]);
    for (NeuronId n = 0; n < network_.neuron_count(); ++n) finish(n);
    statistics_.grazing.spike_ties = count_spike_ties(network_, tape_);
    return statistics_;
  }

  // Reverses only what reaches one population, which never fires. Everything that it has to say
  // about spikes is in the messages then.
  void reverse_readout(std::uint32_t population) {
    const std::vector<EventKey> arrivals = arrivals_at(population);
    for (const EventKey& a : arrivals)
      reverse_arrival(a.sequence, a.time, {0.0, network_.weight(a.synapse), a.target, a.synapse});
    const Population& p = network_.populations()[population];
    for (NeuronId n = p.first; n < p.first + p.size; ++n) finish(n);
  }
  // dL/dt of each spike of the tape so far, by the arrivals that were reversed.
  std::span<const double> messages() const { return messages_; }

 private:
  static std::vector<std::unique_ptr<AdjointDynamics>> adjoint_dynamics_of(const Network& network) {
    std::vector<std::unique_ptr<AdjointDynamics>> dynamics;
    for (std::uint32_t p = 0; p < network.populations().size(); ++p)
      dynamics.push_back(adjoint_dynamics(network, p));
    return dynamics;
  }

  static constexpr SpikeId none = std::numeric_limits<SpikeId>::max();

  double spike_gradient(SpikeId k) const {
    return loss_.spike_times.empty() ? 0.0 : loss_.spike_times[k];
  }

  RunningLoss running_loss(NeuronId n) const {
    return {loss_.integrals.empty() ? 0.0 : loss_.integrals[n], weighting_, tape_.duration};
  }

  NeuronGradient gradient_of(NeuronId n) {
    return NeuronGradient(gradient_, n, options_.neuron_parameters);
  }

  // The state after the latest event of a neuron that has not been reversed yet; null without
  // trajectory.
  const double* state(NeuronId id) {
    const NeuronCostate& n = neurons_[id];
    if (n.state_size == 0) return nullptr;
    if (n.kept > 0) return &tape_.trajectories[id][(n.kept - 1) * n.state_size];
    const std::uint32_t population = network_.population_of(id);
    start_.resize(n.state_size);
    start_neuron(*network_.dynamics(population), n.index, start_of(tape_.initial.get(), id),
                 start_.data());
    return start_.data();
  }

  // All that reaches a population, last things first.
  std::vector<EventKey> arrivals_at(std::uint32_t population) const {
    std::vector<EventKey> arrivals;
    for (const Projection& p : network_.projections()) {
      if (p.target != population) continue;
      const Population& source = network_.populations()[p.source];
      for (SpikeId k = 0; k < tape_.spikes.size(); ++k) {
        const TapeSpike& spike = tape_.spikes[k];
        if (spike.muted || network_.population_of(spike.neuron) != p.source) continue;
        const std::uint32_t i = spike.neuron - source.first;
        for (SynapseId s = p.first + p.rows[i]; s < p.first + p.rows[i + 1]; ++s) {
          const Synapse synapse = network_.synapse(spike.neuron, s);
          const Time arrival = spike.time + synapse.delay;
          if (arrival < tape_.duration)
            arrivals.push_back({arrival, Phase::arrival, synapse.target, s, k});
        }
      }
    }
    std::sort(arrivals.begin(), arrivals.end(), std::greater<>());
    return arrivals;
  }

  // Every stream begins with the last of its deliveries before the end.
  void queue_last_deliveries() {
    deliveries_.reserve(tape_.spikes.size());
    for (SpikeId k = 0; k < tape_.spikes.size(); ++k) {
      if (tape_.spikes[k].muted) continue;
      const Time time = tape_.spikes[k].time;
      const OutgoingSynapses synapses = network_.outgoing(tape_.spikes[k].neuron);
      // Delays ascend: the first synapse whose delivery comes too late, by bisection.
      std::size_t end = 0;
      for (std::size_t late = synapses.size(); end < late;) {
        const std::size_t middle = end + (late - end) / 2;
        if (time + synapses[middle].delay < tape_.duration)
          end = middle + 1;
        else
          late = middle;
      }
      queue_delivery(k, static_cast<std::uint32_t>(end));
    }
  }

  // Queues the delivery before `cursor`. Those without delay are left to their spike.
  void queue_delivery(SpikeId k, std::uint32_t cursor) {
    if (cursor == 0) return;
    const TapeSpike& spike = tape_.spikes[k];
    const Synapse s = network_.outgoing(spike.neuron)[cursor - 1];
    const Time arrival = spike.time + s.delay;
    if (arrival > spike.time) deliveries_.push({arrival, s.target, s.id, k, cursor - 1});
  }

  void reverse_next_delivery() {
    const QueuedDelivery event = deliveries_.top();
    deliveries_.pop();
    queue_delivery(event.spike, event.cursor);
    reverse_arrival(event.spike, event.time,
                    network_.outgoing(tape_.spikes[event.spike].neuron)[event.cursor]);
  }

  // Deliveries without delay follow their spike at the same instant: backward they come first.
  void reverse_instant_deliveries(SpikeId k) {
    if (tape_.spikes[k].muted) return;
    const Time time = tape_.spikes[k].time;
    for (const Synapse& s : network_.outgoing(tape_.spikes[k].neuron)) {
      if (time + s.delay > time || !(time < tape_.duration)) break;
      reverse_arrival(k, time, s);
    }
  }

  void reverse_input(SpikeId k) {
    const double g = messages_[k] + spike_gradient(k);
    require_finite(tape_.spikes[k].neuron, tape_.spikes[k].time, g);
    gradient_.input_times.push_back(g);
  }

  void reverse_arrival(SpikeId k, Time time, const Synapse& s) {
    ++statistics_.deliveries;
    NeuronCostate& n = neurons_[s.target];
    statistics_.grazing.arrival_ties += n.fired == time;
    retreat(s.target, time);
    const auto arrival =
        n.dynamics->arrival(n.index, n.p, state(s.target), network_.receptor_of(s.id),
                            s.weight * tape_.payload(k), time < n.release, gradient_of(s.target));
    if (n.state_size > 0) --n.kept;
    weight_[s.id] += tape_.payload(k) * arrival.weight;
    if (!payload_gradients_.empty()) payload_gradients_[k] += s.weight * arrival.weight;
    send_back(k, s.id, s.target, arrival.time);
  }

  // dL/dt of an arrival goes to all parts of its delay and to its spike.
  void send_back(SpikeId k, SynapseId synapse, NeuronId target, double g) {
    if (!delay_.empty()) delay_[synapse] += g;
    axonal_delay_[tape_.spikes[k].neuron] += g;
    dendritic_delay_[target] += g;
    messages_[k] += g;
  }

  // Takes the costate of a neuron back to `to`, over the release of its latest spike if that lies
  // in between.
  void retreat(NeuronId id, Time to) {
    NeuronCostate& n = neurons_[id];
    if (n.time > n.release) {
      const Time from = std::fmax(to, n.release);
      retreat_free(id, from);
      n.time = from;
    }
    if (to < n.release) {
      if (!n.released) reverse_release(id);
      n.dynamics->flow_held(n.index, n.p, state(id), to, n.time - to, running_loss(id),
                            gradient_of(id));
      n.time = to;
    }
  }

  // The same over a stretch in which V is free, from its end at n.time. Impulses of dL/dV divide
  // it: the samples of the loss, and the nodes of a weighting that has no closed form, which are
  // those of the forward run.
  void retreat_free(NeuronId id, Time from) {
    NeuronCostate& n = neurons_[id];
    RunningLoss running = running_loss(id);
    impulses_.clear();
    if (running.factor != 0.0 && !weighting_.has_closed_form()) {
      const double fastest = network_.dynamics(network_.population_of(id))->fastest_rate(n.index);
      for_each_weighted_node(from, n.time - from, fastest, weighting_, tape_.duration,
                             [&](Time s, double w, double weight) {
                               impulses_.push_back({s, w * (running.factor * weight)});
                             });
      running.factor = 0.0;
    }
    if (!samples_.empty()) {
      // A sample at the very instant of an event is one before it.
      std::vector<LossValue::Sample>& samples = samples_[id];
      const auto nodes = static_cast<std::ptrdiff_t>(impulses_.size());
      auto first = samples.end();
      while (first != samples.begin() && std::prev(first)->time > from) --first;
      for (auto s = first; s != samples.end(); ++s)
        impulses_.push_back({s->time - from, s->gradient});
      samples.erase(first, samples.end());
      std::inplace_merge(impulses_.begin(), impulses_.begin() + nodes, impulses_.end(),
                         [](const Impulse& a, const Impulse& b) { return a.s < b.s; });
    }
    const double* x = state(id);
    Time at = n.time - from;
    for (auto i = impulses_.rbegin(); i != impulses_.rend(); ++i) {
      const Impulse& k = *i;
      const double* y = state_after(id, x, k.s);
      if (at > k.s)
        n.dynamics->flow(n.index, n.p, y, from + k.s, at - k.s, running, gradient_of(id));
      n.dynamics->impulse(n.index, n.p, y, k.gradient, gradient_of(id));
      at = k.s;
    }
    if (at > 0.0) n.dynamics->flow(n.index, n.p, x, from, at, running, gradient_of(id));
  }

  // s ms after state x, nothing arriving; null without trajectory.
  const double* state_after(NeuronId id, const double* x, Time s) {
    if (!x) return nullptr;
    const NeuronCostate& n = neurons_[id];
    between_.assign(x, x + n.state_size);
    network_.dynamics(network_.population_of(id))->flow(n.index, between_.data(), s);
    return between_.data();
  }

  void reverse_release(NeuronId id) {
    NeuronCostate& n = neurons_[id];
    n.message = n.dynamics->release(n.index, n.p, state(id), tape_.spikes[n.last], gradient_of(id));
    gradient_of(id).add(ParameterKind::t_ref, n.message);
    if (n.state_size > 0 && n.t_ref > 0.0) --n.kept;
    n.released = true;
  }

  void reverse_spike(SpikeId k, const TapeSpike& spike) {
    const NeuronId id = spike.neuron;
    NeuronCostate& n = neurons_[id];
    retreat(id, spike.time);
    if (!n.released) reverse_release(id);
    const double slope =
        slope_for_gradient(options_.grazing, id, spike.time, spike.slope, statistics_.grazing);
    n.fired = spike.time;
    const double g = messages_[k] + spike_gradient(k) + n.message;
    const double* after = state(id);
    const double* before = after ? after - n.state_size : nullptr;
    n.dynamics->spike(n.index, n.p, before, after, spike, slope, g, running_loss(id),
                      gradient_of(id));
    require_finite(id, spike.time, n.p[0]);
    if (!options_.spike_kick.empty()) n.p[0] += options_.spike_kick[id];
    if (n.state_size > 0) n.kept -= 2;
    n.last = previous_[k];
    look_back(id);
  }

  // Prepares a neuron for the stretch after its latest spike that is still ahead.
  void look_back(NeuronId id) {
    NeuronCostate& n = neurons_[id];
    n.message = 0.0;
    if (n.last == none) {
      n.release = 0.0;
      n.released = false;
      return;
    }
    n.release = tape_.spikes[n.last].time + n.t_ref;
    n.released = n.time < n.release;
  }

  // Takes a neuron back to the start of the trial.
  void finish(NeuronId id) {
    NeuronCostate& n = neurons_[id];
    if (n.dynamics) {
      require_finite(id, n.time, n.p[0] + n.p[1]);
      if (options_.neuron_parameters) {
        retreat(id, 0.0);
        if (!samples_.empty())  // of V(0), which depends on no parameter
          for (const LossValue::Sample& sample : samples_[id])
            n.dynamics->impulse(n.index, n.p, state(id), sample.gradient, gradient_of(id));
        const NeuronStart start = start_of(tape_.initial.get(), id);
        for (unsigned r = 0; r < max_receptors; ++r)
          if (start.i[r] != 0.0)
            n.dynamics->arrival(n.index, n.p, state(id), r, start.i[r], false, gradient_of(id));
        n.dynamics->start(n.index, n.p, start.v, gradient_of(id));
      }
    }
    if (id < gradient_.initial_v.size()) gradient_.initial_v[id] = n.dynamics ? n.p[0] : 0.0;
  }

  const Network& network_;
  const Tape& tape_;
  const LossValue& loss_;
  const BackwardOptions& options_;
  const TimeWeight weighting_;  // of voltage integrals
  Gradient& gradient_;
  std::span<double> weight_, delay_, axonal_delay_, dendritic_delay_;
  const std::vector<std::unique_ptr<AdjointDynamics>> dynamics_;  // per population
  std::vector<double> costates_, start_, between_;
  std::vector<NeuronCostate> neurons_;
  std::vector<double> messages_;           // per spike: the G_k of its arrivals
  std::vector<double> payload_gradients_;  // per spike of a graded trial
  std::vector<SpikeId> previous_;          // per spike: the one before of the same neuron
  std::vector<std::vector<LossValue::Sample>> samples_;  // per neuron: those not met yet
  struct Impulse {
    Time s;  // after the start of the stretch
    double gradient;
  };
  std::vector<Impulse> impulses_;  // of a stretch, ascending
  DeliveryQueue<Direction::backward> deliveries_;
  BackwardStatistics statistics_;
};

}  // namespace retrograde
