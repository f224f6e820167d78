// What arrived at one neuron, step by step, given what its sources sent: the sums of synapse.hpp,
// asked neuron by neuron, and what they would be with one synapse or projection changed. The
// emulator's fan-out goes the other way round and is the fast one; this one is for asking why.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <retrograde/hardware/loihi2/model/chip_network.hpp>

namespace retrograde::loihi2 {

// What a neuron sent, in order of steps.
struct SentMessage {
  std::uint32_t step;
  std::int32_t payload;
};
using Sent = std::vector<std::vector<SentMessage>>;  // by neuron

struct SynapseRef {
  std::uint32_t projection = 0, synapse = 0;

  friend auto operator<=>(const SynapseRef&, const SynapseRef&) = default;
};

// A message over a synapse, on its way into a neuron.
struct Delivery {
  SynapseRef from;
  NeuronId source = 0;
  std::uint32_t sent = 0;    // step
  std::int32_t payload = 1;  // as the weight is multiplied by it
};

// One synapse with another weight or delay, or one projection with another exponent or width of
// payloads.
struct DeliveryChange {
  std::uint32_t projection = 0;
  std::optional<std::uint32_t> synapse = {};
  std::int64_t weight = 0;  // of the synapse, as stored
  std::uint32_t delay = 0;  // of the synapse
  int exponent = 0;         // of the projection, where no synapse is named
  int message_bits = 0;     // of the projection, likewise
};

class Deliveries {
 public:
  // `network` has to outlive it. O(synapses).
  explicit Deliveries(const ChipNetwork& network);

  // The synapses that reach a neuron, in the order of projections and delays.
  const std::vector<SynapseRef>& synapses(NeuronId neuron) const { return incoming_[neuron]; }

  // Input of the neuron in steps 0 .. steps - 1, of port 0. O(its synapses x their messages).
  std::vector<std::int64_t> inputs(NeuronId neuron, const Sent& sent, std::uint32_t steps,
                                   const std::optional<DeliveryChange>& change = {}) const;

  // What arrived in one step.
  std::vector<Delivery> in_step(NeuronId neuron, const Sent& sent, std::uint32_t step) const;

 private:
  const ChipNetwork& network_;
  std::vector<std::vector<SynapseRef>> incoming_;  // by neuron
};

}  // namespace retrograde::loihi2
