// A spike: which neuron, when (ms).
#pragma once

#include <compare>

#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

struct Spike {
  Time time;
  NeuronId neuron;

  friend auto operator<=>(const Spike&, const Spike&) = default;
};

}  // namespace retrograde
