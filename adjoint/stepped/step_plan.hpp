// A network as it goes in steps: constants of its neurons, its projections as rows meet them, and the
// order in which populations follow each other. Fixed by topology and neuron parameters; weights and
// delays are asked of the network itself.
//
//   V(n+1) = rest + (V(n) - rest) mem + growth + kernel I(n) + held_kernel C(n)
//   I(n+1) = syn I(n) + what arrives at n + 1         C: the value of the signals at step receptors
//
// A neuron whose V is at its threshold or above fires at that point and is at v_reset for `refractory`
// points. Neurons on whose V arrivals act (lif and its like) have kernel 1 and syn 0.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/network/network.hpp>

namespace retrograde {

struct StepPopulation {
  NeuronId first = 0;
  std::uint32_t size = 0;
  bool input = false, fires = false;
  // What reaches it: spikes, which count for an instant; signals, which are held.
  bool impulses = false, held = false;
  // Per neuron.
  std::vector<float> rest, mem, growth, kernel, syn, held_kernel, threshold, reset;
  std::vector<std::uint32_t> refractory;  // points
  // What a constant arrival comes to as a bias, per unit: impulses, and signals.
  std::vector<double> steady, held_steady;
};

// A projection.
struct StepLink {
  std::uint32_t projection = 0, source = 0, target = 0;  // populations
  bool held = false;                                     // reaches a step receptor
  bool recurrent = false;                                // within a layer
};

struct StepPlan {
  // Throws NetworkError: a model or a receptor that does not go in steps.
  StepPlan(const Network& network, Time step);

  std::vector<StepPopulation> populations;
  std::vector<StepLink> links;  // per projection
  std::vector<std::vector<std::uint32_t>>
      layers;  // of populations that are no inputs; causes first
};

}  // namespace retrograde
