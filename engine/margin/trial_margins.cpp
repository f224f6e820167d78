#include <algorithm>
#include <cmath>
#include <utility>

#include <retrograde/engine/margin/trial_margins.hpp>
#include <retrograde/engine/network/cuba_lif_neurons.hpp>
#include <retrograde/engine/neuron/crossing.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

struct Arrival {
  Time time;
  double weight;
  SpikeId spike;
  SynapseId synapse;
};

// One neuron on its way through a trial.
class Way {
 public:
  Way(const CubaLif& neuron, NeuronId id, const NeuronStart& start,
      const std::vector<Arrival>& arrivals, Time end)
      : neuron_(neuron), id_(id), arrivals_(arrivals), end_(end), x_{start.v, start.i[0]} {}

  // The silence up to a spike at `to`, or to the end.
  std::optional<SilenceMargin> silence(Time to) {
    if (!(time_ < to)) return std::nullopt;
    highest_.reset();
    if (!(neuron_.slope(x_) > 0.0)) {
      offer(time_, x_.v);
      highest_->fixed = true;
    }
    while (next_ < arrivals_.size() && arrivals_[next_].time <= to) {  // of a tie the arrival
      rise(arrivals_[next_].time);
      arrive();
    }
    rise(to);
    if (to == end_ && neuron_.slope(x_) > 0.0) offer(to, x_.v);
    // Where it began says nothing of a stretch that led to a spike.
    if (to < end_ && highest_ && highest_->fixed) return std::nullopt;
    return highest_;
  }

  // How far V would have risen from a spike on.
  double above() const {
    Way on = *this;
    on.highest_.reset();
    for (; on.next_ < arrivals_.size() && arrivals_[on.next_].time < end_ && !on.highest_;
         on.arrive())
      on.rise(arrivals_[on.next_].time);
    if (!on.highest_) on.rise(end_);
    return (on.highest_ ? on.highest_->v : on.x_.v) - neuron_.v_threshold;
  }

  // The time from a spike to the arrival that is nearest.
  Time order() const {
    Time nearest = never;
    if (next_ > 0) nearest = time_ - arrivals_[next_ - 1].time;
    if (next_ < arrivals_.size()) nearest = std::fmin(nearest, arrivals_[next_].time - time_);
    return nearest;
  }

  // To the release after a spike.
  void reset() {
    x_.v = neuron_.v_reset;
    const Time release = std::fmin(time_ + neuron_.t_ref, end_);
    for (; next_ < arrivals_.size() && arrivals_[next_].time < release; ++next_) {
      decay(arrivals_[next_].time);
      x_.i += arrivals_[next_].weight;
    }
    decay(release);
  }

 private:
  void offer(Time time, double v) {
    if (highest_ && highest_->v >= v) return;
    highest_ = SilenceMargin{id_, time, v, neuron_.v_threshold - v};
  }

  // Nothing arrives until `to`.
  void rise(Time to) {
    if (!(to > time_)) return;
    if (neuron_.slope(x_) > 0.0) {
      const Time s = extremum_time(neuron_, x_);
      if (s < to - time_) offer(time_ + s, neuron_.flow(x_, s).v);
    }
    x_ = neuron_.flow(x_, to - time_);
    time_ = to;
  }

  // All that arrives at this instant: between two of a tie V does not turn.
  void arrive() {
    const double before = neuron_.slope(x_);
    const std::size_t first = next_;
    std::vector<SilenceMargin::Arrival> tie;
    for (const Time at = arrivals_[first].time;
         next_ < arrivals_.size() && arrivals_[next_].time == at; ++next_) {
      const double slope = neuron_.slope(x_);
      x_.i += arrivals_[next_].weight;
      // What V loses by its coming later: the slope that it brings.
      tie.push_back({arrivals_[next_].spike, arrivals_[next_].synapse, slope - neuron_.slope(x_)});
    }
    if (!(before > 0.0) || neuron_.slope(x_) > 0.0) return;
    offer(time_, x_.v);
    if (highest_->time != time_) return;
    // The last has what is missing to the slope before all of them.
    tie.back().slope += neuron_.slope(x_);
    highest_->arrivals = std::move(tie);
  }

  void decay(Time to) {
    x_.i *= std::exp(-neuron_.rate_syn * (to - time_));
    time_ = to;
  }

  const CubaLif& neuron_;
  NeuronId id_;
  const std::vector<Arrival>& arrivals_;
  Time end_;
  MembraneState x_;
  Time time_ = 0.0;
  std::size_t next_ = 0;  // arrival
  std::optional<SilenceMargin> highest_;
};

bool has_margins(const Network& network, std::uint32_t population) {
  const Population& p = network.populations()[population];
  return p.model->fires() && !p.model->is_input() && cuba_lif_dynamics(network, population);
}

// Per neuron that has margins, in order of time.
std::vector<std::vector<Arrival>> arrivals_of(const Network& network, const Tape& tape) {
  std::vector<char> wanted;
  for (std::uint32_t p = 0; p < network.populations().size(); ++p)
    wanted.push_back(has_margins(network, p));
  std::vector<std::vector<Arrival>> arrivals(network.neuron_count());
  for (SpikeId k = 0; k < tape.spikes.size(); ++k) {
    const TapeSpike& spike = tape.spikes[k];
    if (spike.muted) continue;
    for (const Synapse& s : network.outgoing(spike.neuron))
      if (wanted[network.population_of(s.target)] && spike.time + s.delay < tape.duration)
        arrivals[s.target].push_back({spike.time + s.delay, s.weight * tape.payload(k), k, s.id});
  }
  for (auto& of : arrivals)
    std::stable_sort(of.begin(), of.end(),
                     [](const Arrival& a, const Arrival& b) { return a.time < b.time; });
  return arrivals;
}

}  // namespace

TrialMargins trial_margins(const Network& network, const Tape& tape, bool crossings) {
  if (tape.timeline)
    throw NetworkError("trial",
                       "things happen in it besides spikes ([[event]]), and margins are of what "
                       "does not change; leave them out, or the loss's silence");
  const auto arrivals = arrivals_of(network, tape);
  std::vector<std::vector<SpikeId>> spikes(network.neuron_count());
  for (SpikeId k = 0; k < tape.spikes.size(); ++k) spikes[tape.spikes[k].neuron].push_back(k);

  TrialMargins margins;
  for (NeuronId n = 0; n < network.neuron_count(); ++n) {
    if (!has_margins(network, network.population_of(n))) continue;
    Way way(cuba_lif_neuron(network, n), n, start_of(tape.initial.get(), n), arrivals[n],
            tape.duration);
    for (const SpikeId k : spikes[n]) {
      if (const auto silence = way.silence(tape.spikes[k].time))
        margins.silences.push_back(*silence);
      if (crossings) margins.crossings.push_back({k, way.above(), way.order()});
      way.reset();
    }
    if (const auto silence = way.silence(tape.duration)) margins.silences.push_back(*silence);
  }
  std::sort(margins.crossings.begin(), margins.crossings.end(),
            [](const CrossingMargin& a, const CrossingMargin& b) { return a.spike < b.spike; });
  return margins;
}

}  // namespace retrograde
