// Integrals over a trial of what is not linear in the voltages of a population without a threshold:
//
//   integral from 0 to T of f(gain V(t)) dt
//
// f has several entries and is smooth. Gauss-Kronrod panels between the arrivals at the population
// are halved until the sums of 7 and 15 points agree to 1e-11 in every entry; the latter are then
// good to 1e-13. Where a loss takes the derivatives of that sum, they are exact.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/tape.hpp>

namespace retrograde {

struct VoltagePanels {
  std::string_view loss;  // for messages
  double gain = 1.0;
  // Turns the logits of all neurons at an instant into f of them, of any number of entries.
  std::function<void(std::vector<double>& x)> f;
  // Called at the nodes of the panels, in ascending order: the sum of `weight` (ms) times f is the
  // integral.
  std::function<void(Time time, double weight, const std::vector<double>& f)> visit;
};

// `tape` is of a run that traced the population. Throws NumericalError, which names the loss, where
// f is not finite.
void integrate_voltages(const Network& network, const Population& population, const Tape& tape,
                        const VoltagePanels& panels);

}  // namespace retrograde
