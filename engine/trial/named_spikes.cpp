#include <fmt/format.h>

#include <retrograde/engine/network/named_values.hpp>
#include <retrograde/engine/trial/named_spikes.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

Trial trial_of(const Network& network, Time duration, std::span<const NamedSpikes> inputs) {
  Trial trial{duration, {}};
  for (const NamedSpikes& input : inputs) {
    const Population& p = network.populations()[population_named(network, input.population)];
    if (input.times.size() > p.size)
      throw NetworkError(p.name, fmt::format("spikes of {} neurons are given, and it has {}",
                                             input.times.size(), p.size));
    for (std::uint32_t n = 0; n < input.times.size(); ++n)
      for (const Time time : input.times[n]) trial.inputs.push_back({time, p.first + n});
  }
  sort_inputs(trial);
  return trial;
}

SpikeTrain spikes_of(const Network& network, const Tape& tape, std::string_view population) {
  const Population& p = network.populations()[population_named(network, population)];
  SpikeTrain train;
  for (const TapeSpike& spike : tape.spikes)
    if (spike.neuron >= p.first && spike.neuron - p.first < p.size) {
      train.times.push_back(spike.time);
      train.sources.push_back(spike.neuron - p.first);
    }
  return train;
}

}  // namespace retrograde
