#include <cmath>
#include <fmt/format.h>

#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

void check(const Trial& trial, NeuronId neurons, const std::function<bool(NeuronId)>& is_input,
           const std::function<std::string(NeuronId)>& name) {
  if (!(trial.duration > 0.0) || !std::isfinite(trial.duration))
    throw NetworkError(
        "trial", fmt::format("duration {} ms; it must be finite and above 0", trial.duration));
  if (!trial.muted.empty() && trial.muted.size() != neurons)
    throw NetworkError("trial", fmt::format("it says of {} neurons whether they are muted, and the "
                                            "network has {}; say it of all, or of none",
                                            trial.muted.size(), neurons));
  for (std::size_t k = 0; k < trial.inputs.size(); ++k) {
    const Spike& spike = trial.inputs[k];
    if (spike.neuron >= neurons || !is_input(spike.neuron))
      throw NetworkError(
          "trial",
          fmt::format("input spike {} is for neuron {}, which is not an input", k, spike.neuron));
    if (!(spike.time >= 0.0 && spike.time < trial.duration))
      throw NetworkError(name(spike.neuron),
                         fmt::format("input spike at {} ms lies outside the trial [0, {}) ms",
                                     spike.time, trial.duration));
    if (k > 0 && spike < trial.inputs[k - 1])
      throw NetworkError(
          "trial",
          fmt::format("input spikes must be ordered by time, then neuron; spike {} is not", k));
  }
}

}  // namespace retrograde
