#include <fmt/format.h>

#include <retrograde/adjoint/grazing.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

void throw_grazing(const GrazingOptions& options, NeuronId neuron, Time time, double slope) {
  if (!(slope > 0.0))
    throw NumericalError(neuron, time,
                         fmt::format("V touches the threshold without crossing it (slope {}): the "
                                     "gradient does not exist there; change any weight a little, "
                                     "or bound the slope in training with the grazing policy clip",
                                     slope));
  throw NumericalError(
      neuron, time,
      fmt::format("V grazes the threshold with a slope of {} per ms, below slope_min {}, and the "
                  "grazing policy is error: lower slope_min, choose the policy keep or clip, or "
                  "change any weight a little",
                  slope, options.slope_min));
}

std::uint64_t count_spike_ties(const Network& network, const Tape& tape) {
  std::uint64_t ties = 0;
  const auto& spikes = tape.spikes;
  for (std::size_t begin = 0, end = 0; begin < spikes.size(); begin = end) {
    bool inputs_only = true;
    for (end = begin; end < spikes.size() && spikes[end].time == spikes[begin].time; ++end)
      inputs_only = inputs_only && network.is_input(spikes[end].neuron);
    if (end - begin > 1 && !inputs_only) ties += end - begin;
  }
  return ties;
}

}  // namespace retrograde
