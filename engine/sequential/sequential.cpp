#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include <retrograde/engine/exact/arbiter.hpp>
#include <retrograde/engine/runaway.hpp>
#include <retrograde/engine/sequential/membrane.hpp>
#include <retrograde/engine/sequential/sampler.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/sequential/voltage_readout.hpp>
#include <retrograde/engine/trial/timeline.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/queue.hpp>

namespace retrograde {

namespace {

class SequentialRun {
 public:
  SequentialRun(const Network& network, std::span<const std::uint32_t> ranks, const Trial& trial,
                const RunOptions& options, std::span<const Probe> probes,
                std::vector<Recording>* recordings)
      : network_(network),
        values_(&network),
        ranks_(ranks),
        trial_(trial),
        timeline_(trial.timeline.get()),
        inputs_(trial.inputs),
        options_(options),
        end_(trial.duration),
        membranes_(start_membranes(network, trial.initial.get(), states_)),
        spike_counts_(network.neuron_count(), 0),
        last_spike_(network.neuron_count(), 0),
        expected_(network.neuron_count()),
        emissions_(network.neuron_count(), ranks),
        sampler_(network, probes, end_, recordings),
        tape_(empty_tape(network, trial)),
        voltages_(network, options.readout, tape_),
        arbiter_(network, ranks, trial, true, nullptr, options.progress),
        observed_(recordings != nullptr) {
    deliveries_.reserve(inputs_.size());
    if (!timeline_) return;
    instants_ = timeline_->instants();
    std::erase_if(instants_, [&](Time at) { return at >= end_; });
    ordinals_.assign(network.neuron_count(), 0);
    silenced_.assign(network.neuron_count(), 0);
  }

  // The events in the order of events/order.hpp.
  Tape run() {
    for (NeuronId n = 0; n < membranes_.size(); ++n)  // a bias above the threshold needs no arrival
      if (membranes_[n].dynamics) expect(n);
    for (;;) {
      const Time input = next_input_ < inputs_.size() ? inputs_[next_input_].time : never;
      const Time emission = emissions_.time();
      const Time arrival = deliveries_.empty() ? never : deliveries_.top().time;
      const Time change = next_change();
      if (change != never && change <= arrival && change <= emission && change <= input) {
        change_at(change);
        continue;
      }
      if (arrival <= emission && arrival <= input) {
        if (arrival == never) break;
        arrive();
      } else if (input <= emission) {  // an input may be a cause without delay
        if (trial_.graded()) tape_.payloads.push_back(trial_.payloads[next_input_]);
        record_spike({input, 0.0, 0.0, inputs_[next_input_].neuron}, {});
        ++next_input_;
      } else {
        fire();
      }
    }
    take_to_end();
    return std::move(tape_);
  }

 private:
  // What a neuron is going to do if nothing more reaches it.
  struct Expectation {
    Time time = never;
    TimeError error;
    // The spikes of the tape that it has met already, however close to it they arrive; for an exact
    // one.
    std::size_t met = 0;
  };
  static constexpr std::size_t everybody = std::numeric_limits<std::size_t>::max();

  static Tape empty_tape(const Network& network, const Trial& trial) {
    Tape tape;
    tape.duration = trial.duration;
    tape.initial = trial.initial;
    tape.timeline = trial.timeline;
    tape.spikes.reserve(trial.inputs.size() + network.neuron_count());
    tape.trajectories.resize(network.neuron_count());
    return tape;
  }

  // Now and then, whatever happens: a neuron that fires by itself hears from nobody.
  void tell(Time time) {
    if ((++told_ & 0xffffu) == 0 && options_.progress && !options_.progress(time))
      throw Interrupted("the run was stopped");
  }

