// Probes take down the state of chosen neurons at chosen instants while a run goes on: V, I, what of I
// comes from each receptor, the threshold. They never change a result.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

struct Probe {
  std::vector<NeuronId> neurons;
  // Samples at from, from + interval, ... up to and including `to` or the end of the trial (ms).
  Time interval = 1.0;
  Time from = 0.0, to = never;
  // Instants instead of these, ascending; those after the end of a trial are left out.
  std::vector<Time> times = {};
  bool v = true, i = true;
  std::vector<std::uint32_t> receptors = {};  // whose currents are taken down apart, from 0
  bool threshold = false;

  std::size_t quantities() const { return v + i + receptors.size() + threshold; }
};

// [neuron of the probe][sample]
using Samples = std::vector<std::vector<double>>;

// The value just before anything that happens at an instant; 0 for inputs, and never for the
// threshold of who has none. What the probe does not ask for is empty.
struct Recording {
  std::vector<Time> times = {};
  Samples v = {}, i = {};
  std::vector<Samples> receptors = {};  // in the order of the probe
  Samples threshold = {};
};

// When a probe takes its samples in a trial that ends then.
std::vector<Time> sample_times(const Probe& probe, Time end);

// What a recording has, one after the other in an order that follows from the probe: v, i, receptors,
// threshold. `recording` outlives the list.
std::vector<Samples*> quantities_of(const Probe& probe, Recording& recording);

// A recording with its times, all else 0.
Recording empty_recording(const Probe& probe, Time end);

}  // namespace retrograde
