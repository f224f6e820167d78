// Basis pursuit on the chip: a problem and a signal as a network of lca neurons in integers
// (model/pursuit/lca.hpp), and its messages read back as codes.
//
//   one layer   every neuron hears every other: weights h (1 - D^T D), bias h D^T x
//   two layers  lca neurons hear the residual over h D, the residual hears them over -D^T
//
// h = step, a power of two: the step over the time constant. What stands for what:
//   code, signal, lambda   trunc(value scale)
//   weights                trunc(w 2^-e), e = exponent of the largest |w| less 8, then as the chip
//                          stores them (synapse.hpp): of mixed signs the even ones, rounded down.
//                          A weight of 0 is no synapse. e below -8 is the synapses' -8 and an
//                          input_shift
// A message takes one step, so the code of step n competes in step n + 1. Source: as lca.hpp, and the
// published example (tutorials/tutorial_04_lca).
//
// Only what lca neurons compute: l1, per coefficient, without groups and of both signs.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/pursuit/problem.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>
#include <retrograde/hardware/loihi2/model/chip_network.hpp>

namespace retrograde::loihi2 {

struct ChipLcaOptions {
  double step = 1.0 / 128;  // of the time constant; a power of two from 2^-23 to 1
  std::uint32_t steps = 1024;
  bool two_layers = false;
  double spike_height = 0.0;  // of two layers, in the unit of the signal
  // Units of the chip per unit of the code. 0: the largest power of two for which the largest
  // coefficient of the same run in floating point is at most 2^24, as in the published example, or,
  // of narrower registers, half of them; and for which lambda and the biases (of two layers, the
  // signal) take half of the registers at most.
  double scale = 0.0;
  int bits = 32;         // of registers, 8 .. 32
  Time chip_step = 1.0;  // ms; for forecasts it does not count
};

// A network and how to read it.
struct ChipLca {
  ChipNetwork network;
  double scale = 1.0;
  std::uint32_t steps = 0;
  std::uint32_t coefficients = 0;  // population of the lca neurons
};

// Throws UsageError for options out of range or a signal that does not fit; DeploymentError, naming
// the neuron or weight, for what the chip has no neuron for (groups, codes of one sign) and for what
// does not fit its fields.
ChipLca put_on_chip(const PursuitProblem& problem, const Vector& signal,
                    const ChipLcaOptions& options);

// The scale of the options, or the one that follows from a run in floating point. Throws UsageError also
// where that run diverges, and its code is worse than none.
double lca_scale(const PursuitProblem& problem, const Vector& signal,
                 const ChipLcaOptions& options);

struct ChipLcaStep {
  double objective = 0.0;
  std::uint32_t zeros = 0;     // coefficients
  std::uint32_t messages = 0;  // of all neurons
};

struct ChipLcaRun {
  Vector code;  // as sent in the last step
  double objective = 0.0, kkt = 0.0;
  std::uint32_t zeros = 0;
  std::vector<ChipLcaStep> trace;  // by step
  Emulation emulation;             // all messages, registers
};

// Emulates it. `problem` and `signal` are those it was made of. O(steps x (synapses of what is sent +
// atoms x dimension)).
ChipLcaRun run(const ChipLca& lca, const PursuitProblem& problem, const Vector& signal);

// What was sent in each step of an emulation, as codes: calls visit(step, code) for all steps in order.
template <typename Visit>
void for_each_code(const ChipLca& lca, const Emulation& emulation, const Visit& visit) {
  const ChipPopulation& neurons = lca.network.populations[lca.coefficients];
  Vector code(neurons.size);
  std::size_t next = 0;
  for (std::uint32_t k = 0; k < emulation.steps; ++k) {
    code.setZero();
    for (; next < emulation.spikes.size() && emulation.spikes[next].step == k; ++next) {
      const ChipSpike& message = emulation.spikes[next];
      if (message.neuron >= neurons.first && message.neuron - neurons.first < neurons.size)
        code(static_cast<Eigen::Index>(message.neuron - neurons.first)) =
            message.payload / lca.scale;
    }
    visit(k, static_cast<const Vector&>(code));
  }
}

}  // namespace retrograde::loihi2
