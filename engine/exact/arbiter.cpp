#include <algorithm>
#include <cmath>
#include <tuple>

#include <retrograde/engine/exact/arbiter.hpp>
#include <retrograde/engine/network/cuba_lif_neurons.hpp>
#include <retrograde/engine/trial/timeline.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// Around a spike of the tape within which its exact time is sought (ms), besides what it may be off:
// far more than the rounding of its own neuron moves it (largest_error).
constexpr Time search = 1e-6;

// Since when what arrived with a weight is not forgotten at `time`.
auto alive_at(const CubaLif& model, Time time) {
  return [&model, time](double weight) { return time - lifetime(model, weight); };
}

}  // namespace

Verdict Arbiter::next_spike(const Tape& tape, std::span<const Time> errors, NeuronId neuron,
                            Time from, Time known, Upstream upstream) {
  const std::scoped_lock lock(mutex_);
  learn(tape, errors);
  return judge(neuron, {}, from, known, upstream);
}

double Arbiter::inherited(std::span<const SpikeTrain> trains, NeuronId neuron, Time t) {
  const std::scoped_lock lock(mutex_);
  learn(trains);
  const CubaLif& n = cuba_lif_neuron(network_, neuron);
  struct Late {
    SynapseId synapse;
    std::size_t spike;
    Deviation by;
  };
  std::vector<Late> all;
  for_each_delivery(neuron, alive_at(n, t), t, [&](auto p, auto k, SynapseId s, Time met) {
    if (met > t || trains_[p].errors[k] == 0.0) return;
    Deviation one{n.rate_mem, n.rate_syn};
    CubaLif::flow(one, n.propagator(t - met));
    const double size = std::fabs(strength(p, k, s, met)) * trains_[p].errors[k];
    all.push_back({s, k, {size * one.v, size * one.i}});
  });
  // In an order that does not depend on how they were found, which is another in a part of a network.
  std::sort(all.begin(), all.end(), [](const Late& a, const Late& b) {
    return std::tie(a.synapse, a.spike) < std::tie(b.synapse, b.spike);
  });
  Deviation sum;
  for (const Late& late : all) {
    sum.v += late.by.v;
    sum.i += late.by.i;
  }
  return (1.0 + 1e-9) * sum.most();
}

bool Arbiter::meets(const Tape& tape, std::span<const Time> errors, NeuronId neuron, Time from,
                    Time to) {
  const std::scoped_lock lock(mutex_);
  learn(tape, errors);
  return meets(neuron, from, to);
}

bool Arbiter::meets(std::span<const SpikeTrain> trains, NeuronId neuron, Time from, Time to) {
  const std::scoped_lock lock(mutex_);
  learn(trains);
  return meets(neuron, from, to);
}

bool Arbiter::meets(NeuronId neuron, Time from, Time to) const {
  bool found = false;
  // A spike after `to` arrives later.
  for_each_delivery(
      neuron, [&](double) { return from; }, std::nextafter(to, never),
      [&](auto, auto, SynapseId, Time met) { found |= met <= to; });
  return found;
}

const Arbiter::Extremes& Arbiter::extremes(std::size_t projection) const {
  extremes_.resize(network_.projections().size());
  std::optional<Extremes>& of = extremes_[projection];
  if (of) return *of;
  of.emplace();
  const Projection& p = network_.projections()[projection];
  for (SynapseId s = p.first; s < p.first + p.size; ++s) {
    of->delay = std::fmax(of->delay, network_.total_delay(s));
    of->weight = std::fmax(of->weight, std::fabs(network_.weight(s)));
  }
  return *of;
}

void Arbiter::learn(const Tape& tape, std::span<const Time> errors) {
  prepare();
  for (; learned_ < tape.spikes.size(); ++learned_) {
    const TapeSpike& spike = tape.spikes[learned_];
    const std::uint32_t p = network_.population_of(spike.neuron);
    learn(p, spike.time, spike.neuron - network_.populations()[p].first, errors[learned_]);
    if (tape.payloads.empty()) continue;
    trains_[p].payloads.push_back(tape.payloads[learned_]);
    trains_[p].largest_payload =
        std::fmax(trains_[p].largest_payload, std::fabs(tape.payloads[learned_]));
  }
}

