// Probes sample V and I of chosen neurons at regular instants while a run goes on. They never
// change a result.
#pragma once

#include <vector>

#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

struct Probe {
  std::vector<NeuronId> neurons;
  Time interval = 1.0;  // samples at 0, interval, 2 interval, ... up to and including the end (ms)
};

struct Recording {
  std::vector<Time> times;
  // [neuron of the probe][sample]; the value just before anything that happens at that instant; 0
  // for inputs.
  std::vector<std::vector<double>> v, i;
};

}  // namespace retrograde