  // The next delivery, unless its target may have fired before it: then that is settled first.
  void arrive() {
    const QueuedDelivery event = deliveries_.top();
    const Expectation& expected = expected_[event.target];
    if (expected.time <= event.time + expected.error.sum() + errors_[event.spike] &&
        expected.met <= event.spike) {
      settle(event.target);
      return;
    }
    deliveries_.pop();
    now_ = std::fmax(now_, event.time);
    queue_delivery(event.spike, event.cursor + 1);
    ++tape_.deliveries;
    tell(event.time);
    advance(event.target, event.time);
    Membrane& m = membranes_[event.target];
    double weight = values_->weight(event.synapse);
    if (trial_.graded()) weight *= tape_.payloads[event.spike];
    voltages_.before_arrival(event.target, m, event.spike, event.synapse);
    m.dynamics->receive_rounded(m.index, m.x, network_.receptor_of(event.synapse), weight,
                                errors_[event.spike], m.error);
    keep(event.target);
    voltages_.after_arrival(event.target, m);
    if (timeline_ && event.time == changed_)
      expect_after_change(event.target, event.time);
    else
      expect(event.target);
  }

  // The next emission, unless something else may come before it: then that is settled first.
  void fire() {
    const NeuronId n = emissions_.neuron();
    if (settle_near(n, expected_[n].time)) return;
    // Settled late, it may lie before what has happened meanwhile, by rounding.
    const Time time = std::fmax(expected_[n].time, now_);
    count_spike(n, time);
    tell(time);
    if (timeline_) silenced_[n] = 0;
    advance(n, time);
    Membrane& m = membranes_[n];
    const Dynamics& dynamics = *m.dynamics;
    keep(n);
    const double slope = dynamics.slope(m.index, m.x);
    dynamics.reset_rounded(m.index, m.x, m.error);
    keep(n);
    m.release = time + dynamics.t_ref(m.index);
    m.late = expected_[n].error.sum();
    if (!m.held()) dynamics.release_rounded(m.index, m.x, m.late, m.error);
    const bool known = !m.held() && !dynamics.keeps_trajectory();
    if (trial_.graded()) tape_.payloads.push_back(1.0);
    record_spike({time, slope, known ? dynamics.rise(m.index, m.x) : 0.0, n}, expected_[n].error);
    expect(n);
  }

  // Settles the emission of n at `time`, and those of others that may be its cause, if rounding
  // leaves open which event is next, or when a grazing spike is; true if it did.
  bool settle_near(NeuronId n, Time time) {
    const Expectation& expected = expected_[n];
    if (exact(expected)) return false;
    if (expected.error.rounding > largest_error(time)) {
      settle_time(n);
      return true;
    }
    const Time reach = time + expected.error.sum() + worst_error_;
    bool near = reach >= end_ || next_change() <= reach ||
                (!deliveries_.empty() && deliveries_.top().time <= reach &&
                 arbiter_.meets(tape_, errors_, n, deliveries_.top().time, reach)) ||
                (next_input_ < inputs_.size() && inputs_[next_input_].time <= reach);
    if (ranks_[n] > 1)  // it may have causes that have not fired yet
      for (const NeuronId other : emissions_.until(reach)) {
        if (!(ranks_[other] < ranks_[n])) continue;
        near = true;
        if (!exact(expected_[other])) settle(other);
      }
    if (near) settle(n);
    return near;
  }

  // When the network or a neuron is next changed from outside.
  Time next_change() const {
    return next_instant_ < instants_.size() ? instants_[next_instant_] : never;
  }

  // What the timeline says of this instant, unless a neuron may have fired before it: then that is
  // settled first.
  void change_at(Time at) {
    for (NeuronId n = 0; n < membranes_.size(); ++n)
      if (const Expectation& e = expected_[n]; e.time - e.error.sum() <= at && !exact(e)) settle(n);
    if (emissions_.time() < at) return;
    now_ = changed_ = std::fmax(now_, at);
    ++next_instant_;
    for (NeuronId n = 0; n < membranes_.size(); ++n) advance(n, at);
    for (const ValueChange& change : timeline_->changes)
      if (change.at == at) take_values(*change.network);
    for (const Silence& silence : timeline_->silences)
      if (silence.from == at)
        for (const NeuronId n : silence.neurons) hold(n, silence.until);
    for (const Stimulation& s : timeline_->stimulations)
      if (s.at == at)
        for (const NeuronId n : s.neurons) {
          Membrane& m = membranes_[n];
          m.dynamics->receive_rounded(m.index, m.x, s.receptor, s.weight, 0.0, m.error);
        }
    for (NeuronId n = 0; n < membranes_.size(); ++n)
      if (membranes_[n].dynamics) expect_after_change(n, at);
  }