Verdict Arbiter::next_spike(std::span<const SpikeTrain> trains, NeuronId neuron,
                            std::span<const Time> recent, Time from, Time known,
                            Upstream upstream) {
  const std::scoped_lock lock(mutex_);
  learn(trains);
  return judge(neuron, recent, from, known, upstream);
}

void Arbiter::prepare() {
  if (!trains_.empty()) return;
  trains_.resize(network_.populations().size());
  for (std::uint32_t p = 0; p < trains_.size(); ++p)
    trains_[p].latest.resize(network_.populations()[p].size, none);
  counts_.resize(network_.neuron_count(), 0);
  exact_.resize(network_.neuron_count());
}

void Arbiter::learn(std::span<const SpikeTrain> trains) {
  prepare();
  for (std::uint32_t p = 0; p < trains.size(); ++p)
    for (std::size_t k = trains_[p].times.size(); k < trains[p].times.size(); ++k)
      learn(p, trains[p].times[k], trains[p].sources[k],
            trains[p].errors.empty() ? 0.0 : trains[p].errors[k]);
}

void Arbiter::learn(std::uint32_t population, Time time, std::uint32_t source, Time error) {
  Train& train = trains_[population];
  train.previous.push_back(train.latest[source]);
  train.latest[source] = static_cast<std::uint32_t>(train.times.size());
  train.times.push_back(time);
  train.errors.push_back(error);
  train.sources.push_back(source);
  const NeuronId neuron = network_.populations()[population].first + source;
  train.ordinals.push_back(counts_[neuron]++);
  if (!trial_.timeline) return;
  const auto fate = trial_.timeline->fate(neuron, time, train.ordinals.back());
  train.late.push_back(fate.lost ? never : fate.late);
}

Time Arbiter::arrival(std::uint32_t population, std::size_t k, SynapseId synapse, Time time) const {
  const Time arrival = time + network_.total_delay(synapse);
  return trial_.timeline ? arrival + trains_[population].late[k] : arrival;
}

double Arbiter::strength(std::uint32_t population, std::size_t k, SynapseId synapse,
                         Time arrival) const {
  const std::vector<double>& payloads = trains_[population].payloads;
  const Network& values =
      trial_.timeline ? trial_.timeline->network_at(network_, arrival) : network_;
  return values.weight(synapse) * (payloads.empty() ? 1.0 : payloads[k]);
}

std::vector<ExactChange> Arbiter::changes_of(NeuronId neuron) const {
  std::vector<ExactChange> changes;
  const Timeline& timeline = *trial_.timeline;
  for (const ValueChange& change : timeline.changes)
    changes.push_back({change.at, &cuba_lif_neuron(*change.network, neuron)});
  for (const Silence& silence : timeline.silences)
    if (std::ranges::binary_search(silence.neurons, neuron))
      changes.push_back({silence.from,
                         &cuba_lif_neuron(timeline.network_at(network_, silence.from), neuron),
                         silence.until});
  std::stable_sort(changes.begin(), changes.end(),
                   [](const ExactChange& a, const ExactChange& b) { return a.at < b.at; });
  return changes;
}

Verdict Arbiter::judge(NeuronId neuron, std::span<const Time> recent, Time from, Time known,
                       Upstream upstream) {
  ++questions_;
  if (upstream == Upstream::as_taped) {
    const Time last = recent.empty() ? last_on_tape(neuron) : recent.back();
    return next_spike({}, neuron, last, from, known, duration_);
  }
  // Where threads ask side by side, what is worked out must not depend on who asked first.
  ExactTimes anew(alone_ ? 0 : network_.neuron_count());
  ExactTimes& exact = alone_ ? exact_ : anew;
  work_out(exact, neuron, known);
  Time last = counts_[neuron] > 0 ? exact[neuron][counts_[neuron] - 1] : -never;
  for (const Time time : recent) last = exact_time(exact, neuron, last, time, 0.0);
  if (!share_) return next_spike(exact, neuron, last, from, known, duration_);
  return {worked_out(neuron,
                     [&] { return next_spike(exact, neuron, last, from, known, duration_).at(); })};
}

