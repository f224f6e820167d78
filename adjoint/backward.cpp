#include <algorithm>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/adjoint/sequential/sequential.hpp>
#include <retrograde/adjoint/windowed/windowed.hpp>

namespace retrograde {

BackwardStatistics backward(const Network& network, const Tape& tape, const LossValue& loss,
                            const Readout& readout, const BackwardOptions& options,
                            Gradient& gradient) {
  const auto inputs = static_cast<std::size_t>(
      std::count_if(tape.spikes.begin(), tape.spikes.end(),
                    [&](const TapeSpike& s) { return network.is_input(s.neuron); }));
  const Scheduler scheduler = choose(options.scheduler, network, tape.duration, inputs);
  if (scheduler == Scheduler::windowed && sees_spikes_only(network, loss))
    return backward_windowed(network, tape, loss, readout, options, gradient);
  return backward_sequential(network, tape, loss, readout, options, gradient);
}

}  // namespace retrograde
