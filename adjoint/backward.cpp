#include <algorithm>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/adjoint/sequential/sequential.hpp>
#include <retrograde/adjoint/windowed/windowed.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

BackwardStatistics backward(const Machine& machine, const Tape& tape, const LossValue& loss,
                            const Readout& readout, const BackwardOptions& options,
                            Gradient& gradient) {
  if (tape.timeline)
    throw NetworkError(
        "trial",
        "things happen in it besides spikes ([[event]]), which gradients do not know; "
        "leave them out");
  const Network& network = machine.network();
  const auto inputs = static_cast<std::size_t>(
      std::count_if(tape.spikes.begin(), tape.spikes.end(),
                    [&](const TapeSpike& s) { return network.is_input(s.neuron); }));
  const auto* windowed =
      dynamic_cast<const WindowedMachine*>(&machine.chosen(tape.duration, inputs));
  if (windowed && tape.payloads.empty() && sees_spikes_only(network, loss))
    return backward_windowed(*windowed, tape, loss, readout, options, gradient);
  return backward_sequential(network, tape, loss, readout, options, gradient);
}

}  // namespace retrograde