Time Arbiter::last_on_tape(NeuronId neuron) const {
  const std::uint32_t p = network_.population_of(neuron);
  const std::uint32_t latest = trains_[p].latest[neuron - network_.populations()[p].first];
  return latest == none ? -never : trains_[p].times[latest];
}

std::vector<char> Arbiter::upstream_of(std::uint32_t population) const {
  std::vector<char> upstream(network_.populations().size(), 0);
  std::vector<std::uint32_t> open{population};
  while (!open.empty()) {
    const std::uint32_t target = open.back();
    open.pop_back();
    for (std::size_t k = 0; k < network_.projections().size(); ++k) {
      const Projection& p = network_.projections()[k];
      const bool joins = share_ ? share_->joins(k) : p.size > 0;
      if (p.target != target || !joins || upstream[p.source]) continue;
      upstream[p.source] = 1;
      open.push_back(p.source);
    }
  }
  return upstream;
}

void Arbiter::work_out(ExactTimes& exact, NeuronId neuron, Time known) const {
  struct Wanted {
    Time time, error;
    std::uint32_t rank;
    NeuronId neuron;
  };
  const std::uint32_t own = network_.population_of(neuron);
  const std::vector<char> upstream = upstream_of(own);
  std::vector<Wanted> wanted;
  for (std::uint32_t p = 0; p < trains_.size(); ++p) {
    const Population& population = network_.populations()[p];
    if (population.model->is_input() || !(upstream[p] || p == own)) continue;
    const Train& train = trains_[p];
    for (std::size_t k = 0; k < train.times.size(); ++k) {
      const NeuronId n = population.first + train.sources[k];
      if (n != neuron && (!upstream[p] || !(train.times[k] < known))) continue;
      if (train.ordinals[k] >= exact[n].size())
        wanted.push_back({train.times[k], train.errors[k], ranks_[n], n});
    }
  }
  std::sort(wanted.begin(), wanted.end(), [](const Wanted& a, const Wanted& b) {
    return std::tie(a.time, a.rank, a.neuron) < std::tie(b.time, b.rank, b.neuron);
  });
  for (std::size_t k = 0; k < wanted.size(); ++k) {
    const auto [time, error, rank, n] = wanted[k];
    if (progress_ && !progress_(time)) throw Interrupted("the run was stopped");
    const Time last = exact[n].empty() ? -never : exact[n].back();
    const bool anew =
        wanted.size() - k <= most_spikes && cuba_lif_dynamics(network_, network_.population_of(n));
    exact[n].push_back(anew ? exact_time(exact, n, last, time, error) : time);
  }
}

Time Arbiter::exact_time(const ExactTimes& exact, NeuronId neuron, Time last, Time time,
                         Time error) const {
  return worked_out(neuron, [&] {
    const Time room = search * (1.0 + 1e-6 * time) + 2.0 * error;
    const Verdict verdict = next_spike(exact, neuron, last, time - room, time + room, time + room);
    // Off by more only where rounding errors have grown along a chain of spikes.
    return std::fabs(verdict.spike - time) <= room ? verdict.spike : time;
  });
}

Verdict Arbiter::next_spike(const ExactTimes& exact, NeuronId neuron, Time last, Time from,
                            Time known, Time horizon) const {
  const CubaLif& model = cuba_lif_neuron(network_, neuron);
  const NeuronStart start = start_of(trial_.initial.get(), neuron);
  const MembraneState at_start{start.v, start.i[0]};
  const std::vector<ExactDelivery> met = deliveries(exact, neuron, from, known);
  if (!trial_.timeline) return next_spike_exactly(model, last, met, from, horizon, at_start);
  return next_spike_through_changes(model, last, met, changes_of(neuron), from, horizon, at_start);
}

