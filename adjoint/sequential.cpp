#include <algorithm>
#include <cmath>
#include <vector>

#include <retrograde/adjoint/neuron/cuba_lif.hpp>
#include <retrograde/adjoint/sequential.hpp>
#include <retrograde/engine/quadrature.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/queue.hpp>

namespace retrograde {

namespace {

constexpr SpikeId none = std::numeric_limits<SpikeId>::max();

// One neuron on its way back: the mirror of engine/membrane.hpp.
struct NeuronCostate {
  FullCostate x;
  Time time = 0.0;        // of `x`
  SpikeId last = none;    // its latest spike that has not been reversed yet
  Time release = 0.0;     // when V was let go after that spike
  bool released = false;  // that release has been reversed (or lies beyond the end): V is held
  double message = 0.0;   // what the release sends to the spike
};

class BackwardPass {
 public:
  BackwardPass(const Network& network, const Tape& tape, const LossValue& loss,
               const Readout& readout, const BackwardOptions& options, Gradient& gradient)
      : network_(network),
        tape_(tape),
        loss_(loss),
        options_(options),
        weighting_(readout.weighting),
        weight_(gradient.of(ParameterKind::weight)),
        delay_(gradient.of(ParameterKind::delay)),
        tau_mem_(gradient.of(ParameterKind::tau_mem)),
        tau_syn_(gradient.of(ParameterKind::tau_syn)),
        v_threshold_(gradient.of(ParameterKind::v_threshold)),
        v_reset_(gradient.of(ParameterKind::v_reset)),
        bias_(gradient.of(ParameterKind::bias)),
        t_ref_(gradient.of(ParameterKind::t_ref)),
        neurons_(network.neuron_count()),
        messages_(tape.spikes.size(), 0.0),
        previous_(tape.spikes.size(), none) {
    for (NeuronCostate& n : neurons_) n.time = tape.duration;
    for (SpikeId k = 0; k < tape.spikes.size(); ++k) {
      NeuronCostate& n = neurons_[tape.spikes[k].neuron];
      previous_[k] = n.last;
      n.last = k;
    }
    for (NeuronId n = 0; n < network.neuron_count(); ++n) look_back(n);
    samples_ = loss.samples;
    for (const LossValue::Arrival& a : loss.arrivals) {
      delay_[a.synapse] += a.gradient;
      messages_[a.spike] += a.gradient;
    }
  }

  BackwardStatistics run(Gradient& gradient) {
    gradient.input_times.clear();
    arrivals_.reserve(tape_.spikes.size());
    for (SpikeId k = 0; k < tape_.spikes.size(); ++k) {
      const Time time = tape_.spikes[k].time;
      const auto synapses = network_.outgoing(tape_.spikes[k].neuron);
      const auto end =
          std::partition_point(synapses.begin(), synapses.end(),
                               [&](const Synapse& s) { return time + s.delay < tape_.duration; });
      queue_delivery(k, static_cast<std::uint32_t>(end - synapses.begin()));
    }
    for (auto k = static_cast<SpikeId>(tape_.spikes.size()); k-- > 0;) {
      const TapeSpike& spike = tape_.spikes[k];
      while (!arrivals_.empty() && arrivals_.top().time > spike.time) reverse_next_arrival();
      reverse_samples(spike.time);
      // Deliveries without delay follow their spike at the same instant: backward they come first.
      const auto synapses = network_.outgoing(spike.neuron);
      for (const Synapse& s : synapses) {
        if (spike.time + s.delay > spike.time || !(spike.time < tape_.duration)) break;
        reverse_arrival(k, spike.time, s);
      }
      if (network_.model_of(spike.neuron) == Model::input) {
        const double g = messages_[k] + spike_gradient(k);
        require_finite(spike.neuron, spike.time, g);
        gradient.input_times.push_back(g);
      } else {
        reverse_spike(k, spike);
      }
    }
    while (!arrivals_.empty()) reverse_next_arrival();
    reverse_samples(-1.0);
    std::reverse(gradient.input_times.begin(), gradient.input_times.end());
    for (NeuronId n = 0; n < network_.neuron_count(); ++n) finish(n);
    return statistics_;
  }

 private:
  double spike_gradient(SpikeId k) const {
    return loss_.spike_times.empty() ? 0.0 : loss_.spike_times[k];
  }

