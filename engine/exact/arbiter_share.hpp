// An arbiter of a network of which this process has a part (engine/distributed): all processes are
// asked the same at the same time, and each works out the spikes of its own neurons.
#pragma once

#include <cstddef>
#include <functional>

#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

class ArbiterShare {
 public:
  virtual ~ArbiterShare() = default;
  ArbiterShare(const ArbiterShare&) = delete;
  ArbiterShare& operator=(const ArbiterShare&) = delete;

  // Whether the projection has synapses, here or elsewhere.
  virtual bool joins(std::size_t projection) const = 0;
  // What `work` returns where the neuron is run; it is called there alone.
  virtual Time worked_out(NeuronId neuron, const std::function<Time()>& work) const = 0;

 protected:
  ArbiterShare() = default;
};

}  // namespace retrograde
