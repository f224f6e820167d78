// A loss of a user's own: a function from the tape of a trial to its value and derivatives.
//
//   const auto loss = make_loss(FunctionLossSpec{.measure = [](const Network& net, const Tape& tape, int) {
//     LossValue value;
//     value.spike_times.assign(tape.spikes.size(), 0.0);
//     for (std::size_t k = 0; k < tape.spikes.size(); ++k)
//       if (net.population_of(tape.spikes[k].neuron) == 1)  // sum of t^2 / 2
//         value.value += 0.5 * tape.spikes[k].time * tape.spikes[k].time,
//             value.spike_times[k] = tape.spikes[k].time;
//     return value;
//   }});
//
// What a loss may depend on, and how LossValue says it, is in loss.hpp.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <retrograde/adjoint/loss/loss.hpp>

namespace retrograde {

struct FunctionLossSpec {
  // Of a tape and the label of its trial (no_decision: none). Many threads call it; it depends on
  // nothing else.
  std::function<LossValue(const Network& network, const Tape& tape, int label)> measure;
  // What the tape has to bring of the voltages of a population, and how a decision is read from it.
  Readout readout = {};
  std::string name = "function";  // for messages
};
// `evaluate` also throws NetworkError where derivatives are of another number than spikes or neurons, or
// of a spike, synapse or neuron that there is not.
std::unique_ptr<Loss> make_loss(FunctionLossSpec spec);

}  // namespace retrograde
