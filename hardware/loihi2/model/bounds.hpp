// How large the registers of a population can become at most, whatever the input is: a proof from
// the weights that nothing overflows, or the news that there is none.
//
// Every source fires at most once a step, and each synapse has one delay, so in one step a neuron
// receives at most every one of its weights once. With A the sum of its positive weights (after the
// shift by their exponents, rounded up to cover the rounding of the sum), d_u = (du + 1)/4096 and
// d_v = dv/4096,
//
//   a <= A        u <= 64 A / d_u        v <= (64 A / d_u + B) / d_v
//
// and for a neuron that fires also v <= 64 vth (1 - d_v) + 64 A / d_u + B, since after a step it is
// not above its threshold; the smaller of the two holds. The lower ends are alike with the negative
// weights, without the threshold. Rounding toward zero makes magnitudes smaller, so it keeps to the
// bounds.
#pragma once

#include <string>
#include <vector>

#include <retrograde/hardware/loihi2/model/chip_network.hpp>

namespace retrograde::loihi2 {

// Of one population: the ends over its neurons, in the register's own units. Infinite: without
// bound (a decay of 0).
struct RegisterBound {
  double low = 0.0, high = 0.0;
};
struct PopulationBounds {
  RegisterBound a, u, v;
  // Whether the bound proves that the register, and those that feed it, never overflow: 16 bits for
  // a, 24 for u and v.
  bool a_proven() const;
  bool u_proven() const;
  bool v_proven() const;
};

// By population; inputs have all zeros. O(synapses).
std::vector<PopulationBounds> register_bounds(const ChipNetwork& chip);

}  // namespace retrograde::loihi2