  void take_values(const Network& values) {
    values_ = &values;
    for (NeuronId n = 0; n < membranes_.size(); ++n)
      if (membranes_[n].dynamics) membranes_[n].dynamics = values.dynamics(values.population_of(n));
  }

  void hold(NeuronId n, Time until) {
    Membrane& m = membranes_[n];
    const bool longer = until >= m.release;
    m.dynamics->hold(m.index, m.x, values_->parameter(ParameterKind::v_reset, n),
                     (longer ? until : m.release) - m.time);
    m.error.rounding.v = m.error.inherited.v = 0.0;
    if (!longer) return;
    m.release = until;
    m.late = 0.0;
    silenced_[n] = 1;
  }

  // A threshold may have come down to V or below.
  void expect_after_change(NeuronId n, Time at) {
    const Membrane& m = membranes_[n];
    const Population& p = network_.populations()[network_.population_of(n)];
    const double above = m.dynamics->voltage(m.index, m.x) - m.dynamics->threshold(m.index, m.x);
    const bool reached = p.model->fires() && p.has(ParameterKind::v_threshold) && !m.held();
    if (reached && std::fabs(above) <= m.error.most() && m.error.most() > 0.0) {
      settle(n);
    } else if (reached && above >= 0.0) {
      expected_[n] = {at, {}, everybody};
      emissions_.expect(n, at);
    } else {
      expect(n);
    }
  }

  // Settled, or of a model that takes its state for exact.
  static bool exact(const Expectation& e) { return e.error.sum() == 0.0; }

  void expect(NeuronId n) {
    const Membrane& m = membranes_[n];
    const Crossing spike = m.next_spike(end_, scratch_);
    if (!spike.certain) {
      settle(n);
      return;
    }
    // V off by e moves the crossing by e over the slope.
    const double noise = m.error.rounding.most() + spike.noise;
    TimeError error;
    if (spike.at != never && noise > 0.0)
      error = {noise / spike.slope + 0x1p-51 * spike.at, m.error.inherited.most() / spike.slope};
    if (!(error.rounding > largest_error(spike.at)))
      error.inherited = std::fmin(error.inherited, largest_inherited(spike.at));
    expected_[n] = {spike.at, error, noise > 0.0 ? 0 : everybody};
    emissions_.expect(n, spike.at);
  }

  // What n is going to do, by the arbiter.
  void settle(NeuronId n) { settle(n, Arbiter::Upstream::worked_out, {}); }
  // The same without what its own state rounds; what it inherits stays.
  void settle_time(NeuronId n) {
    settle(n, Arbiter::Upstream::as_taped, {0.0, expected_[n].error.inherited});
  }
  void settle(NeuronId n, Arbiter::Upstream upstream, const TimeError& error) {
    const Membrane& m = membranes_[n];
    const Time from = m.time - 1e-6 * (1.0 + m.time);
    const Verdict verdict = arbiter_.next_spike(tape_, errors_, n, from, end_, upstream);
    expected_[n] = {std::fmax(verdict.at(), m.time), error,
                    error.sum() > 0.0 ? 0 : tape_.spikes.size()};
    emissions_.expect(n, expected_[n].time);
  }

  // Queues the delivery at `cursor` of a spike, if it arrives before the end; later ones arrive
  // later still.
  void queue_delivery(SpikeId spike, std::uint32_t cursor) {
    const TapeSpike& s = tape_.spikes[spike];
    const OutgoingSynapses synapses = network_.outgoing(s.neuron);
    if (cursor == synapses.size()) return;
    const Synapse next = synapses[cursor];
    Time arrival = s.time + next.delay;
    if (timeline_) arrival += late_[spike];
    if (arrival < end_) deliveries_.push({arrival, next.target, next.id, spike, cursor});
  }