template <typename Since, typename Body>
void Arbiter::for_each_delivery(NeuronId neuron, const Since& since, Time known,
                                const Body& body) const {
  const std::uint32_t own = network_.population_of(neuron);
  const std::uint32_t j = neuron - network_.populations()[own].first;
  Time latest = 0.0;  // by which spikes may be late
  if (trial_.timeline)
    for (const SpikeFault& fault : trial_.timeline->faults) latest += fault.late;
  for (std::size_t q = 0; q < network_.projections().size(); ++q) {
    const Projection& p = network_.projections()[q];
    if (p.target != own || p.size == 0) continue;
    const Train& train = trains_[p.source];
    const NeuronId first_source = network_.populations()[p.source].first;
    const auto meet = [&](std::size_t k, SynapseId s) {
      if (trial_.is_muted(first_source + train.sources[k])) return;
      const Time met = arrival(p.source, k, s, train.times[k]);
      if (met < never && met >= since(strength(p.source, k, s, met))) body(p.source, k, s, met);
    };
    // No spike before may matter; a little earlier, so that rounding never loses one. Weights that
    // change may be any.
    const double heaviest =
        trial_.timeline ? largest_amplitude : extremes(q).weight * train.largest_payload;
    const Time first = since(heaviest) - extremes(q).delay - latest - search;
    // From all of a population: by spike.
    if (p.dense) {
      const auto begin = std::lower_bound(train.times.begin(), train.times.end(), first);
      for (auto k = static_cast<std::size_t>(begin - train.times.begin());
           k < train.times.size() && train.times[k] < known; ++k)
        meet(k, p.first + train.sources[k] * network_.populations()[own].size + j);
      continue;
    }
    // From some of it: by spike as well, until that has been as much work as to sort the synapses by
    // target; then by synapse, the latest spikes first.
    looked_.resize(network_.projections().size());
    if (looked_[q] < p.size) {
      for (std::size_t k = train.times.size(); k-- > 0 && train.times[k] >= first;) {
        ++looked_[q];
        const SynapseId joining = p.joining(train.sources[k], j);
        if (joining == p.size || train.times[k] >= known) continue;
        const SynapseId end = p.joining_end(train.sources[k], joining);
        for (SynapseId s = joining; s < end; ++s) meet(k, p.first + s);
      }
      continue;
    }
    const IncomingSynapses& in = network_.incoming(q);
    for (SynapseId c = in.begin[j]; c < in.begin[j + 1]; ++c)
      for (std::uint32_t k = train.latest[in.sources[c]]; k != none && train.times[k] >= first;
           k = train.previous[k])
        if (train.times[k] < known) meet(k, p.first + in.positions[c]);
  }
}

std::vector<ExactDelivery> Arbiter::deliveries(const ExactTimes& exact, NeuronId neuron, Time from,
                                               Time known) const {
  struct Met {
    ExactDelivery delivery;
    SynapseId synapse;
    std::uint32_t ordinal;
  };
  std::vector<Met> met;
  // Of constants that change the slowest count.
  const auto alive = [&](double weight) {
    Time since = alive_at(cuba_lif_neuron(network_, neuron), from)(weight);
    if (trial_.timeline)
      for (const ValueChange& change : trial_.timeline->changes)
        since = std::fmin(since, alive_at(cuba_lif_neuron(*change.network, neuron), from)(weight));
    return since;
  };
  for_each_delivery(neuron, alive, known, [&](auto p, auto k, SynapseId s, Time at) {
    const Train& train = trains_[p];
    const std::uint32_t ordinal = train.ordinals[k];
    const NeuronId source = network_.populations()[p].first + train.sources[k];
    const bool known_exactly = !exact.empty() && ordinal < exact[source].size();
    const Time time = known_exactly ? exact[source][ordinal] : train.times[k];
    const Time arrives = arrival(p, k, s, time);
    if (arrives < known) met.push_back({{arrives, at, strength(p, k, s, arrives)}, s, ordinal});
  });
  if (trial_.timeline)
    for (const Stimulation& s : trial_.timeline->stimulations)
      if (s.at < known && std::ranges::binary_search(s.neurons, neuron))
        met.push_back({{s.at, s.at, s.weight}, 0, 0});
  std::sort(met.begin(), met.end(), [](const Met& a, const Met& b) {
    return std::tie(a.delivery.time, a.synapse, a.ordinal) <
           std::tie(b.delivery.time, b.synapse, b.ordinal);
  });
  std::vector<ExactDelivery> deliveries;
  deliveries.reserve(met.size());
  for (const Met& m : met) deliveries.push_back(m.delivery);
  return deliveries;
}

}  // namespace retrograde
