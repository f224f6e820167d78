// Runs a network of Xylo Audio 3 step by step, integer for integer as the chip does: neuron.hpp says
// what a neuron does in a step, this file what happens around it.
//
// A step: the events of the channels reach the hidden neurons; what hidden neurons fired in the step
// before reaches hidden and output neurons; then hidden neurons take their step in the order of their
// numbers, then output neurons. Sources are taken in the order of their numbers and synapses in that
// of their list, which matters where a sum saturates on the way.
//
// An Emulator is immutable and shared by all threads; what a run changes is its Activity.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <retrograde/hardware/xylo/model/neuron.hpp>
#include <retrograde/hardware/xylo/model/xylo_network.hpp>

namespace retrograde::xylo {

// The neurons of one kind after a step.
struct Cells {
  // Whether a sum in this step did not fit into 16 bits.
  enum Saturation : std::uint8_t { none = 0, current = 1, voltage = 2 };

  std::vector<State> v;
  std::array<std::vector<State>, 2> i;  // by synapse; of output neurons the first only
  std::vector<std::uint8_t> fired;      // events in this step
  std::vector<std::uint8_t> saturated;  // of Saturation, by neuron
};

// What a run holds, and what its last step counted.
struct Activity {
  Cells hidden, outputs;
  std::uint64_t active_channels = 0;      // with events in the last step
  std::uint64_t synaptic_operations = 0;  // events times synapses, of the last step
};

class Emulator {
 public:
  // Throws as check(XyloNetwork) does.
  explicit Emulator(XyloNetwork network);

  const XyloNetwork& network() const { return network_; }

  // At rest, as after a reset.
  Activity start() const;

  // One step. `events` has a number per channel; more than 15 count as 15.
  void step(Activity& activity, std::span<const std::uint8_t> events) const;

 private:
  XyloNetwork network_;
};

}  // namespace retrograde::xylo
