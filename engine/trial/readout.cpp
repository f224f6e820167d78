#include <fmt/format.h>

#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

const Population& population_of(const Network& network, const Readout& readout) {
  if (readout.population >= network.populations().size())
    throw NetworkError("readout", fmt::format("population {} does not exist; the network has {}",
                                              readout.population, network.populations().size()));
  return network.populations()[readout.population];
}

int argmax(std::span<const double> values) {
  int best = no_decision;
  for (std::size_t k = 0; k < values.size(); ++k)
    if (values[k] == values[k] &&
        (best == no_decision || values[k] > values[static_cast<std::size_t>(best)]))
      best = static_cast<int>(k);
  return best;
}

std::vector<Time> first_spike_times(const Network& network, std::uint32_t population,
                                    const Tape& tape) {
  const Population& p = network.populations()[population];
  std::vector<Time> first(p.size, never);
  for (const TapeSpike& s : tape.spikes)  // in order of time: the first one seen is the first
    if (s.neuron >= p.first && s.neuron < p.first + p.size && first[s.neuron - p.first] == never)
      first[s.neuron - p.first] = s.time;
  return first;
}

int decide(const Network& network, const Readout& readout, const Tape& tape) {
  switch (readout.kind) {
    case Readout::Kind::none:
      return no_decision;
    case Readout::Kind::first_spike: {
      const Population& p = population_of(network, readout);
      for (const TapeSpike& s : tape.spikes)  // emissions at one instant come lower neuron first
        if (s.neuron >= p.first && s.neuron < p.first + p.size)
          return static_cast<int>(s.neuron - p.first);
      return no_decision;
    }
    case Readout::Kind::voltage_integral: {
      const Population& p = population_of(network, readout);
      if (tape.voltage_integrals.empty())
        throw InternalError("decide: the run kept no voltage integrals");
      return argmax(std::span(tape.voltage_integrals).subspan(p.first, p.size));
    }
    case Readout::Kind::voltage_maximum: {
      const Population& p = population_of(network, readout);
      if (tape.voltage_maxima.empty())
        throw InternalError("decide: the run kept no voltage maxima");
      std::vector<double> v(p.size);
      for (std::uint32_t j = 0; j < p.size; ++j) v[j] = tape.voltage_maxima[p.first + j].v;
      return argmax(v);
    }
  }
  throw InternalError("decide: unknown readout");
}

}  // namespace retrograde
