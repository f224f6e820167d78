#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/engine/trial/timeline.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde {

Timeline::Fate Timeline::fate(NeuronId neuron, Time time, std::uint64_t ordinal) const {
  Fate fate;
  for (const SpikeFault& fault : faults) {
    if (neuron < fault.first || neuron >= fault.end || time < fault.from || !(time < fault.until))
      continue;
    if (fault.share < 1.0 &&
        !(Random(fault.seed, fault.purpose, draw << 32 | neuron, ordinal).uniform() < fault.share))
      continue;
    if (fault.lost)
      fate.lost = true;
    else
      fate.late += fault.late;
  }
  return fate;
}

const Network& Timeline::network_at(const Network& first, Time t) const {
  const Network* network = &first;
  for (const ValueChange& change : changes)
    if (change.at <= t) network = change.network.get();
  return *network;
}

std::vector<Time> Timeline::instants() const {
  std::vector<Time> instants;
  for (const ValueChange& change : changes) instants.push_back(change.at);
  for (const Silence& silence : silences) instants.push_back(silence.from);
  for (const Stimulation& stimulation : stimulations) instants.push_back(stimulation.at);
  std::sort(instants.begin(), instants.end());
  instants.erase(std::unique(instants.begin(), instants.end()), instants.end());
  return instants;
}

namespace {

void check_instant(Time at) {
  if (!(at >= 0.0 && at < never))
    throw NetworkError("timeline",
                       fmt::format("something happens at {} ms; it has to be 0 ms or later", at));
}

void check_order(const std::vector<NeuronId>& neurons) {
  if (!std::ranges::is_sorted(neurons))
    throw NetworkError("timeline", "its neurons have to be listed in ascending order");
}

bool same_delays(const Network& a, const Network& b) {
  for (const ParameterKind kind : parameter_kinds)
    if (is_delay(kind) && !std::ranges::equal(a.parameters(kind), b.parameters(kind))) return false;
  return true;
}

}  // namespace

void check(const Timeline& timeline, const Network& network) {
  Time last = 0.0;
  for (const ValueChange& change : timeline.changes) {
    check_instant(change.at);
    if (change.at < last) throw NetworkError("timeline", "its changes have to be in order of time");
    last = change.at;
    if (!change.network || !(change.network->layout() == network.layout()))
      throw NetworkError("timeline", "other values have to be of the same synapses and neurons");
    if (!same_delays(*change.network, network))
      throw NetworkError("timeline", "delays stay as they are during a trial");
  }
  last = 0.0;
  for (const Silence& silence : timeline.silences) {
    check_instant(silence.from);
    if (silence.from < last) throw NetworkError("timeline", "silences have to be in order of time");
    last = silence.from;
    if (!(silence.until > silence.from))
      throw NetworkError("timeline", fmt::format("a silence from {} ms has to end later than {} ms",
                                                 silence.from, silence.until));
    check_order(silence.neurons);
    for (const NeuronId n : silence.neurons)
      if (n >= network.neuron_count() || network.is_input(n))
        throw NetworkError("timeline",
                           fmt::format("neuron {} cannot be silenced; it is an input or "
                                       "does not exist",
                                       n));
  }
  for (const Stimulation& stimulation : timeline.stimulations) {
    check_instant(stimulation.at);
    check_order(stimulation.neurons);
    for (const NeuronId n : stimulation.neurons)
      if (n >= network.neuron_count() || network.is_input(n) ||
          stimulation.receptor >=
              network.populations()[network.population_of(n)].receptors.size() ||
          !(std::fabs(stimulation.weight) <= largest_amplitude))
        throw NetworkError("timeline",
                           fmt::format("neuron {} cannot be stimulated by {} at receptor {}", n,
                                       stimulation.weight, stimulation.receptor + 1));
  }
  for (const SpikeFault& fault : timeline.faults)
    if (!(fault.share >= 0.0 && fault.share <= 1.0) || !(fault.late >= 0.0) ||
        !std::isfinite(fault.late) || fault.first > fault.end || fault.end > network.neuron_count())
      throw NetworkError("timeline",
                         fmt::format("a share of {} and a delay of {} ms of the spikes of neurons "
                                     "{} to {} cannot be",
                                     fault.share, fault.late, fault.first, fault.end));
}

}  // namespace retrograde
