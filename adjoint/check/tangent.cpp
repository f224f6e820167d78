#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include <retrograde/adjoint/check/tangent.hpp>
#include <retrograde/adjoint/neuron/registry.hpp>
#include <retrograde/adjoint/neuron/tangent_model.hpp>
#include <retrograde/engine/neuron/quadrature.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/queue.hpp>

namespace retrograde {

namespace {

struct NeuronTangent {
  const TangentDynamics* dynamics = nullptr;
  Tangent* x = nullptr;
  std::uint32_t index = 0;
  Tangent time, release;
  bool held = false;  // V, until `release`; with t_ref = 0 for a stretch of length 0 that has a
                      // derivative
};

class Replay {
 public:
  Replay(const Network& network, const Tape& tape, const LossValue& loss, const Readout& readout,
         const Variation& variation)
      : network_(network),
        tape_(tape),
        loss_(loss),
        weighting_(readout.weighting),
        variation_(variation),
        neurons_(network.neuron_count()),
        times_(tape.spikes.size()),
        payloads_(tape.payloads.begin(), tape.payloads.end()),
        samples_(loss.samples_by_neuron(network.neuron_count())) {
    // Those of a neuron are met from the back.
    for (auto& samples : samples_) std::reverse(samples.begin(), samples.end());
    std::size_t size = 0;
    for (std::uint32_t p = 0; p < network.populations().size(); ++p) {
      dynamics_.push_back(tangent_dynamics(network, p, variation.parameters));
      if (dynamics_[p]) size += dynamics_[p]->state_size() * network.populations()[p].size;
    }
    states_.resize(size);
    Tangent* x = states_.data();
    for (std::uint32_t p = 0; p < network.populations().size(); ++p) {
      if (!dynamics_[p]) continue;
      const Population& population = network.populations()[p];
      for (std::uint32_t k = 0; k < population.size; ++k) {
        neurons_[population.first + k] = {dynamics_[p].get(), x,    k, Tangent(0.0),
                                          Tangent(0.0),       false};
        dynamics_[p]->start(k, x);
        const NeuronStart start = start_of(tape.initial.get(), population.first + k);
        if (start.v != 0.0) dynamics_[p]->set_voltage(x, start.v);
        for (unsigned r = 0; r < max_receptors; ++r)
          if (start.i[r] != 0.0) dynamics_[p]->receive(k, x, r, Tangent(start.i[r]));
        x += dynamics_[p]->state_size();
      }
    }
  }

  double run() {
    std::size_t input = 0;
    for (SpikeId k = 0; k < tape_.spikes.size(); ++k) {
      const TapeSpike& spike = tape_.spikes[k];
      while (!arrivals_.empty() && arrivals_.top().time <= spike.time) arrive();
      Tangent& time = times_[k] = Tangent(spike.time);
      if (network_.is_input(spike.neuron)) {
        if (!variation_.input_times.empty()) time.d[0] = variation_.input_times[input];
        if (!variation_.input_payloads.empty() && !payloads_.empty())
          payloads_[k].d[0] = variation_.input_payloads[input];
        ++input;
      } else {
        fire(spike, time);
      }
      if (!loss_.spike_times.empty()) sum_ += loss_.spike_times[k] * time.d[0];
      if (!spike.muted) queue_delivery(k, 0);
    }
    while (!arrivals_.empty()) arrive();
    for (NeuronTangent& n : neurons_)
      if (n.dynamics) advance(n, Tangent(tape_.duration));
    return sum_;
  }

 private:
  Tangent parameter(ParameterKind kind, std::size_t index) const {
    const std::size_t k = network_.layout().offset(kind) + index;
    Tangent value(network_.parameters()[k]);
    value.d[0] = variation_.parameters[k];
    return value;
  }

  void queue_delivery(SpikeId k, std::uint32_t cursor) {
    const auto synapses = network_.outgoing(tape_.spikes[k].neuron);
    if (cursor == synapses.size()) return;
    const Synapse s = synapses[cursor];
    const Time arrival = tape_.spikes[k].time + s.delay;
    if (arrival < tape_.duration) arrivals_.push({arrival, s.target, s.id, k, cursor});
  }

  void arrive() {
    const QueuedDelivery event = arrivals_.top();
    arrivals_.pop();
    queue_delivery(event.spike, event.cursor + 1);
    const Tangent delay = parameter(ParameterKind::axonal_delay, tape_.spikes[event.spike].neuron) +
                          parameter(ParameterKind::delay, event.synapse) +
                          parameter(ParameterKind::dendritic_delay, event.target);
    Tangent time(event.time);
    time.d[0] = times_[event.spike].d[0] + delay.d[0];
    for (const LossValue::Delivery& d : loss_.deliveries)
      if (d.spike == event.spike && d.synapse == event.synapse) sum_ += d.gradient * time.d[0];
    NeuronTangent& n = neurons_[event.target];
    advance(n, time);
    n.dynamics->receive(n.index, n.x, network_.receptor_of(event.synapse),
                        parameter(ParameterKind::weight, event.synapse) *
                            (payloads_.empty() ? Tangent(1.0) : payloads_[event.spike]));
  }

  void fire(const TapeSpike& spike, Tangent& time) {
    NeuronTangent& n = neurons_[spike.neuron];
    // At the spike's own time the gap has a derivative, which the time makes up for.
    std::vector<Tangent> x(n.x, n.x + n.dynamics->state_size());
    NeuronTangent ahead = n;
    ahead.x = x.data();
    flow(ahead, Tangent(spike.time));
    time.d[0] = -n.dynamics->gap(n.index, x.data()).d[0] / spike.slope;
    advance(n, time);
    n.dynamics->reset(n.index, n.x);
    n.release = time + parameter(ParameterKind::t_ref, spike.neuron);
    n.held = true;
  }