  void record_spike(TapeSpike spike, const TimeError& error) {
    const auto id = static_cast<SpikeId>(tape_.spikes.size());
    now_ = spike.time;
    spike.muted = trial_.is_muted(spike.neuron);
    if (timeline_) {
      const auto fate = timeline_->fate(spike.neuron, spike.time, ordinals_[spike.neuron]++);
      spike.muted |= fate.lost;
      late_.push_back(fate.late);
    }
    tape_.spikes.push_back(spike);
    errors_.push_back(error.sum());
    worst_error_ = std::fmax(worst_error_, error.sum());
    last_spike_[spike.neuron] = id;
    if (!spike.muted) queue_delivery(id, 0);
  }

  void count_spike(NeuronId n, Time time) {
    if (++spike_counts_[n] > 1000.0 + options_.max_rate * time)
      throw RunawayError(network_, n, time, spike_counts_[n], options_.max_rate,
                         options_.runaway_remedy);
  }

  // Takes a neuron to a later time, and takes down what is asked for on the way.
  void advance(NeuronId n, Time to) {
    Membrane& membrane = membranes_[n];
    sampler_.advance(n, membrane, to);
    if (!membrane.dynamics) return;
    voltages_.advance(n, membrane, to);
    membrane.advance(to, [&](const Membrane& m) {
      keep(n);
      if (!m.dynamics->keeps_trajectory() && !(timeline_ && silenced_[n]))
        tape_.spikes[last_spike_[n]].released_slope = m.dynamics->rise(m.index, m.x);
    });
  }

  // Notes the state of a neuron whose model keeps its trajectory.
  void keep(NeuronId n) {
    const Membrane& m = membranes_[n];
    if (m.dynamics->keeps_trajectory())
      tape_.trajectories[n].insert(tape_.trajectories[n].end(), m.x, m.x + m.state_size);
  }

  void take_to_end() {
    for (NeuronId n = 0; n < membranes_.size(); ++n)
      if (observed_ || voltages_.reads(n) ||
          (membranes_[n].dynamics && membranes_[n].dynamics->keeps_trajectory()))
        advance(n, end_);
  }

  const Network& network_;
  const Network* values_;  // those that hold
  const std::span<const std::uint32_t> ranks_;
  const Trial& trial_;
  const Timeline* const timeline_;  // null: nothing happens
  const std::span<const Spike> inputs_;
  const RunOptions& options_;
  const Time end_;
  std::vector<double> states_, scratch_;
  std::vector<Membrane> membranes_;
  std::vector<std::uint32_t> spike_counts_;
  std::vector<SpikeId> last_spike_;
  std::vector<Expectation> expected_;  // per neuron
  std::vector<double> errors_;         // per spike: how far its time may be off (ms)
  double worst_error_ = 0.0;
  DeliveryQueue<Direction::forward> deliveries_;
  EmissionQueue emissions_;
  Sampler sampler_;
  Tape tape_;
  std::uint64_t told_ = 0;  // events since the beginning
  VoltageReadout voltages_;
  Arbiter arbiter_;
  const bool observed_;
  std::size_t next_input_ = 0;
  // Of a timeline: its instants; per neuron its spikes so far; per spike how late it comes.
  std::vector<Time> instants_, late_;
  std::size_t next_instant_ = 0;
  std::vector<std::uint64_t> ordinals_;
  std::vector<char> silenced_;  // per neuron: its hold is not that of a spike
  Time changed_ = never;        // the latest of the instants
  Time now_ = 0.0;
};

}  // namespace

Tape SequentialMachine::run_checked(const Trial& trial, const RunOptions& options,
                                    std::span<const Probe> probes,
                                    std::vector<Recording>* recordings) const {
  return SequentialRun(network_, ranks_, trial, options, probes, recordings).run();
}

}  // namespace retrograde
