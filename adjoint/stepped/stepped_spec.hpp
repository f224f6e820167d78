// How a network is trained in steps, with surrogate gradients.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/adjoint/stepped/dilated_kernel.hpp>
#include <retrograde/adjoint/stepped/surrogate.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// Of the parameters that batch normalisation has of its own; they are stepped by Adam.
struct BatchNormSpec {
  std::vector<char> populations;  // whose current is normalised, per population; empty: none
  double gain = 1.0;              // at the start; the offset is 0
  double epsilon = 1e-5;
  double momentum = 0.1;  // of the running mean and variance
  double rate = 1e-3;     // Adam's, of gain and offset
  double beta1 = 0.9, beta2 = 0.999, adam_epsilon = 1e-8;
};

struct SteppedSpec {
  Time step = 1.0;  // ms
  Surrogate surrogate = {};
  // Delays that are learned are kernels of taps, of a width that shrinks from epoch to epoch; the
  // others are rounded to whole steps. Per projection whether they are learned.
  DilatedKernel kernel = {};
  std::vector<char> dilated;
  // The longest delay of a projection in steps, which no kernel reaches beyond; per projection. A
  // delay of d steps has taps 0 .. longest.
  std::vector<std::uint32_t> longest;
  BatchNormSpec batch_norm = {};
};

}  // namespace retrograde
