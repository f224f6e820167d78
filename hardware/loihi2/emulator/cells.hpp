// The state of one population in a run, stepped in blocks.
//
// Resting: a step without input depends on nothing but the state. If it changes no state, sends
// nothing and overflows nothing, then neither will any later one, until an input arrives or a
// periodic reset comes. That is the whole reason why the emulator may leave blocks out
// (emulator.hpp), and it holds for every model and at every fixed point, not only at 0.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <retrograde/hardware/loihi2/emulator/activity.hpp>
#include <retrograde/hardware/loihi2/model/chip_network.hpp>

namespace retrograde::loihi2 {

// Where the messages of a population go.
struct MessageSink {
  std::vector<ChipSpike>& messages;
  std::uint32_t step;
  NeuronId first;  // neuron 0 of the population

  void send(std::uint32_t neuron, std::int32_t payload) {
    messages.push_back({step, first + neuron, payload});
  }
};

// Values of u and v that a probe shows.
struct Registers {
  std::int32_t u, v;
};

class Cells {
 public:
  virtual ~Cells() = default;

  // One step of the neurons of blocks first .. last - 1. a[k] and a_imaginary[k] are the inputs of
  // neuron k. Sets rests[block].
  virtual void step(std::uint32_t first, std::uint32_t last, const std::int32_t* a,
                    const std::int32_t* a_imaginary, char* rests, MessageSink& sink,
                    PopulationActivity& activity) = 0;
  // All state as at the start.
  virtual void reset() = 0;
  virtual Registers registers(std::uint32_t neuron) const = 0;
};

// At rest. Null for inputs.
std::unique_ptr<Cells> make_cells(const ChipNetwork& network, std::uint32_t population,
                                  const Semantics& semantics);

// cuba_lif and cuba_li, a block at a time in 32-bit lanes: the same bits as step(CubaLif) one by
// one.
std::unique_ptr<Cells> make_cuba_lif_cells(const ChipNetwork& network, std::uint32_t population,
                                           const Semantics& semantics);

}  // namespace retrograde::loihi2
