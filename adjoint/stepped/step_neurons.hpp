// One neuron of a chunk from point to point, sixteen trials side by side, and the way back
// (step_plan.hpp has the equations). o(n) = [V(n) >= threshold], x(n) = V(n) - threshold; the reset has no
// gradient. With l(n) = dL/dV(n), 0 where V is held:
//
//   dL/dI(n) = kernel l(n+1) + syn dL/dI(n+1)      dL/dC(n) = held_kernel l(n+1)
//   l(n) = (1 - o(n)) mem l(n+1) + surrogate(x(n)) dL/do(n)
//
// Readouts have no o; dL/dV that the loss says takes the place of the last term.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <retrograde/adjoint/stepped/step_plan.hpp>
#include <retrograde/adjoint/stepped/step_rows.hpp>
#include <retrograde/adjoint/stepped/surrogate.hpp>

namespace retrograde {

// What batch normalisation makes of what arrives: times a factor, and a constant part, which acts on
// V at every point.
struct StepScaling {
  float factor = 1.0f, constant = 0.0f;
};

struct StepState {
  std::array<float, lanes::width> v{}, i{};
  std::array<std::int32_t, lanes::width> held{};  // points that are left
};

// Point n, after n - 1; all that arrives at n is there, except from neurons of its own layer.
void advance(const StepPopulation& cells, std::uint32_t k, const StepScaling& scaling,
             std::size_t n, StepState& state, StepTraces& traces);
// What has arrived at point n.
void take_in(const StepPopulation& cells, std::uint32_t k, const StepScaling& scaling,
             std::size_t n, StepState& state, const StepTraces& traces);

struct StepCostate {
  std::array<float, lanes::width> v{}, i{};
  std::array<float, lanes::width> drift{};  // sum of l over the points so far
};
// Point n, after n + 1: first what arrivals at n are worth, then, when dL/do(n) is complete, V.
void send_back(const StepPopulation& cells, std::uint32_t k, std::size_t n, StepCostate& costate,
               StepTraces& traces);
void turn_back(const StepPopulation& cells, std::uint32_t k, const Surrogate& surrogate,
               std::size_t n, StepCostate& costate, StepTraces& traces);

}  // namespace retrograde
