// Three exact identities between a gradient and the tape it belongs to. Each follows from a change
// of the parameters whose effect on every spike time t_k and voltage integral A_j is known
// beforehand, so that both sides of
//
//   sum of dL/dparameter * change = sum of dL/dt_k * change of t_k + sum of dL/dA_j * change of A_j
//
// can be computed; they test the gradients of networks of any size without differences
// (docs/mathematics.md, section 3.6, has the derivation). Per change of size 1:
//
//   translation  all inputs come later: t_k + 1, and so do arrivals; V_j(t) - dV_j/dt;
//                A_j + integral of w' V_j dt - w(T) V_j(T), w the weighting;
//                neurons with a bias do not move along, which is a change of V(0) by bias/tau_mem
//   amplitude    weights into one neuron, its threshold, reset and bias grow by their own size:
//                its A and V by their own size, no spike time at all. Per neuron
//   time scale   times, time constants and delays grow by their own size: t_k and arrivals by
//                their own size, V_j(t) - t dV_j/dt,
//                A_j + A_j + integral of t w' V_j dt - T w(T) V_j(T)
//
// They hold for every loss and for the exact gradient: not for one with the rate regulariser or
// with clipped slopes. Under a sigmoid weighting only the amplitude is checked, and of a loss that pays
// for silence (adjoint/loss/silence_margin.hpp) nothing.
#pragma once

#include <array>
#include <cmath>
#include <string_view>

#include <retrograde/adjoint/gradient.hpp>
#include <retrograde/adjoint/grazing.hpp>
#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/engine/trial/trial.hpp>

namespace retrograde {

// One side minus the other.
struct IdentityResidual {
  std::string_view name;          // "translation", "amplitude", "time scale"
  double sum = 0.0;               // 0 but for rounding
  double magnitude = 0.0;         // of its terms
  NeuronId neuron = 0;            // amplitude: the one with the largest relative residual
  std::string_view inapplicable;  // why the identity says nothing here; empty: it holds
  double relative() const { return magnitude == 0.0 ? 0.0 : std::fabs(sum) / magnitude; }
};

struct Identities {
  std::array<IdentityResidual, 3> residuals;
  // The largest relative residual that rounding explains. It grows as a spike grazes: rounding
  // moves the spike time, hence the slope, by 1/slope each.
  double tolerance = 0.0;

  // Of those that hold here; never above tolerance unless the gradient is wrong.
  double worst() const;
};

// `gradient` is that of one trial with all neuron parameters and, for the translation of a network
// with a bias, with initial_v; `grazing` is what the backward pass counted. A loss of voltages
// costs one or two more runs of the trial, with a tau_weight five. Throws as run_sequential does.
Identities check_identities(const Network& network, const Trial& trial, const Tape& tape,
                            const LossValue& loss, const Readout& readout, const Gradient& gradient,
                            const GrazingCounts& grazing, double max_rate = 10.0);

}  // namespace retrograde
