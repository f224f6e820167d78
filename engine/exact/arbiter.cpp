#include <algorithm>
#include <cmath>
#include <tuple>

#include <retrograde/engine/exact/arbiter.hpp>
#include <retrograde/engine/network/cuba_lif_neurons.hpp>

namespace retrograde {

namespace {

// Around a spike of the tape within which its exact time is sought (ms). Far more than rounding
// moves it: spikes that may be off by more than 1.5e-8 ms are exact on the tape.
constexpr Time search = 1e-6;

}  // namespace

Verdict Arbiter::next_spike(const Tape& tape, NeuronId neuron, Time from, Time known) {
  const std::scoped_lock lock(mutex_);
  prepare();
  for (; learned_ < tape.spikes.size(); ++learned_) {
    const TapeSpike& spike = tape.spikes[learned_];
    const std::uint32_t p = network_.population_of(spike.neuron);
    learn(p, spike.time, spike.neuron - network_.populations()[p].first, 0.0);
  }
  return judge(neuron, {}, from, known);
}

Verdict Arbiter::next_spike(std::span<const SpikeTrain> trains, NeuronId neuron,
                            std::span<const Time> recent, Time from, Time known) {
  const std::scoped_lock lock(mutex_);
  learn(trains);
  return judge(neuron, recent, from, known);
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
  train.ordinals.push_back(counts_[network_.populations()[population].first + source]++);
}

Verdict Arbiter::judge(NeuronId neuron, std::span<const Time> recent, Time from, Time known) {
  ++questions_;
  // Where threads ask side by side, what is worked out must not depend on who asked first.
  ExactTimes anew(alone_ ? 0 : network_.neuron_count());
  ExactTimes& exact = alone_ ? exact_ : anew;
  work_out(exact, neuron, known);
  Time last = counts_[neuron] > 0 ? exact[neuron][counts_[neuron] - 1] : -never;
  for (const Time time : recent) last = exact_time(exact, neuron, last, time);
  return next_spike(exact, neuron, last, from, known, duration_);
}

std::vector<char> Arbiter::upstream_of(std::uint32_t population) const {
  std::vector<char> upstream(network_.populations().size(), 0);
  std::vector<std::uint32_t> open{population};
  while (!open.empty()) {
    const std::uint32_t target = open.back();
    open.pop_back();
    for (const Projection& p : network_.projections()) {
      if (p.target != target || p.size == 0 || upstream[p.source]) continue;
      upstream[p.source] = 1;
      open.push_back(p.source);
    }
  }
  return upstream;
}

void Arbiter::work_out(ExactTimes& exact, NeuronId neuron, Time known) const {
  struct Wanted {
    Time time;
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
      if (train.ordinals[k] >= exact[n].size()) wanted.push_back({train.times[k], ranks_[n], n});
    }
  }
  std::sort(wanted.begin(), wanted.end(), [](const Wanted& a, const Wanted& b) {
    return std::tie(a.time, a.rank, a.neuron) < std::tie(b.time, b.rank, b.neuron);
  });
  for (std::size_t k = 0; k < wanted.size(); ++k) {
    const auto [time, rank, n] = wanted[k];
    const Time last = exact[n].empty() ? -never : exact[n].back();
    const bool anew =
        wanted.size() - k <= most_spikes && cuba_lif_dynamics(network_, network_.population_of(n));
    exact[n].push_back(anew ? exact_time(exact, n, last, time) : time);
  }
}

Time Arbiter::exact_time(const ExactTimes& exact, NeuronId neuron, Time last, Time time) const {
  const Time room = search * (1.0 + 1e-6 * time);
  const Verdict verdict = next_spike(exact, neuron, last, time - room, time + room, time + room);
  // Off by more only where rounding errors have grown along a chain of spikes.
  return std::fabs(verdict.spike - time) <= room ? verdict.spike : time;
}

Verdict Arbiter::next_spike(const ExactTimes& exact, NeuronId neuron, Time last, Time from,
                            Time known, Time horizon) const {
  return next_spike_exactly(cuba_lif_neuron(network_, neuron), last,
                            deliveries(exact, neuron, from, known), from, horizon);
}

