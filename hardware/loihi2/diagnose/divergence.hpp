// Where two captures part first, and why.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/hardware/loihi2/diagnose/cause.hpp>
#include <retrograde/hardware/loihi2/diagnose/deliveries.hpp>

namespace retrograde::loihi2 {

struct Divergence {
  std::uint32_t population = 0;  // index in CaptureDiff::populations
  std::uint32_t neuron = 0;
  std::uint32_t step = 0, step_b = 0;  // of A and of B; apart by the shift of the population
  bool messages_differ = false, u_differs = false, v_differs = false;
  // What the rules say about the neuron in this step, for a side that could be held against them.
  bool examined_a = false, examined_b = false;
  bool wrong_a = false, wrong_b = false;
  // Where the network is known; sent in steps of the side.
  std::vector<Delivery> deliveries_a, deliveries_b;
  std::vector<Explanation> why;  // of the wrong sides, A first; else one
};

}  // namespace retrograde::loihi2
