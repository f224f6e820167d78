// The guard against runaway activity (RunOptions::max_rate), the same in every machine.
#pragma once

#include <cstdint>
#include <string>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// A neuron has fired more than 1000 + max_rate * t times by t.
class RunawayError : public LimitError {
 public:
  RunawayError(const Network& network, NeuronId neuron_, Time time_, std::uint64_t spikes_,
               double max_rate, const std::string& remedy = {});
  NeuronId neuron;
  Time time;
  std::uint64_t spikes;
};

}  // namespace retrograde
