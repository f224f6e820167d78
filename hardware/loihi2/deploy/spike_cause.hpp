// Why a spike of the exact network has no partner on the chip, or the other way round.
//
// Every approximation on the way to the chip (approximation.hpp) is put into the exact network
// alone and added to those before it: does the spike then appear or vanish as on the chip? All of
// them together are the chip, bit for bit, so there is always an answer.
#pragma once

#include <optional>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/hardware/loihi2/deploy/approximation.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>

namespace retrograde::loihi2 {

// Whether the neuron does here what the chip does.
struct ApproximationTest {
  Approximation approximation = Approximation::time_grid;
  bool alone = false, added = false;  // with it alone; with it and those before it
  std::optional<Time> nearest = {};   // spike of the neuron with it alone (ms)
};

// A message on its way into the neuron, on both sides.
struct SourceShift {
  NeuronId source = 0;
  SynapseId synapse = 0;
  double weight = 0.0, chip_weight = 0.0;  // in the unit of V; what the chip's stands for
  Time exact = 0.0;                        // arrival (ms)
  std::optional<Time> chip = {};           // of the partner; none: it has none
};

struct SpikeCause {
  // How near the other side came, within the tolerance around the spike: the largest V over the
  // threshold on the exact side, v over vth on the chip; 1 where it fired. None: the neuron
  // has no threshold, or the window is empty.
  std::optional<double> exact_reach, chip_reach;
  std::vector<ApproximationTest> tests;  // by approximations[k]
  // The last arrivals before the spike, oldest first, by the exact network's spikes.
  std::vector<SourceShift> sources;
  double mean_shift = 0.0;          // of those sources that have a partner (ms)
  std::uint64_t sources_alone = 0;  // that have none
  std::uint64_t collisions = 0;     // inputs of the trial that share a step, of its sources
  std::uint64_t delays_moved = 0;   // into the neuron, by more than half a step: clipped, or tuned
};

// `chip` was quantised from `network`, or from one of other values and the same shape: then weights
// and delays stand for the change, too. The spike is at `time` (ms) on the side that has it, and is
// without a partner within `tolerance`. Throws what the runs throw, NetworkError where the two do
// not belong together. About sixteen runs.
SpikeCause explain_spike(const Network& network, const Emulator& chip, const Trial& trial,
                         NeuronId neuron, Time time, bool on_exact, Time tolerance,
                         std::size_t most_sources = 12);

}  // namespace retrograde::loihi2
