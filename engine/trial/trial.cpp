#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

void sort_inputs(Trial& trial) {
  if (std::is_sorted(trial.inputs.begin(), trial.inputs.end())) return;
  if (!trial.graded()) {
    std::sort(trial.inputs.begin(), trial.inputs.end());
    return;
  }
  std::vector<std::size_t> order(trial.inputs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return trial.inputs[a] < trial.inputs[b]; });
  const auto inputs = std::move(trial.inputs);
  const auto payloads = std::move(trial.payloads);
  trial.inputs.clear();
  trial.payloads.clear();
  for (const std::size_t k : order) {
    trial.inputs.push_back(inputs[k]);
    trial.payloads.push_back(payloads[k]);
  }
}

void check(const Trial& trial, NeuronId neurons, const std::function<bool(NeuronId)>& is_input,
           const std::function<std::string(NeuronId)>& name) {
  if (!(trial.duration > 0.0) || !std::isfinite(trial.duration))
    throw NetworkError(
        "trial", fmt::format("duration {} ms; it must be finite and above 0", trial.duration));
  if (!trial.muted.empty() && trial.muted.size() != neurons)
    throw NetworkError("trial", fmt::format("it says of {} neurons whether they are muted, and the "
                                            "network has {}; say it of all, or of none",
                                            trial.muted.size(), neurons));
  if (trial.graded() && trial.payloads.size() != trial.inputs.size())
    throw NetworkError("trial",
                       fmt::format("{} payloads for {} input spikes; give one each, or none",
                                   trial.payloads.size(), trial.inputs.size()));
  for (std::size_t k = 0; k < trial.payloads.size(); ++k)
    if (!(std::fabs(trial.payloads[k]) <= largest_payload))
      throw NetworkError("trial", fmt::format("input spike {} carries {}; it must be finite and no "
                                              "larger than {:g}",
                                              k, trial.payloads[k], largest_payload));
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
