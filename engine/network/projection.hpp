// A projection: the synapses from one population to another, source after source. What a synapse
// weighs and how long it delays are parameters of the network; here is who meets whom.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// One synapse of a projection; indices are local to the two populations. Weight in units of
// v_threshold, delay in ms, >= 0.
struct SynapseSpec {
  std::uint32_t source;
  std::uint32_t target;
  double weight;
  double delay;
};

struct Projection {
  std::string name;
  std::uint32_t source;  // population index
  std::uint32_t target;  // population index
  SynapseId first;       // synapses first .. first + size - 1, ordered by (source, target)
  SynapseId size;
  unsigned receptor = 0;  // of the target
  // The synapses of source i are first + rows[i] .. first + rows[i + 1] - 1.
  std::vector<SynapseId> rows;
  // Local target of synapse first + k.
  std::vector<std::uint32_t> targets;
  bool dense = false;  // from every source to every target, once
  // Whether a pair may have several synapses, which are then ordered by delay and weight as the
  // network was built.
  bool multapses = false;
  // Local source of synapse first + k, found among the rows: O(log sources). Who meets all synapses
  // goes through the rows.
  std::uint32_t source_of(SynapseId k) const;
  // The synapse from source i to target j, of several the first, as k above; none: `size`. O(log
  // targets of the source).
  SynapseId joining(std::uint32_t i, std::uint32_t j) const;
  // One past the last synapse that joins source i to the target of its synapse k.
  SynapseId joining_end(std::uint32_t i, SynapseId k) const;
};

// One synapse as a spike meets it on its way out of a neuron.
struct Synapse {
  Time delay;  // from the spike to the arrival: axonal, synaptic and dendritic together
  double weight;
  NeuronId target;
  SynapseId id;
};

}  // namespace retrograde