template <typename Body>
void Arbiter::for_each_delivery(NeuronId neuron, Time from, Time known, const Body& body) const {
  const std::uint32_t own = network_.population_of(neuron);
  const std::uint32_t j = neuron - network_.populations()[own].first;
  const CubaLif& model = cuba_lif_neuron(network_, neuron);
  for (const Projection& p : network_.projections()) {
    if (p.target != own || p.size == 0) continue;
    const Train& train = trains_[p.source];
    const auto meet = [&](std::size_t k, SynapseId s) {
      const Time met = train.times[k] + network_.total_delay(s);
      if (from - met < lifetime(model, network_.weight(s))) body(p.source, k, s);
    };
    // From all of a population: by spike. From some of it: by synapse, the latest spikes first.
    if (p.dense) {
      for (std::size_t k = 0; k < train.times.size() && train.times[k] < known; ++k)
        meet(k, p.first + train.sources[k] * network_.populations()[own].size + j);
      continue;
    }
    for (SynapseId c = p.columns[j]; c < p.columns[j + 1]; ++c)
      for (std::uint32_t k = train.latest[p.incoming_sources[c]]; k != none; k = train.previous[k])
        if (train.times[k] < known) meet(k, p.first + p.incoming[c]);
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
  for_each_delivery(neuron, from, known, [&](std::uint32_t p, std::size_t k, SynapseId s) {
    const Train& train = trains_[p];
    const std::uint32_t ordinal = train.ordinals[k];
    const std::vector<Time>& times = exact[network_.populations()[p].first + train.sources[k]];
    const Time time = ordinal < times.size() ? times[ordinal] : train.times[k];
    const Time delay = network_.total_delay(s);
    if (time + delay < known)
      met.push_back({{time + delay, train.times[k] + delay, network_.weight(s)}, s, ordinal});
  });
  std::sort(met.begin(), met.end(), [](const Met& a, const Met& b) {
    return std::tie(a.delivery.time, a.synapse, a.ordinal) <
           std::tie(b.delivery.time, b.synapse, b.ordinal);
  });
  std::vector<ExactDelivery> deliveries;
  deliveries.reserve(met.size());
  for (const Met& m : met) deliveries.push_back(m.delivery);
  return deliveries;
}

// As ErrorBound in engine/windowed has it for a whole layer, with what this neuron met: a pulse of
// weight w is x ms later nowhere larger than |w| f(x), where f(y) f(x - y) <= F(x) = e^(-r x)
// min(c, 1 + a x / 2)^2, c = 1 + a / |b - a|; of the windows in between, each is 8 roundings.
StateError Arbiter::bound(std::span<const SpikeTrain> trains, NeuronId neuron, Time t, Time window,
                          double rest) {
  const std::scoped_lock lock(mutex_);
  learn(trains);
  const CubaLif& n = cuba_lif_neuron(network_, neuron);
  const double most = 1.0 + (n.rate_gap > 0.0 ? n.rate_mem / n.rate_gap : never);
  double terms = 0.0, rounded = 0.0, late = 0.0;
  std::vector<double> windows;  // in which deliveries fell
  for_each_delivery(neuron, t, t, [&](std::uint32_t p, std::size_t k, SynapseId s) {
    const Time x = t - (trains_[p].times[k] + network_.total_delay(s));
    if (x < 0.0) return;
    const double factor = std::fmin(most, 1.0 + 0.5 * n.rate_mem * x);
    const double size =
        std::fabs(network_.weight(s)) * std::exp(-n.rate_slow * x) * factor * factor;
    terms += size;
    rounded += size * (window > 0.0 ? 8.0 + 8.0 * x / window : 64.0);
    late += size * trains_[p].errors[k];
    if (window > 0.0) windows.push_back(std::floor((t - x) / window));
  });
  // Only what falls into one window is summed before it joins the state: the most of a window.
  std::sort(windows.begin(), windows.end());
  double count = 1.0;
  for (auto first = windows.begin(); first != windows.end();) {
    const auto last = std::upper_bound(first, windows.end(), *first);
    count = std::fmax(count, static_cast<double>(last - first));
    first = last;
  }
  const double steps = window > 0.0 ? 16.0 + 32.0 / (n.rate_slow * window) : 64.0;
  return {0x1p-53 * (rounded + count * terms + steps * rest), n.fastest_rate() * late};
}

}  // namespace retrograde