  void advance(NeuronTangent& n, const Tangent& to) {
    const auto id = static_cast<std::size_t>(&n - neurons_.data());
    const double factor = loss_.integrals.empty() ? 0.0 : loss_.integrals[id];
    if (n.held) {
      const Tangent until = to < n.release ? to : n.release;
      if (factor != 0.0)
        sum_ += factor * (n.dynamics->voltage(n.index, n.x) * weight_of(n.time, until)).d[0];
      n.dynamics->flow_held(n.index, n.x, until - n.time);
      n.time = until;
      if (to < n.release) return;
      n.held = false;
    }
    if (factor != 0.0) sum_ += factor * integral(n, to).d[0];
    if (!samples_.empty())
      for (auto& samples = samples_[id]; !samples.empty() && samples.back().time <= to.value;
           samples.pop_back())
        sum_ += samples.back().gradient * voltage_at(n, Tangent(samples.back().time)).d[0];
    n.dynamics->flow(n.index, n.x, to - n.time);
    n.time = to;
  }

  // The integral of the weighting; of no time at all its ends may move apart all the same.
  Tangent weight_of(const Tangent& from, const Tangent& to) const {
    const Tangent h = to - from;
    if (!(h > 0.0)) return h * weighting_.at(from, tape_.duration);
    return weighting_.integral(from, to, tape_.duration);
  }

  // Of weighting(t) V(t), from the time of a free neuron to `to`. Nodes move with the ends.
  Tangent integral(const NeuronTangent& n, const Tangent& to) {
    const Tangent h = to - n.time;
    if (weighting_.has_closed_form())
      return n.dynamics->voltage_integral(n.index, n.x, h,
                                          weighting_.stretch(n.time, to, tape_.duration));
    Tangent sum(0.0);
    if (!(h > 0.0)) {  // the ends may move apart all the same
      return h * weighting_.at(n.time, tape_.duration) * n.dynamics->voltage(n.index, n.x);
    }
    const Dynamics& forward =
        *network_.dynamics(network_.population_of(static_cast<NeuronId>(&n - neurons_.data())));
    if (weighting_.kind() != TimeWeight::Kind::sigmoid) {  // nodes that stay where they are
      fixed_nodes(n, to, forward.fastest_rate(n.index), sum);
      return sum;
    }
    for_each_node(h.value, forward.fastest_rate(n.index), tape_.duration, [&](Time s, double w) {
      const Tangent t = n.time + s / h.value * h;
      sum += w / h.value * h * weighting_.at(t, tape_.duration) * voltage_at(n, t);
    });
    return sum;
  }

  // Of a window or an instant: the part of the stretch in it, of which an end moves only where it is
  // one of the stretch.
  void fixed_nodes(const NeuronTangent& n, const Tangent& to, double fastest, Tangent& sum) {
    if (weighting_.kind() == TimeWeight::Kind::instant) {
      if (weighting_.holds_instant(n.time.value, to.value, tape_.duration))
        sum += voltage_at(n, Tangent(weighting_.end(tape_.duration)));
      return;
    }
    const Time last = weighting_.end(tape_.duration);
    const Tangent begin = n.time.value < weighting_.from() ? Tangent(weighting_.from()) : n.time;
    const Tangent end = to.value > last ? Tangent(last) : to;
    const Tangent h = end - begin;
    if (!(h.value > 0.0)) return;
    for_each_node(h.value, fastest, tape_.duration, [&](Time s, double w) {
      sum += w / h.value * h * voltage_at(n, begin + s / h.value * h);
    });
  }

  // V at t, if nothing arrives until then.
  Tangent voltage_at(const NeuronTangent& n, const Tangent& t) {
    between_.assign(n.x, n.x + n.dynamics->state_size());
    n.dynamics->flow(n.index, between_.data(), t - n.time);
    return n.dynamics->voltage(n.index, between_.data());
  }

  // The same without the loss.
  static void flow(NeuronTangent& n, const Tangent& to) {
    if (n.held) {
      const Tangent until = to < n.release ? to : n.release;
      n.dynamics->flow_held(n.index, n.x, until - n.time);
      n.time = until;
      if (to < n.release) return;
      n.held = false;
    }
    n.dynamics->flow(n.index, n.x, to - n.time);
    n.time = to;
  }

  const Network& network_;
  const Tape& tape_;
  const LossValue& loss_;
  const TimeWeight weighting_;
  const Variation& variation_;
  std::vector<std::unique_ptr<TangentDynamics>> dynamics_;
  std::vector<Tangent> states_;
  std::vector<NeuronTangent> neurons_;
  std::vector<Tangent> times_;                           // of the spikes
  std::vector<Tangent> payloads_;                        // theirs; empty: all are 1
  std::vector<std::vector<LossValue::Sample>> samples_;  // per neuron: those ahead, latest first
  std::vector<Tangent> between_;
  DeliveryQueue<Direction::forward> arrivals_;
  double sum_ = 0.0;
};

}  // namespace

double tangent(const Network& network, const Tape& tape, const LossValue& loss,
               const Readout& readout, const Variation& variation) {
  return Replay(network, tape, loss, readout, variation).run();
}

}  // namespace retrograde
