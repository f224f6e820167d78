// What reaches one neuron in one window, in the order in which it is met.
#pragma once

#include <cstdint>

#include <retrograde/events/host_device.hpp>
#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

struct Delivery {
  Time time;
  SynapseId synapse;
  std::uint32_t order;  // of the spike within its train
  double weight;

  RETROGRADE_HOST_DEVICE friend bool operator<(const Delivery& a, const Delivery& b) {
    if (a.time != b.time) return a.time < b.time;
    return a.synapse != b.synapse ? a.synapse < b.synapse : a.order < b.order;
  }
};

}  // namespace retrograde