  // Factor of weighting(t) V in the running loss.
  double source_factor(NeuronId n) const {
    return loss_.integrals.empty() ? 0.0 : loss_.integrals[n];
  }

  // Queues the delivery before `cursor`. Those without delay are left to their spike.
  void queue_delivery(SpikeId k, std::uint32_t cursor) {
    if (cursor == 0) return;
    const TapeSpike& spike = tape_.spikes[k];
    const Synapse& s = network_.outgoing(spike.neuron)[cursor - 1];
    const Time arrival = spike.time + s.delay;
    if (arrival > spike.time) arrivals_.push({arrival, s.target, s.id, k, cursor - 1});
  }

  // The samples later than `time`. One at the very time of an event was taken before the event, so
  // backward it comes after it.
  void reverse_samples(Time time) {
    for (; !samples_.empty() && samples_.back().time > time;
         samples_ = samples_.first(samples_.size() - 1)) {
      const LossValue::Sample& sample = samples_.back();
      retreat(sample.neuron, sample.time);
      neurons_[sample.neuron].x.p.p_v += sample.gradient;
    }
  }

  void reverse_next_arrival() {
    const Arrival event = arrivals_.top();
    reverse_samples(event.time);
    arrivals_.pop();
    queue_delivery(event.spike, event.cursor);
    reverse_arrival(event.spike, event.time,
                    network_.outgoing(tape_.spikes[event.spike].neuron)[event.cursor]);
  }

  void reverse_arrival(SpikeId k, Time time, const Synapse& s) {
    ++statistics_.deliveries;
    const CubaLif& constants = network_.neuron(s.target);
    NeuronCostate& n = neurons_[s.target];
    retreat(s.target, time);
    const Costate& p = n.x.p;
    const double g = s.weight * (p.p_i * constants.rate_syn - p.p_v * constants.rate_mem);
    weight_[s.id] += p.p_i;
    delay_[s.id] += g;
    messages_[k] += g;
    if (options_.neuron_parameters) {
      tau_mem_[s.target] += s.weight * n.x.m_i * constants.rate_mem * constants.rate_mem;
      tau_syn_[s.target] += s.weight * n.x.s_i * constants.rate_syn * constants.rate_syn;
    }
  }

  // Takes the costate of a neuron back to `to`, over the release of its latest spike if that lies
  // in between.
  void retreat(NeuronId id, Time to) {
    NeuronCostate& n = neurons_[id];
    const CubaLif& constants = network_.neuron(id);
    if (n.time > n.release) {
      const Time from = std::fmax(to, n.release);
      const double factor = source_factor(id);
      if (factor == 0.0) {
        retreat_free(n, constants, n.time - from);
      } else if (weighting_.has_closed_form()) {
        const auto source = weighting_.stretch(from, n.time, tape_.duration).scaled(factor);
        if (options_.neuron_parameters) {
          n.x.flow(constants, n.time - from, source);
        } else {
          n.x.p.flow(constants, n.time - from, source);
        }
      } else {
        // What the forward pass summed over nodes comes back as an impulse at each of them.
        nodes_.clear();
        for_each_node(n.time - from, constants.fastest_rate(), tape_.duration,
                      [&](Time s, double w) {
                        nodes_.push_back({s, w});
                      });
        Time at = n.time - from;
        for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
          retreat_free(n, constants, at - node->s);
          n.x.p.p_v += factor * node->weight * weighting_.at(from + node->s, tape_.duration);
          at = node->s;
        }
        retreat_free(n, constants, at);
      }
      n.time = from;
    }
    if (to < n.release) {
      if (!n.released) reverse_release(id);
      const double factor = source_factor(id);
      if (factor != 0.0) v_reset_[id] += factor * weighting_.integral(to, n.time, tape_.duration);
      if (options_.neuron_parameters) {
        n.x.flow_held(constants, n.time - to);
      } else {
        n.x.p.flow_held(constants, n.time - to);
      }
      n.time = to;
    }
  }

  // u ms without a running loss.
  void retreat_free(NeuronCostate& n, const CubaLif& constants, Time u) const {
    if (options_.neuron_parameters) {
      n.x.flow(constants, u, {0.0, 0.0, 0.0});
    } else {
      n.x.p.flow(constants, u);
    }
  }

