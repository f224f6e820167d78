#include <fmt/format.h>

#include <retrograde/engine/runaway.hpp>

namespace retrograde {

RunawayError::RunawayError(const Network& network, NeuronId neuron_, Time time_,
                           std::uint64_t spikes_, double max_rate, const std::string& remedy)
    : LimitError(
          "spikes", 1000.0 + max_rate * time_, static_cast<double>(spikes_),
          fmt::format("runaway activity: {} fired {} times by {:.6g} ms (guard: 1000 + {:g} per "
                      "ms); weaken its excitation, add inhibition or a refractory period, or raise "
                      "max_rate{}{}",
                      network.neuron_name(neuron_), spikes_, time_, max_rate,
                      remedy.empty() ? "" : ". ", remedy)),
      neuron(neuron_),
      time(time_),
      spikes(spikes_) {}

}  // namespace retrograde
