// A neuron's decays on the chip, the time constants that they stand for, and the gain by which its
// weights enter: quantize.hpp says why they are what they are.
#pragma once

#include <cstdint>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/neuron/cuba_lif.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>

namespace retrograde::loihi2 {

struct Dynamics {
  std::int32_t u_decay, v_decay;  // of 4096
  double tau_mem, tau_syn;        // that they stand for, ms
  double gain;                    // from weight to what one arrival adds to v at once
};

// Throws DeploymentError for time constants that no decay of 12 bits expresses at this step.
Dynamics dynamics_of(const Network& network, NeuronId neuron, const QuantizeOptions& options);

// The time constant for which a decay stands; `tau` where it stands for none (0, 4096).
double represented_tau(std::int32_t decay, Time dt, double tau);

// The share of its distance to rest that V goes in a step; of `if` and integrator, what their bias
// counts for in one.
double share_of_step(const Network& network, NeuronId neuron, Time dt);

// What an arrival of weight 1 has done to V, as the chip is meant to show it. A chip's decays stand for
// the time constants given.
class Arrival {
 public:
  Arrival(const Network& network, NeuronId neuron, double tau_mem, double tau_syn, Time dt);

  // At the end of the step at whose beginning it came: the gain of its weight.
  double gain() const { return at(dt_); }
  // s ms after it came.
  double at(Time s) const;

 private:
  retrograde::CubaLif neuron_;
  Time dt_;
  bool jumps_, leaks_;
};

}  // namespace retrograde::loihi2