  void reverse_release(NeuronId id) {
    NeuronCostate& n = neurons_[id];
    const CubaLif& constants = network_.neuron(id);
    const double slope = constants.rate_mem * (constants.bias - constants.v_reset +
                                               tape_.spikes[n.last].released_current);
    n.message = -n.x.p.p_v * slope;
    v_reset_[id] += n.x.p.p_v;
    t_ref_[id] += n.message;
    if (options_.neuron_parameters)
      tau_mem_[id] +=
          (constants.v_reset - constants.bias) * n.x.m_v * constants.rate_mem * constants.rate_mem;
    n.x.p.p_v = 0.0;
    n.x.m_v = 0.0;
    n.released = true;
  }

  void reverse_spike(SpikeId k, const TapeSpike& spike) {
    const NeuronId id = spike.neuron;
    NeuronCostate& n = neurons_[id];
    const CubaLif& constants = network_.neuron(id);
    retreat(id, spike.time);
    if (!n.released) reverse_release(id);
    const double slope =
        constants.rate_mem * (constants.bias - constants.v_threshold + spike.current);
    statistics_.smallest_slope = std::fmin(statistics_.smallest_slope, slope);
    if (!(slope > 0.0))
      throw NumericalError(id, spike.time,
                           "V touches the threshold without crossing it (slope 0): the gradient "
                           "does not exist there; "
                           "change any weight a little");
    double g = messages_[k] + spike_gradient(k) + n.message;
    if (const double factor = source_factor(id); factor != 0.0)
      g += factor * weighting_.at(spike.time, tape_.duration) *
           (constants.v_threshold - constants.v_reset);
    n.x.p.p_v = -g / slope;
    require_finite(id, spike.time, n.x.p.p_v);
    v_threshold_[id] -= n.x.p.p_v;
    if (!options_.spike_kick.empty()) n.x.p.p_v += options_.spike_kick[id];
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
    n.release = tape_.spikes[n.last].time + network_.neuron(id).t_ref;
    n.released = n.time < n.release;
  }

  // p_i is never reset, so a number that is not finite stays in it, or is met at a spike.
  static void require_finite(NeuronId id, Time time, double costate) {
    if (!std::isfinite(costate))
      throw NumericalError(id, time,
                           "the gradient is not finite: it outgrows doubles on its way back "
                           "through many spikes, or the loss is not finite; shorten the trial, "
                           "weaken the recurrent weights, or scale the loss");
  }

  // To the start of the trial, where V = I = 0 whatever the parameters.
  void finish(NeuronId id) {
    NeuronCostate& n = neurons_[id];
    require_finite(id, n.time, n.x.p.p_v + n.x.p.p_i);
    if (network_.model_of(id) == Model::input || !options_.neuron_parameters) return;
    const CubaLif& constants = network_.neuron(id);
    retreat(id, 0.0);
    tau_mem_[id] -= constants.bias * n.x.m_v * constants.rate_mem * constants.rate_mem;
    bias_[id] += constants.rate_mem * n.x.bias_integral;
  }

  const Network& network_;
  const Tape& tape_;
  const LossValue& loss_;
  const BackwardOptions& options_;
  const TimeWeight weighting_;  // of the running loss
  std::span<double> weight_, delay_, tau_mem_, tau_syn_, v_threshold_, v_reset_, bias_, t_ref_;
  std::vector<NeuronCostate> neurons_;
  std::vector<double> messages_;   // per spike: the G_k of its arrivals
  std::vector<SpikeId> previous_;  // per spike: the one before of the same neuron
  ArrivalQueue<Direction::backward> arrivals_;
  std::span<const LossValue::Sample> samples_;  // not reversed yet
  struct Node {
    Time s;
    double weight;
  };
  std::vector<Node> nodes_;  // of a stretch, ascending
  BackwardStatistics statistics_;
};

}  // namespace

BackwardStatistics backward_sequential(const Network& network, const Tape& tape,
                                       const LossValue& loss, const Readout& readout,
                                       const BackwardOptions& options, Gradient& gradient) {
  if (gradient.parameters.size() != network.layout().size())
    throw InternalError("backward_sequential: the gradient has not the layout of the network");
  return BackwardPass(network, tape, loss, readout, options, gradient).run(gradient);
}

}  // namespace retrograde
